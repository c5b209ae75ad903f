/** What the supervisor needs of whoever reads the output of services. */
import type { ServiceConfig } from "../../config/model.ts";
import type { CaptureRest } from "../logging/line_capture.ts";
import type { Child } from "../../door/os.ts";

/** A stream that another incarnation goes on to read. */
export interface StreamHandover {
  readonly descriptor: number;
  readonly rest: CaptureRest;
}

/** The open streams of one process; one that has ended is absent. */
export interface OutputHandover {
  readonly stdout?: StreamHandover;
  readonly stderr?: StreamHandover;
}

export interface CapturedOutput {
  /**
   * Takes the last words of a process that has ended, and calls back when they have been taken:
   * before this returns, unless a sink has no room for them.
   */
  drain(onDrained: () => void): void;
  /** Whether a stream has not come to its end: others may hold it longer than the process lives. */
  isOpen?(): boolean;
  /** Stops reading: whoever still writes is told by SIGPIPE. Absent with `isOpen`. */
  close?(): void;
  /** What it takes to read on elsewhere; absent where nobody else could make use of it. */
  handOver?(): OutputHandover;
}

export interface OutputCapture {
  /** Masks these texts in the streams of the service that are attached from here on. */
  redact(service: ServiceConfig, values: readonly string[]): void;
  /**
   * Reads the child's piped streams to their end; undefined where it has none. Goes on where
   * another incarnation has stopped, where that has `left` something.
   */
  attach(
    service: ServiceConfig,
    child: Child,
    left?: OutputHandover,
  ): CapturedOutput | undefined;
}
