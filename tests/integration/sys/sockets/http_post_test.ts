import { assertEquals, assertMatch } from "@std/assert";
import { HttpPoster } from "../../../../lib/sys/sockets/http_post.ts";
import { test } from "../../test.ts";

/** Posts to a server that answers as told, and returns what came of it. */
async function postTo(
  answer: (gone: AbortSignal) => Response | Promise<Response>,
  timeoutMs = 60_000,
) {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    await request.text();
    return await answer(request.signal);
  });
  const poster = new HttpPoster();
  try {
    const url = `http://127.0.0.1:${server.addr.port}/?token=secret`;
    return await poster.post({ url, body: "text", headers: {}, timeoutMs });
  } finally {
    poster.close();
    await server.shutdown();
  }
}

/** Posts to a server that writes so much and hangs up. */
async function postToRaw(answer: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hangUp = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1024));
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  const poster = new HttpPoster();
  const url = `http://127.0.0.1:${listener.addr.port}/?token=secret`;
  try {
    return await poster.post({ url, body: "", headers: {}, timeoutMs: 60_000 });
  } finally {
    poster.close();
    listener.close();
    await hangUp;
  }
}

test("an answer counts by its status, also where its body breaks off", async () => {
  const { status, text } = await postToRaw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin");
  assertEquals([status, text], [200, "begin"]);
  const busy = () => new Response("later", { status: 503, headers: { "retry-after": "7" } });
  assertEquals(await postTo(busy), { status: 503, retryAfter: "7", text: "later" });
});

test("no more of an answer is read than is of use, and no redirection is followed", async () => {
  const { text } = await postTo(() => new Response("x".repeat(1_000_000)));
  assertEquals(text.length < 200_000, true);
  const moved = new Response("", { status: 302, headers: { location: "http://127.0.0.1:1/" } });
  assertEquals((await postTo(() => moved)).status, 302);
});

test("a server that does not answer is left after the limit, and its URL is not told", async () => {
  const silent = (gone: AbortSignal) =>
    new Promise<Response>((resolve) => {
      gone.addEventListener("abort", () => resolve(new Response("")));
    });
  const late = await postTo(silent, 300).catch((error: Error) => error.message);
  assertEquals(late, "no answer within 0.3 s");
  const place = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${place.addr.port}/?token=secret`;
  place.close();
  const refused = await new HttpPoster().post({ url, body: "", headers: {}, timeoutMs: 60_000 })
    .catch((error: Error) => error.message);
  assertMatch(String(refused), / to 127\.0\.0\.1:\d+:/);
  assertEquals(String(refused).includes("secret"), false);
});

test("the URL is not told either of a server that hangs up without an answer", async () => {
  const cut = String(await postToRaw("").catch((error: Error) => error.message));
  assertMatch(cut, / to 127\.0\.0\.1:\d+: client error/);
  assertEquals(/secret|http:/.test(cut), false, cut);
});
