import { assertEquals } from "@std/assert";
import { askNumber } from "../../../../lib/sys/sockets/ask_number.ts";
import { test } from "../../test.ts";

/** Asks a server that writes so much and hangs up. */
async function askRaw(answer: string): Promise<number | undefined> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(1024));
    await connection.write(new TextEncoder().encode(answer));
  })();
  const { port } = listener.addr as Deno.NetAddr;
  try {
    return await askNumber(`http://127.0.0.1:${port}/`);
  } finally {
    await answered;
    listener.close();
  }
}

const answer = (status: string, body: string, size = body.length) =>
  `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: ${size}\r\n\r\n${body}`;

test("askNumber takes the first number of an answer, with status 200 and whole", async () => {
  assertEquals(await askRaw(answer("200 OK", "queue_length 17.5 of 100\n")), 17.5);
  assertEquals(await askRaw(answer("200 OK", "0")), 0);
  assertEquals(await askRaw(answer("200 OK", "none")), undefined);
  assertEquals(await askRaw(answer("404 Not Found", "404")), undefined);
  assertEquals(await askRaw(answer("200 OK", "12", 100)), undefined);
  assertEquals(await askRaw("nothing of HTTP 12"), undefined);
  assertEquals(await askRaw(answer("200 OK", `5 ${"x".repeat(100_000)}`)), 5);
});

test("askNumber knows no number of a server that is not there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  assertEquals(await askNumber(`http://127.0.0.1:${port}/`), undefined);
});
