/**
 * What a test of logging does around chaperone: sends datagrams to its /dev/log, reads its log
 * files.
 */
import type { NamespaceRun } from "./namespace.ts";
import { waitUntil } from "./output.ts";

/** A date as RFC 3164 writes it, with the day padded by a blank. */
export const DATE = "Jan  5 10:11:12";

const encoder = new TextEncoder();

/** A client of a run's /dev/log. Keep it in a `using`. */
export class SyslogSender implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #to: Deno.UnixAddr;

  constructor(socket: Deno.DatagramConn, path: string) {
    this.#socket = socket;
    this.#to = { transport: "unixpacket", path };
  }

  /** Sends datagrams, each once the socket's queue has room for it. */
  async send(...datagrams: readonly (string | Uint8Array)[]): Promise<void> {
    for (const one of datagrams) {
      const bytes = typeof one === "string" ? encoder.encode(one) : one;
      await this.#socket.send(bytes, this.#to);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Waits until a run has its /dev/log, and connects to it from outside. */
export async function openSender(run: NamespaceRun): Promise<SyslogSender> {
  const path = run.outerPath("/dev/log");
  await waitUntil(
    () => Deno.lstat(path).then((info) => info.isSocket || undefined, () => undefined),
    () => `/dev/log; output:\n${run.output.format()}`,
  );
  const own = `${run.directory}/tmp/${crypto.randomUUID()}`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path: own });
  return new SyslogSender(socket, path);
}

/** Returns the complete lines of a file; none where there is no file. */
export async function readLines(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").slice(0, -1);
}

/** Waits until a file has a line that matches, and returns all its lines. */
export async function waitForLineIn(
  path: string,
  pattern: RegExp,
  limitMs?: number,
): Promise<string[]> {
  let lines: string[] = [];
  return await waitUntil(
    async () => {
      lines = await readLines(path);
      return lines.some((line) => pattern.test(line)) ? lines : undefined;
    },
    () => `a line that matches ${pattern} in ${path}; there was:\n${lines.slice(-20).join("\n")}`,
    limitMs,
  );
}
