/**
 * Where formatted records go. The log router appends whole records to a sink's buffer and knows
 * nothing of files, terminals or peers; a sink hands bytes to the system and knows nothing of
 * records beyond their boundaries.
 *
 * Framing. `line` and `console` sinks receive records that end in `\n`; `remote` sinks receive
 * records without it, each beginning with `<PRI>`, since a datagram or an octet count (RFC 6587)
 * is their boundary.
 *
 * Back-pressure. Before each record the router asks `hasRoom`. Where there is none it calls `flush`
 * and asks again; a section that drops then calls `dropped`, a section that blocks appends the
 * record all the same and tells its reader to stop until `whenRoom`. So a buffer may exceed its
 * limit by what one read delivers (64 KiB of input), and by no more.
 */
import type { OutputBuffer } from "../../base/output_buffer.ts";
import type { FormatOptions, RecordFormat } from "../../log/format.ts";
import type { LogClock } from "../../log/timestamp.ts";

/** `console` is chaperone's own stdout or stderr, where `settings.console` decides the looks. */
export type SinkKind = "line" | "console" | "remote";

/** The number of the mildest severity, debug. */
export const ALL_SEVERITIES = 7;

export interface Sink {
  readonly kind: SinkKind;
  /** Makes the only format that the destination takes; undefined: it takes any. */
  readonly createFormat?: ((options: FormatOptions, clock: LogClock) => RecordFormat) | undefined;
  /** The mildest severity that is written at present; `withheld` counts the others. */
  readonly mostSeverity: number;
  /** Bytes formatted and not yet handed to the system. The router appends whole records. */
  readonly buffer: OutputBuffer;
  /** Whether another record may be appended now. */
  readonly hasRoom: boolean;
  /**
   * Whether records of so many bytes in all may be appended at once, without a call of
   * `recordAppended` for each. `mayExceed`: the limit is met as long as there is room before them.
   */
  takesAtOnce(sizeBytes: number, mayExceed: boolean): boolean;
  /** Tells that a record was appended; it begins at `start` of `buffer` and ends at its length. */
  recordAppended(start: number): void;
  /** Hands what is buffered to the system. Called once per event-loop turn; never throws. */
  flush(): void;
  /** Resolves when `hasRoom` is true again. Never rejects. */
  whenRoom(): Promise<void>;
  /** Counts records that were not appended for lack of room; the sink reports the sum. */
  dropped(count: number): void;
  /** Counts records that were not appended since they are milder than `mostSeverity`. */
  withheld(count: number): void;
}
