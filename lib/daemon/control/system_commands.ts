/** The commands about chaperone as a whole: loglevel, shutdown and reexec. */
import type { AnswerOf } from "../../commands/answers.ts";
import { parseDuration } from "../../base/duration.ts";
import { SEVERITIES } from "../../base/severities.ts";
import { parseSeverity } from "../../log/priorities.ts";
import { hasReached } from "../../service/container_phase.ts";
import { ReplacementRefusal } from "../container/self_replacement.ts";
import { CommandError, type ControlCall, type Reply } from "./context.ts";

/** A refusal that 0.3.9 prints without `Command error: `. */
export class PlainRefusal extends CommandError {}

/** `now` still lets the answer reach the client. */
const NOW_MS = 100;
/** The longest delay that makes sense: a year. */
const LONGEST_DELAY_MS = 31_536_000_000;

/** Shows or sets the forced level; returns the answer. */
export function loglevel({ context, call }: ControlCall<"loglevel">): Reply<AnswerOf<"loglevel">> {
  const word = call.operands[0];
  if (word === undefined) {
    const severity = context.forcedLevel.get();
    const level = severity === undefined ? undefined : SEVERITIES[severity];
    const text = `Forced Logging Level: ${level === undefined ? "NOT SET" : `*.${level}`}`;
    return { text, value: { level: level ?? null } };
  }
  const level = word.toLowerCase().replace(/^\*\./, "");
  const severity = parseSeverity(level);
  if (severity === undefined) {
    throw new PlainRefusal(`not a level: '${word}'; ${SEVERITIES.join(", ")} are`);
  }
  context.forcedLevel.set(severity);
  const text = `All logging set to include priorities >= *.${level}`;
  return { text, value: { level: SEVERITIES[severity] ?? null } };
}

/** Ends the container after a delay; returns the answer. */
export function shutdown({ context, call }: ControlCall<"shutdown">): Reply<AnswerOf<"shutdown">> {
  const { container, delayedShutdown } = context;
  if (call.options.cancel) {
    if (hasReached(container.phase, "draining")) {
      throw new PlainRefusal(
        "The container is ending already, and what has begun is carried through",
      );
    }
    const canceled = delayedShutdown.cancel();
    const text = canceled ? "Shutdown called off" : "No shutdown is to come";
    return { text, value: { canceled } };
  }
  const word = call.operands[0] ?? "now";
  const isNow = word.toLowerCase() === "now";
  const seconds = isNow ? 0 : parseSeconds(word);
  if (seconds === undefined) {
    throw new PlainRefusal(`not a delay: '${word}'; write now, or a time such as 30, 30s or 10m`);
  }
  const delayMs = isNow ? NOW_MS : seconds * 1000;
  delayedShutdown.set(delayMs);
  const text = isNow ? "Shutting down now" : `Shutting down in ${formatFloat(seconds)} seconds`;
  return { text, value: { delaySecs: delayMs / 1000 } };
}

/**
 * Has chaperone re-execute itself. Where it does, the connection just ends, and whoever asked
 * connects to the next incarnation.
 */
export async function reexec(
  { context, call }: ControlCall<"reexec">,
): Promise<Reply<AnswerOf<"reexec">>> {
  if (call.options.last) {
    const text = context.takenOver?.() ??
      "chaperone has not executed itself again yet: telchap reexec makes it";
    return { text, value: { last: text } };
  }
  try {
    const replace = await context.replacement?.prepare();
    await replace?.();
  } catch (error) {
    if (!(error instanceof ReplacementRefusal)) throw error;
    throw new CommandError(`chaperone keeps running as it is: ${error.message}`);
  }
  throw new CommandError("chaperone keeps running as it is: it could not execute itself again");
}

function parseSeconds(word: string): number | undefined {
  const durationMs = parseDuration(word.replace(/^\+/, ""));
  return durationMs === undefined || durationMs > LONGEST_DELAY_MS ? undefined : durationMs / 1000;
}

/** Formats a number as Python prints a float. */
function formatFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
