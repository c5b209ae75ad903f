import { assert, assertEquals } from "@std/assert";
import type { LineCapture } from "../../../../lib/daemon/logging/line_capture.ts";
import { test } from "../../../test.ts";
import { MemorySink } from "../memory_sink.ts";
import { DATE, RouterCase, section } from "../router_case.ts";

const encoder = new TextEncoder();

function openStream(
  given: RouterCase,
  stream: "stdout" | "stderr" = "stdout",
  multiline: boolean | RegExp = false,
): LineCapture {
  return given.router.createStream({ service: "web.service", pid: 12, stream, multiline });
}

function write(capture: LineCapture, text: string) {
  return capture.write(encoder.encode(text));
}

// Checklist 97.
test("LineCapture writes stdout as daemon.info and stderr as daemon.warn, tag and pid known", () => {
  const given = new RouterCase();
  const sink = given.openOne({ extended: true });
  write(openStream(given), "out  \n\n \n");
  write(openStream(given, "stderr"), "err\n");
  assertEquals(sink.lines, [
    `daemon.info ${DATE} own web[12]: out`,
    `daemon.warn ${DATE} own web[12]: err`,
  ]);
});

// Checklist 98.
test("LineCapture passes UTF-8 and splits lines over log_line_max", () => {
  const given = new RouterCase({ lineMaxBytes: 8 });
  const sink = given.openOne();
  write(openStream(given), `é日本\n${"x".repeat(12)}\nlater\n`);
  assertEquals(sink.lines.map((line) => line.replace(`${DATE} own web[12]: `, "")), [
    "é日本",
    "xxxxxxxx [...]",
    "[...] xxxx",
    "later",
  ]);
});

test("LineCapture keeps last words without newline", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const capture = openStream(given);
  write(capture, "first\nlast wo");
  write(capture, "rds");
  capture.end();
  capture.end();
  assertEquals(sink.lines, [`${DATE} own web[12]: first`, `${DATE} own web[12]: last words`]);
});

test("LineCapture writes the time at which a line is complete", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const capture = openStream(given);
  write(capture, "one\ntw");
  given.nowMs = 2000;
  write(capture, "o\n");
  assertEquals(sink.lines, [`${DATE} own web[12]: one`, "Jan  5 10:11:14 own web[12]: two"]);
});

test("LineCapture offers each line to selectors that look at its text", () => {
  const given = new RouterCase();
  const [secret, others, never] = [new MemorySink(), new MemorySink(), new MemorySink()];
  given.router.open([
    section({ selector: "/SECRET/.*" }, secret),
    section({ selector: "*.*;!/secret/.*;/^<30>jan  5 .* web\\[12\\]: /.!err" }, others),
    section({ selector: "/a/.*;![web].*" }, never),
  ]);
  write(openStream(given), "a\na secret\nb\n");
  assertEquals(secret.lines, [`${DATE} own web[12]: a secret`]);
  assertEquals(others.lines, [`${DATE} own web[12]: a`, `${DATE} own web[12]: b`]);
  assertEquals(never.lines, []);
});

test("LineCapture joins continuation lines and escapes their newlines in text", () => {
  const given = new RouterCase();
  const [text, json] = [new MemorySink(), new MemorySink()];
  given.router.open([section({}, text), section({ format: "json" }, json)]);
  const capture = openStream(given, "stderr", true);
  write(capture, "boom\n\tat x\n\tat y\nnext\n");
  assertEquals([given.router.nextDeadlineMs, given.pendingCount], [250, 1]);
  given.router.expire(250);
  assertEquals(text.lines, [
    `${DATE} own web[12]: boom#012\tat x#012\tat y`,
    `${DATE} own web[12]: next`,
  ]);
  assertEquals(JSON.parse(json.lines[0] ?? "").message, "boom\n\tat x\n\tat y");
  capture.end();
  assertEquals(given.router.nextDeadlineMs, Infinity);
});

test("LineCapture.end() writes what was still waiting for a continuation", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const capture = openStream(given, "stdout", true);
  write(capture, "a\n b");
  capture.end();
  assertEquals(sink.lines, [`${DATE} own web[12]: a#012 b`]);
});

test("LineCapture.write() returns the sink that its reader must wait for", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const capture = openStream(given);
  assertEquals(write(capture, "a\n"), undefined);
  sink.hasRoom = false;
  assertEquals(write(capture, "no line yet"), undefined);
  assertEquals(write(capture, "\nb\n") as unknown, sink);
  assertEquals(sink.recordCount, 3);
});

test("LineCapture writes to one sink alone where its stream is inherited", () => {
  const given = new RouterCase({ console: "prefix" });
  const file = given.openOne();
  const screen = new MemorySink("console");
  const capture = given.router.createStream({
    service: "web.service",
    pid: 12,
    stream: "stdout",
    multiline: false,
    inheritTo: screen,
  });
  write(capture, "hello\n");
  given.router.flush();
  assertEquals(screen.flushCount, 1);
  assertEquals([screen.text, file.text], ["web | hello\n", ""]);
});

test("OutputWatches call back once when a line of any stream has the pattern", () => {
  const given = new RouterCase();
  given.router.open([]);
  const met: string[] = [];
  const watch = given.router.watches.of("web.service");
  watch.add(/^ready/g, () => met.push("ready"));
  const cancel = watch.add(/never/, () => met.push("never"));
  given.router.watches.of("other.service").add(/ready/, () => met.push("other"));
  const capture = openStream(given, "stderr");
  write(capture, "starting\nrea");
  cancel();
  write(capture, "dy\nready\nnever\n");
  assertEquals(met, ["ready"]);
});

test("LineCapture keeps recent output in the ring, routed or not", () => {
  const given = new RouterCase();
  given.router.open([]);
  write(openStream(given), "a\nb\n");
  write(openStream(given, "stderr"), "c\n");
  const recent = given.router.ring.recent("web.service", 2);
  assertEquals(recent.map(({ stream, text }) => `${stream} ${text}`), ["stdout b", "stderr c"]);
});

test("LineCapture writes what multi-process output interleaves line-whole", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  const [a, b] = [openStream(given), openStream(given, "stderr")];
  for (const character of "abcdef") {
    write(a, character);
    write(b, character.toUpperCase());
  }
  write(b, "\n");
  write(a, "\n");
  assert(sink.lines.every((line) => /: (abcdef|ABCDEF)$/.test(line)));
});
