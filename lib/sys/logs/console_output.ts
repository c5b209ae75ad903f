/** chaperone's own stdout and stderr, written on a thread so that a slow reader blocks nobody. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ByteWriter } from "../../door/log_os.ts";
import { toSystemError } from "../libc/system_failure.ts";

class ConsoleOutput implements ByteWriter {
  readonly #stream: { write(bytes: Uint8Array): Promise<number> };
  readonly #name: string;

  constructor(stream: { write(bytes: Uint8Array): Promise<number> }, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    try {
      return await this.#stream.write(bytes);
    } catch (error) {
      const failure = toSystemError(error, "write", this.#name);
      // Whoever started chaperone may have left the stream in non-blocking mode.
      if (failure instanceof SystemError && failure.errno === ERRNO.EAGAIN) return 0;
      throw failure;
    }
  }
}

export const consoleStdout: ByteWriter = new ConsoleOutput(Deno.stdout, "stdout");
export const consoleStderr: ByteWriter = new ConsoleOutput(Deno.stderr, "stderr");
