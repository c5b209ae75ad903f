/**
 * Reads the piped streams of services into captures, to their ends: a process that has died keeps
 * its last words. Does not read what a sink that blocks has no room for.
 */
import type { ServiceConfig, StreamTarget } from "../config/model.ts";
import type { CapturedOutput, OutputCapture } from "./capture.ts";
import type { LineCapture } from "./line_capture.ts";
import type { LogRouter } from "./log_router.ts";
import type { Child } from "./os.ts";
import type { Sink } from "./sink.ts";

/** An idle stream holds a small buffer, a busy one a large one: there may be a thousand of them. */
const SMALL_BYTES = 1024;
const LARGE_BYTES = 64 * 1024;

type PipedStream = ReadableStream<Uint8Array<ArrayBuffer>>;

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
    const readings: Promise<void>[] = [];
    for (const name of ["stdout", "stderr"] as const) {
      const stream = child[name];
      if (stream === undefined) continue;
      const capture = this.#createCapture(service, child.pid, name, service[name]);
      readings.push(readToEnd(stream, capture));
    }
    if (readings.length === 0) return undefined;
    const output = { open: true, ended: Promise.resolve() };
    output.ended = Promise.all(readings).then(() => {
      output.open = false;
    });
    return output;
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

async function readToEnd(stream: PipedStream, capture: LineCapture): Promise<void> {
  const reader = stream.getReader({ mode: "byob" });
  let chunk = await readChunk(reader, new ArrayBuffer(SMALL_BYTES));
  while (chunk !== undefined) {
    const full = capture.write(chunk);
    if (full !== undefined) await full.whenRoom();
    chunk = await readChunk(reader, fittingStorage(chunk));
  }
  capture.end();
  reader.releaseLock();
}

/** Returns the storage of the last read, or one of the size that this read shows to be right. */
function fittingStorage(read: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const sizeBytes = read.buffer.byteLength;
  if (read.length === sizeBytes && sizeBytes < LARGE_BYTES) return new ArrayBuffer(LARGE_BYTES);
  if (read.length < SMALL_BYTES && sizeBytes > SMALL_BYTES) return new ArrayBuffer(SMALL_BYTES);
  return read.buffer;
}

/** Returns `undefined` at end of file; a stream that fails has no more to say either. */
async function readChunk(
  reader: ReadableStreamBYOBReader,
  storage: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const { done, value } = await reader.read(new Uint8Array(storage));
    return done ? undefined : value;
  } catch {
    return undefined;
  }
}
