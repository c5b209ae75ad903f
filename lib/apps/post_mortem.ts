/** The program `chaperone post-mortem`: tells a life of which only the records are left. */
import { decodeBytes } from "../base/byte_text.ts";
import { SystemError } from "../base/errors.ts";
import { parsePostMortem } from "../commands/post_mortem_command.ts";
import { readFlight } from "../daemon/recorder/flight_files.ts";
import { livesOf } from "../service/flight/flight_life.ts";
import type { FlightReading } from "../service/flight/flight_record.ts";
import { postMortemReport } from "../service/flight/post_mortem.ts";
import { print } from "../sys/self/print.ts";
import { DEFAULT_STATE_DIR, isHeld, openStateDirectory } from "../sys/state/state_directory.ts";
import { printAnswer } from "./print_answer.ts";
import { asShown } from "./shown_output.ts";

/** Whatever the setting state_size was. */
const MOST_BYTES = 64 * 1024 * 1024;

const NOTHING_TOLD = 1;

/** Runs post-mortem with the arguments after its name, and returns its exit status. */
export async function runPostMortem(args: readonly string[]): Promise<number> {
  const command = parsePostMortem(args);
  if (command.kind !== "tell") return printAnswer(command);
  const path = command.stateDir ?? DEFAULT_STATE_DIR;
  try {
    const { reading, present } = await readAll(path);
    const report = postMortemReport(reading, command.previous, present);
    if (report !== undefined) {
      const text = command.json ? JSON.stringify(report.value) : report.text;
      print("stdout", [asShown(text)]);
      return 0;
    }
    print("stderr", [`no life ${command.previous} before now is recorded in ${path}`]);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    print("stderr", [`there is nothing to tell: ${error.message}`]);
  }
  return NOTHING_TOLD;
}

/** Also says which life goes on: that of the chaperone that holds the directory. */
async function readAll(
  path: string,
): Promise<{ readonly reading: FlightReading; readonly present?: string }> {
  const directory = openStateDirectory(path, { isConfigured: true, readsOnly: true });
  try {
    const reading = await readFlight(async (name) => {
      const bytes = await directory.read(name, MOST_BYTES);
      return bytes === undefined ? "" : decodeBytes(bytes);
    });
    const present = isHeld(path) ? livesOf(reading).at(-1)?.id : undefined;
    return present === undefined ? { reading } : { reading, present };
  } finally {
    directory.close();
  }
}
