/** Picks the program by the name it was called by, runs it, and ends with its status. */
import { runChaperone } from "./lib/apps/chaperone.ts";
import { calledName, endProgram, programArguments } from "./lib/sys/program.ts";
import { print } from "./lib/sys/print.ts";

try {
  endProgram(await runChaperone({ programName: calledName(), args: programArguments() }));
} catch (error) {
  print("stderr", [error instanceof Error ? error.stack ?? error.message : String(error)]);
  endProgram(1);
}
