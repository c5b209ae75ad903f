import { assertEquals } from "@std/assert";
import {
  facilityName,
  parseFacility,
  parseSeverity,
  severityName,
  wirePriority,
} from "../../../lib/log/priorities.ts";
import { test } from "../../test.ts";

test("parseFacility() knows facility 9 as cron and as clock", () => {
  assertEquals(parseFacility("cron"), 9);
  assertEquals(parseFacility("Clock"), 9);
  assertEquals(parseFacility("altcron"), 15);
  assertEquals(parseFacility("local7"), 23);
  assertEquals(parseFacility("constructor"), undefined);
});

test("parseSeverity() knows aliases in any case", () => {
  assertEquals(parseSeverity("WARNING"), 4);
  assertEquals(parseSeverity("error"), 3);
  assertEquals(parseSeverity("debug"), 7);
  assertEquals(parseSeverity("*"), undefined);
});

test("facilityName() and severityName() name a priority", () => {
  assertEquals([facilityName(191), severityName(191)], ["local7", "debug"]);
  assertEquals([facilityName(192), severityName(192)], ["?", "emerg"]);
});

test("wirePriority() sends unknown facilities as user", () => {
  assertEquals(wirePriority(191), 191);
  assertEquals(wirePriority(192 + 3), 11);
});
