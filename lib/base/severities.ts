/** How bad a record is, in the words of syslog(3). */

/** Names by number, as output shows them; the lower the number, the more severe. */
export const SEVERITIES = [
  "emerg",
  "alert",
  "crit",
  "err",
  "warn",
  "notice",
  "info",
  "debug",
] as const;

/** One of these names. */
export type SeverityName = typeof SEVERITIES[number];
