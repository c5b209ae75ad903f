import { assert, assertEquals } from "@std/assert";
import { SyslogRecord } from "../../../lib/wire/syslog_record.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function parse(text: string | Uint8Array): SyslogRecord {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const record = new SyslogRecord();
  assert(record.parse(bytes, 0, bytes.length));
  return record;
}

function fields(record: SyslogRecord) {
  const text = (start: number, end: number) => decoder.decode(record.bytes.subarray(start, end));
  return {
    shape: record.shape,
    priority: record.priority,
    date: text(record.dateStart, record.dateEnd),
    host: text(record.hostStart, record.hostEnd),
    tag: text(record.tagStart, record.tagEnd),
    pid: text(record.pidStart, record.pidEnd),
    message: text(record.messageStart, record.end),
  };
}

const DATE = "Jan  5 10:11:12";

// Checklist 185.
const ORIGINS: readonly [text: string, host: string, tag: string, message: string][] = [
  ["prog[12]: hi", "", "prog", "hi"],
  ["prog: hi", "", "prog", "hi"],
  ["box prog[12]: hi", "box", "prog", "hi"],
  ["sudo : x", "", "sudo", ": x"],
  ["hello world", "", "hello", "world"],
  ["hello world foo bar", "hello", "world", "foo bar"],
  ["hello  world", "", "hello", " world"],
  ["box prog:x", "box", "prog", "x"],
  ["a b:", "", "a", "b:"],
  ["prog[x]: y", "", "prog", "[x]: y"],
  ["prog[12] y", "", "prog", "y"],
  ["prog[12:y", "", "prog", "[12:y"],
];

for (const [text, host, tag, message] of ORIGINS) {
  test(`SyslogRecord.parse() takes host '${host}' and tag '${tag}' from '${text}'`, () => {
    const record = fields(parse(`<13>${DATE} ${text}`));
    assertEquals(record.shape, "rfc3164");
    assertEquals(record.date, DATE);
    assertEquals([record.host, record.tag, record.message], [host, tag, message]);
  });
}

// F-038: a valid PRI stands, whatever follows.
const UNDATED: readonly [text: string, tag: string, pid: string, message: string][] = [
  ["shop: low stock", "shop", "", "low stock"],
  ["shop[12]: low stock", "shop", "12", "low stock"],
  ["/usr/bin/shop[12]: low", "shop", "12", "low"],
  ["  shop: low", "shop", "", "low"],
  ["_a-b.c@d+e/f: x", "_a-b.c@d+e/f", "", "x"],
  ["läden: x", "läden", "", "x"],
  ["shop:", "shop", "", ""],
  ["shop[7]:", "shop", "7", ""],
  ["hello", "", "", "hello"],
  ["hello world: x", "", "", "hello world: x"],
  ["shop[x]: y", "", "", "shop[x]: y"],
  ["shop[]: y", "", "", "shop[]: y"],
  ["shop[1] y", "", "", "shop[1] y"],
  ["shop[1", "", "", "shop[1"],
  ["shop :y", "", "", "shop :y"],
  [": y", "", "", ": y"],
  ["http://a/b failed", "", "", "http://a/b failed"],
  ["12:30 x", "", "", "12:30 x"],
  ["404: x", "", "", "404: x"],
  ['{"a": 1}', "", "", '{"a": 1}'],
  ["@cee: {}", "", "", "@cee: {}"],
  ["", "", "", ""],
  [DATE, "", "", DATE],
  ["Jan 5 10:11:12 prog: x", "", "", "Jan 5 10:11:12 prog: x"],
  ["Jan x5 10:11:12 prog: x", "", "", "Jan x5 10:11:12 prog: x"],
  ["Jan  5 10:11 prog: x", "", "", "Jan  5 10:11 prog: x"],
  ["J-n  5 10:11:12 prog: x", "", "", "J-n  5 10:11:12 prog: x"],
  ["2026-01-05 prog: x", "", "", "2026-01-05 prog: x"],
  ["2026-01-05T10:11:12+1 prog: x", "", "", "2026-01-05T10:11:12+1 prog: x"],
  ["1 2026-01-05T10:11:12Z box app 1 id", "", "", "1 2026-01-05T10:11:12Z box app 1 id"],
  ["1 2026-01-05T10:11:12Z box app 1 id [x", "", "", "1 2026-01-05T10:11:12Z box app 1 id [x"],
  ["1 yesterday box app 1 id - text", "", "", "1 yesterday box app 1 id - text"],
  ["1  box app 1 id - text", "", "", "1  box app 1 id - text"],
  ["1", "", "", "1"],
];

for (const [text, tag, pid, message] of UNDATED) {
  test(`F-038: SyslogRecord.parse() keeps facility and level of '<156>${text}'`, () => {
    const record = parse(`<156>${text}`);
    assertEquals(fields(record), {
      shape: "undated",
      priority: 156,
      date: "",
      host: "",
      tag,
      pid,
      message,
    });
    assertEquals([record.messageIdEnd, record.dataEnd], [0, 0]);
    assert(!record.programIs(encoder.encode("?")));
  });
}

// F-038: without a tag after the date, the date stands, too.
const WITHOUT_TAG: readonly [text: string, tag: string, message: string][] = [
  ["prog", "", "prog"],
  ["prog:", "prog", ""],
  [": x", "", ": x"],
  [" prog: x", "prog", "x"],
];

