import { assertEquals } from "@std/assert";
import { TextFormat } from "../../../lib/log/line_format.ts";
import { test } from "../../test.ts";
import { formatLine, formatRecord, NOW_MS, OPTIONS, SOURCE, stillClock } from "./format_case.ts";

const DATE = "Jul  3 09:00:00";

function textFormat(options: Partial<typeof OPTIONS> & { logrecHostname?: string } = {}) {
  return new TextFormat({ ...OPTIONS, ...options }, stillClock());
}

test("TextFormat writes the record's date, host, tag and rest", () => {
  const format = textFormat();
  assertEquals(
    formatRecord(format, `<78>${DATE} box cron[12]: text\n`),
    `${DATE} box cron[12]: text\n`,
  );
  assertEquals(formatRecord(format, `<78>${DATE} cron: text`), `${DATE} own cron: text\n`);
  assertEquals(formatRecord(format, `<78>${DATE} hello world`), `${DATE} own hello world\n`);
});

test("TextFormat writes the last component of a path as tag", () => {
  const format = textFormat();
  assertEquals(formatRecord(format, `<13>${DATE} /a/foo[1]: x`), `${DATE} own foo[1]: x\n`);
  assertEquals(formatRecord(format, `<13>${DATE} box /a/foo[1]: x`), `${DATE} box foo[1]: x\n`);
});

test("TextFormat replaces the host by logrec_hostname", () => {
  const format = textFormat({ logrecHostname: "named" });
  assertEquals(formatRecord(format, `<13>${DATE} box p: x`), `${DATE} named p: x\n`);
  assertEquals(formatRecord(format, `<13>${DATE} p: x`), `${DATE} named p: x\n`);
});

// Checklist 189 and 194.
test("TextFormat begins with facility and priority when extended", () => {
  const format = textFormat({ extended: true });
  assertEquals(
    formatRecord(format, `<78>${DATE} box cron[12]: text`),
    `cron.info ${DATE} box cron[12]: text\n`,
  );
  assertEquals(formatRecord(format, `<191>${DATE} p: x`), `local7.debug ${DATE} own p: x\n`);
  assertEquals(formatRecord(format, `<200>${DATE} p: x`), `?.emerg ${DATE} own p: x\n`);
  assertEquals(formatRecord(format, "nonsense"), "syslog.err ??nonsense\n");
});

test("TextFormat writes a format error whole", () => {
  assertEquals(formatRecord(textFormat(), "no <13> here\n"), "??no <13> here\n");
});

test("F-038: TextFormat gives a record without date the time of its arrival", () => {
  const now = "Jan  5 10:11:12 own";
  assertEquals(formatRecord(textFormat(), "<13>no date\n"), `${now} no date\n`);
  assertEquals(formatRecord(textFormat(), "<13>/bin/a[7]: x"), `${now} a[7]: x\n`);
  assertEquals(formatRecord(textFormat(), `<13>${DATE} tagonly`), `${DATE} own tagonly\n`);
  const remote = textFormat({ remote: true, logrecHostname: "box" });
  assertEquals(formatRecord(remote, "<156>a: x"), "<156>Jan  5 10:11:12 box a: x");
  const source = { priority: 13, program: "", pid: 0 };
  assertEquals(formatLine(textFormat(), source, "x"), `${now} x\n`);
});

test("TextFormat begins remote records with <PRI> and ends them without newline", () => {
  const format = textFormat({ remote: true });
  assertEquals(formatRecord(format, `<78>${DATE} box p: x`), `<78>${DATE} box p: x`);
  assertEquals(formatRecord(format, "nonsense"), "<43>??nonsense");
  assertEquals(formatRecord(format, `<203>${DATE} p: x`), `<11>${DATE} own p: x`);
  const both = textFormat({ remote: true, extended: true });
  assertEquals(formatRecord(both, `<78>${DATE} box p: x`), `<78>cron.info ${DATE} box p: x`);
});

test("TextFormat makes one line of a record whatever is in it", () => {
  const format = textFormat();
  const forged = `<13>${DATE} box p: one\n${DATE} box sshd[1]: forged\x1b[2J\x7f\ttab`;
  assertEquals(
    formatRecord(format, forged),
    `${DATE} box p: one#012${DATE} box sshd[1]: forged#033[2J#177\ttab\n`,
  );
  assertEquals(formatRecord(format, "a\nb\rc"), "??a#012b#015c\n");
  assertEquals(formatRecord(format, `<13>${DATE} a\nb p\n[1]: x`), `${DATE} a#012b p#012[1]: x\n`);
});

test("TextFormat passes UTF-8 through", () => {
  assertEquals(
    formatRecord(textFormat(), `<13>${DATE} p: é 日本 🎉`),
    `${DATE} own p: é 日本 🎉\n`,
  );
});

test("TextFormat rewrites other dates in local time", () => {
  const format = textFormat();
  const iso = new Date(NOW_MS).toISOString();
  assertEquals(formatRecord(format, `<13>${iso} box p[1]: x`), "Jan  5 10:11:12 box p[1]: x\n");
  assertEquals(
    formatRecord(format, `<13>1 ${iso} box app 7 - [a b="c"] hi`),
    "Jan  5 10:11:12 box app[7]: hi\n",
  );
  assertEquals(formatRecord(format, "<13>1 - - app - - - hi"), "Jan  5 10:11:12 own app: hi\n");
  assertEquals(
    formatRecord(format, "<13>2026-01-09T01:02:03 p: x"),
    "Jan  9 01:02:03 own p: x\n",
  );
  assertEquals(
    formatRecord(format, "<13>2026-99-09T01:02:03Z p: x"),
    "Jan  5 10:11:12 own p: x\n",
  );
});

// Checklist 97 and 214.
test("TextFormat writes lines of services with a blank-padded day", () => {
  assertEquals(
    formatLine(textFormat(), SOURCE, "line \x1b[1mé"),
    "Jan  5 10:11:12 own web[12]: line \x1b[1mé\n",
  );
  const format = textFormat({ extended: true, logrecHostname: "named" });
  assertEquals(
    formatLine(format, SOURCE, "line"),
    "daemon.info Jan  5 10:11:12 named web[12]: line\n",
  );
  assertEquals(
    formatLine(textFormat({ remote: true }), SOURCE, "line"),
    "<30>Jan  5 10:11:12 own web[12]: line",
  );
});

test("TextFormat escapes what is not one line by origin", () => {
  assertEquals(
    formatLine(textFormat(), SOURCE, "a\n\tb", true),
    "Jan  5 10:11:12 own web[12]: a#012\tb\n",
  );
});
