import { assertEquals, assertMatch } from "@std/assert";
import { Rfc5424Format } from "../../../lib/log/rfc5424_format.ts";
import { test } from "../../test.ts";
import { formatLine, formatRecord, OPTIONS, SOURCE, stillClock } from "./format_case.ts";

const DATE = "Jul  3 09:00:00";
const format = new Rfc5424Format(OPTIONS, stillClock());

/** The line without its time. */
function fields(line: string): string {
  assertMatch(line, /^<\d+>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d /);
  return line.replace(/1 \S+/, "1");
}

test("Rfc5424Format writes every field of an RFC 3164 record", () => {
  assertEquals(
    fields(formatRecord(format, `<78>${DATE} box cron[12]: text`)),
    "<78>1 box cron 12 - - text\n",
  );
  assertEquals(fields(formatRecord(format, `<78>${DATE} cron: x`)), "<78>1 own cron - - - x\n");
});

test("Rfc5424Format keeps what an RFC 5424 record says", () => {
  assertEquals(
    fields(formatRecord(format, '<165>1 2026-01-05T10:11:12Z box app 7 ID [a b="c"] hi')),
    '<165>1 box app 7 ID [a b="c"] hi\n',
  );
  assertEquals(fields(formatRecord(format, "<165>1 - - - - - -")), "<165>1 own - - - -\n");
});

test("Rfc5424Format writes a format error with its raw text", () => {
  assertEquals(fields(formatRecord(format, "raw\ntext")), "<43>1 own ? - - - raw#012text\n");
});

test("Rfc5424Format cuts header fields and replaces what may not stand in them", () => {
  const tag = "t".repeat(60);
  assertEquals(
    fields(formatRecord(format, `<13>${DATE} b\xe9x ${tag}: x`)),
    `<13>1 b??x ${"t".repeat(48)} - - - x\n`,
  );
});

test("Rfc5424Format writes lines of services", () => {
  assertEquals(fields(formatLine(format, SOURCE, "a b")), "<30>1 own web 12 - - a b\n");
});

test("Rfc5424Format ends remote records without newline", () => {
  const remote = new Rfc5424Format({ ...OPTIONS, remote: true }, stillClock());
  assertEquals(fields(formatRecord(remote, `<203>${DATE} p: x`)), "<11>1 own p - - - x");
});

test("F-038: Rfc5424Format keeps the priority of a record without date", () => {
  assertEquals(fields(formatRecord(format, "<156>low stock")), "<156>1 own - - - - low stock\n");
  assertEquals(fields(formatRecord(format, "<156>shop[3]: low")), "<156>1 own shop 3 - - low\n");
});

// RFC 5424 6: how long each field may be.
const LIMITS: readonly (readonly [field: string, at: number, maxBytes: number])[] = [
  ["HOSTNAME", 1, 255],
  ["APP-NAME", 2, 48],
  ["PROCID", 3, 128],
  ["MSGID", 4, 32],
];

for (const [field, at, maxBytes] of LIMITS) {
  test(`Rfc5424Format cuts ${field} to ${maxBytes} bytes`, () => {
    for (const size of [maxBytes, maxBytes + 1, 300]) {
      const header = ["<13>1", "-", "box", "app", "7", "ID", "-"];
      header[at + 1] = "x".repeat(size);
      const written = fields(formatRecord(format, `${header.join(" ")} text`)).split(" ");
      assertEquals(written[at]?.length, maxBytes);
      assertEquals(written.length, 7);
    }
  });
}

test("Rfc5424Format writes names of its own as RFC 5424 allows them", () => {
  const hostname = `my box\x7f~!é${"h".repeat(300)}`;
  const own = new Rfc5424Format({ ...OPTIONS, hostname }, stillClock());
  const shown = (letter: string, size: number) => `my?box?~!${letter}${"h".repeat(size)}`;
  assertEquals(
    fields(formatRecord(own, `<13>${DATE} p: x`)).split(" ")[1],
    shown("??", 255 - 11),
  );
  assertEquals(fields(formatLine(own, SOURCE, "x")).split(" ")[1], shown("?", 255 - 10));
});
