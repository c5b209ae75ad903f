/**
 * A log host over TCP that tests control: it takes records framed by octet count (RFC 6587 3.4.1).
 */
import { assertEquals } from "@std/assert";

const decoder = new TextDecoder();

/**
 * Where a log host listens; the port is chosen by the system and kept over `close` and `listen`.
 */
export class LogHost {
  /** Records in the order of arrival. */
  readonly records: string[] = [];
  readonly port: number;
  #listener: Deno.TcpListener | undefined;
  #connections = new Set<Deno.TcpConn>();
  #readings: Promise<void>[] = [];

  constructor() {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#serve(this.#listener);
  }

  /** Begins to listen again. */
  listen(): void {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#serve(this.#listener);
  }

  /**
   * Ends in order: refuses connections, tells those it has to end, and reads what they still send.
   */
  async close(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of this.#connections) await connection.closeWrite().catch(() => {});
    await Promise.all(this.#readings);
    this.#readings = [];
  }

  async #serve(listener: Deno.TcpListener): Promise<void> {
    for await (const connection of listener) this.#readings.push(this.#read(connection));
  }

  async #read(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    const buffer = new Uint8Array(256 * 1024);
    let size = 0;
    let isOpen = true;
    while (isOpen) {
      const count = await connection.read(buffer.subarray(size));
      isOpen = count !== null;
      size += count ?? 0;
      size = this.#takeFrames(buffer, size);
    }
    // A record that it had begun comes again, whole.
    this.#connections.delete(connection);
    connection.close();
  }

  /** Takes complete frames off the beginning, and returns how many bytes are left. */
  #takeFrames(buffer: Uint8Array, size: number): number {
    let at = 0;
    for (;;) {
      const blank = buffer.subarray(0, size).indexOf(0x20, at);
      if (blank < 0) break;
      const length = Number(decoder.decode(buffer.subarray(at, blank)));
      assertEquals(Number.isInteger(length), true, "octet count");
      if (blank + 1 + length > size) break;
      this.records.push(decoder.decode(buffer.subarray(blank + 1, blank + 1 + length)));
      at = blank + 1 + length;
    }
    buffer.copyWithin(0, at, size);
    return size - at;
  }
}

/** Adds up the records that chaperone says it dropped for a destination. */
export function countDropped(lines: readonly string[], destination: string): number {
  const told = lines.filter((line) => line.includes(destination))
    .map((line) => Number(/ (\d+) records? (?:was|were) dropped$/.exec(line)?.[1] ?? 0));
  return told.reduce((sum, count) => sum + count, 0);
}
