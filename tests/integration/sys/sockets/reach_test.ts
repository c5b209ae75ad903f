import { assertEquals, assertStringIncludes } from "@std/assert";
import { reach } from "../../../../lib/sys/sockets/reach.ts";
import { test } from "../../test.ts";

/** Longer than any answer here takes, shorter than a test may wait. */
const LIMIT_MS = 2000;

function tcp(port: number) {
  return { kind: "tcp", host: "127.0.0.1", port, text: "" } as const;
}

test("reach tells that a port accepts connections, and leaves no timer or connection behind", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const accepted = listener.accept();
  assertEquals(await reach(tcp(port), LIMIT_MS), undefined);
  const connection = await accepted;
  assertEquals(await connection.read(new Uint8Array(1)), null);
  connection.close();
  listener.close();
  assertStringIncludes(await reach(tcp(port), LIMIT_MS) ?? "", "refused");
});

test("reach of an http server tells a status of 400 and above", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => new Response("body", { status: request.url.endsWith("/up") ? 302 : 503 }),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const target = (path: string) => ({ kind: "http", url: url + path, text: "" }) as const;
  assertEquals(await reach(target("/up"), LIMIT_MS), undefined);
  assertEquals(await reach(target("/down"), LIMIT_MS), "status 503");
});

test("reach gives up a server that accepts and does not answer", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const accepted = listener.accept();
  const target = { kind: "http", url: `http://127.0.0.1:${port}/`, text: "" } as const;
  assertEquals(await reach(target, 50), "no answer within 0.05 s");
  (await accepted).close();
  listener.close();
});

test("reach of files and of sockets that are not there says so", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/x`;
    assertStringIncludes(await reach({ kind: "file", path, text: "" }, LIMIT_MS) ?? "", "No such");
    assertStringIncludes(await reach({ kind: "unix", path, text: "" }, LIMIT_MS) ?? "", "No such");
    const listener = Deno.listen({ transport: "unix", path });
    const accepted = listener.accept();
    assertEquals(await reach({ kind: "file", path, text: "" }, LIMIT_MS), undefined);
    assertEquals(await reach({ kind: "unix", path, text: "" }, LIMIT_MS), undefined);
    (await accepted).close();
    listener.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
