import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { periodEndMs, Rotator } from "../../../../lib/daemon/sinks/rotation.ts";
import { test } from "../../../test.ts";
import { FakeFiles, settle } from "./fakes.ts";

/** In a directory that only root may write it does not matter what was rotated. */
const FILE = { identity: "", ownBytes: 0 };

function setUp(options: { keep?: number; compress?: boolean } = {}) {
  const files = new FakeFiles();
  const reports: string[] = [];
  const policy = { keep: options.keep ?? 3, compress: options.compress ?? false };
  const rotator = new Rotator(files, "/log/x", policy, (text) => reports.push(text));
  const put = (path: string, text: string) => files.contents.set(path, { text, modifiedMs: 0 });
  return { files, reports, rotator, put };
}

test("periodEndMs finds the next boundary of local time", () => {
  const wall = new Date(2026, 6, 15, 12, 34, 56, 789).getTime(); // A Wednesday.
  const rows: ["hour" | "day" | "week" | "month", Date][] = [
    ["hour", new Date(2026, 6, 15, 13)],
    ["day", new Date(2026, 6, 16)],
    ["week", new Date(2026, 6, 20)],
    ["month", new Date(2026, 7, 1)],
  ];
  for (const [every, end] of rows) assertEquals(periodEndMs(every, wall), end.getTime(), every);
  const december = new Date(2026, 11, 31, 23, 59).getTime();
  for (const every of ["hour", "day", "month"] as const) {
    assertEquals(periodEndMs(every, december), new Date(2027, 0, 1).getTime(), every);
  }
  const monday = new Date(2026, 6, 20).getTime();
  assertEquals(periodEndMs("week", monday), new Date(2026, 6, 27).getTime());
});

test("Rotator numbers files and removes the oldest", () => {
  const { files, rotator, put } = setUp();
  for (const text of ["a", "b", "c", "d", "e"]) {
    put("/log/x", text);
    rotator.rotate(FILE);
  }
  assertEquals(files.texts, { "/log/x.1": "e", "/log/x.2": "d", "/log/x.3": "c" });
  assertEquals(files.openDirectories, 0);
});

test("Rotator keeps nothing where nothing is to be kept", () => {
  const { files, rotator, put } = setUp({ keep: 0 });
  put("/log/x", "a");
  rotator.rotate(FILE);
  assertEquals(files.texts, {});
});

test("Rotator fills a gap that a crash left and moves nothing beyond it", () => {
  const { files, rotator, put } = setUp({ keep: 5 });
  for (const number of [1, 2, 4]) put(`/log/x.${number}`, String(number));
  put("/log/x", "0");
  rotator.rotate(FILE);
  assertEquals(files.texts, { "/log/x.1": "0", "/log/x.2": "1", "/log/x.3": "2", "/log/x.4": "4" });
});

test("Rotator compresses in the background and moves compressed files along", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  for (const text of ["a", "b"]) {
    put("/log/x", text);
    rotator.rotate(FILE);
    await settle();
  }
  assertEquals(files.texts, { "/log/x.1.gz": "gz(b)", "/log/x.2.gz": "gz(a)" });
  assertEquals(files.openDirectories, 0);
});

test("Rotator gives a compressed file the number that its source has by then", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  let release = () => {};
  files.duringCompression = () => new Promise((resolve) => release = resolve);
  put("/log/x", "a");
  rotator.rotate(FILE);
  put("/log/x", "b");
  rotator.rotate(FILE);
  await settle();
  release();
  await settle();
  assertEquals(files.texts["/log/x.2.gz"], "gz(a)");
  release();
  await settle();
  assertEquals(files.texts, { "/log/x.1.gz": "gz(b)", "/log/x.2.gz": "gz(a)" });
});

test("Rotator forgets a compressed file whose source was removed meanwhile", async () => {
  const { files, rotator, put } = setUp({ keep: 1, compress: true });
  const releases: (() => void)[] = [];
  files.duringCompression = () => new Promise((resolve) => releases.push(resolve));
  put("/log/x", "a");
  rotator.rotate(FILE);
  put("/log/x", "b");
  rotator.rotate(FILE);
  await settle();
  releases.shift()?.();
  await settle();
  releases.shift()?.();
  await settle();
  assertEquals(files.texts, { "/log/x.1.gz": "gz(b)" });
});

test("Rotator resumes after a crash at any point of a compression", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  put("/log/x.gz.tmp", "half");
  put("/log/x.1", "a");
  put("/log/x.2", "b");
  put("/log/x.2.gz", "gz(b)");
  rotator.resume();
  await settle();
  assertEquals(files.texts, { "/log/x.1.gz": "gz(a)", "/log/x.2.gz": "gz(b)" });
});

test("Rotator keeps the plain file where it cannot be compressed, and says so once", async () => {
  const { files, reports, rotator, put } = setUp({ compress: true });
  files.duringCompression = () => Promise.reject(new SystemError("write", ERRNO.ENOSPC, "x"));
  for (const text of ["a", "b"]) {
    put("/log/x", text);
    rotator.rotate(FILE);
    await settle();
  }
  assertEquals([files.texts["/log/x.1"], files.texts["/log/x.2"]], ["b", "a"]);
  assertEquals(reports, [
    "Cannot compress old log files of '/log/x': No space left on device: 'x'",
  ]);
});

test("F-124: Rotator passes over a number that a directory stands under", () => {
  const { files, rotator, put } = setUp();
  put("/log/x.2", "directory");
  files.obstacles.add("/log/x.2");
  for (const text of ["a", "b", "c", "d"]) {
    put("/log/x", text);
    rotator.rotate(FILE);
  }
  assertEquals(files.texts, {
    "/log/x.1": "d",
    "/log/x.2": "directory",
    "/log/x.3": "c",
    "/log/x.4": "b",
  });
});

test("F-124: Rotator says so where no number is left", () => {
  const { files, rotator, put } = setUp({ keep: 1 });
  for (let number = 1; number <= 200; number++) {
    put(`/log/x.${number}`, "directory");
    files.obstacles.add(`/log/x.${number}`);
  }
  put("/log/x", "a");
  assertThrows(() => rotator.rotate(FILE), SystemError, "'/log/x.1' (what is there is not a file)");
});

test("F-124: Rotator compresses beside a directory that has the copy's name", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  put("/log/x.gz.tmp", "directory");
  files.obstacles.add("/log/x.gz.tmp");
  put("/log/x", "a");
  rotator.rotate(FILE);
  await settle();
  assertEquals(files.texts, { "/log/x.1.gz": "gz(a)", "/log/x.gz.tmp": "directory" });
});

test("F-123: Rotator compresses only what it has rotated where others may write", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  files.isTrusted = false;
  put("/log/x.1", "planted");
  rotator.resume();
  await settle();
  put("/log/x", "own");
  const identity = files.openDirectory("/log/x").entry("x")?.identity ?? "";
  rotator.rotate({ identity, ownBytes: 3 });
  await settle();
  assertEquals(files.texts, { "/log/x.1.gz": "gz(own)", "/log/x.2": "planted" });
});

test("F-123: Rotator leaves a file alone that holds more than was written to it", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  files.isTrusted = false;
  put("/log/x", "own, and a hole of a terabyte");
  const identity = files.openDirectory("/log/x").entry("x")?.identity ?? "";
  rotator.rotate({ identity, ownBytes: 3 });
  await settle();
  assertEquals(Object.keys(files.texts), ["/log/x.1"]);
});
