import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import type { Connection, ListeningSocket } from "../../../../lib/door/os.ts";
import { createOs } from "../../../../lib/sys/os.ts";
import { test } from "../../test.ts";
import { ObservedOs } from "../observed_os.ts";

const OWN = { isInherited: false };

// The calls are opened here once: within a test that would count as a leak.
createOs().listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, OWN).close();

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Resolves with the next connection. */
function nextConnection(socket: ListeningSocket): Promise<Connection> {
  const { promise, resolve } = Promise.withResolvers<Connection>();
  socket.watch(() => {
    const connection = socket.accept();
    if (connection === undefined) return;
    socket.ignore();
    resolve(connection);
  });
  return promise;
}

test("listen answers on IPv4 and IPv6 alike, and tells who connects", async () => {
  await using observed = new ObservedOs();
  const port = freePort();
  const socket = observed.os.listen({ kind: "tcp", host: "*", port }, OWN);
  for (const hostname of ["127.0.0.1", "::1"]) {
    const accepted = nextConnection(socket);
    using client = await Deno.connect({ hostname, port });
    const connection = await accepted;
    assertEquals(connection.address, hostname);
    assertEquals(connection.port, (client.localAddr as Deno.NetAddr).port);
    connection.close();
    assertEquals(await client.read(new Uint8Array(1)), null);
  }
  socket.close();
});

test("accept takes nothing where nobody waits, without blocking", async () => {
  await using observed = new ObservedOs();
  const socket = observed.os.listen({ kind: "tcp", host: "127.0.0.1", port: freePort() }, OWN);
  assertEquals(socket.accept(), undefined);
  socket.close();
});

test("listen refuses an address in use, and one that is a name", async () => {
  await using observed = new ObservedOs();
  const port = freePort();
  const socket = observed.os.listen({ kind: "tcp", host: "127.0.0.1", port }, OWN);
  const inUse = assertThrows(
    () => observed.os.listen({ kind: "tcp", host: "127.0.0.1", port }, OWN),
    SystemError,
  );
  assertEquals(inUse.errno, ERRNO.EADDRINUSE);
  const named = assertThrows(
    () => observed.os.listen({ kind: "tcp", host: "example.com", port }, OWN),
    SystemError,
  );
  assertEquals(named.errno, ERRNO.EINVAL);
  socket.close();
});

test("a Unix socket replaces a stale one, and its file goes with it", async () => {
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir();
  const path = `${directory}/socket`;
  const first = observed.os.listen({ kind: "unix-dgram", path }, OWN);
  const socket = observed.os.listen({ kind: "unix", path }, OWN);
  const accepted = nextConnection(socket);
  using _client = await Deno.connect({ transport: "unix", path });
  const connection = await accepted;
  assertEquals(connection.address, undefined);
  connection.close();
  socket.close();
  assertThrows(() => Deno.lstatSync(path), Deno.errors.NotFound);
  first.close();
  await Deno.writeTextFile(path, "no socket");
  assertThrows(() => observed.os.listen({ kind: "unix", path }, OWN), SystemError);
  await Deno.remove(directory, { recursive: true });
});

test("spawn gives a text as stdin, however long", async () => {
  await using observed = new ObservedOs();
  const text = "0123456789abcde\n".repeat(20_000);
  assertEquals(await observed.outputOf("wc -c", { stdin: { text } }), String(text.length));
  assertEquals(await observed.outputOf("wc -c", { stdin: { text: "" } }), "0");
});
