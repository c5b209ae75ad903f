import { assertEquals } from "@std/assert";
import { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import { test } from "../../../test.ts";
import { append, FakeOutlet, FakeTime, settle } from "./fakes.ts";

function setUp(options: { dropsWhenFull?: boolean; capacityBytes?: number } = {}) {
  const time = new FakeTime();
  const outlet = new FakeOutlet(options.dropsWhenFull === true ? "octets" : "line");
  const reports: string[] = [];
  const sink = new BufferedSink({
    kind: "line",
    outlet,
    time,
    capacityBytes: options.capacityBytes ?? 10,
    dropsWhenFull: options.dropsWhenFull ?? false,
    report: (text) => reports.push(text),
  });
  const write = (text: string) => {
    append(sink, text);
    sink.flush();
  };
  return { time, outlet, sink, reports, write };
}

test("BufferedSink writes a record that comes alone at once", async () => {
  const { outlet, time, write } = setUp();
  write("a\n");
  await settle();
  assertEquals(outlet.text, "a\n");
  assertEquals(time.pendingTimers, 0);
});

test("BufferedSink gathers records for a millisecond after a write", async () => {
  const { outlet, time, write } = setUp({ capacityBytes: 1000 });
  write("a\n");
  await settle();
  write("b\n");
  write("c\n");
  await settle();
  assertEquals(outlet.text, "a\n");
  await time.advance(1);
  assertEquals([outlet.text, outlet.writes], ["a\nb\nc\n", 2]);
  assertEquals(time.pendingTimers, 0);
});

test("BufferedSink writes 64 KiB without waiting", async () => {
  const { outlet, write } = setUp({ capacityBytes: 1e6 });
  write("a\n");
  await settle();
  write(`${"x".repeat(65536)}\n`);
  await settle();
  assertEquals(outlet.writes, 2);
});

test("BufferedSink goes on where a write that was taken in part ended", async () => {
  const { outlet, write } = setUp({ capacityBytes: 1000 });
  outlet.mostBytes = 3;
  write("abcdefgh\n");
  await settle();
  assertEquals(outlet.text, "abcdefgh\n");
});

test("BufferedSink has no room while as much as its capacity is being written", async () => {
  const { sink, outlet, write } = setUp();
  outlet.mode = "hang";
  write("123456789\n");
  assertEquals(sink.hasRoom, false);
  let told = false;
  sink.whenRoom().then(() => told = true);
  await settle();
  assertEquals(told, false);
  outlet.release();
  await settle();
  assertEquals([told, sink.hasRoom], [true, true]);
});

test("BufferedSink asks a destination that takes nothing again, and reports no failure", async () => {
  const { outlet, time, reports, write } = setUp();
  outlet.mode = "busy";
  write("a\n");
  await time.advance(100);
  outlet.mode = "take";
  await time.advance(10);
  assertEquals([outlet.text, reports], ["a\n", []]);
});

test("BufferedSink keeps as much as its capacity through a failure and counts the rest", async () => {
  const { sink, outlet, time, reports, write } = setUp();
  outlet.mode = "fail";
  write("1234\n");
  await settle();
  for (const text of ["5678\n", "9\n", "lost 1\n", "lost 2\n"]) write(text);
  assertEquals(sink.hasRoom, true);
  await time.advance(3000);
  assertEquals(reports, ["Cannot write to fake: No space left on device: '/x'"]);
  outlet.mode = "take";
  await time.advance(1001);
  assertEquals(outlet.text, "1234\n5678\n");
  assertEquals(reports.slice(1), ["Writing to fake again, 3 records were dropped"]);
  assertEquals(sink.droppedTotal, 3);
});

test("BufferedSink tries once a second while it fails", async () => {
  const { outlet, time, write } = setUp();
  outlet.mode = "fail";
  write("a\n");
  await time.advance(5000);
  assertEquals(outlet.writes, 6);
});

test("BufferedSink wakes a source that it blocked when the destination fails", async () => {
  const { sink, outlet, time, write } = setUp();
  outlet.mode = "busy";
  write("123456789\n");
  let told = false;
  sink.whenRoom().then(() => told = true);
  outlet.mode = "fail";
  await time.advance(10);
  assertEquals(told, true);
});

test("BufferedSink takes and counts records for ever after a final failure", async () => {
  const { sink, outlet, time, reports, write } = setUp();
  outlet.mode = "final";
  write("a\n");
  await settle();
  for (let i = 0; i < 100; i++) write("more\n");
  await time.advance(10_000);
  assertEquals([sink.hasRoom, sink.buffer.length, sink.droppedTotal], [true, 0, 101]);
  assertEquals(reports.length, 1);
  assertEquals([outlet.writes, time.pendingTimers], [1, 0]);
});

test("BufferedSink for remote hosts drops by itself while its peer hangs", async () => {
  const { sink, outlet, time, reports, write } = setUp({ dropsWhenFull: true });
  outlet.mode = "hang";
  for (const text of ["one", "two", "three", "four"]) write(text);
  assertEquals(sink.hasRoom, true);
  assertEquals(reports, ["Cannot write to fake as fast as records come: records are dropped"]);
  outlet.release();
  await time.advance(20_000);
  assertEquals(outlet.text, "3 one3 two");
  assertEquals(reports.slice(1), [
    "Writing to fake as fast as records come, 2 records were dropped",
  ]);
  assertEquals(time.pendingTimers, 0);
});

test("BufferedSink reports slowness that comes back at once only once in ten seconds", async () => {
  const { sink, time, reports, write } = setUp();
  for (let i = 0; i < 5; i++) {
    sink.dropped(2);
    write("a\n");
    await time.advance(500);
  }
  assertEquals(reports.length, 1);
  await time.advance(10_000);
  assertEquals(reports.at(-1), "Writing to fake as fast as records come, 10 records were dropped");
});

test("BufferedSink opens its destination anew, idle or busy", async () => {
  const { sink, outlet, time, write } = setUp();
  sink.reopen();
  assertEquals(outlet.reopened, 1);
  await time.advance(10);
  outlet.mode = "hang";
  write("123456789\n");
  append(sink, "b\n");
  await settle();
  sink.reopen();
  assertEquals(outlet.reopened, 1);
  outlet.release();
  await settle();
  assertEquals([outlet.reopened, outlet.text], [2, "123456789\nb\n"]);
});

test("BufferedSink goes on trying to open its destination anew where that fails", async () => {
  const { sink, outlet, time, reports } = setUp();
  outlet.failingReopens = 3;
  sink.reopen();
  await time.advance(2999);
  assertEquals([outlet.reopened, reports.length], [3, 1]);
  await time.advance(1);
  assertEquals([outlet.reopened, reports.length, time.pendingTimers], [4, 2, 0]);
});

test("BufferedSink drains what is buffered without waiting to gather", async () => {
  const { sink, outlet, time, write } = setUp({ capacityBytes: 1000 });
  write("a\n");
  await settle();
  write("b\n");
  await sink.drain(1000);
  assertEquals([outlet.text, time.pendingTimers], ["a\nb\n", 0]);
});

test("BufferedSink drains no longer than its limit, and tells what was left when it closes", async () => {
  const { sink, outlet, time, reports, write } = setUp({ capacityBytes: 1000 });
  outlet.mode = "hang";
  write("a\n");
  append(sink, "b\n");
  let drained = false;
  sink.drain(500).then(() => drained = true);
  await time.advance(499);
  assertEquals(drained, false);
  await time.advance(1);
  assertEquals(drained, true);
  sink.close();
  assertEquals(reports, ["End of writing to fake, 2 records were dropped"]);
  assertEquals([outlet.closed, time.pendingTimers], [1, 0]);
  outlet.release();
  await settle();
});

test("BufferedSink does not wait for a destination that fails when it drains", async () => {
  const { sink, outlet, write } = setUp();
  outlet.mode = "fail";
  write("a\n");
  await settle();
  await sink.drain(60_000);
  sink.close();
});
