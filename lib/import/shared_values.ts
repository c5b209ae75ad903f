/**
 * Values that several programs have, as directives take them; undefined for what would not load, so
 * that it becomes a remark.
 */
import { parseSignal, signalName } from "../base/signals.ts";
import { parseMode } from "../config/values.ts";

/** Reads the name of a signal, with SIG or without, or its number. */
export function signalText(text: string): string | undefined {
  const signal = parseSignal(text);
  if (signal === undefined) return undefined;
  return /^\d+$/.test(text) ? text : signalName(signal);
}

/** Reads a whole number that is not negative. */
export function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** What a stop takes that others give no time at all: in `stop_timeout`, 0 is no limit. */
export const AT_ONCE = "1ms";

/** Reads permissions as an octal number, which needs no 0 before it elsewhere. */
export function umaskText(text: string): string | undefined {
  const octal = text.replace(/^0*/, "0");
  return parseMode(octal) === undefined ? undefined : octal;
}
