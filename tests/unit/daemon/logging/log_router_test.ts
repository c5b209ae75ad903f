import { assert, assertEquals, assertThrows } from "@std/assert";
import { SelectorError } from "../../../../lib/log/selector.ts";
import { test } from "../../../test.ts";
import { MemorySink } from "../memory_sink.ts";
import { DATE, RouterCase, section } from "../router_case.ts";

const encoder = new TextEncoder();

// Checklist 181.
test("LogRouter writes nothing anywhere without a section", () => {
  const { router, early } = new RouterCase();
  router.open([]);
  router.datagram(encoder.encode(`<13>${DATE} p: x`));
  router.write({ level: "err", text: "message" });
  assertEquals(early.text, "");
  assertEquals(router.counts.received, 1);
});

// Checklist 187.
test("LogRouter separates records at NUL and ignores blank ones", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  given.datagram(`<13>${DATE} p: one\n\0\0<13>${DATE} q: two\0 \n\0`);
  assertEquals(sink.lines, [`${DATE} own p: one`, `${DATE} own q: two`]);
  assertEquals(given.router.counts.received, 2);
});

// Checklist 186.
test("LogRouter routes format errors as syslog.err from '?'", () => {
  const given = new RouterCase();
  const sinks = ["syslog.=err", "[?].*", "user.*"].map((selector) => {
    const sink = new MemorySink();
    return { sink, request: section({ selector, extended: true }, sink) };
  });
  given.router.open(sinks.map(({ request }) => request));
  given.datagram("tag-only\n");
  assertEquals(sinks.map(({ sink }) => sink.text), [
    "syslog.err ??tag-only\n",
    "syslog.err ??tag-only\n",
    "",
  ]);
  assertEquals(given.router.counts.malformed, 1);
});

// Checklist 195 and 206.
test("LogRouter writes a record once per section and destination, each in its own format", () => {
  const given = new RouterCase();
  const [shared, other] = [new MemorySink(), new MemorySink("remote")];
  given.router.open([
    section({ logrecHostname: "one" }, shared, other),
    section({ extended: true }, shared),
  ]);
  given.datagram(`<13>${DATE} p: x`);
  assertEquals(shared.lines, [`${DATE} one p: x`, `user.notice ${DATE} own p: x`]);
  assertEquals(other.text, `<13>${DATE} one p: x`);
});

test("LogRouter tells a sink where each record begins", () => {
  const given = new RouterCase();
  const sink = given.openOne({}, new MemorySink("remote"));
  given.datagram("a\0bc");
  assertEquals(sink.starts, [0, "<43>??a".length]);
});

test("LogRouter.open() refuses a bad selector and stays as it was", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  assertThrows(() => given.router.open([section({ selector: "x" })]), SelectorError);
  given.datagram("x");
  assertEquals(sink.lines.length, 1);
});

// Checklist 207 and 208.
test("LogRouter.forceLevel() widens sections at run time and for sections opened later", () => {
  const given = new RouterCase();
  const sink = given.openOne({ selector: "*.err;[quiet].!=debug" });
  const service = {
    service: "web.service",
    pid: 5,
    stream: "stdout",
    multiline: false,
    readLevels: true,
  } as const;
  const stream = given.router.createStream(service);
  const both = (text: string) => {
    given.datagram(`<15>${DATE} p: ${text}`);
    given.datagram(`<15>${DATE} quiet: ${text}`);
    stream.write(encoder.encode(`${text}\n`));
  };
  both("one");
  given.router.forceLevel(7);
  both("two");
  const later = given.openOne({ selector: "*.err;[quiet].!=debug" });
  both("three");
  given.router.forceLevel(undefined);
  both("four");
  assertEquals(sink.lines, [`${DATE} own p: two`, `${DATE} own web[5]: two`]);
  assertEquals(later.lines, [`${DATE} own p: three`, `${DATE} own web[5]: three`]);
});

// Checklist 209 and 210.
test("LogRouter.write() says who speaks, by facility, tag and pid", () => {
  const given = new RouterCase();
  const own = new MemorySink();
  const all = new MemorySink();
  given.router.open([
    section({ selector: "[chaperone].*", extended: true }, own),
    section({ format: "json" }, all),
  ]);
  given.router.write({ level: "info", text: "ready." });
  given.router.write({
    level: "warn",
    facility: "cron",
    service: "a.service",
    text: "two\nlines\n",
  });
  given.datagram(`<13>${DATE} other: x`);
  assertEquals(own.lines, [
    `local5.info ${DATE} own chaperone[1]: ready.`,
    `cron.warn ${DATE} own chaperone[1]: two`,
    `cron.warn ${DATE} own chaperone[1]: lines`,
  ]);
  assertEquals(all.lines.map((line) => JSON.parse(line).service), [undefined, "a", "a", undefined]);
  assertEquals(given.router.ring.recent("a.service", 5).map(({ text }) => text), ["two", "lines"]);
});

// Checklist 213.
test("LogRouter.write() shows warnings as bare text before there are sections", () => {
  const given = new RouterCase();
  given.router.write({ level: "info", text: "hidden" });
  given.router.write({ level: "warn", text: "shown" });
  given.router.forceLevel(6);
  given.router.write({ level: "info", text: "forced" });
  assertEquals(given.early.lines, ["shown", "forced"]);
});

test("LogRouter escapes control characters in what chaperone quotes", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  given.router.write({ level: "err", text: "cannot start '\x1b[2J'" });
  assertEquals(sink.lines, [`${DATE} own chaperone[1]: cannot start '#033[2J'`]);
});

