/** Picks the program by the name it was called by, runs it, and ends with its status. */
import { runChaperone } from "./lib/apps/chaperone.ts";
import { runEnvcp } from "./lib/apps/envcp.ts";
import { runSdnotify } from "./lib/apps/sdnotify.ts";
import { runSdnotifyExec } from "./lib/apps/sdnotify_exec.ts";
import { runTelchap } from "./lib/apps/telchap.ts";
import { calledName, endProgram, programArguments } from "./lib/sys/program.ts";
import { print } from "./lib/sys/print.ts";

/** The programs besides chaperone: called by a link of that name, or as `chaperone NAME …`. */
const PROGRAMS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  telchap: runTelchap,
  envcp: runEnvcp,
  sdnotify: runSdnotify,
  "sdnotify-exec": runSdnotifyExec,
};

function runProgram(programName: string, args: readonly string[]): Promise<number> {
  const linked = PROGRAMS[programName];
  if (linked) return linked(args);
  const named = PROGRAMS[args[0] ?? ""];
  if (named) return named(args.slice(1));
  return runChaperone({ programName, args });
}

try {
  endProgram(await runProgram(calledName(), programArguments()));
} catch (error) {
  print("stderr", [error instanceof Error ? error.stack ?? error.message : String(error)]);
  endProgram(1);
}
