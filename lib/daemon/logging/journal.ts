/** Where chaperone's own messages go. */

export type JournalLevel = "err" | "warn" | "notice" | "info" | "debug";

export interface JournalEntry {
  readonly level: JournalLevel;
  readonly text: string;
  /** `local5` unless the message is about a cron or an inetd service, as in 0.3.9. */
  readonly facility?: "local5" | "cron" | "daemon";
  /** The service it is about, with suffix. */
  readonly service?: string;
}

export interface Journal {
  /** Takes a message. Never throws and never blocks. */
  write(entry: JournalEntry): void;
  /**
   * Whether messages of a level that are about no service go anywhere, for who would write
   * thousands; left out: they may.
   */
  takes?(level: JournalLevel): boolean;
}
