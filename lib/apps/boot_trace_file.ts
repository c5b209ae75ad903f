/**
 * `telchap blame --trace FILE`: chaperone tells the trace, and telchap writes the file, with the
 * rights of its caller and where its caller stands.
 */
import { SystemError } from "../base/errors.ts";
import { writeBytes } from "../sys/files/copy_files.ts";
import { print } from "../sys/self/print.ts";
import { askChaperone } from "./ask.ts";
import { BROKEN_OFF, EXIT } from "./ask_failure.ts";
import { writeShown } from "./shown_output.ts";

/** Asks for the trace and writes it, `-` to standard output. Returns the exit status. */
export async function writeBootTrace(file: string): Promise<number> {
  let trace = "";
  const request = { words: ["blame", "--trace", "-"], colour: false };
  const exitCode = await askChaperone(request, (text) => trace += text);
  if (exitCode === undefined) {
    print("stderr", [BROKEN_OFF]);
    return EXIT.refused;
  }
  if (exitCode !== EXIT.done || file === "-") {
    writeShown(trace);
    return exitCode;
  }
  try {
    writeBytes(file, new TextEncoder().encode(trace));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    print("stderr", [`telchap cannot write the trace: ${error.message}`]);
    return EXIT.refused;
  }
  print("stdout", [`The start-up is in ${file}: open it in Perfetto or chrome://tracing.`]);
  return EXIT.done;
}
