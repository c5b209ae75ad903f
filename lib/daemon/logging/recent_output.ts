/** What services themselves wrote last. */
import type { LogRing, RecentLine } from "./log_ring.ts";

/**
 * Returns the lines of a service that are kept, oldest first, without chaperone's remarks about it,
 * which are of every level, and in the log.
 */
export function recentOutput(ring: Pick<LogRing, "recent">, service: string): RecentLine[] {
  return ring.recent(service, Infinity).filter(({ stream }) => stream !== "chaperone");
}
