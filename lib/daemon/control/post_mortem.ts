/** What is known of lives of the container that are over: `post-mortem`, and `logs --previous`. */
import type { AnswerOf } from "../../commands/answers.ts";
import { SystemError } from "../../base/errors.ts";
import type { FlightLife } from "../../service/flight/flight_life.ts";
import { findLife, postMortemReport } from "../../service/flight/post_mortem.ts";
import type { FlightReading } from "../../service/flight/flight_record.ts";
import type { RecorderView } from "../recorder/recorder_view.ts";
import { CommandError, type ControlCall, PermissionError, type Reply } from "./context.ts";

/** Returns the answer to `post-mortem`. */
export async function postMortem(
  command: ControlCall<"post-mortem">,
): Promise<Reply<AnswerOf<"post-mortem">>> {
  const previous = parsePrevious(command.call.options.previous);
  const { recorder, reading } = await readRecords(command);
  const report = postMortemReport(reading, previous, recorder.life.id);
  if (report === undefined) throw new CommandError(missingLife(previous, recorder.place));
  return report;
}

/** Returns a life before this one. @throws {CommandError} where there is none, or not for the caller. */
export async function formerLife(
  command: Pick<ControlCall, "context" | "session">,
  previous: number,
): Promise<FlightLife> {
  if (!command.session.caller.mayControl) {
    throw new PermissionError("what services wrote before is for root and the owner of the socket");
  }
  const { recorder, reading } = await readRecords(command);
  const life = findLife(reading, previous, recorder.life.id);
  if (life === undefined) throw new CommandError(missingLife(previous, recorder.place));
  return life;
}

async function readRecords(
  { context: { recorder } }: Pick<ControlCall, "context">,
): Promise<{ readonly recorder: RecorderView; readonly reading: FlightReading }> {
  if (recorder === undefined) {
    throw new CommandError(
      "nothing is recorded: there is no /var/lib/chaperone, and the setting state_dir names no " +
        "other directory",
    );
  }
  try {
    const reading = await recorder.read();
    if (reading === undefined) throw new CommandError(`nothing is recorded: ${recorder.problem}`);
    return { recorder, reading };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandError(`what is recorded cannot be read: ${error.message}`);
  }
}

/** Reads the number of `--previous`. @throws {CommandError} */
function parsePrevious(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^\d{1,6}$/.test(text)) {
    throw new CommandError(`not a number of lives: '${text}'; write one as in --previous 2`);
  }
  return Number(text);
}

/** Says that no such life is kept. */
function missingLife(previous: number, place: string | undefined): string {
  const which = previous === 1 ? "no life before this one" : `no life ${previous} before this one`;
  return `${which} is recorded in ${place}`;
}
