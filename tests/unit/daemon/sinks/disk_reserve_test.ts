/** What log files leave of a file system to others. */
import { assertEquals } from "@std/assert";
import { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import { DiskReserve } from "../../../../lib/daemon/sinks/disk_reserve.ts";
import { FileOutlet } from "../../../../lib/daemon/sinks/file_sink.ts";
import { LogDisk } from "../../../../lib/daemon/sinks/log_disk.ts";
import { test } from "../../../test.ts";
import { append, FakeFiles, FakeTime } from "./fakes.ts";

const MIB = 1024 * 1024;

function setUp(reserveBytes: number | undefined) {
  const time = new FakeTime();
  const files = new FakeFiles();
  files.device = "disk";
  const told: string[] = [];
  const tell = (_level: string, text: string) => void told.push(text);
  let changes = 0;
  const reserve = new DiskReserve({ reserveBytes, time, tell, changed: () => changes++ });
  const disk = new LogDisk({ tell });
  const open = (path: string) => {
    const outlet = new FileOutlet({
      ...{ template: path, pathAt: () => path, overwrite: false, files, time, disk, reserve },
      report: (text) => void told.push(text),
    });
    outlet.open();
    return new BufferedSink({
      ...{ kind: "line", outlet, time, capacityBytes: 9 * MIB, dropsWhenFull: false },
      report: (text) => void told.push(text),
    });
  };
  const write = async (sink: BufferedSink, text: string) => {
    append(sink, text);
    sink.flush();
    await time.advance(10);
  };
  return { time, files, told, reserve, open, write, changes: () => changes };
}

test("a file takes warnings alone while its file system is nearly full; both ends are told once", async () => {
  const { time, files, told, open, write, changes } = setUp(100 * MIB);
  const [a, b] = [open("/log/a"), open("/log/b")];
  files.freeBytes = 99 * MIB;
  await write(a, "one\n");
  await write(b, "one\n");
  assertEquals([a.mostSeverity, b.mostSeverity, changes()], [4, 4, 1]);
  assertEquals(told, [
    "only warnings and worse are written to log files where /log/a is: 99 MiB are free, " +
    "less than log_disk_reserve (100 MiB)",
  ]);
  a.withheld(3);
  files.freeBytes = 112 * MIB;
  await time.advance(5000);
  b.withheld(4);
  await time.advance(10);
  assertEquals(a.mostSeverity, 4, "not yet an eighth more");
  files.freeBytes = 113 * MIB;
  await time.advance(5000);
  a.withheld(1);
  await time.advance(10);
  assertEquals([a.mostSeverity, b.mostSeverity, changes()], [7, 7, 2]);
  assertEquals(told[1]?.endsWith("is: 113 MiB are free; 8 records were left out"), true, told[1]);
  assertEquals([told.length, time.pendingTimers], [2, 0]);
});

test("a file system is looked at after five seconds or a mebibyte of writing, and never at rest", async () => {
  const { time, files, open, write } = setUp(100 * MIB);
  const sink = open("/log/a");
  await write(sink, "first\n");
  files.freeBytes = 1;
  await write(sink, "soon\n");
  assertEquals(sink.mostSeverity, 7);
  await time.advance(5000);
  assertEquals([sink.mostSeverity, time.pendingTimers], [7, 0]);
  await write(sink, "later\n");
  assertEquals(sink.mostSeverity, 4);
  files.freeBytes = 200 * MIB;
  await write(sink, `${"x".repeat(MIB)}\n`);
  assertEquals(sink.mostSeverity, 7);
});

test("what cannot be learnt changes nothing, and a reserve that is taken away ends it", async () => {
  const { time, files, open, write, reserve } = setUp(undefined);
  const sink = open("/log/a");
  files.freeBytes = 1;
  await write(sink, "one\n");
  assertEquals(sink.mostSeverity, 7);
  reserve.reserveBytes = 100 * MIB;
  files.freeBytes = undefined;
  await write(sink, "two\n");
  assertEquals(sink.mostSeverity, 7);
  files.freeBytes = 1;
  await time.advance(5000);
  await write(sink, "three\n");
  assertEquals(sink.mostSeverity, 4);
  reserve.reserveBytes = undefined;
  await time.advance(5000);
  sink.withheld(1);
  await time.advance(10);
  assertEquals(sink.mostSeverity, 7);
});
