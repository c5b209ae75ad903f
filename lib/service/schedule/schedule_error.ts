/** Apart from schedules, which only few configurations need. */

/** An interval or a time zone cannot be used. The message is the one of chaperone 0.3.9. */
export class ScheduleError extends Error {
  /** What is wrong with it, for people: `minute 60 is not in 0-59`. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.name = "ScheduleError";
    this.reason = reason;
  }
}
