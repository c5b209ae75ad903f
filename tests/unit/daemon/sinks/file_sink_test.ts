import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import { DiskReserve } from "../../../../lib/daemon/sinks/disk_reserve.ts";
import { FileOutlet, type FileOutletOptions } from "../../../../lib/daemon/sinks/file_sink.ts";
import { LogDisk } from "../../../../lib/daemon/sinks/log_disk.ts";
import { test } from "../../../test.ts";
import { append, FakeFiles, FakeTime } from "./fakes.ts";

const CHECK_MS = 1000;

function setUp(options: Partial<FileOutletOptions> = {}, files = new FakeFiles()) {
  const time = new FakeTime();
  const reports: string[] = [];
  const report = (text: string) => void reports.push(text);
  const tell = (_level: string, text: string) => void reports.push(text);
  const outlet = new FileOutlet({
    disk: new LogDisk({ tell }),
    reserve: new DiskReserve({ time, tell, changed: () => {} }),
    template: "/log/x",
    pathAt: () => "/log/x",
    overwrite: false,
    files,
    time,
    report,
    ...options,
  });
  outlet.open();
  const sink = new BufferedSink({
    kind: "line",
    outlet,
    time,
    capacityBytes: 1000,
    dropsWhenFull: false,
    report,
  });
  const write = async (text: string, afterMs = 10) => {
    append(sink, text);
    sink.flush();
    await time.advance(afterMs);
  };
  return { files, time, reports, sink, write };
}

test("FileOutlet appends to what the file holds, and overwrites it where told to", async () => {
  for (const overwrite of [false, true]) {
    const files = new FakeFiles();
    files.contents.set("/log/x", { text: "old\n", modifiedMs: 0 });
    const { write } = setUp({ overwrite }, files);
    await write("new\n");
    assertEquals(files.texts, { "/log/x": overwrite ? "new\n" : "old\nnew\n" });
  }
});

test("FileOutlet says at start that it cannot be opened", () => {
  const files = new FakeFiles();
  files.openError = ERRNO.EACCES;
  assertThrows(() => setUp({}, files), SystemError, "Permission denied: '/log/x'");
});

test("FileOutlet begins a new file when its name changes with the date", async () => {
  const { files, time, write } = setUp({
    pathAt: (wallMs) => `/log/${new Date(wallMs).getMinutes()}`,
  });
  await write("a\n");
  await time.advance(60_000);
  await write("b\n");
  assertEquals(files.texts, { "/log/0": "a\n", "/log/1": "b\n" });
  assertEquals(files.openFiles, 1);
});

test("FileOutlet notices a rename or removal before the first write a second later", async () => {
  for (const isRemoved of [false, true]) {
    const { files, write } = setUp();
    await write("a\n");
    const content = files.contents.get("/log/x") as { text: string; modifiedMs: number };
    files.contents.delete("/log/x");
    if (!isRemoved) files.contents.set("/log/moved", content);
    await write("b\n", CHECK_MS);
    await write("c\n");
    assertEquals(content.text, "a\nb\n");
    assertEquals(files.texts["/log/x"], "c\n");
  }
});

test("FileOutlet opens the file anew at once when told to, and empties only another one", async () => {
  const { files, sink, time, write } = setUp({ overwrite: true });
  await write("a\n");
  sink.reopen();
  await time.advance(10);
  await write("b\n");
  assertEquals(files.texts, { "/log/x": "a\nb\n" });
  files.contents.set("/log/moved", files.contents.get("/log/x") as never);
  files.contents.delete("/log/x");
  sink.reopen();
  assertEquals(files.texts, { "/log/moved": "a\nb\n", "/log/x": "" });
  await time.advance(10);
});

test("FileOutlet reports a full disk once, and its end, and writes what waited", async () => {
  const { files, time, reports, write } = setUp();
  files.writeError = ERRNO.ENOSPC;
  await write("a\n");
  await write("b\n");
  await time.advance(5000);
  files.writeError = undefined;
  await time.advance(1000);
  assertEquals(files.texts, { "/log/x": "a\nb\n" });
  assertEquals(reports, [
    "Cannot write to log file '/log/x': No space left on device: '/log/x'",
    "Writing to log file '/log/x' again, no record was dropped",
  ]);
});

test("FileOutlet opens the file again after an error of the disk", async () => {
  const { files, time, write } = setUp();
  files.writeError = ERRNO.EIO;
  await write("a\n");
  files.writeError = undefined;
  await time.advance(1000);
  assertEquals([files.texts, files.requests.length], [{ "/log/x": "a\n" }, 2]);
});

test("FileOutlet rotates between records, so that no file outgrows its limit", async () => {
  const { files, write } = setUp({ rotation: { sizeBytes: 10, keep: 3, compress: false } });
  await write("1111\n2222\n3333\n4444\n5555\n");
  assertEquals(files.texts, {
    "/log/x": "5555\n",
    "/log/x.1": "3333\n4444\n",
    "/log/x.2": "1111\n2222\n",
  });
  await write("a record that is longer than the limit\n6\n");
  assertEquals(files.texts, {
    "/log/x": "6\n",
    "/log/x.1": "a record that is longer than the limit\n",
    "/log/x.2": "5555\n",
    "/log/x.3": "3333\n4444\n",
  });
  assertEquals([files.openFiles, files.openDirectories], [1, 0]);
});

test("FileOutlet rotates at the first write of a new period", async () => {
  const { files, time, write } = setUp({ rotation: { every: "day", keep: 2, compress: false } });
  await write("today\n");
  await time.advance(13 * 3_600_000);
  assertEquals(files.texts, { "/log/x": "today\n" });
  await write("tomorrow\n");
  await write("more\n");
  assertEquals(files.texts, { "/log/x": "tomorrow\nmore\n", "/log/x.1": "today\n" });
});

test("FileOutlet rotates what an earlier run wrote in an earlier period", async () => {
  const files = new FakeFiles();
  files.contents.set("/log/x", { text: "long ago\n", modifiedMs: 0 });
  const { write } = setUp({ rotation: { every: "month", keep: 1, compress: false } }, files);
  await write("new\n");
  assertEquals(files.texts, { "/log/x": "new\n", "/log/x.1": "long ago\n" });
});

test("FileOutlet goes on in the old file where it cannot rotate, and says so once", async () => {
  const { files, reports, write } = setUp({ rotation: { sizeBytes: 5, keep: 1, compress: false } });
  files.renameError = ERRNO.EACCES;
  await write("1111\n2222\n3333\n");
  await write("4444\n", 60_000);
  await write("5555\n");
  assertEquals(files.texts["/log/x"], "1111\n2222\n3333\n4444\n5555\n");
  assertEquals(reports, [
    "Cannot rotate log file '/log/x': Permission denied: 'x'",
  ]);
  files.renameError = undefined;
  await write("6666\n", 60_000);
  await write("7777\n");
  assertEquals(files.texts["/log/x"], "7777\n");
});
