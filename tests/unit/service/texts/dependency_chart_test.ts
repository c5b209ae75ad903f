import { assertEquals } from "@std/assert";
import { formatDependencyChart } from "../../../../lib/service/texts/dependency_chart.ts";
import { buildFamily } from "../../../../lib/service/family.ts";
import { test } from "../../../test.ts";

function service(name: string, ...after: string[]) {
  return { name, groups: ["default"], after: after.map((name) => ({ name })), before: [] };
}

test("formatDependencyChart draws a chain of three exactly as 0.3.9", () => {
  const family = buildFamily([
    service("a.service"),
    service("b.service", "a.service"),
    service("c.service", "a.service", "b.service"),
  ]);
  assertEquals(formatDependencyChart(family), [
    "    a | b | c",
    "a | =",
    "b |  ====",
    "c |      ====",
    "--> depends on...",
    "a | ",
    "b | a",
    "c | a, b",
  ]);
});

test("formatDependencyChart pads names and starts a bar behind the latest prerequisite", () => {
  const family = buildFamily([
    service("db.service"),
    service("CONSOLE", "web.service"),
    service("web.service", "db.service"),
    service("cron.service"),
  ]);
  assertEquals(formatDependencyChart(family), [
    "          db | web | CONSOLE | cron",
    "db      | ==",
    "web     |   ======",
    "CONSOLE |         ==========",
    "cron    | =========================",
    "--------> depends on...",
    "db      | ",
    "web     | db",
    "CONSOLE | web",
    "cron    | ",
  ]);
});
