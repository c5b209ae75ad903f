import { assertEquals, assertMatch } from "@std/assert";
import { JsonFormat } from "../../../lib/log/json_format.ts";
import { test } from "../../test.ts";
import { formatLine, formatRecord, NOW_MS, OPTIONS, SOURCE, stillClock } from "./format_case.ts";

const DATE = "Jul  3 09:00:00";

function read(datagram: string | Uint8Array, logrecHostname?: string): Record<string, unknown> {
  const named = logrecHostname === undefined ? {} : { logrecHostname };
  const line = formatRecord(new JsonFormat({ ...OPTIONS, ...named }, stillClock()), datagram);
  assertMatch(line, /^\{.*\}\n$/);
  return JSON.parse(line);
}

test("JsonFormat writes the members of a record in order", () => {
  const members = read(`<78>${DATE} box cron[12]: text`);
  assertEquals(Object.keys(members), [
    "time",
    "facility",
    "priority",
    "program",
    "pid",
    "host",
    "message",
  ]);
  const { time, ...others } = members;
  assertMatch(String(time), /^2026-01-05T10:11:12\.345678[+-]\d\d:\d\d$/);
  assertEquals(new Date(String(time)).getTime(), Math.floor(NOW_MS));
  assertEquals(others, {
    facility: "cron",
    priority: "info",
    program: "cron",
    pid: 12,
    host: "box",
    message: "text",
  });
});

test("JsonFormat leaves out what is absent and fills in the own host", () => {
  const members = read(`<200>${DATE} hello world`);
  assertEquals(members["facility"], "?");
  assertEquals(members["host"], "own");
  assertEquals("pid" in members, false);
  assertEquals(read(`<13>${DATE} box p: x`, "named")["host"], "named");
});

test("JsonFormat writes structured data as an object", () => {
  const members = read('<13>1 2026-01-05T10:11:12.5Z box app web.1 ID47 [a@1 k="v\\"w"][b] hi');
  assertEquals(members["structured_data"], { "a@1": { k: 'v"w' }, b: {} });
  assertEquals(members["msgid"], "ID47");
  assertEquals(members["pid"], "web.1");
  assertEquals(new Date(String(members["time"])).toISOString(), "2026-01-05T10:11:12.500Z");
});

test("JsonFormat keeps the microseconds that a record states", () => {
  for (const micros of ["123456", "000001", "999999", "100000"]) {
    const members = read(`<13>2026-01-05T10:11:12.${micros}Z p: x`);
    assertMatch(String(members["time"]), new RegExp(`:12\\.${micros}[+-]`));
  }
});

test("JsonFormat writes numbers as JSON has them", () => {
  assertEquals(read("<13>1 - - app 007 - - x")["pid"], "007");
  assertEquals(read("<13>1 - - app 0 - - x")["pid"], 0);
  assertEquals(read(`<13>1 - - app ${"9".repeat(40)} - - x`)["pid"], "9".repeat(40));
});

test("JsonFormat keeps a format error whole", () => {
  const members = read('no "header"\n');
  assertEquals(members["program"], "?");
  assertEquals(members["facility"], "syslog");
  assertEquals(members["priority"], "err");
  assertEquals(members["message"], 'no "header"');
});

test("JsonFormat escapes every byte that JSON does not allow", () => {
  const head = new TextEncoder().encode(`<13>${DATE} p: `);
  for (let byte = 1; byte < 256; byte++) {
    const bytes = Uint8Array.from([...head, 0x61, byte, 0x7a]);
    const expected = byte < 128 ? `a${String.fromCharCode(byte)}z` : "a\ufffdz";
    assertEquals(read(bytes)["message"], expected);
  }
});

test("JsonFormat passes UTF-8 and replaces what only looks like it", () => {
  assertEquals(read(`<13>${DATE} p: é€🎉`)["message"], "é€🎉");
  const head = new TextEncoder().encode(`<13>${DATE} p: `);
  const invalid = [
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe0, 0x80, 0x80],
    [0xf0, 0x80, 0x80, 0x80],
    [0xe2, 0x82],
  ];
  for (const sequence of invalid) {
    const bytes = Uint8Array.from([...head, 0x61, ...sequence]);
    assertEquals(read(bytes)["message"], `a${"\ufffd".repeat(sequence.length)}`);
  }
});

test("JsonFormat writes lines of services with service and stream", () => {
  const members = JSON.parse(formatLine(new JsonFormat(OPTIONS, stillClock()), SOURCE, 'a"b\n\tc'));
  assertEquals(Object.keys(members), [
    "time",
    "facility",
    "priority",
    "service",
    "stream",
    "program",
    "pid",
    "host",
    "message",
  ]);
  assertEquals(members.message, 'a"b\n\tc');
  assertEquals([members.service, members.stream, members.pid], ["web", "stdout", 12]);
});

test("JsonFormat begins remote records with <PRI> and ends them without newline", () => {
  const format = new JsonFormat({ ...OPTIONS, remote: true }, stillClock());
  assertMatch(formatRecord(format, `<78>${DATE} box p: x`), /^<78>\{.*\}$/);
  assertMatch(formatLine(format, SOURCE, "x"), /^<30>\{.*\}$/);
});

test("F-038: JsonFormat gives a record without date the time of its arrival, and no program it lacks", () => {
  const members = read("<156>low stock");
  assertEquals(Object.keys(members), ["time", "facility", "priority", "host", "message"]);
  assertEquals(new Date(String(members["time"])).getTime(), Math.floor(NOW_MS));
  assertEquals([members["facility"], members["message"]], ["local3", "low stock"]);
  assertEquals(read("<156>shop[3]: low")["program"], "shop");
});

// RFC 5424 allows anything as process id; a number that JSON could not keep is a text.
const PIDS: readonly (readonly [pid: string, member: number | string])[] = [
  ["0", 0],
  ["9", 9],
  ["00", "00"],
  ["1:", "1:"],
  ["1/", "1/"],
  ["123456789012345", 123456789012345],
  ["1234567890123456", "1234567890123456"],
];

for (const [pid, member] of PIDS) {
  test(`JsonFormat writes the process id ${pid} as a ${typeof member}`, () => {
    assertEquals(read(`<13>1 - - app ${pid} - - x`)["pid"], member);
  });
}

test("JsonFormat keeps a service's own object, and ends it as its kind of section does", () => {
  const file = formatLine(new JsonFormat(OPTIONS, stillClock()), SOURCE, '{"a":1}');
  assertMatch(file, /^\{"time":.*,"a":1\}\n$/);
  const remote = new JsonFormat({ ...OPTIONS, remote: true }, stillClock());
  assertMatch(formatLine(remote, SOURCE, '{"a":1}'), /^<30>\{"time":.*,"a":1\}$/);
});

test("JsonFormat writes as a message what looks like an object and is not a service's line", () => {
  const format = new JsonFormat(OPTIONS, stillClock());
  const own = { priority: 46, program: "chaperone", pid: 1 };
  assertEquals(JSON.parse(formatLine(format, own, '{"a":1}')).message, '{"a":1}');
  assertEquals(JSON.parse(formatLine(format, SOURCE, '{"a":\n1}')).message, '{"a":\n1}');
});
