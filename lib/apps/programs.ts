/**
 * Picks the program by the name it was called by, runs it, and ends with its status.
 * Each program is imported by itself: what is not run is not even parsed.
 */
import { healthArguments } from "../config/health_words.ts";
import { calledName, endProgram, isInit, programArguments } from "../sys/program.ts";
import { print } from "../sys/print.ts";
import type { Invocation } from "./run_container.ts";

type Program = (args: readonly string[]) => Promise<number>;

/** The programs besides chaperone: called by a link of that name, or as `chaperone NAME …`. */
const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  telchap: async () => (await import("./telchap.ts")).runTelchap,
  envcp: async () => (await import("./envcp.ts")).runEnvcp,
  sdnotify: async () => (await import("./sdnotify.ts")).runSdnotify,
  "sdnotify-exec": async () => (await import("./sdnotify_exec.ts")).runSdnotifyExec,
};

/** Returns `runChaperone` of chaperone.ts: the compiled program has it in a form of its own. */
export type ChaperoneLoader = () => Promise<(invocation: Invocation) => Promise<number>>;

async function runNamed(
  programName: string,
  args: readonly string[],
  loadChaperone: ChaperoneLoader,
): Promise<number> {
  const linked = PROGRAMS[programName];
  if (linked) return await (await linked())(args);
  const named = PROGRAMS[args[0] ?? ""];
  if (named) return await (await named())(args.slice(1));
  const health = healthArguments(programName, args, isInit());
  if (health) return await (await import("./health.ts")).runHealth(health);
  if (args[0] === "--init") {
    return (await import("./init.ts")).runInit(programName, args.slice(1));
  }
  if (args[0] === "--licenses") {
    return (await import("./licenses.ts")).runLicenses();
  }
  const runChaperone = await loadChaperone();
  return await runChaperone({ programName, args });
}

/** Runs the program that was called, and ends. */
export async function runProgram(loadChaperone: ChaperoneLoader): Promise<void> {
  try {
    endProgram(await runNamed(calledName(), programArguments(), loadChaperone));
  } catch (error) {
    print("stderr", [error instanceof Error ? error.stack ?? error.message : String(error)]);
    endProgram(1);
  }
}
