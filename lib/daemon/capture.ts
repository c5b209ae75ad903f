/** What the supervisor needs of whoever reads the output of services. */
import type { ServiceConfig } from "../config/model.ts";
import type { Child } from "./os.ts";

export interface CapturedOutput {
  /**
   * Takes the last words of a process that has ended, and calls back when they have been taken: before
   * this returns, unless a sink has no room for them.
   */
  drain(onDrained: () => void): void;
}

export interface OutputCapture {
  /** Reads the child's piped streams to their end; undefined where it has none. */
  attach(service: ServiceConfig, child: Child): CapturedOutput | undefined;
}
