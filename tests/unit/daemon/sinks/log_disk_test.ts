/** What all log files together may take. */
import { assertEquals } from "@std/assert";
import { type CountedLog, LogDisk } from "../../../../lib/daemon/sinks/log_disk.ts";
import { type RotatedLog, Rotator } from "../../../../lib/daemon/sinks/rotation.ts";
import { test } from "../../../test.ts";
import { FakeFiles, settle } from "./fakes.ts";

/** A log with what was rotated of it: size and time of each, the newest first. */
class FakeLog implements CountedLog {
  sizeBytes = 0;
  files: RotatedLog[];
  /** Names that somebody else has put another file under. */
  readonly foreign = new Set<string>();

  constructor(path: string, files: readonly (readonly [sizeBytes: number, modifiedMs: number])[]) {
    this.files = files.map(([sizeBytes, modifiedMs], at) => {
      const name = `${path}.${at + 1}`;
      return { name, path: name, isRegular: true, identity: name, sizeBytes, modifiedMs };
    });
  }

  rotated(): readonly RotatedLog[] {
    return this.files;
  }

  removeRotated(file: RotatedLog): boolean {
    if (this.foreign.has(file.name)) return false;
    this.files = this.files.filter((each) => each !== file);
    return true;
  }

  get names(): string {
    return this.files.map(({ name }) => name).join(" ");
  }
}

function setUp(maxBytes: number | undefined, ...logs: FakeLog[]) {
  const told: string[] = [];
  const disk = new LogDisk({ maxBytes, tell: (level, text) => told.push(`${level}: ${text}`) });
  for (const log of logs) disk.add(log);
  return { disk, told };
}

test("LogDisk removes the oldest rotated files of all logs until all fits", () => {
  const a = new FakeLog("a", [[100, 50], [100, 30], [100, 10]]);
  const b = new FakeLog("b", [[100, 40], [100, 20]]);
  a.sizeBytes = 100;
  const { disk, told } = setUp(400, a, b);
  disk.look();
  assertEquals([a.names, b.names], ["a.1 a.2", "b.1"]);
  assertEquals(told, [
    "info: removed a.3: log files have reached log_disk_max",
    "info: removed b.2: log files have reached log_disk_max",
  ]);
});

test("LogDisk leaves no gap among the numbers of a log, whatever the times say", () => {
  const a = new FakeLog("a", [[100, 10], [100, 30], [100, 50]]);
  const { disk } = setUp(200, a);
  disk.look();
  assertEquals(a.names, "a.1 a.2");
});

test("LogDisk tells once that it cannot hold the limit, and touches nothing that is not rotated", () => {
  const a = new FakeLog("a", [[100, 10]]);
  a.sizeBytes = 1000;
  a.foreign.add("a.1");
  const { disk, told } = setUp(500, a);
  disk.look();
  disk.look();
  assertEquals([a.names, told.length], ["a.1", 1]);
  a.sizeBytes = 10;
  disk.look();
  a.sizeBytes = 1000;
  disk.look();
  assertEquals(told.length, 2);
});

test("LogDisk looks at the first write, and then after a part of the limit", () => {
  const a = new FakeLog("a", [[100, 10], [100, 5]]);
  const { disk } = setUp(320, a);
  a.sizeBytes = 200;
  disk.wrote(1);
  assertEquals(a.names, "a.1");
  a.sizeBytes = 400;
  disk.wrote(10);
  assertEquals(a.names, "a.1");
  disk.wrote(1);
  assertEquals(a.names, "");
});

test("LogDisk without a limit does nothing; one that comes later is held", () => {
  const a = new FakeLog("a", [[100, 10]]);
  const { disk } = setUp(undefined, a);
  disk.wrote(1_000_000);
  disk.look();
  assertEquals(a.names, "a.1");
  disk.maxBytes = 50;
  disk.look();
  assertEquals(a.names, "");
  disk.remove(a);
});

/** Rotates some texts, the first one the oldest. */
async function rotateAll(files: FakeFiles, compress: boolean, ...texts: string[]) {
  const rotator = new Rotator(files, "/log/x", { keep: 9, compress }, () => {});
  for (const text of texts) {
    const file = files.open({ path: "/log/x", truncate: true });
    await file.write(new TextEncoder().encode(text));
    rotator.rotate({ identity: file.identity, ownBytes: text.length });
    await settle();
  }
  return rotator;
}

test("Rotator lists what it has rotated, and in a directory of others nothing else", async () => {
  for (
    const [isTrusted, compress, expected] of [
      [true, false, "x.1 x.2 x.3"],
      [false, false, "x.1 x.3"],
      [true, true, "x.1.gz x.2 x.3.gz"],
      [false, true, "x.1.gz x.3.gz"],
    ] as const
  ) {
    const files = new FakeFiles();
    files.isTrusted = isTrusted;
    const rotator = await rotateAll(files, compress, "a", "b", "c");
    // Somebody has put another file in the place of the second.
    files.contents.delete("/log/x.2");
    files.contents.delete("/log/x.2.gz");
    files.contents.set("/log/x.2", { text: "foreign", modifiedMs: 0 });
    assertEquals(rotator.rotated().map(({ name }) => name).join(" "), expected);
    assertEquals(files.openDirectories, 0);
  }
});

test("Rotator discards a file only while it is the same", async () => {
  const files = new FakeFiles();
  files.isTrusted = false;
  const rotator = await rotateAll(files, false, "a", "b");
  const [first, second] = rotator.rotated();
  files.contents.set("/log/x.1", { text: "foreign", modifiedMs: 0 });
  assertEquals(rotator.discard(first as RotatedLog), false);
  assertEquals(rotator.discard(second as RotatedLog), true);
  assertEquals(files.texts, { "/log/x.1": "foreign" });
});
