import { assertEquals } from "@std/assert";
import type { ServiceConfig } from "../../../lib/config/model.ts";
import { ServiceOutput } from "../../../lib/daemon/service_output.ts";
import { test } from "../../test.ts";
import { MemorySink } from "./memory_sink.ts";
import { DATE, RouterCase } from "./router_case.ts";

type Piped = ReadableStream<Uint8Array<ArrayBuffer>>;

const encoder = new TextEncoder();

/** A byte stream that delivers one text a read, and counts the reads. */
function pipe(texts: readonly string[], failsAtEnd = false) {
  const left = [...texts];
  const counted = { reads: 0 };
  const stream: Piped = new ReadableStream({
    type: "bytes",
    pull(controller) {
      counted.reads++;
      const text = left.shift();
      if (text !== undefined) return controller.enqueue(encoder.encode(text));
      if (failsAtEnd) return controller.error(new Error("EIO"));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  return { stream, counted };
}

/** Only what capturing looks at. */
function service(targets: Partial<ServiceConfig> = {}): ServiceConfig {
  const config: Partial<ServiceConfig> = {
    name: "web.service",
    stdout: "log",
    stderr: "log",
    multiline: false,
    ...targets,
  };
  return config as ServiceConfig;
}

function output(given: RouterCase) {
  const console = { stdout: new MemorySink("console"), stderr: new MemorySink("console") };
  return { console, capture: new ServiceOutput(given.router, console) };
}

test("ServiceOutput reads both streams to their ends", async () => {
  const given = new RouterCase();
  const sink = given.openOne({ extended: true });
  const [out, err] = [pipe(["a\nb", "c\n"]), pipe(["e"])];
  const captured = output(given).capture.attach(service(), {
    pid: 7,
    stdout: out.stream,
    stderr: err.stream,
  });
  assertEquals(captured?.open, true);
  await captured?.ended;
  assertEquals(captured?.open, false);
  assertEquals(sink.lines.toSorted(), [
    `daemon.info ${DATE} own web[7]: a`,
    `daemon.info ${DATE} own web[7]: bc`,
    `daemon.warn ${DATE} own web[7]: e`,
  ]);
});

test("ServiceOutput stops reading while a sink that blocks is full", async () => {
  const given = new RouterCase();
  const sink = given.openOne();
  sink.hasRoom = false;
  const waiting = new Promise<void>((resolve) => {
    sink.whenRoom = () => {
      resolve();
      return MemorySink.prototype.whenRoom.call(sink);
    };
  });
  const { stream, counted } = pipe(["a\n", "b\n"]);
  const captured = output(given).capture.attach(service(), { pid: 7, stdout: stream });
  await waiting;
  assertEquals([counted.reads, sink.recordCount], [1, 1]);
  sink.makeRoom();
  await captured?.ended;
  assertEquals(sink.lines.length, 2);
});

test("ServiceOutput keeps what a stream said before it failed", async () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const { stream } = pipe(["last words"], true);
  await output(given).capture.attach(service(), { pid: 7, stdout: stream })?.ended;
  assertEquals(sink.lines, [`${DATE} own web[7]: last words`]);
});

test("ServiceOutput shows an inherited stream on chaperone's own", async () => {
  const given = new RouterCase({ console: "prefix" });
  const file = given.openOne();
  const { console, capture } = output(given);
  const { stream } = pipe(["hi\n"]);
  await capture.attach(service({ stderr: "inherit" }), { pid: 7, stderr: stream })?.ended;
  assertEquals([console.stderr.text, console.stdout.text, file.text], ["web | hi\n", "", ""]);
});

test("ServiceOutput has nothing to say of a child without pipes", () => {
  assertEquals(output(new RouterCase()).capture.attach(service(), { pid: 7 }), undefined);
});
