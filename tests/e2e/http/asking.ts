/** Asks a status server that listens on a UNIX socket, from outside of its namespaces. */

/** An answer. */
export interface Answer {
  /** 0 where none came. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

const RETRY_MS = 10;

/** Connects; a queue that is full refuses for a moment. */
export async function connect(path: string): Promise<Deno.UnixConn> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (error) {
      // EAGAIN: the backlog is full.
      if (tries > 2000 || !(error instanceof Deno.errors.WouldBlock)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Sends bytes and reads to the end. What was refused half-way has no status. */
export async function send(path: string, bytes: Uint8Array): Promise<Answer> {
  using connection = await connect(path);
  let text = "";
  try {
    await connection.write(bytes);
    const decoder = new TextDecoder();
    for await (const chunk of connection.readable) text += decoder.decode(chunk, { stream: true });
  } catch (error) {
    // EPIPE, ECONNRESET: the server has had enough.
    const isRefusal = error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BadResource;
    if (!isRefusal) throw error;
  }
  const end = text.indexOf("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
  return { status, head: text.slice(0, end), body: text.slice(end + 4) };
}

/** Asks for a path. */
export async function get(path: string, target: string, fields = ""): Promise<Answer> {
  const request = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
  return await send(path, new TextEncoder().encode(request));
}
