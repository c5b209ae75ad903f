/** Where a sink's bytes go: a file, a stream, a log host, a collector. */
import type { FormatOptions, RecordFormat } from "../../log/format.ts";
import type { LogClock } from "../../log/timestamp.ts";
import type { Framing } from "./framing.ts";

export interface Outlet {
  /** For messages: `log file '/var/log/x'`. */
  readonly name: string;
  readonly framing: Framing;
  /** Records are gathered for so long; absent: one that comes alone is written at once. */
  readonly gatherMs?: number;
  /** Makes the format that the destination takes, whatever the section says; absent: any. */
  createFormat?(options: FormatOptions, clock: LogClock): RecordFormat;
  /**
   * Writes some of `batch`, which begins with a record, from `offset` on, and tells how far it got;
   * `undefined` where the destination takes nothing at the moment. Rejects where it fails; what was
   * taken of the batch is still to be written then, from the same offset, unless the failure is
   * `RecordsRefused`.
   */
  write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number | undefined>;
  /** Tells when to try again after `failures` in a row; `undefined`: never. */
  retryDelayMs(error: unknown, failures: number): number | undefined;
  /** The mildest severity that is written at present; absent: all are. */
  readonly mostSeverity?: number;
  /** Takes note that milder records were not. Returns whether it is time to `look`. */
  withheld?(count: number): boolean;
  /** Looks whether that must go on. Not while it writes. Never rejects. */
  look?(): Promise<void>;
  /** Opens the destination anew, where that means something. */
  reopen?(): void;
  close(): void;
}

/** The destination has answered that it will never take some of a batch: that is lost. */
export class RecordsRefused extends Error {
  /** Where the batch goes on. */
  readonly end: number;
  /** How many records are lost. */
  readonly count: number;

  constructor(message: string, { end, count }: { readonly end: number; readonly count: number }) {
    super(message);
    this.end = end;
    this.count = count;
  }
}
