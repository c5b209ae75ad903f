/** Times of a job, as answers tell them: in the zone that its interval is meant in. */
import { type TimeZone, timeZone } from "../../service/schedule/time_zone.ts";

/** One that is not a zone costs a disabled service a warning, and its runs the zone of chaperone. */
export function zoneOf(name: string | undefined): TimeZone {
  try {
    return timeZone(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return timeZone();
  }
}

/** In the zone that the interval is meant in, with its offset: what was written is found again. */
export function formatTime(wallMs: number, zone: TimeZone): string {
  const offsetMs = zone.offsetAt(wallMs);
  const local = new Date(wallMs + offsetMs).toISOString().slice(0, -1);
  if (offsetMs === 0) return `${local}Z`;
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const two = (count: number) => String(count).padStart(2, "0");
  return `${local}${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
