/**
 * Picks the program by the name it was called by, runs it, and ends with its status.
 * Each program is imported by itself: what is not run is not even parsed.
 */
import { healthArguments } from "./lib/commands/health_words.ts";
import type { Invocation } from "./lib/apps/run/run_request.ts";
import { loadCarriedCode } from "./lib/sys/self/cached_code.ts";
import { calledName, endProgram, isInit, programArguments } from "./lib/sys/self/program.ts";
import { print } from "./lib/sys/self/print.ts";

type Program = (args: readonly string[]) => Promise<number>;

/** The programs besides chaperone: called by a link of that name, or as `chaperone NAME …`. */
const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  telchap: async () => (await import("./lib/apps/telchap.ts")).runTelchap,
  envcp: async () => (await import("./lib/apps/envcp.ts")).runEnvcp,
  sdnotify: async () => (await import("./lib/apps/sdnotify.ts")).runSdnotify,
  "sdnotify-exec": async () => (await import("./lib/apps/sdnotify_exec.ts")).runSdnotifyExec,
};

async function runProgram(programName: string, args: readonly string[]): Promise<number> {
  const linked = PROGRAMS[programName];
  if (linked) return await (await linked())(args);
  const named = PROGRAMS[args[0] ?? ""];
  if (named) return await (await named())(args.slice(1));
  const health = healthArguments(programName, args, isInit());
  if (health) return await (await import("./lib/apps/health.ts")).runHealth(health);
  if (args[0] === "--init") {
    return (await import("./lib/apps/init.ts")).runInit(programName, args.slice(1));
  }
  if (args[0] === "--licenses") {
    return (await import("./lib/apps/licenses.ts")).runLicenses();
  }
  return await runChaperone({ programName, args });
}

/**
 * Runs chaperone itself. The compiled program carries it together with what V8 has made of it at the build; the
 * sources do not.
 */
async function runChaperone(invocation: Invocation): Promise<number> {
  const carried = loadCarriedCode(import.meta.dirname ?? "", "chaperone.js");
  if (carried === undefined) {
    return await (await import("./lib/apps/chaperone.ts")).runChaperone(invocation);
  }
  const run = carried.exports["runChaperone"] as typeof runChaperone;
  const notices = carried.isRefused
    ? ["the compiled code in this program does not fit its engine: starting took longer"]
    : [];
  return await run({ ...invocation, notices });
}

try {
  endProgram(await runProgram(calledName(), programArguments()));
} catch (error) {
  print("stderr", [error instanceof Error ? error.stack ?? error.message : String(error)]);
  endProgram(1);
}
