/** What the supervisor needs of whoever reads the output of services. */
import type { ServiceConfig } from "../config/model.ts";
import type { Child } from "./os.ts";

export interface CapturedOutput {
  /** Both streams have been read to their end. */
  readonly ended: Promise<void>;
  /** False once `ended` has resolved, so that nobody waits a turn for what has happened. */
  readonly open: boolean;
}

export interface OutputCapture {
  /** Reads the child's piped streams to their end; undefined where it has none. */
  attach(service: ServiceConfig, child: Child): CapturedOutput | undefined;
}
