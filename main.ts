/** Runs the program from its sources. */
import { runProgram } from "./lib/apps/programs.ts";

await runProgram(async () => (await import("./lib/apps/chaperone.ts")).runChaperone);
