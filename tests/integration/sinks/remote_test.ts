import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../test.ts";
import { makeCertificate } from "./certificate.ts";
import { append, createWorkbench, inDirectory, LIMIT_MS, open, until, write } from "./workbench.ts";

const decoder = new TextDecoder();

/** Splits what RFC 6587 3.4.1 frames; the rest is an incomplete frame. */
function parseFrames(bytes: Uint8Array): { records: string[]; rest: number } {
  const records: string[] = [];
  let at = 0;
  for (;;) {
    const blank = bytes.indexOf(0x20, at);
    const size = Number(decoder.decode(bytes.subarray(at, Math.max(at, blank))));
    if (blank < 0 || blank + 1 + size > bytes.length) return { records, rest: bytes.length - at };
    records.push(decoder.decode(bytes.subarray(blank + 1, blank + 1 + size)));
    at = blank + 1 + size;
  }
}

/** Reads a connection to its end; after `limitBytes` tells the peer to go and reads what comes. */
async function receive(connection: Deno.Conn, limitBytes = Infinity): Promise<string[]> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const buffer = new Uint8Array(65536);
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      chunks.push(buffer.slice(0, count));
      if (size < limitBytes && size + count >= limitBytes) await connection.closeWrite();
      size += count;
    }
  } finally {
    connection.close();
  }
  const { records, rest } = parseFrames(new Uint8Array(await new Blob(chunks).arrayBuffer()));
  assertEquals(rest === 0 || size >= limitBytes, true);
  return records;
}

function portOf(listener: { readonly addr: Deno.Addr }): number {
  return (listener.addr as Deno.NetAddr).port;
}

test("a record becomes one datagram at a UDP host", async () => {
  for (const address of ["127.0.0.1", "localhost"]) {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { set, reports } = createWorkbench();
    const sink = open(set, { syslogHost: `${address}:${portOf(socket)}` });
    append(sink, "<13>one");
    write(sink, "<13>zwölf");
    const received = [await socket.receive(), await socket.receive()];
    assertEquals(received.map(([bytes]) => decoder.decode(bytes)), ["<13>one", "<13>zwölf"]);
    await set.drain(LIMIT_MS);
    set.close();
    socket.close();
    assertEquals(reports, []);
  }
});

test("a UDP host that cannot be found is told once and nothing fails", async () => {
  const { set, reports } = createWorkbench();
  const sink = open(set, { syslogHost: "no-such-host.invalid" });
  for (let i = 0; i < 10; i++) write(sink, "<13>x");
  await until("it is told", () => reports.length > 0);
  await set.drain(LIMIT_MS);
  assertEquals(reports, [
    "Cannot write to log host udp://no-such-host.invalid:514: " +
    "Cannot find host 'no-such-host.invalid'",
  ]);
  set.close();
});

test("a TCP host that comes and goes gets every record that is not counted, in order", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { set, reports } = createWorkbench();
  const sink = open(set, {
    syslogHost: `tcp://127.0.0.1:${portOf(listener)}`,
    queueSizeBytes: 256 * 1024,
  });
  const received: string[] = [];
  let connections = 0;
  const serve = (async () => {
    for await (const connection of listener) {
      // Each leaves after a while, the last one stays.
      const limitBytes = ++connections < 4 ? 200_000 : Infinity;
      received.push(...await receive(connection, limitBytes));
    }
  })();
  let sent = 0;
  while (connections < 4) {
    for (let i = 0; i < 50; i++) append(sink, `<13>${sent++} ${"x".repeat(100)}`);
    sink.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await sink.drain(LIMIT_MS);
  set.close();
  await until("the rest arrives", () => received.length + sink.droppedTotal >= sent);
  listener.close();
  await serve;
  assertEquals(received.length + sink.droppedTotal, sent);
  const numbers = received.map((record) => Number(/^<13>(\d+) x{100}$/.exec(record)?.[1]));
  assertEquals(numbers.findIndex((number, i) => i > 0 && !(number > (numbers[i - 1] ?? 0))), -1);
  assertEquals(reports.length > 0, true);
});

