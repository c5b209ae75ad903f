/** How bad a line of a service's output is, for who chooses lines by level. */
import { NO_LEVEL, readLevel } from "./line_level.ts";

const WARN = 4;
const INFO = 6;

/**
 * Returns the level that a line states, 0 the worst; else that of its stream. What chaperone says of
 * the service is little, and of every level: it counts as the worst.
 */
export function severityOfLine(
  { stream, text }: { readonly stream: string; readonly text: string },
): number {
  if (stream === "chaperone") return 0;
  const bytes = new TextEncoder().encode(text);
  const level = readLevel(bytes, 0, bytes.length);
  if (level !== NO_LEVEL) return level;
  return stream === "stderr" ? WARN : INFO;
}
