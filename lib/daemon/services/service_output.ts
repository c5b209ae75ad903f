/**
 * Reads the piped streams of services into captures, to their ends: a process that has died keeps
 * its last words. Does not read what a sink that blocks has no room for.
 */
import type { ServiceConfig } from "../../config/model.ts";
import type { CapturedOutput, OutputCapture, OutputHandover, StreamHandover } from "./capture.ts";
import type { CaptureRest, LineCapture } from "../logging/line_capture.ts";
import type { LogRouter } from "../logging/log_router.ts";
import type { Child, OutputPipe } from "../../door/os.ts";
import {
  PATTERN_MIN_BYTES,
  PATTERNS_MAX_BYTES,
  SecretMatcher,
  secretPatterns,
} from "../../log/secret_matcher.ts";
import type { Sink } from "../sinks/sink.ts";

/** The sinks of chaperone's own stdout and stderr. */
export interface ConsoleSinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** Captures the output of services by way of the log router. */
export class ServiceOutput implements OutputCapture {
  readonly #router: LogRouter;
  readonly #console: ConsoleSinks;
  /** What masks the secrets of services, by name. */
  readonly #matchers = new Map<string, SecretMatcher>();

  constructor(router: LogRouter, console: ConsoleSinks) {
    this.#router = router;
    this.#console = console;
  }

  redact({ name }: ServiceConfig, values: readonly string[]): void {
    const { patterns, isComplete } = secretPatterns(values);
    if (this.#matchers.get(name)?.isFor(patterns)) return;
    this.#matchers.set(name, new SecretMatcher(patterns));
    if (isComplete) return;
    const text = `${name} has secrets that redact cannot mask: of less than ${PATTERN_MIN_BYTES} ` +
      `bytes, or of more than ${PATTERNS_MAX_BYTES / 1024} KiB in all`;
    this.#router.write({ level: "warn", text, service: name });
  }

  attach(
    service: ServiceConfig,
    child: Child,
    left: OutputHandover = {},
  ): CapturedOutput | undefined {
    if (child.stdout === undefined && child.stderr === undefined) return undefined;
    const stdout = this.#begin(service, child, "stdout", left.stdout?.rest);
    const stderr = this.#begin(service, child, "stderr", left.stderr?.rest);
    return {
      drain: (onDrained) => drain(stdout?.pipe, () => drain(stderr?.pipe, onDrained)),
      isOpen: () => isOpen(stdout) || isOpen(stderr),
      close: () => [stdout, stderr].forEach(close),
      handOver: () => ({ ...named("stdout", stdout), ...named("stderr", stderr) }),
    };
  }

  #begin(
    service: ServiceConfig,
    child: Child,
    stream: "stdout" | "stderr",
    rest: CaptureRest | undefined,
  ): Reading | undefined {
    const pipe = child[stream];
    if (pipe === undefined) return undefined;
    const capture = this.#createCapture(service, child.pid, stream);
    if (rest !== undefined) capture.restore(rest);
    pipe.start((bytes) => capture.write(bytes)?.whenRoom(), () => capture.end());
    return { pipe, capture };
  }

  #createCapture(service: ServiceConfig, pid: number, stream: "stdout" | "stderr"): LineCapture {
    const { name, multiline, readLevels } = service;
    const matcher = service.redact ? this.#matchers.get(name) : undefined;
    const request = {
      ...{ service: name, pid, stream, multiline, readLevels },
      ...(matcher === undefined ? {} : { matcher }),
    };
    if (service[stream] === "log") return this.#router.createStream(request);
    return this.#router.createStream({ ...request, inheritTo: this.#console[stream] });
  }
}

/** A stream that is being read. */
interface Reading {
  readonly pipe: OutputPipe;
  readonly capture: LineCapture;
}

function isOpen(reading: Reading | undefined): reading is Reading {
  return reading !== undefined && reading.pipe.descriptor >= 0;
}

function close(reading: Reading | undefined): void {
  reading?.pipe.close();
  reading?.capture.end();
}

function named(
  stream: "stdout" | "stderr",
  reading: Reading | undefined,
): Partial<Record<"stdout" | "stderr", StreamHandover>> {
  if (!isOpen(reading)) return {};
  return { [stream]: { descriptor: reading.pipe.descriptor, rest: reading.capture.rest } };
}

function drain(pipe: OutputPipe | undefined, onDrained: () => void): void {
  if (pipe === undefined) onDrained();
  else pipe.drain(onDrained);
}
