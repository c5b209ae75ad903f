import { assert, assertEquals } from "@std/assert";
import { OutputBuffer } from "../../../lib/base/output_buffer.ts";
import { ConsoleFormat, ConsoleJsonFormat, PrefixFormat } from "../../../lib/log/console_format.ts";
import { TextFormat } from "../../../lib/log/line_format.ts";
import { SyslogRecord } from "../../../lib/wire/syslog_record.ts";
import { test } from "../../test.ts";
import { formatLine, formatRecord, OPTIONS, SOURCE, stillClock } from "./format_case.ts";

const DATE = "Jul  3 09:00:00";
const LIMIT = 16 * 1024;

const prefix = new PrefixFormat();
const json = new ConsoleJsonFormat(OPTIONS, stillClock());
const text = new TextFormat(OPTIONS, stillClock());

test("PrefixFormat writes 'service | text' before each line", () => {
  assertEquals(formatLine(prefix, SOURCE, "hello"), "web | hello\n");
  assertEquals(formatLine(prefix, SOURCE, "one\n\ttwo", true), "web | one\nweb | \ttwo\n");
  assertEquals(formatRecord(prefix, `<13>${DATE} box cron[1]: a\nb`), "cron | a#012b\n");
  assertEquals(formatRecord(prefix, "raw"), "? | raw\n");
  assertEquals(formatRecord(prefix, "<13>no program"), "- | no program\n");
});

test("PrefixFormat passes a service's colours and escapes chaperone's quotations", () => {
  assertEquals(formatLine(prefix, SOURCE, "\x1b[1mx"), "web | \x1b[1mx\n");
  const own = { priority: 174, program: "chaperone", pid: 1 };
  assertEquals(formatLine(prefix, own, "\x1b[1mx", true), "chaperone | #033[1mx\n");
});

test("ConsoleJsonFormat keeps a service's own object and adds what it lacks", () => {
  const read = (line: string) => JSON.parse(formatLine(json, SOURCE, line));
  const added = read('{"msg":"hi","n":1}');
  assertEquals(Object.keys(added), ["time", "service", "pid", "stream", "msg", "n"]);
  assertEquals([added.service, added.pid, added.stream], ["web", 12, "stdout"]);
  const kept = read('{"time":"mine","pid":"p","service":"s","stream":"x"}');
  assertEquals(kept, { time: "mine", pid: "p", service: "s", stream: "x" });
  assertEquals(Object.keys(read("{}")), ["time", "service", "pid", "stream"]);
});

test("ConsoleJsonFormat takes everything else as a message", () => {
  for (const line of ["{not json}", '{"a":1} {"b":2}', "[1]", "{", "plain"]) {
    assertEquals(JSON.parse(formatLine(json, SOURCE, line)).message, line);
  }
  const invalid = new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
  assertEquals(JSON.parse(formatLine(json, SOURCE, invalid)).message, '{"a":"\ufffd"}');
});

test("ConsoleFormat colours text by severity on a terminal", () => {
  const coloured = new ConsoleFormat(prefix, { colour: true });
  const line = (severity: number, words: string) =>
    formatLine(coloured, { ...SOURCE, priority: 24 + severity }, words);
  assertEquals(line(3, "x"), "\x1b[31mweb | x\x1b[0m\n");
  assertEquals(line(4, "x\ny"), "\x1b[33mweb | x\x1b[0m\n\x1b[33mweb | y\x1b[0m\n");
  assertEquals(line(6, "x"), "web | x\n");
  assertEquals(line(4, "\x1b[1mx"), "web | \x1b[1mx\n");
  assertEquals(formatRecord(coloured, `<8>${DATE} p: x`), "\x1b[31;1mp | x\x1b[0m\n");
});

for (const [name, inner] of [["prefix", prefix], ["json", json], ["text", text]] as const) {
  test(`ConsoleFormat splits ${name} lines over 16 KiB with a marker`, () => {
    const format = new ConsoleFormat(inner, { colour: false });
    const long = "é".repeat(30_000);
    for (
      const output of [
        formatLine(format, SOURCE, long),
        formatRecord(format, `<13>${DATE} p: ${long}`),
      ]
    ) {
      const lines = output.trimEnd().split("\n");
      // Halves of halves.
      assertEquals(lines.length, 4);
      for (const line of lines) assert(new TextEncoder().encode(line).length < LIMIT);
      const marks = lines.map((line) => [line.includes("[...] é"), line.includes("é [...]")]);
      assertEquals(marks, [[false, true], [true, true], [true, true], [true, false]]);
      assertEquals([...output].filter((character) => character === "é").length, 30_000);
    }
  });
}

