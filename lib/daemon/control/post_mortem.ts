/** `post-mortem`: a life of the container that is over. */
import { SystemError } from "../../base/errors.ts";
import { postMortemReport } from "../../service/flight/post_mortem.ts";
import { CommandError, type ControlCall, type Reply } from "./context.ts";

/** Returns the answer to `post-mortem`. */
export async function postMortem(command: ControlCall<"post-mortem">): Promise<Reply> {
  const { context: { recorder }, call } = command;
  if (recorder === undefined) {
    throw new CommandError(
      "nothing is recorded: there is no /var/lib/chaperone, and the setting state_dir names no " +
        "other directory",
    );
  }
  const previous = parsePrevious(call.options.previous);
  try {
    const reading = await recorder.read();
    if (reading === undefined) throw new CommandError(`nothing is recorded: ${recorder.problem}`);
    const report = postMortemReport(reading, previous, recorder.life.id);
    if (report === undefined) throw new CommandError(missingLife(previous, recorder.place));
    return report;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandError(`what is recorded cannot be read: ${error.message}`);
  }
}

/** Reads the number of `--previous`. @throws {CommandError} */
export function parsePrevious(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^\d{1,6}$/.test(text)) throw new CommandError(`not a number of lives: ${text}`);
  return Number(text);
}

/** Says that no such life is kept. */
export function missingLife(previous: number, place: string | undefined): string {
  const which = previous === 1 ? "no life before this one" : `no life ${previous} before this one`;
  return `${which} is recorded in ${place}`;
}
