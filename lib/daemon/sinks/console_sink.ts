/**
 * chaperone's own stdout and stderr as destinations. Whatever reads them may be slow, stop reading,
 * or go away; none of that ends or blocks chaperone.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ByteWriter, LogTime } from "../../door/log_os.ts";
import { BufferedSink, type BufferedSinkOptions } from "./buffered_sink.ts";
import type { Outlet } from "./outlet.ts";

/** How much waits for a slow reader before the section's `when_full` decides. */
const CAPACITY_BYTES = 1024 * 1024;

/** How soon a full disk behind a redirected stream is tried again. */
const RETRY_MS = 1000;

/** Nobody reads any more, the terminal hung up, or the descriptor was closed: for good. */
const FINAL_ERRNOS: ReadonlySet<number> = new Set([
  ERRNO.EPIPE,
  ERRNO.EIO,
  ERRNO.EBADF,
  ERRNO.ECONNRESET,
]);

class ConsoleOutlet implements Outlet {
  readonly name: string;
  readonly framing = "line";
  readonly #stream: ByteWriter;

  constructor(name: string, stream: ByteWriter) {
    this.name = name;
    this.#stream = stream;
  }

  async write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number | undefined> {
    const written = await this.#stream.write(batch.subarray(offset));
    return written === 0 ? undefined : offset + written;
  }

  retryDelayMs(error: unknown): number | undefined {
    return error instanceof SystemError && FINAL_ERRNOS.has(error.errno) ? undefined : RETRY_MS;
  }

  close(): void {
    // The streams are not chaperone's to close: the last message goes there.
  }
}

/** Creates the sink for `stdout` or `stderr`. */
export function createConsoleSink(
  name: "stdout" | "stderr",
  stream: ByteWriter,
  time: LogTime,
  report: BufferedSinkOptions["report"],
): BufferedSink {
  return new BufferedSink({
    kind: "console",
    outlet: new ConsoleOutlet(name, stream),
    time,
    capacityBytes: CAPACITY_BYTES,
    dropsWhenFull: false,
    report,
  });
}
