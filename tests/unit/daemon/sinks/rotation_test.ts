import { assertEquals } from "@std/assert";
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import { periodEndMs, Rotator } from "../../../../lib/daemon/sinks/rotation.ts";
import { test } from "../../../test.ts";
import { FakeFiles, settle } from "./fakes.ts";

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
    rotator.rotate();
  }
  assertEquals(files.texts, { "/log/x.1": "e", "/log/x.2": "d", "/log/x.3": "c" });
  assertEquals(files.openDirectories, 0);
});

test("Rotator keeps nothing where nothing is to be kept", () => {
  const { files, rotator, put } = setUp({ keep: 0 });
  put("/log/x", "a");
  rotator.rotate();
  assertEquals(files.texts, {});
});

test("Rotator fills a gap that a crash left and moves nothing beyond it", () => {
  const { files, rotator, put } = setUp({ keep: 5 });
  for (const number of [1, 2, 4]) put(`/log/x.${number}`, String(number));
  put("/log/x", "0");
  rotator.rotate();
  assertEquals(files.texts, { "/log/x.1": "0", "/log/x.2": "1", "/log/x.3": "2", "/log/x.4": "4" });
});

test("Rotator compresses in the background and moves compressed files along", async () => {
  const { files, rotator, put } = setUp({ compress: true });
  for (const text of ["a", "b"]) {
    put("/log/x", text);
    rotator.rotate();
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
  rotator.rotate();
  put("/log/x", "b");
  rotator.rotate();
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
  rotator.rotate();
  put("/log/x", "b");
  rotator.rotate();
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
    rotator.rotate();
    await settle();
  }
  assertEquals([files.texts["/log/x.1"], files.texts["/log/x.2"]], ["b", "a"]);
  assertEquals(reports, [
    "Cannot compress old log files of '/log/x': [Errno 28] No space left on device: 'x'",
  ]);
});
