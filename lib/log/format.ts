/**
 * What every output format can do: write a record that was received, and write lines of a source
 * of which all but the text is known beforehand (a service's stream, chaperone itself).
 */
import type { OutputBuffer } from "../base/output_buffer.ts";
import type { SyslogRecord } from "../wire/syslog_record.ts";
import type { LineBlock } from "./line_block.ts";

/** Where a line comes from; all that stands in a record but its time and text. */
export interface KnownSource {
  readonly priority: number;
  readonly program: string;
  readonly pid: number;
  /** Name without suffix; absent for what belongs to no service. */
  readonly service?: string;
  readonly stream?: "stdout" | "stderr";
}

/** Writes lines of one source in one format. */
export interface LineWriter {
  /**
   * Appends one record with the text `start` to `end` of `bytes`. With `escaped`, control
   * characters are escaped where the format has lines, for text that is not one line by origin.
   */
  appendLine(
    out: OutputBuffer,
    bytes: Uint8Array,
    start: number,
    end: number,
    escaped: boolean,
  ): void;

  /**
   * Appends a record for each of the lines `from` to `to` of a block, nothing escaped. Absent where
   * a record costs far more than its bytes.
   */
  readonly block?: BlockWriter | undefined;
}

/** Writes many lines at once. */
export interface BlockWriter {
  appendLines(out: OutputBuffer, bytes: Uint8Array, lines: LineRange): void;
  /** How many bytes of a record are not its text. */
  readonly frameBytes: number;
}

/** The lines `from` to `to` of a block. */
export interface LineRange {
  readonly block: LineBlock;
  readonly from: number;
  readonly to: number;
}

/** Writes records in one format. */
export interface RecordFormat {
  appendRecord(out: OutputBuffer, record: SyslogRecord): void;
  createLineWriter(source: KnownSource): LineWriter;
}

/** How a section wants its records, and where they go. */
export interface FormatOptions {
  /** The machine's name, for records without host. */
  readonly hostname: string;
  /** Replaces every record's host. */
  readonly logrecHostname?: string;
  /** Text format: begin with `facility.priority `. */
  readonly extended: boolean;
  /** Remote records begin with `<PRI>`; others end in a newline. */
  readonly remote: boolean;
}
