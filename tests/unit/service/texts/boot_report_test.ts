import { assertEquals } from "@std/assert";
import type { AfterCondition } from "../../../../lib/config/model.ts";
import { buildFamily } from "../../../../lib/service/family.ts";
import {
  type BlameEntry,
  formatBootReport,
  reportBoot,
  type StartRecord,
} from "../../../../lib/service/texts/boot_report.ts";
import { test } from "../../../test.ts";

/** Services and what each waits for. */
function family(after: Readonly<Record<string, readonly string[]>>) {
  return buildFamily(
    Object.entries(after).map(([name, names]) => ({
      name,
      groups: [],
      before: [],
      after: names.map((each): { name: string; condition?: AfterCondition } => ({ name: each })),
    })),
  );
}

const FAMILY = family({
  "db.service": [],
  "cache.service": [],
  "web.service": ["cache.service", "db.service"],
  "late.service": ["web.service"],
  "slow.service": [],
});

const STARTS: readonly (readonly [string, StartRecord])[] = [
  ["cache.service", { wantedMs: 1000, launchedMs: 1010, settledMs: 1100 }],
  ["db.service", { wantedMs: 1000, launchedMs: 1010, settledMs: 2500 }],
  ["web.service", { wantedMs: 1000, launchedMs: 2510, settledMs: 3000 }],
  ["slow.service", { wantedMs: 1000, launchedMs: 1100, settledMs: 2900 }],
  ["late.service", { wantedMs: 1000, launchedMs: 3010 }],
];

const named = (entries: readonly BlameEntry[]) =>
  entries.map(({ name, tookMs, readyAfterMs }) => `${name} ${tookMs} ${readyAfterMs}`);

test("reportBoot() names the slowest first, and what the last one waited for", () => {
  const report = reportBoot(new Map(STARTS), FAMILY, 1000);
  assertEquals(report.totalMs, 2000);
  assertEquals(named(report.entries), [
    "slow.service 1800 1900",
    "db.service 1490 1500",
    "web.service 490 2000",
    "cache.service 90 100",
  ]);
  assertEquals(named(report.criticalPath), ["db.service 1490 1500", "web.service 490 2000"]);
});

test("reportBoot() of what has not been launched is empty", () => {
  for (const records of [[], [["db.service", { wantedMs: 1, settledMs: 2 }]]] as const) {
    assertEquals(reportBoot(new Map(records), FAMILY, 0), {
      totalMs: 0,
      entries: [],
      criticalPath: [],
    });
  }
});

test("of two that were started at once the one that took longer counts as the last", () => {
  const starts = new Map([
    ["cache.service", { wantedMs: 0, launchedMs: 50, settledMs: 100 }],
    ["db.service", { wantedMs: 0, launchedMs: 10, settledMs: 100 }],
  ]);
  assertEquals(named(reportBoot(starts, FAMILY, 0).criticalPath), ["db.service 90 100"]);
});

test("formatBootReport() tells it in lines", () => {
  assertEquals(formatBootReport(reportBoot(new Map(STARTS), FAMILY, 1000)), [
    "Start-up took 2 s.",
    "",
    "     1.8 s  slow",
    "     1.5 s  db",
    "    490 ms  web",
    "     90 ms  cache",
    "",
    "Critical path (started after, took):",
    "     1.5 s  db +1.5 s",
    "       2 s  web +490 ms",
  ]);
});
