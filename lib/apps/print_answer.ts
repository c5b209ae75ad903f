/** Ends a program whose command line asked for no more than a text. */
import type { LineAnswer } from "../commands/program_line.ts";
import { print } from "../sys/self/print.ts";

/** Prints the answer and returns the exit status: 1 where the line was not understood. */
export function printAnswer(answer: LineAnswer): number {
  if (answer.kind === "usage") {
    print("stderr", answer.lines);
    return 1;
  }
  print("stdout", answer.lines);
  return answer.exitCode;
}