test("LogRouter drops and counts where a section drops and its sink stays full", () => {
  const given = new RouterCase();
  const sink = new MemorySink();
  const other = new MemorySink();
  given.router.open([section({ whenFull: "drop" }, sink), section({}, other)]);
  sink.hasRoom = false;
  assertEquals(given.datagram("one"), undefined);
  assertEquals([sink.recordCount, sink.droppedCount, sink.flushCount], [0, 1, 1]);
  assertEquals(other.recordCount, 1);
});

test("LogRouter keeps the record and holds back the reader where a section blocks", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  sink.hasRoom = false;
  assertEquals(given.datagram("one"), sink);
  assertEquals([sink.recordCount, sink.droppedCount], [1, 0]);
  sink.makeRoom();
  assertEquals(given.datagram("two"), undefined);
});

test("LogRouter does not hold back a reader whose records go elsewhere", () => {
  const given = new RouterCase();
  const full = new MemorySink();
  given.router.open([section({ selector: "[other].*" }, full), section({}, new MemorySink())]);
  full.hasRoom = false;
  assertEquals(given.datagram(`<13>${DATE} p: x`), undefined);
});

test("LogRouter drops own messages once a full sink carries too much of them", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  sink.hasRoom = false;
  sink.empties = false;
  const text = "x".repeat(1024 * 1024);
  for (let i = 0; i < 10; i++) given.router.write({ level: "err", text });
  assertEquals([sink.recordCount, sink.droppedCount], [4, 6]);
});

test("LogRouter asks once for a flush, and flushes only what has something", () => {
  const given = new RouterCase();
  const sink = given.openOne();
  given.datagram("one");
  given.datagram("two");
  given.router.write({ level: "info", text: "three" });
  assertEquals(given.pendingCount, 1);
  given.router.flush();
  assertEquals([sink.flushCount, given.early.flushCount], [1, 0]);
  given.datagram("four");
  assertEquals(given.pendingCount, 2);
});

test("LogRouter asks to be looked at for a deadline that nothing else would show", () => {
  const given = new RouterCase();
  given.openOne({ rateLimit: { count: 1, periodMs: 1000 } });
  given.datagram("one");
  given.router.flush();
  given.datagram("two");
  assertEquals([given.pendingCount, given.router.nextDeadlineMs], [2, 1000]);
});

test("LogRouter limits the rate of each program and says what it suppressed", () => {
  const given = new RouterCase();
  const sink = given.openOne({ rateLimit: { count: 2, periodMs: 1000 }, selector: "*.info" });
  const service = {
    service: "web.service",
    pid: 5,
    stream: "stdout",
    multiline: false,
    readLevels: true,
  } as const;
  const stream = given.router.createStream(service);
  for (let i = 0; i < 5; i++) given.datagram(`<13>${DATE} noisy: ${i}`);
  stream.write(encoder.encode("a\nb\nc\n"));
  given.datagram(`<13>${DATE} quiet: x`);
  assertEquals(sink.lines.length, 5);
  assertEquals(given.router.nextDeadlineMs, 1000);
  given.nowMs = 1000;
  given.router.expire(1000);
  assertEquals(sink.lines.slice(5), [
    "Jan  5 10:11:13 own chaperone[1]: rate limit: suppressed 3 messages of noisy",
    "Jan  5 10:11:13 own chaperone[1]: rate limit: suppressed 1 message of web",
  ]);
  assertEquals(given.router.counts.suppressed, 4);
  assertEquals(given.router.nextDeadlineMs, Infinity);
});

test("LogRouter lets the console setting decide how a console sink looks, and no other", () => {
  const given = new RouterCase({ console: "prefix", hasColour: (sink) => sink.kind === "console" });
  const screen = new MemorySink("console");
  const file = new MemorySink();
  given.router.open([section({ format: "json" }, screen, file)]);
  given.datagram(`<11>${DATE} p: x`);
  assertEquals(screen.text, "\x1b[31mp | x\x1b[0m\n");
  assert(file.text.startsWith("{"));
});

test("streams that services share with chaperone are still flushed after other sections are opened", () => {
  const test = new RouterCase();
  test.openOne();
  const shared = new MemorySink();
  const stream = test.router.createStream({
    service: "a.service",
    pid: 7,
    stream: "stdout",
    multiline: false,
    readLevels: true,
    inheritTo: shared,
  });
  test.openOne();
  stream.write(new TextEncoder().encode("still here\n"));
  test.router.flush();
  assertEquals(shared.flushCount, 1);
});

test("LogRouter writes what a sink still takes, and counts the milder records that it does not", () => {
  const given = new RouterCase();
  const [low, other] = [new MemorySink(), new MemorySink()];
  given.router.open([section({ selector: "*.*;[quiet].!*" }, low, other)]);
  const stream = given.router.createStream({
    ...{ service: "web.service", pid: 5, stream: "stdout", multiline: false, readLevels: true },
  });
  low.mostSeverity = 4;
  given.router.sinksChanged();
  given.datagram(`<14>${DATE} p: info`);
  given.datagram(`<12>${DATE} p: warning`);
  given.datagram(`<14>${DATE} quiet: info`);
  stream.write(encoder.encode("a\nb\nlevel=warn c\nd\ne\n"));
  assertEquals(low.lines.length, 2);
  assertEquals(low.withheldCount, 5);
  assertEquals([other.lines.length, other.withheldCount], [7, 0]);
  low.mostSeverity = 7;
  given.router.sinksChanged();
  stream.write(encoder.encode("f\n"));
  assertEquals(low.lines.length, 3);
});
