/** The STATUS= text that chaperone sends upstream, in the words of chaperone 0.3.9. */

/** What the text counts. A service may count as started and as failed. */
export interface StatusCounts {
  readonly started: number;
  /** cron services that wait for their next time. */
  readonly scheduled: number;
  /** Services whose last process ended abnormally. */
  readonly failed: number;
  /** Errors that services have reported since the start. */
  readonly errors: number;
}

/** Formats the text; the time counts from the end of the start-up. */
export function formatStatusText(uptimeMs: number, counts: StatusCounts): string {
  const { started, scheduled, failed, errors } = counts;
  return [
    `Uptime ${formatClock(uptimeMs)}`,
    `${started === 0 ? "No" : started} service${started === 1 ? "" : "s"} started`,
    ...(scheduled === 0 ? [] : [`${scheduled} scheduled`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(errors === 0 ? [] : [`${errors} total errors`]),
  ].join("; ");
}

/** Whole hours, which may have more than two digits, minutes and seconds. */
function formatClock(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => part.toString().padStart(2, "0"))
    .join(":");
}
