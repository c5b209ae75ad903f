import { assert, assertEquals } from "@std/assert";
import { EventFeed } from "../../../../lib/daemon/http/event_feed.ts";
import type { HttpResponse } from "../../../../lib/daemon/http/http_response.ts";
import { type HttpClient, HttpRoutes } from "../../../../lib/daemon/http/http_routes.ts";
import { CONNECTIONS_MAX, HttpServer } from "../../../../lib/daemon/http/http_server.ts";
import type { PhaseChange } from "../../../../lib/page/event_text.ts";
import type { Readiness } from "../../../../lib/service/container_readiness.ts";
import type { HttpRequest } from "../../../../lib/wire/http_message.ts";
import type { ByteStream } from "../../../../lib/door/streams.ts";
import { test } from "../../../test.ts";
import { SAMPLE_LINES, sampleReport } from "../../page/sample_report.ts";
import { FakeOs } from "../fake_os.ts";
import { sampleServiceParts } from "./sample_service_parts.ts";

/** The client's end of a connection on a table. */
class Client implements ByteStream {
  isOpen = true;
  /** False: nothing is taken, and writes hang. */
  reads = true;
  received = "";
  #chunks: (Uint8Array | undefined)[] = [];
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #writing: PromiseWithResolvers<void> | undefined;

  send(text: string | undefined): void {
    const chunk = text === undefined ? undefined : new TextEncoder().encode(text);
    if (this.#waiting === undefined) this.#chunks.push(chunk);
    else this.#waiting.resolve(chunk);
    this.#waiting = undefined;
  }

  read(): Promise<Uint8Array | undefined> {
    if (!this.isOpen) return Promise.reject(new Error("closed"));
    if (this.#chunks.length > 0) return Promise.resolve(this.#chunks.shift());
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.isOpen) return Promise.reject(new Error("closed"));
    if (this.reads) {
      this.received += new TextDecoder().decode(bytes);
      return Promise.resolve();
    }
    this.#writing = Promise.withResolvers();
    return this.#writing.promise;
  }

  close(): void {
    this.isOpen = false;
    this.#waiting?.reject(new Error("closed"));
    this.#writing?.reject(new Error("closed"));
    this.#waiting = undefined;
    this.#writing = undefined;
  }

  get status(): number {
    return Number(this.received.split(" ")[1]);
  }

  get body(): string {
    return this.received.slice(this.received.indexOf("\r\n\r\n") + 4);
  }
}

const READY: Readiness = { ready: true, unready: [] };
const OWNER: HttpClient = {
  address: undefined,
  caller: () => ({ mayControl: true, mayLook: true, uid: 0 }),
};
const STRANGER: HttpClient = {
  address: "10.0.0.9",
  caller: () => ({ mayControl: false, mayLook: false, uid: undefined }),
};

class Bench {
  readonly os = new FakeOs();
  readonly journal: string[] = [];
  readiness = READY;
  #tell: (change: PhaseChange) => void = () => {};
  readonly feed = new EventFeed({
    observe: (observer) => {
      this.#tell = observer;
      return () => {};
    },
  });
  readonly routes: HttpRoutes;
  readonly server: HttpServer;

  constructor(
    loopbackHost?: string,
    respond?: (request: HttpRequest, client: HttpClient) => HttpResponse,
  ) {
    this.routes = new HttpRoutes({
      readiness: () => this.readiness,
      report: () => sampleReport(),
      lines: () => SAMPLE_LINES,
      changes: () => this.feed.lastId,
      nowMs: () => this.os.nowMs(),
      loopbackHost,
      services: sampleServiceParts(),
    });
    this.server = new HttpServer({
      respond: respond ?? ((request, client) => this.routes.respond(request, client)),
      feed: this.feed,
      journal: { write: ({ text }) => void this.journal.push(text) },
      setTimer: (delayMs, callback) => this.os.setTimer(delayMs, callback),
      nowMs: () => this.os.nowMs(),
    });
  }

  change(to: string): void {
    this.#tell({ wallMs: 0, service: "a.service", from: "up", to, detail: "" });
  }

  /** Connects, sends and returns the client's end; the exchange goes on by itself. */
  connect(text: string | undefined, who = OWNER): Client {
    const client = new Client();
    if (text !== undefined) client.send(text);
    void this.server.serve(client, who);
    return client;
  }

  /** Asks and waits for the end of the exchange. */
  async ask(text: string, who = OWNER): Promise<Client> {
    const client = new Client();
    client.send(text);
    client.send(undefined);
    await this.server.serve(client, who);
    return client;
  }