for (const date of [DATE, "2026-01-05T10:11:12Z"]) {
  for (const [text, tag, message] of WITHOUT_TAG) {
    test(`F-038: SyslogRecord.parse() keeps the date of '<13>${date} ${text}'`, () => {
      const record = fields(parse(`<13>${date} ${text}`));
      assertEquals(record.shape, date === DATE ? "rfc3164" : "iso");
      assertEquals([record.priority, record.date, record.host], [13, date, ""]);
      assertEquals([record.tag, record.message], [tag, message]);
    });
  }
}

test("F-038: the largest and longest priorities are valid, and none beyond", () => {
  assertEquals(parse("<0>x").priority, 0);
  assertEquals(parse("<191>x").priority, 191);
  assertEquals(parse("<007>x").priority, 7);
  for (const text of ["<192>x", "<999>x", "<0007>x", "<192>Jan  5 10:11:12 prog"]) {
    assertEquals(parse(text).shape, "malformed", text);
  }
});

// Checklist 186, as far as it is not understood otherwise.
const MALFORMED = [
  "hello",
  "<>Jan  5 10:11:12 prog: x",
  "<13Jan  5 10:11:12 prog: x",
  "13>Jan  5 10:11:12 prog: x",
  "<1x>Jan  5 10:11:12 prog: x",
  "< 13>x",
  "<-1>x",
  "<13",
];

for (const text of MALFORMED) {
  test(`SyslogRecord.parse() makes a format error of '${text}'`, () => {
    const record = parse(text);
    assertEquals(record.shape, "malformed");
    assertEquals(record.priority, 5 * 8 + 3);
    assertEquals(fields(record).message, text.trimEnd());
    assert(record.programIs(encoder.encode("?")));
  });
}

test("SyslogRecord.parse() removes trailing white space and keeps newlines inside", () => {
  const record = fields(parse(`<13>${DATE} prog: one\ntwo \r\n\x1f`));
  assertEquals(record.message, "one\ntwo");
});

test("SyslogRecord.parse() finds nothing in blanks", () => {
  assertEquals(new SyslogRecord().parse(encoder.encode(" \n\t"), 0, 3), false);
});

test("SyslogRecord.parse() reduces an absolute path to its last component", () => {
  assertEquals(fields(parse(`<13>${DATE} /usr/sbin/foo[1]: x`)).tag, "foo");
  assertEquals(fields(parse(`<13>${DATE} postfix/smtpd[1]: x`)).tag, "postfix/smtpd");
  assertEquals(fields(parse(`<13>${DATE} /usr/: x`)).tag, "/usr/");
});

test("SyslogRecord.parse() counts every facility above local7 as one", () => {
  assertEquals(parse(`<191>${DATE} p: x`).priority, 191);
  assertEquals(parse(`<192>${DATE} p: x`).priority, 192);
  assertEquals(parse(`<203>${DATE} p: x`).priority, 192 + 3);
  assertEquals(parse(`<${"9".repeat(400)}>${DATE} p: x`).priority, 192 + 999 % 8);
  assertEquals(parse(`<0000000000000013>${DATE} p: x`).priority, 13);
});

test("SyslogRecord.parse() reads fields between neighbours in the same buffer", () => {
  const bytes = encoder.encode(`xx<13>${DATE} p[7]: a[8]: b`);
  const record = new SyslogRecord();
  assert(record.parse(bytes, 2, bytes.length - 6));
  assertEquals(fields(record), {
    shape: "rfc3164",
    priority: 13,
    date: DATE,
    host: "",
    tag: "p",
    pid: "7",
    message: "a",
  });
});

test("SyslogRecord.parse() reads RFC 5424", () => {
  const data = '[id@1 a="x \\"y\\" \\]" b=""][other]';
  const record = parse(`<165>1 2026-01-05T10:11:12.003+01:00 box app 12 ID47 ${data} \ufefftext`);
  assertEquals(fields(record), {
    shape: "rfc5424",
    priority: 165,
    date: "2026-01-05T10:11:12.003+01:00",
    host: "box",
    tag: "app",
    pid: "12",
    message: "text",
  });
  assertEquals(decoder.decode(record.bytes.subarray(record.dataStart, record.dataEnd)), data);
});

test("SyslogRecord.parse() takes '-' in RFC 5424 for an absent field", () => {
  const record = parse("<165>1 - - app - - -");
  assertEquals(fields(record).host, "");
  assertEquals(fields(record).pid, "");
  assertEquals(fields(record).message, "");
  assertEquals(record.dataStart, record.dataEnd);
});

for (
  const date of [
    "2026-01-05T10:11:12Z",
    "2026-01-05T10:11:12.123456+02:00",
    "2026-01-05 10:11:12,123",
    "2026-01-05T10:11:12-0330",
  ]
) {
  test(`SyslogRecord.parse() takes the date '${date}'`, () => {
    const record = fields(parse(`<30>${date} box prog[3]: hi`));
    assertEquals([record.shape, record.date, record.host], ["iso", date, "box"]);
    assertEquals([record.tag, record.pid, record.message], ["prog", "3", "hi"]);
  });
}

test("SyslogRecord.hasControl tells of control characters but TAB", () => {
  assertEquals(parse(`<13>${DATE} p: a\tb é`).hasControl, false);
  assertEquals(parse(`<13>${DATE} p: a\x1bb`).hasControl, true);
  assertEquals(parse(`<13>${DATE} p: a\x7fb`).hasControl, true);
});

test("SyslogRecord.programIs() compares in any case", () => {
  const record = parse(`<13>${DATE} CRON[1]: x`);
  assert(record.programIs(encoder.encode("cron")));
  assert(!record.programIs(encoder.encode("cro")));
  assert(!record.programIs(encoder.encode("cros")));
});