test("a TCP host that never reads keeps nobody from writing elsewhere", () =>
  inDirectory(async (path) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const { set, reports } = createWorkbench();
    const host = open(set, {
      syslogHost: `tcp://127.0.0.1:${portOf(listener)}`,
      queueSizeBytes: 64 * 1024,
    });
    const file = open(set, { file: `${path}/x` });
    const records = 20_000;
    for (let i = 0; i < records; i++) {
      assertEquals(host.hasRoom, true);
      for (const sink of [host, file]) append(sink, "x".repeat(1000));
      if (i % 10 !== 0) continue;
      for (const sink of [host, file]) sink.flush();
      await file.whenRoom();
    }
    await file.drain(LIMIT_MS);
    assertEquals((await Deno.stat(`${path}/x`)).size, records * 1001);
    assertEquals(reports.length, 1);
    assertMatch(reports[0] ?? "", /as fast as records come: records are dropped$/);
    assertEquals(host.buffer.length <= 70_000, true);
    set.close();
    (await accepted).close();
    listener.close();
  }));

test("a TCP host that is not there gets what waited when it comes", async () => {
  const place = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = portOf(place);
  place.close();
  const { set, reports } = createWorkbench();
  const sink = open(set, { syslogHost: `tcp://127.0.0.1:${port}` });
  write(sink, "<13>waited");
  await until("it is told", () => reports.length > 0);
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const connection = await listener.accept();
  const received = receive(connection);
  await until("it goes on", () => reports.length > 1);
  set.close();
  assertEquals(await received, ["<13>waited"]);
  listener.close();
  assertMatch(reports[0] ?? "", /Connection refused/);
  assertMatch(reports[1] ?? "", /again, no record was dropped$/);
});

test("a TLS host is trusted by its authority's file, and not without it", () =>
  inDirectory(async (path) => {
    const [cert, key] = await makeCertificate(path);
    const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const received: Promise<string[]>[] = [];
    const serve = (async () => {
      for (;;) {
        const connection = await listener.accept().catch(() => undefined);
        if (connection === undefined) return;
        received.push(receive(connection).catch(() => []));
      }
    })();
    const { set, reports } = createWorkbench();
    const syslogHost = `tls://localhost:${portOf(listener)}`;
    const trusting = open(set, { syslogHost, tlsCaFile: `${path}/cert.pem` });
    append(trusting, "<13>one");
    write(trusting, "<13>two");
    await trusting.drain(LIMIT_MS);
    assertEquals(reports, []);
    set.close();
    const other = createWorkbench();
    write(open(other.set, { syslogHost }), "<13>secret");
    await until("it is told", () => other.reports.length > 0);
    other.set.close();
    assertMatch(
      other.reports[0] ?? "",
      /^Cannot write to log host tls:.*no authority that is trusted .*tls_ca_file/,
    );
    listener.close();
    await serve;
    assertEquals((await Promise.all(received)).flat(), ["<13>one", "<13>two"]);
  }));

for (
  const [what, certificate, says] of [
    [
      "that `openssl req -x509` makes",
      { isAuthority: true },
      /its certificate is an authority's \(CA:TRUE\).* -addext basicConstraints=CA:FALSE/,
    ],
    ["for another name", { name: "elsewhere" }, /its certificate is not for that name/],
  ] as const
) {
  test(`F-046: a certificate ${what} is refused in words`, () =>
    inDirectory(async (path) => {
      const [cert, key] = await makeCertificate(path, certificate);
      const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
      const serve = (async () => {
        for (;;) {
          const connection = await listener.accept().catch(() => undefined);
          if (connection === undefined) return;
          await receive(connection).catch(() => []);
        }
      })();
      const { set, reports } = createWorkbench();
      const syslogHost = `tls://localhost:${portOf(listener)}`;
      write(open(set, { syslogHost, tlsCaFile: `${path}/cert.pem` }), "<13>one");
      await until("it is told", () => reports.length > 0);
      set.close();
      assertMatch(reports[0] ?? "", says);
      assertEquals(/[A-Z][a-z]+\([A-Z]/.test(reports[0] ?? ""), false, reports[0]);
      listener.close();
      await serve;
    }));
}
