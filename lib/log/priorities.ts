/**
 * Facilities and severities of syslog, see syslog(3) and RFC 3164 4.1.1.
 * A priority is `facility * 8 + severity`. Records may carry facilities that do not exist; they all
 * count as `UNKNOWN_FACILITY`, are shown as `?` and matched by `*` alone.
 */
import { SEVERITIES, type SeverityName } from "../base/severities.ts";
import { UNKNOWN_FACILITY } from "../wire/syslog_record.ts";

/** Names by number, as output shows them (chaperone 0.3.9; 15 is its `altcron`). */
export const FACILITIES = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "altcron",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

export type FacilityName = typeof FACILITIES[number];

/** What services print on each stream, as chaperone 0.3.9: daemon.info and daemon.warn. */
export const STREAM_PRIORITY = { stdout: 3 * 8 + 6, stderr: 3 * 8 + 4 } as const;

/** How many different priorities a normalised record can have. */
export const PRIORITY_COUNT = (UNKNOWN_FACILITY + 1) * 8;

/** Returns the bytes that a text of each priority becomes, by priority. */
export function encodeByPriority(format: (priority: number) => string): Uint8Array[] {
  const encoder = new TextEncoder();
  return Array.from({ length: PRIORITY_COUNT }, (_, priority) => encoder.encode(format(priority)));
}

const facilityNumbers = new Map<string, number>(FACILITIES.map((name, i) => [name, i]));
// The manual of 0.3.9 calls facility 9 `clock`; both names are accepted.
facilityNumbers.set("clock", 9);

const severityNumbers = new Map<string, number>(SEVERITIES.map((name, i) => [name, i]));
severityNumbers.set("warning", 4);
severityNumbers.set("error", 3);

/** Returns the number of a facility name in any case, or `undefined`. */
export function parseFacility(name: string): number | undefined {
  return facilityNumbers.get(name.toLowerCase());
}

/** Returns the number of a severity name in any case, `warning` and `error` included. */
export function parseSeverity(name: string): number | undefined {
  return severityNumbers.get(name.toLowerCase());
}

/** Returns the name of the facility of a priority, `?` where it has none. */
export function facilityName(priority: number): string {
  return FACILITIES[priority >> 3] ?? "?";
}

/** Returns the name of the severity of a priority. */
export function severityName(priority: number): SeverityName {
  return SEVERITIES[priority & 7] as SeverityName;
}

/**
 * Returns a priority that may be sent to others. RFC 5424 6.2.1 ends at 191, so that a record of
 * an unknown facility travels as `user`, with its severity.
 */
export function wirePriority(priority: number): number {
  return priority >> 3 === UNKNOWN_FACILITY ? 8 + (priority & 7) : priority;
}
