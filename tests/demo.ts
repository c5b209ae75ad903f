/**
 * Shows chaperone at work, as `deno task demo`: builds it, runs it as PID 1 of a namespace with the
 * services of config/demo for some seconds, and asks it to stop as a container engine does.
 * The lines that begin with `#` are this program's, all others are chaperone's.
 */
import { build } from "../build.ts";
import { layOutDev, PRIVATE_FOLDERS } from "./e2e/harness/namespace.ts";
import { installRequirements } from "./setup.ts";
import { findInit } from "./e2e/harness/processes.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const CONFIG = "config/demo/chaperone.d";
const SHOW_MS = 7000;
const STOP_LIMIT_MS = 15_000;

const PRELUDE = `set -e
dir=$1
${PRIVATE_FOLDERS}
shift
exec "$@"`;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`# ${text}\n`));
}

function start(program: string, directory: string): Deno.ChildProcess {
  // Who is not root becomes root of a user namespace.
  const user = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];
  const unshare = [...user, "--fork", "--pid", "--mount-proc", "--kill-child"];
  const options = ["--config", `${ROOT}${CONFIG}`];
  return new Deno.Command("unshare", {
    args: [...unshare, "sh", "-c", PRELUDE, "prelude", directory, program, ...options],
    cwd: "/",
    stdin: "null",
  }).spawn();
}

/** Waits for the end; undefined where it has not come after `limitMs`. */
async function waitForEnd(
  child: Deno.ChildProcess,
  limitMs: number,
): Promise<Deno.CommandStatus | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([child.status, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function show(program: string, directory: string): Promise<number> {
  say(`${program} runs as PID 1 with ${CONFIG}`);
  const child = start(program, directory);
  const early = await waitForEnd(child, SHOW_MS);
  if (early !== undefined) {
    say(`It ended by itself with exit status ${early.code}`);
    return early.code;
  }
  say("SIGTERM, as `docker stop` sends it: services stop in reverse order");
  const init = await findInit(child.pid);
  if (init !== undefined) Deno.kill(init, "SIGTERM");
  const end = await waitForEnd(child, STOP_LIMIT_MS);
  // unshare takes its child along, and with PID 1 ends all below it.
  if (end === undefined) child.kill("SIGKILL");
  const { code } = await child.status;
  say(end === undefined ? "It did not stop and was killed" : `It ended with exit status ${code}`);
  return code;
}

// Ctrl-C reaches chaperone, too, which stops in order; this program must outlive it.
Deno.addSignalListener("SIGINT", () => {});
say("Building dist/chaperone");
// util-linux has unshare and mount.
await installRequirements(["setpriv"]);
const program = await build();
const directory = await Deno.makeTempDir({ prefix: "chaperone-demo-" });
try {
  await layOutDev(directory);
  Deno.exitCode = await show(program, directory);
} finally {
  await Deno.remove(directory, { recursive: true });
}
