/** What is wrong with a cron interval. The grammar is the schedule's, which this folder does not know. */
export interface IntervalFault {
  readonly text: string;
  /** It can be kept, and no job ever comes of it. */
  readonly isNever?: true;
}

/** Says what is wrong with a cron interval in a time zone; `undefined`: nothing. */
export type CheckInterval = (
  interval: string,
  timezone?: string,
  options?: { readonly days?: "crontab" },
) => IntervalFault | undefined;
