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
  readLevels = true,
): LineCapture {
  return given.router.createStream({
    service: "web.service",
    pid: 12,
    stream,
    multiline,
    readLevels,
  });
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
    readLevels: true,
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

test("F-040: LineCapture gives a record the level that its line states", () => {
  const given = new RouterCase();
  const [all, warnings] = [new MemorySink(), new MemorySink()];
  given.router.open([
    section({ extended: true }, all),
    section({ selector: "*.warn" }, warnings),
  ]);
  write(openStream(given), '{"level":"error"}\n<3>disk\nINFO up\nplain\n<2>\n');
  write(openStream(given, "stderr"), "<6>fine\n[alert] x\nplain\n");
  assertEquals(all.lines, [
    `daemon.err ${DATE} own web[12]: {"level":"error"}`,
    `daemon.err ${DATE} own web[12]: disk`,
    `daemon.info ${DATE} own web[12]: INFO up`,
    `daemon.info ${DATE} own web[12]: plain`,
    `daemon.info ${DATE} own web[12]: fine`,
    `daemon.alert ${DATE} own web[12]: [alert] x`,
    `daemon.warn ${DATE} own web[12]: plain`,
  ]);
  assertEquals(warnings.lines.map((line) => line.replace(/.*: /, "")), [
    '{"level":"error"}',
    "disk",
    "[alert] x",
    "plain",
  ]);
});

test("F-040: read_levels: false leaves level and text alone", () => {
  const given = new RouterCase();
  const sink = given.openOne({ extended: true });
  write(openStream(given, "stdout", false, false), "<3>disk\nERROR x\n");
  assertEquals(sink.lines, [
    `daemon.info ${DATE} own web[12]: <3>disk`,
    `daemon.info ${DATE} own web[12]: ERROR x`,
  ]);
});

test("F-040: a joined record has the level of its first line", () => {
  const given = new RouterCase();
  const sink = given.openOne({ extended: true });
  const capture = openStream(given, "stdout", true);
  write(capture, "<3>boom\n  <7>at x\nINFO y\n");
  capture.end();
  assertEquals(sink.lines, [
    `daemon.err ${DATE} own web[12]: boom#012  <7>at x`,
    `daemon.info ${DATE} own web[12]: INFO y`,
  ]);
});

test("F-040: levels follow a change of sections and of the forced level", () => {
  const given = new RouterCase();
  const before = given.openOne({ selector: "*.err" });
  const capture = openStream(given);
  write(capture, "ERROR a\nINFO b\n");
  const after = given.openOne({ selector: "*.info" });
  write(capture, "ERROR c\nDEBUG d\n");
  given.router.forceLevel(7);
  write(capture, "DEBUG e\n");
  assertEquals(before.lines, [`${DATE} own web[12]: ERROR a`]);
  assertEquals(after.lines, [`${DATE} own web[12]: ERROR c`, `${DATE} own web[12]: DEBUG e`]);
});

test("F-040: format json keeps a service's JSON object and adds what it lacks", () => {
  const given = new RouterCase();
  const sink = given.openOne({ format: "json", logrecHostname: "box" });
  const capture = openStream(given);
  write(capture, '{"level":"error","msg":"no","pid":"mine"}\n{}\n{"time":1}\n{not json}\n');
  const [first, empty, timed, text] = sink.lines.map((line) => JSON.parse(line));
  assertEquals(Object.keys(first), [
    ...["time", "facility", "priority", "service", "stream", "program", "host"],
    ...["level", "msg", "pid"],
  ]);
  assertEquals([first.facility, first.priority, first.pid], ["daemon", "err", "mine"]);
  assertEquals([first.service, first.stream, first.host], ["web", "stdout", "box"]);
  assertEquals([Object.keys(empty).length, empty.pid], [8, 12]);
  assertEquals([timed.time, text.message, "message" in first], [1, "{not json}", false]);
});

test("F-040: an object over several lines is a text in format json", () => {
  const given = new RouterCase();
  const sink = given.openOne({ format: "json" });
  const capture = openStream(given, "stdout", /^[ }]/);
  write(capture, '{"a":\n 1\n}\n');
  capture.end();
  assertEquals(sink.lines.map((line) => JSON.parse(line).message), ['{"a":\n 1\n}']);
});

test("F-039: a JSON object and the trace behind it are two records", () => {
  const given = new RouterCase({ console: "json" });
  const screen = given.openOne({ selector: "daemon.*" }, new MemorySink("console"));
  const capture = openStream(given, "stdout", true);
  write(
    capture,
    '{"level":"error"}\nTraceback (most recent call last):\n  File x\nValueError: 1\n',
  );
  capture.end();
  const [own, trace] = screen.lines.map((line) => JSON.parse(line));
  assertEquals([own.level, own.service, "message" in own], ["error", "web", false]);
  assertEquals(trace.message, "Traceback (most recent call last):\n  File x\nValueError: 1");
});

/** Lines with and without a level, of one, of others, blank, and long enough to be a flood. */
const FLOOD = Array.from({ length: 3000 }, (_, i) => {
  if (i % 500 < 300) return `line ${i}`;
  return ["ERROR: bad", "plain", "<2>first", "<4>", "INFO done ", "", "<html>"][i % 7] ?? "";
}).join("\n") + "\n";

/** What a sink gets when a stream is read in pieces of a size, and how often it was full. */
function flood(pieceBytes: number, open: (given: RouterCase, sink: MemorySink) => void) {
  const given = new RouterCase();
  const sink = new MemorySink();
  open(given, sink);
  const capture = openStream(given);
  const bytes = encoder.encode(FLOOD);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    capture.write(bytes.slice(at, at + pieceBytes));
  }
  capture.end();
  return sink.lines;
}

test("LineCapture writes a flood as it writes lines that come one by one", () => {
  const twice = (given: RouterCase, sink: MemorySink) =>
    given.router.open([section({ selector: "*.*" }, sink), section({ selector: "*.err" }, sink)]);
  const byText = (given: RouterCase, sink: MemorySink) =>
    given.router.open([section({ selector: "/1.*/.*" }, sink)]);
  const json = (given: RouterCase, sink: MemorySink) =>
    given.router.open([section({ selector: "*.*", format: "json" }, sink)]);
  const plain = (given: RouterCase, sink: MemorySink) =>
    given.router.open([section({ selector: "*.*", extended: true }, sink)]);
  for (const open of [plain, twice, byText, json]) {
    const lines = flood(64 * 1024, open);
    assert(lines.length > 100);
    assertEquals(lines, flood(100, open));
  }
});

test("LineCapture shows a watcher each line of a flood", () => {
  const given = new RouterCase();
  given.openOne();
  let met = 0;
  given.router.watches.of("web.service").add(/^line 2999$|^line 2017$/, () => met++);
  write(openStream(given), FLOOD);
  assertEquals(met, 1);
});

test("LineCapture stops for a sink that a flood has filled", () => {
  const given = new RouterCase();
  const sink = new MemorySink();
  sink.empties = false;
  given.router.open([section({ selector: "*.*", whenFull: "block" }, sink)]);
  const capture = openStream(given);
  assertEquals(write(capture, FLOOD), undefined);
  sink.hasRoom = false;
  assertEquals(write(capture, FLOOD), sink);
  assertEquals(sink.droppedCount, 0);
});
