import { assert, assertEquals } from "@std/assert";
import {
  decodeFlight,
  encodeFlight,
  FLIGHT_FORMAT,
  type FlightEvent,
  type FlightRecord,
} from "../../../../lib/service/flight/flight_record.ts";
import { test } from "../../../test.ts";

const EVENTS: readonly FlightEvent[] = [
  {
    kind: "begin",
    format: FLIGHT_FORMAT,
    version: "0.5.0",
    host: "box",
    config: "651bbde14328",
    services: 2,
    beganWallMs: 1000,
  },
  { kind: "ready" },
  { kind: "state", service: "a.service", from: "down", to: "up", detail: 'pid 7, "é"\u2028' },
  {
    kind: "exit",
    service: "a.service",
    status: { kind: "signaled", signal: 9, coreDumped: false, outOfMemory: true },
    normal: false,
    lines: ["one\ttwo", "three"],
  },
  { kind: "health", service: "a.service", health: "unhealthy", seen: "refused" },
  { kind: "order", service: "a.service", what: "stop", by: "telchap (root)" },
  { kind: "signal", signal: "SIGTERM" },
  { kind: "config", config: "aa", changes: ["a.service changed: command"] },
  { kind: "reexec", version: "0.6.0", text: "taken over" },
  { kind: "left-out", service: "a.service", count: 3 },
  { kind: "lost", count: 4 },
  { kind: "output", service: "a.service", lines: ["last"] },
  { kind: "ending", exitCode: 1, reason: "a failed" },
  { kind: "end", exitCode: 1, reason: "a failed" },
];

const RECORDS = EVENTS.map((event, at): FlightRecord => ({ atMs: 1000 + at, life: "x", ...event }));
const WHOLE = RECORDS.map(encodeFlight).join("");

test("what is recorded of each kind is read as it was", () => {
  assertEquals(decodeFlight(WHOLE), { records: RECORDS, damaged: 0, foreign: 0 });
});

test("a file that is cut at any byte of its last 4 KiB loses the record that was cut and no other", () => {
  const text = WHOLE.repeat(8);
  const all = decodeFlight(text).records;
  const bytes = new TextEncoder().encode(text);
  assert(bytes.length > 4096);
  for (let size = bytes.length; size >= bytes.length - 4096; size--) {
    const kept = new TextDecoder().decode(bytes.subarray(0, size));
    const { records, damaged } = decodeFlight(kept);
    const whole = kept.split("\n").length - 1;
    // The newline alone may be missing.
    assert(records.length === whole || records.length === whole + 1, `cut to ${size}`);
    assertEquals(records, all.slice(0, records.length));
    assert(damaged <= 1);
    // The next life begins on a line of its own.
    const next = decodeFlight(`${kept}\n${encodeFlight(RECORDS[0] as FlightRecord)}`).records;
    assertEquals(next.length, records.length + 1, `after ${size}`);
  }
});

test("zeros of a power cut, garbage and other values cost their own lines", () => {
  const [first = "", second = ""] = WHOLE.split("\n");
  const garbage = [
    "\0".repeat(300),
    "{}",
    "null",
    "3",
    '{"t":1}',
    "\uFFFD\uFFFD",
    '"',
    "[".repeat(5000),
  ];
  const { records, damaged } = decodeFlight([first, ...garbage, second].join("\n"));
  assertEquals(records, RECORDS.slice(0, 2));
  assertEquals(damaged, garbage.length);
});

test("what another version has written is counted and not misread", () => {
  const lines = [
    { t: 1, l: "x", k: "begin", format: FLIGHT_FORMAT + 1, version: "9", host: "h", config: "c" },
    { t: 2, l: "x", k: "teleported" },
    { t: 3, l: "x", k: "toString" },
    { t: 4, l: "x", k: "state", service: 7, from: "a", to: "b", detail: "" },
    { t: 5, l: "x", k: "exit", service: "a", status: { kind: "melted" }, normal: false },
    { t: 6, l: "x", k: "exit", service: "a", status: { kind: "exited" }, normal: false },
    { t: 7, l: "x", k: "exit", service: "a", status: { kind: "signaled" }, normal: false },
    { t: 8, l: "x", k: "signal", signal: "SIGHUP", more: true },
  ];
  const { records, foreign } = decodeFlight(lines.map((line) => JSON.stringify(line)).join("\n"));
  assertEquals(foreign, 7);
  assertEquals(records.map(({ kind }) => kind), ["signal"]);
});
