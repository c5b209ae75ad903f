import { assertEquals } from "@std/assert";
import { SGR } from "../../../../lib/base/ansi.ts";
import {
  formatAge,
  formatMemory,
  formatOverview,
  type OverviewRow,
} from "../../../../lib/service/texts/status_overview.ts";
import { test } from "../../../test.ts";

const WEB: OverviewRow = {
  name: "web.service",
  state: "running",
  look: SGR.green,
  sinceMs: 61_000,
  restarts: 0,
  memoryBytes: 12 * 1024 ** 2,
  health: "healthy",
  reason: "serving",
};
const DB: OverviewRow = {
  ...WEB,
  name: "a-database-with-a-name-of-many-more-letters.service",
  state: "failed",
  look: SGR.red,
  restarts: 12,
  memoryBytes: undefined,
  health: undefined,
  reason: "exited\nwith code 3",
};

/** What a terminal of a width shows. */
const SCREENS: readonly (readonly [columns: number, lines: readonly string[]])[] = [
  [100, [
    "SERVICE                           STATE      FOR  RESTARTS  MEMORY  HEALTH",
    "a-database-with-a-name-of-many-…  failed   1m01s        12                   exited with code 3",
    "web                               running  1m01s            12.0 M  healthy  serving",
  ]],
  [99, [
    "SERVICE           STATE      FOR  RESTARTS  MEMORY",
    "a-database-with…  failed   1m01s        12          exited with code 3",
    "web               running  1m01s            12.0 M  serving",
  ]],
  [70, [
    "SERVICE           STATE      FOR  RESTARTS  MEMORY",
    "a-database-with…  failed   1m01s        12          exited with code 3",
    "web               running  1m01s            12.0 M  serving",
  ]],
  [69, [
    "SERVICE           STATE      FOR  RESTARTS",
    "a-database-with…  failed   1m01s        12  exited with code 3",
    "web               running  1m01s            serving",
  ]],
  [60, [
    "SERVICE           STATE      FOR  RESTARTS",
    "a-database-with…  failed   1m01s        12  exited with cod…",
    "web               running  1m01s            serving",
  ]],
  [59, [
    "SERVICE           STATE      FOR",
    "a-database-with…  failed   1m01s  exited with code 3",
    "web               running  1m01s  serving",
  ]],
  [40, [
    "SERVICE           STATE      FOR",
    "a-database-with…  failed   1m01s  exite…",
    "web               running  1m01s  servi…",
  ]],
  [39, [
    "SERVICE           STATE",
    "a-database-with…  failed   exited with…",
    "web               running  serving",
  ]],
  [10, [
    "SERVICE           STATE",
    "a-database-with…  failed",
    "web               running",
  ]],
];

for (const [columns, lines] of SCREENS) {
  test(`formatOverview() on a terminal of ${columns} columns`, () => {
    assertEquals(formatOverview([WEB, DB], { columns, colour: false }), lines);
  });
}

test("formatOverview() leaves out what no service has", () => {
  const bare = { ...WEB, memoryBytes: undefined, health: undefined, reason: "" };
  assertEquals(formatOverview([bare], { columns: 120, colour: false }), [
    "SERVICE  STATE      FOR",
    "web      running  1m01s",
  ]);
  assertEquals(formatOverview([], { columns: 120, colour: false }), ["SERVICE"]);
});

test("formatOverview() tells health where there is no room for a column and nothing else to say", () => {
  const [, line] = formatOverview([{ ...WEB, reason: "" }], { columns: 99, colour: false });
  assertEquals(line, "web      running  1m01s  12.0 M  healthy");
  const [, wide] = formatOverview([{ ...WEB, reason: "" }], { columns: 100, colour: false });
  assertEquals(wide, "web      running  1m01s  12.0 M  healthy");
  const none = { ...WEB, reason: "", health: undefined };
  assertEquals(
    formatOverview([none], { columns: 99, colour: false })[1],
    "web      running  1m01s  12.0 M",
  );
});

test("formatOverview() sorts by name, and paints the head and the states", () => {
  const rows = ["b", "a", "c", "a"].map((name) => ({ ...WEB, name: `${name}.service` }));
  const [head, ...lines] = formatOverview(rows, { columns: 39, colour: true });
  assertEquals(head, "\x1b[1mSERVICE  STATE\x1b[0m");
  assertEquals(lines[0], "a        \x1b[32mrunning\x1b[0m  serving");
  assertEquals(lines.map((line) => line[0]).join(""), "aabc");
});

const AGES: readonly (readonly [ms: number, text: string])[] = [
  [-5, "0s"],
  [0, "0s"],
  [999, "0s"],
  [1000, "1s"],
  [59_999, "59s"],
  [60_000, "1m00s"],
  [3_599_999, "59m59s"],
  [3_600_000, "1h00m"],
  [3_660_000, "1h01m"],
  [86_399_999, "23h59m"],
  [86_400_000, "1d0h"],
  [93_600_000, "1d2h"],
];

for (const [ms, text] of AGES) {
  test(`formatAge() of ${ms} ms is ${text}`, () => assertEquals(formatAge(ms), text));
}

const SIZES: readonly (readonly [bytes: number, text: string])[] = [
  [0, "0 K"],
  [1535, "1 K"],
  [1536, "2 K"],
  [1024 ** 2 - 1, "1024 K"],
  [1024 ** 2, "1.0 M"],
  [12.34 * 1024 ** 2, "12.3 M"],
  [1024 ** 3 - 1, "1024.0 M"],
  [1024 ** 3, "1.00 G"],
  [1.2 * 1024 ** 3, "1.20 G"],
];

for (const [bytes, text] of SIZES) {
  test(`formatMemory() of ${bytes} bytes is ${text}`, () =>
    assertEquals(formatMemory(bytes), text));
}

test("formatOverview() has columns where characters are two wide", () => {
  const rows = [{ ...WEB, name: "起動する係.service" }, { ...WEB, reason: "再起動しました" }];
  assertEquals(formatOverview(rows, { columns: 47, colour: false }), [
    "SERVICE     STATE      FOR",
    "web         running  1m01s  再起動しました",
    "起動する係  running  1m01s  serving",
  ]);
  assertEquals(
    formatOverview(rows, { columns: 40, colour: false })[1],
    "web         running  1m01s  再起動しま…",
  );
});
