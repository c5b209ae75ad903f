/**
 * What build.ts runs to make the data that main.ts loads: chaperone, in an empty folder, until it
 * has started its first service. What V8 has compiled by then is what every start needs; that of
 * the text which the argument names is printed once chaperone has ended in order. Nothing that
 * depends on time has happened by then, so each build gets the same data.
 */
import type { runChaperone } from "../apps/chaperone.ts";
import { loadCarriedCode, loadedCode } from "../sys/self/cached_code.ts";

const FOLDER = Deno.cwd();

const PLAIN_CONFIG = `
settings:
  run_dir: ${FOLDER}/run
  startup_pause: 0
  idle_delay: 0
quiet.logging:
  selector: "*.emerg"
  stderr: true
first.service:
  command: sleep 60
  type: simple
  stdout: log
  stderr: log
`;

/** What people write that only the library reads: it should be compiled, too. */
const YAML_CONFIG = `${PLAIN_CONFIG}
second.service: &second
  enabled: false
  env_set: {ONE: "1", "TWO": 'two'}
  command: >-
    sleep
    60
third.service:
  <<: *second
  env_unset:
    - FOUR
    - "FIVE"
  command: |
    sleep 60
`;

const CONFIGS: Readonly<Record<string, string>> = {
  chaperone: PLAIN_CONFIG,
  "yaml_library": YAML_CONFIG,
};

/**
 * Calls back when a process has been started: when posix_spawn(3), called by its address, has
 * returned.
 */
function onSpawn(callback: () => void): void {
  const { dlopen, UnsafeFnPointer } = Deno;
  let spawnAddress: Deno.PointerValue = null;
  Deno.dlopen = ((path: string, table: Deno.ForeignLibraryInterface) => {
    const library = dlopen(path, table);
    const symbols = library.symbols as Record<string, Deno.PointerValue>;
    if ("posix_spawn" in table) spawnAddress = symbols["posix_spawn"] ?? null;
    return library;
  }) as typeof Deno.dlopen;
  Deno.UnsafeFnPointer = class<Fn extends Deno.ForeignFunction> extends UnsafeFnPointer<Fn> {
    constructor(...args: ConstructorParameters<typeof UnsafeFnPointer<Fn>>) {
      super(...args);
      if (!Deno.UnsafePointer.equals(args[0], spawnAddress)) return;
      const call = this.call.bind(this) as (...args: unknown[]) => unknown;
      const observed = (...args: unknown[]) => {
        const result = call(...args);
        callback();
        return result;
      };
      Object.defineProperty(this, "call", { value: observed });
    }
  };
}

const [wanted = ""] = Deno.args;
Deno.writeTextFileSync("chaperone.conf", CONFIGS[wanted] ?? "");
const code = loadCarriedCode("chaperone", "cached");
if (code === undefined) throw new Error("chaperone is not carried");
let data = new Uint8Array();
onSpawn(() => {
  data = loadedCode(wanted)?.compiled() ?? data;
  Deno.kill(Deno.pid, "SIGTERM");
});
const run = code.exports["runChaperone"] as typeof runChaperone;
const args = ["--force", "--config", `${FOLDER}/chaperone.conf`];
await run({ programName: "chaperone", args });
await Deno.stdout.writable.getWriter().write(data);
Deno.exit(data.length > 0 ? 0 : 1);
