import { assertEquals } from "@std/assert";
import {
  parseAlertWord,
  parseBoolean,
  parseExitMatch,
  parseHostPort,
  parseLimit,
  parseLineMax,
  parseMode,
  parsePercent,
  parsePositiveSize,
  parseRate,
  parseSize,
  parseStateSize,
  parseStopStep,
  parseWaitTarget,
  parseWhole,
} from "../../../lib/config/values.ts";
import { test } from "../../test.ts";

/** Checks a reader against texts and what they mean. */
function table<T>(
  read: (text: string) => T | undefined,
  cases: readonly [string, T | undefined][],
) {
  for (const [text, value] of cases) assertEquals(read(text), value, JSON.stringify(text));
}

test("parseSize reads bytes and units of 1024", () => {
  table(parseSize, [
    ["4096", 4096],
    ["64K", 65_536],
    ["10m", 10_485_760],
    ["1.5G", 1_610_612_736],
    ["1MiB", 1_048_576],
    ["1MB", 1_048_576],
    ["-1", undefined],
    ["M", undefined],
    ["9".repeat(20), undefined],
  ]);
});

test("sizes that have bounds are taken up to them", () => {
  table(parseLineMax, [["1K", 1024], ["1023", undefined], ["16M", 16 << 20], [
    "16777217",
    undefined,
  ]]);
  table(parseStateSize, [
    ["64K", 65_536],
    ["65535", undefined],
    ["64M", 67_108_864],
    ["67108865", undefined],
    ["many", undefined],
  ]);
  table(parsePositiveSize, [["1", 1], ["0", undefined], ["0K", undefined], ["x", undefined]]);
});

test("parsePercent reads a number above 0 with its sign", () => {
  table(parsePercent, [
    ["0.5%", 0.5],
    ["1 %", 1],
    ["999999%", 999_999],
    ["1000000%", undefined],
    ["0%", undefined],
    ["-1%", undefined],
    ["50", undefined],
    ["%", undefined],
  ]);
});

test("parseAlertWord reads how many restarts within which time", () => {
  table(parseAlertWord, [
    ["oom", "oom"],
    ["restarts>0/1ms", { moreThan: 0, withinMs: 1 }],
    [" restarts > 3 / 10m ", { moreThan: 3, withinMs: 600_000 }],
    ["restarts>3/0", undefined],
    ["restarts>/1m", undefined],
    ["restarts", undefined],
  ]);
});

test("parseExitMatch tells codes from signals", () => {
  table(parseExitMatch, [
    ["0", { kind: "code", code: 0 }],
    ["255", { kind: "code", code: 255 }],
    ["256", undefined],
    ["-1", undefined],
    ["term", { kind: "signal", signal: 15 }],
    ["SIGKILL", { kind: "signal", signal: 9 }],
    ["none", undefined],
  ]);
});

test("parseMode wants the leading 0 of an octal number", () => {
  table(parseMode, [
    ["0022", 0o22],
    ["022", 0o22],
    ["0o22", 0o22],
    ["0", 0],
    ["00", 0],
    ["01777", 0o1777],
    ["22", undefined],
    ["088", undefined],
    ["-0", undefined],
    ["012345", undefined],
  ]);
});

test("parseWhole keeps to its bounds", () => {
  table((text) => parseWhole(text, -2, 5), [
    ["5", 5],
    ["-2", -2],
    [" +3 ", 3],
    ["6", undefined],
    ["1.0", undefined],
    ["", undefined],
  ]);
});

test("parseStopStep reads a signal and the time after it", () => {
  table(parseStopStep, [
    ["QUIT 8s", { signal: 3, waitMs: 8000 }],
    ["KILL", { signal: 9 }],
    ["15 2", { signal: 15, waitMs: 2000 }],
    ["TERM soon", undefined],
    ["TERM 1m 30s", { signal: 15, waitMs: 90_000 }],
    ["TERM 1s KILL", undefined],
    ["", undefined],
  ]);
});

test("parseLimit reads soft and hard limits", () => {
  table((text) => parseLimit("nofile", text), [
    ["1024", { resource: "nofile", soft: 1024, hard: 1024 }],
    ["1K:unlimited", { resource: "nofile", soft: 1024, hard: Infinity }],
    ["1024:", { resource: "nofile", soft: 1024 }],
    ["unlimited:", { resource: "nofile", soft: Infinity }],
    ["2:1", undefined],
    [":5", undefined],
    [":", undefined],
    ["1:2:", undefined],
    ["", undefined],
  ]);
});

test("parseLimit reads processor time as a duration, too", () => {
  table((text) => parseLimit("cpu", text), [
    ["5", { resource: "cpu", soft: 5, hard: 5 }],
    ["1h", { resource: "cpu", soft: 3600, hard: 3600 }],
    ["1500ms", { resource: "cpu", soft: 2, hard: 2 }],
    ["1h:2h", undefined],
  ]);
  assertEquals(parseLimit("nofile", "1h"), undefined);
});

test("parseHostPort reads addresses of both families", () => {
  table((text) => parseHostPort(text, "*"), [
    ["db:5432", { host: "db", port: 5432 }],
    ["[::1]:80", { host: "::1", port: 80 }],
    ["80", { host: "*", port: 80 }],
    ["[2001:db8::1%2]:443", { host: "2001:db8::1%2", port: 443 }],
    ["db:1", { host: "db", port: 1 }],
    ["db:65535", { host: "db", port: 65535 }],
    ["::1:80", undefined],
    ["[::::]:80", undefined],
    ["[1.2.3.4]:80", undefined],
    ["[::1%]:80", undefined],
    ["db:0", undefined],
    ["db:65536", undefined],
    ["db", undefined],
  ]);
  assertEquals(parseHostPort("80"), undefined);
});

test("parseWaitTarget reads targets of every kind", () => {
  table((text) => parseWaitTarget(text)?.kind, [
    ["tcp://db:1", "tcp"],
    ["https://x", "http"],
    ["HTTP://x/", "http"],
    ["http:///x", undefined],
    ["http://", undefined],
    ["http://x:99999", undefined],
    ["file:/x", "file"],
    ["file:///x", "file"],
    ["unix:/x", "unix"],
    ["tcp://db", undefined],
    ["file:x", undefined],
    ["ftp://x", undefined],
  ]);
});

test("parseRate reads how many records in which period", () => {
  table(parseRate, [
    ["100", { count: 100, periodMs: 1000 }],
    ["1.5/s", { count: 1.5, periodMs: 1000 }],
    ["90 / m", { count: 90, periodMs: 60_000 }],
    ["2/min", { count: 2, periodMs: 60_000 }],
    ["1/h", { count: 1, periodMs: 3_600_000 }],
    ["0", undefined],
    ["0.0/s", undefined],
    ["1/d", undefined],
    ["x", undefined],
  ]);
});

test("parseBoolean reads words in any case; the empty text is false", () => {
  table(parseBoolean, [[" YES ", true], ["y", true], ["", false], ["Off", false], [
    "1",
    undefined,
  ]]);
});
