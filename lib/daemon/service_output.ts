/**
 * Reads the piped streams of services into captures, to their ends: a process that has died keeps
 * its last words. Does not read what a sink that blocks has no room for.
 */
import type { ServiceConfig } from "../config/model.ts";
import type { CapturedOutput, OutputCapture } from "./capture.ts";
import type { LineCapture } from "./line_capture.ts";
import type { LogRouter } from "./log_router.ts";
import type { Child, OutputPipe } from "./os.ts";
import type { Sink } from "./sink.ts";

/** The sinks of chaperone's own stdout and stderr. */
export interface ConsoleSinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** Captures the output of services by way of the log router. */
export class ServiceOutput implements OutputCapture {
  readonly #router: LogRouter;
  readonly #console: ConsoleSinks;

  constructor(router: LogRouter, console: ConsoleSinks) {
    this.#router = router;
    this.#console = console;
  }

  attach(service: ServiceConfig, child: Child): CapturedOutput | undefined {
    const { pid, stdout, stderr } = child;
    if (stdout === undefined && stderr === undefined) return undefined;
    if (stdout !== undefined) begin(stdout, this.#createCapture(service, pid, "stdout"));
    if (stderr !== undefined) begin(stderr, this.#createCapture(service, pid, "stderr"));
    return { drain: (onDrained) => drain(stdout, () => drain(stderr, onDrained)) };
  }

  #createCapture(service: ServiceConfig, pid: number, stream: "stdout" | "stderr"): LineCapture {
    const request = { service: service.name, pid, stream, multiline: service.multiline };
    if (service[stream] === "log") return this.#router.createStream(request);
    return this.#router.createStream({ ...request, inheritTo: this.#console[stream] });
  }
}

function begin(pipe: OutputPipe, capture: LineCapture): void {
  pipe.start((bytes) => capture.write(bytes)?.whenRoom(), () => capture.end());
}

function drain(pipe: OutputPipe | undefined, onDrained: () => void): void {
  if (pipe === undefined) onDrained();
  else pipe.drain(onDrained);
}
