import { assertEquals } from "@std/assert";
import { fileOnlyRanges } from "../../../../lib/sys/self/own_mappings.ts";
import { test } from "../../../test.ts";

function entry(range: string, perms: string, anonymousKb: number, path: string): string {
  return `${range} ${perms} 00000000 fe:00 1234 ${"".padEnd(20)}${path}\n` +
    `Size:               8 kB\nRss:                8 kB\nAnonymous:          ${anonymousKb} kB\n` +
    "VmFlags: rd ex mr mw me\n";
}

test("fileOnlyRanges takes file mappings without pages of their own, the largest last", () => {
  const smaps = [
    entry("1000-9000", "r-xp", 0, "/usr/bin/chaperone"),
    entry("9000-a000", "r--p", 0, "/lib/libc.so.6"),
  ].join("");
  assertEquals(fileOnlyRanges(smaps), [
    { start: 0x9000n, size: 0x1000n },
    { start: 0x1000n, size: 0x8000n },
  ]);
});

test("fileOnlyRanges has the code that drops the pages last, however large other mappings are", () => {
  const smaps = [
    entry("1000-3000", "r-xp", 0, "/usr/bin/chaperone"),
    entry("4000-5000", "r-xp", 0, "/lib/libc.so.6"),
    entry("10000-90000", "r--p", 0, "/usr/bin/chaperone"),
  ].join("");
  assertEquals(fileOnlyRanges(smaps).map(({ start }) => start), [0x10000n, 0x4000n, 0x1000n]);
});

test("fileOnlyRanges leaves alone what was relocated, may be written, is shared or is not a file", () => {
  const smaps = [
    entry("1000-2000", "r--p", 4, "/usr/bin/chaperone"),
    entry("2000-3000", "rw-p", 0, "/usr/bin/chaperone"),
    entry("3000-4000", "r--s", 0, "/usr/share/cache"),
    entry("4000-5000", "r-xp", 0, "[vdso]"),
    entry("5000-6000", "r--p", 0, ""),
    entry("6000-7000", "---p", 0, "/lib/libc.so.6"),
    entry("7000-8000", "r-xp", 0, "/usr/bin/chaperone (deleted)"),
  ].join("");
  assertEquals(fileOnlyRanges(smaps), []);
});
