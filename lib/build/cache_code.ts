/**
 * What build.ts runs to make the data that main.ts loads: chaperone, in an empty folder, until it has started its
 * first service. What V8 has compiled by then is what every start needs; it is printed once chaperone has ended in
 * order. Nothing that depends on time has happened by then, so each build gets the same data.
 */
import type { runChaperone } from "../apps/chaperone.ts";
import { loadCarriedCode } from "../sys/self/cached_code.ts";

const FOLDER = Deno.cwd();

const CONFIG = `
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

/** Calls back when a process has been started. */
function onSpawn(callback: () => void): void {
  const { dlopen } = Deno;
  Deno.dlopen = ((path: string, table: Deno.ForeignLibraryInterface) => {
    const library = dlopen(path, table);
    const symbols = library.symbols as Record<string, (...args: unknown[]) => unknown>;
    const spawn = symbols["posix_spawn"];
    if (spawn === undefined) return library;
    const observed = (...args: unknown[]) => {
      const result = spawn(...args);
      callback();
      return result;
    };
    return { ...library, symbols: { posix_spawn: observed } };
  }) as typeof Deno.dlopen;
}

Deno.writeTextFileSync("chaperone.conf", CONFIG);
const code = loadCarriedCode(import.meta.dirname ?? "", "chaperone.js");
if (code === undefined) throw new Error("chaperone.js was not included");
let data = new Uint8Array();
onSpawn(() => {
  data = code.compiled();
  Deno.kill(Deno.pid, "SIGTERM");
});
const run = code.exports["runChaperone"] as typeof runChaperone;
const args = ["--force", "--config", `${FOLDER}/chaperone.conf`];
await run({ programName: "chaperone", args });
await Deno.stdout.writable.getWriter().write(data);
Deno.exit(data.length > 0 ? 0 : 1);