test("PrefixFormat writes no line that is not there, and breaks at every newline", () => {
  assertEquals(formatLine(prefix, SOURCE, ""), "");
  assertEquals(formatLine(prefix, SOURCE, "a\n", true), "web | a\n");
  assertEquals(formatLine(prefix, SOURCE, "\na", true), "web | \nweb | a\n");
});

const RECORDS: readonly (readonly [head: string, program: string, pid: number | undefined])[] = [
  [`<13>${DATE} box cron[12]: `, "cron", 12],
  [`<13>${DATE} box cron: `, "cron", 0],
  ["<13>1 - - app web.1 - - ", "app", 0],
  ["no header ", "?", 0],
];

for (const [head, program, pid] of RECORDS) {
  test(`ConsoleFormat says in each piece of a long record who wrote it: '${head}'`, () => {
    const format = new ConsoleFormat(json, { colour: false });
    const lines = formatRecord(format, `${head}${"x".repeat(LIMIT)}`).trimEnd().split("\n");
    assertEquals(lines.length, 2);
    for (const line of lines) {
      const members = JSON.parse(line);
      assertEquals([members.program, members.pid], [program, pid]);
    }
  });
}

test("ConsoleFormat escapes the pieces of a record, and not those of a service's line", () => {
  const format = new ConsoleFormat(text, { colour: false });
  const long = `\x1b[2J${"x".repeat(LIMIT)}`;
  assert(formatRecord(format, `<13>${DATE} p: ${long}`).includes("#033[2J"));
  assert(formatLine(format, SOURCE, long).includes("\x1b[2J"));
});

test("ConsoleFormat leaves a record up to 16 KiB as it is, whatever was written before it", () => {
  const format = new ConsoleFormat(text, { colour: false });
  const head = `${DATE} other p: `;
  const line = `${head}${"x".repeat(LIMIT - head.length - 1)}\n`;
  const out = new OutputBuffer();
  for (let count = 1; count <= 2; count++) {
    const bytes = new TextEncoder().encode(`<13>${line}`);
    const record = new SyslogRecord();
    assert(record.parse(bytes, 0, bytes.length));
    format.appendRecord(out, record);
    assertEquals(new TextDecoder().decode(out.filled()), line.repeat(count));
  }
});

test("ConsoleFormat leaves lines of 16 KiB alone, however many a record has", () => {
  const format = new ConsoleFormat(prefix, { colour: false });
  const line = "x".repeat(LIMIT - "web | \n".length);
  const expected = `web | ${line}\n`.repeat(3);
  assertEquals(formatLine(format, SOURCE, `${line}\n${line}\n${line}`, true), expected);
});

test("ConsoleFormat halves a line no further once each half fits", () => {
  const format = new ConsoleFormat(prefix, { colour: false });
  const half = LIMIT - "web | [...] \n".length;
  const lines = formatLine(format, SOURCE, "x".repeat(2 * half)).split("\n");
  assertEquals(lines.map(({ length }) => length), [LIMIT - 1, LIMIT - 1, 0]);
});

test("ConsoleFormat writes a line whose head alone is too long", () => {
  const format = new ConsoleFormat(prefix, { colour: false });
  const service = "s".repeat(LIMIT);
  const output = formatLine(format, { ...SOURCE, service }, "x".repeat(200));
  const texts = output.trimEnd().split("\n").map((line) => line.slice(service.length + 3));
  assertEquals(texts.length, 4);
  assertEquals(texts.join("").replaceAll(/ ?\[\.\.\.\] ?/g, ""), "x".repeat(200));
  const short = formatLine(format, { ...SOURCE, service }, "x".repeat(64));
  assertEquals(short.trimEnd().split("\n").length, 2);
  assertEquals(
    formatLine(format, { ...SOURCE, service }, "x".repeat(63)).trimEnd(),
    `${service} | ${"x".repeat(63)}`,
  );
});

test("ConsoleFormat leaves lines up to 16 KiB alone", () => {
  const format = new ConsoleFormat(prefix, { colour: false });
  const line = "x".repeat(LIMIT - "web | \n".length);
  assertEquals(formatLine(format, SOURCE, line), `web | ${line}\n`);
  const output = formatLine(format, SOURCE, `${line}y`);
  assertEquals(output.split("\n").length, 3);
});