  async get(path: string, who = OWNER): Promise<Client> {
    return await this.ask(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`, who);
  }
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

test("/readyz answers 200, or 503 with the names of what is not ready", async () => {
  const bench = new Bench();
  assertEquals([(await bench.get("/readyz")).status, (await bench.get("/readyz")).body], [
    200,
    "ready\n",
  ]);
  bench.readiness = { ready: false, unready: [{ name: "a.service", why: "failed" }] };
  const refused = await bench.get("/readyz");
  assertEquals([refused.status, refused.body], [503, "not ready\na.service: failed\n"]);
  bench.readiness = { ready: false, unready: [], why: "shutting down" };
  assertEquals((await bench.get("/readyz")).body, "not ready: shutting down\n");
  assertEquals((await bench.get("/livez")).status, 200);
});

test("every path answers GET and HEAD, and nothing else", async () => {
  const bench = new Bench();
  for (const path of ["/", "/livez", "/metrics", "/status", "/page.css", "/page.js"]) {
    const whole = await bench.get(path);
    assertEquals(whole.status, 200, path);
    const head = await bench.ask(`HEAD ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assertEquals([head.status, head.body], [200, ""], path);
    const length = /Content-Length: (\d+)/.exec(head.received)?.[1];
    assertEquals(Number(length), new TextEncoder().encode(whole.body).length, path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"]) {
    const refused = await bench.ask(`${method} /livez HTTP/1.1\r\nHost: a\r\n\r\n`);
    assertEquals(refused.status, 405);
    assert(refused.received.includes("Allow: GET, HEAD"));
  }
  assertEquals((await bench.get("/etc/passwd")).status, 404);
  assertEquals((await bench.get("/../livez")).status, 404);
});

test("the page has a strict policy, and shows the log to those who may see it", async () => {
  const bench = new Bench();
  const own = await bench.get("/");
  assert(own.received.includes("Content-Security-Policy: default-src 'none';"));
  assert(own.body.includes("port 5432"));
  assert(!(await bench.get("/", STRANGER)).body.includes("port 5432"));
});

test("on loopback, a foreign name for this machine is refused", async () => {
  const bench = new Bench("127.0.0.1");
  const ask = async (host: string) =>
    (await bench.ask(`GET /status HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status;
  for (const host of ["127.0.0.1:9100", "localhost:1", "[::1]:9100", "127.9.9.9", "LOCALHOST"]) {
    assertEquals(await ask(host), 200, host);
  }
  for (const host of ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil"]) {
    assertEquals(await ask(host), 421, host);
  }
});

test("garbage is refused at once, a head that is too long when it is", async () => {
  const bench = new Bench();
  assertEquals((await bench.ask("\x16\x03\x01\x00\xa5")).status, 400);
  assertEquals((await bench.ask("GET nonsense\r\n\r\n")).status, 400);
  const long = bench.connect("GET / HTTP/1.1\r\nHost: a\r\n");
  for (let at = 0; at < 9; at++) long.send(`X-${at}: ${"x".repeat(1000)}\r\n`);
  await settle();
  assertEquals(long.status, 431);
  long.send(undefined);
  await settle();
  assertEquals([long.isOpen, bench.server.connectionCount, bench.os.timerCount], [false, 0, 0]);
});

test("a request may come byte by byte, but not for longer than its time", async () => {
  const bench = new Bench();
  const slow = bench.connect(undefined);
  for (const letter of "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n") {
    slow.send(letter);
    await settle();
  }
  assertEquals(slow.status, 200);
  const late = bench.connect("GET /livez");
  await settle();
  bench.os.advance(9_999);
  assert(late.isOpen);
  bench.os.advance(1);
  await settle();
  assertEquals([late.isOpen, bench.server.connectionCount, bench.os.timerCount], [false, 0, 0]);
});

test("a client that does not read is dropped", async () => {
  const bench = new Bench();
  const stuck = new Client();
  stuck.reads = false;
  stuck.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  void bench.server.serve(stuck, OWNER);
  await settle();
  assertEquals(bench.server.connectionCount, 1);
  bench.os.advance(10_000);
  await settle();
  assertEquals([stuck.isOpen, bench.server.connectionCount], [false, 0]);
});

test("when all places are taken, the oldest client gives way once it has had a second", async () => {
  const bench = new Bench();
  const idle = Array.from({ length: CONNECTIONS_MAX }, () => bench.connect(undefined));
  await settle();
  bench.os.advance(999);
  await settle();
  assertEquals(idle.filter((client) => client.isOpen).length, CONNECTIONS_MAX);
  bench.os.advance(1);
  await settle();
  assertEquals(idle[0]?.isOpen, false);
  assertEquals((await bench.get("/livez")).status, 200);
  bench.server.close();
  await settle();
  assertEquals([bench.server.connectionCount, bench.os.timerCount], [0, 0]);
});

test("/events tells changes as they come, and those that a reader missed", async () => {
  const bench = new Bench();
  bench.change("stopping");
  const reader = bench.connect("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  await settle();
  bench.change("down");
  await settle();
  assert(reader.received.includes("Content-Type: text/event-stream"));
  assert(!reader.body.includes("stopping") && reader.body.includes("id: 2\nevent: phase\n"));
  const again = bench.connect("GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 0\r\n\r\n");
  await settle();
  assert(again.body.includes("stopping") && again.body.includes("id: 2\n"));
  bench.os.advance(15_000);
  await settle();
  assert(reader.body.endsWith(":\n\n"));
  reader.send(undefined);
  again.close();
  await settle();
  assertEquals([bench.server.connectionCount, bench.os.timerCount], [0, 0]);
});

test("a reader of events that takes nothing is dropped, and costs little until then", async () => {
  const bench = new Bench();
  const stuck = new Client();
  stuck.reads = false;
  stuck.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
  void bench.server.serve(stuck, OWNER);
  await settle();
  for (let at = 0; at < 2000; at++) bench.change("up");
  await settle();
  assertEquals([stuck.isOpen, bench.server.connectionCount], [false, 0]);
});

test("readers of events are few, and leave room for others", async () => {
  const bench = new Bench();
  const readers = Array.from(
    { length: 20 },
    () => bench.connect("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"),
  );
  await settle();
  assertEquals(readers.filter((reader) => reader.status === 503).length, 4);
  bench.server.close();
  await settle();
  assertEquals(bench.server.connectionCount, 0);
});

test("an internal error costs one answer and is told", async () => {
  const bench = new Bench(undefined, () => {
    throw new Error("oops");
  });
  assertEquals((await bench.get("/status")).status, 500);
  assert(bench.journal[0]?.includes("oops"));
});
