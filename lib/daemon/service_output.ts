/**
 * Reads the piped streams of services into captures, to their ends: a process that has died keeps
 * its last words. Does not read what a sink that blocks has no room for.
 */
import type { ServiceConfig, StreamTarget } from "../config/model.ts";
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
    const pipes: OutputPipe[] = [];
    for (const name of ["stdout", "stderr"] as const) {
      const pipe = child[name];
      if (pipe === undefined) continue;
      const capture = this.#createCapture(service, child.pid, name, service[name]);
      pipe.start((bytes) => capture.write(bytes)?.whenRoom(), () => capture.end());
      pipes.push(pipe);
    }
    return pipes.length === 0 ? undefined : { drain: (onDrained) => drainAll(pipes, onDrained) };
  }

  #createCapture(
    service: ServiceConfig,
    pid: number,
    stream: "stdout" | "stderr",
    target: StreamTarget,
  ): LineCapture {
    const request = { service: service.name, pid, stream, multiline: service.multiline };
    if (target === "log") return this.#router.createStream(request);
    return this.#router.createStream({ ...request, inheritTo: this.#console[stream] });
  }
}

function drainAll(pipes: readonly OutputPipe[], onDrained: () => void): void {
  let left = pipes.length;
  const count = () => {
    left--;
    if (left === 0) onDrained();
  };
  for (const pipe of pipes) pipe.drain(count);
}
