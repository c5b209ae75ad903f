/**
 * Local time, as tzset(3) has it: one zone for all of the program, as the C library has one for a
 * process. Log lines, names of dated files, rotation and schedules without a zone of their own ask
 * here, so that they agree with each other and with services. Where nobody has said where the zone
 * comes from, V8's holds.
 */
import type { OffsetAt } from "./posix_zone.ts";

const DAY_MS = 86_400_000;

let find: (() => OffsetAt | undefined) | undefined;
let found: OffsetAt | undefined;

/**
 * Says where the zone comes from; `findZone` is called when it is needed first, and once. Where it
 * finds nothing, V8's zone holds.
 */
export function useLocalZone(findZone: (() => OffsetAt | undefined) | undefined): void {
  find = findZone;
  found = undefined;
}

/** Returns how far local time is ahead of UTC at a moment, in milliseconds. */
export function localOffsetMs(utcMs: number): number {
  found ??= find?.() ?? offsetOfV8;
  return found(utcMs);
}

function offsetOfV8(utcMs: number): number {
  return -new Date(utcMs).getTimezoneOffset() * 60_000;
}

/** Returns a date whose UTC fields are those of local time. */
export function localDate(utcMs: number): Date {
  return new Date(utcMs + localOffsetMs(utcMs));
}

/**
 * Returns when it is that time on the wall, given as if it were UTC. A time that comes twice is
 * taken as the first one; one that is skipped as so much later, as `new Date(y, m, d, …)` and
 * mktime(3) do.
 */
export function fromLocalTime(wallMs: number): number {
  const beforeMs = localOffsetMs(wallMs - DAY_MS);
  const utcMs = wallMs - beforeMs;
  if (localOffsetMs(utcMs) === beforeMs) return utcMs;
  const afterMs = localOffsetMs(wallMs + DAY_MS);
  return localOffsetMs(wallMs - afterMs) === afterMs ? wallMs - afterMs : utcMs;
}
