import { assertEquals } from "@std/assert";
import { formatDiagnostic } from "../../../lib/base/errors.ts";
import { type CrontabEntry, parseCrontab } from "../../../lib/config/crontab.ts";
import { intervalFault } from "../../../lib/service/schedule/schedule.ts";
import { test } from "../../test.ts";

const USER = { file: "tab", system: false } as const;
const SYSTEM = { file: "/etc/crontab", system: true } as const;

/** Reads lines that must be without findings. */
function read(lines: readonly string[], options = USER as Parameters<typeof parseCrontab>[1]) {
  const crontab = parseCrontab(lines.join("\n"), options);
  assertEquals([...crontab.errors, ...crontab.warnings].map(formatDiagnostic), []);
  return crontab.entries;
}

function readOne(...lines: string[]): CrontabEntry {
  const [entry, ...others] = read(lines);
  assertEquals(others, []);
  return entry as CrontabEntry;
}

/** Returns the errors, then the warnings, as they are printed. */
test("a crontab that nobody can have written by hand is refused as a whole, and soon", () => {
  const told = (text: string) => {
    const { entries, errors } = parseCrontab(text, USER);
    return [entries.length, ...errors.map(({ message }) => message)];
  };
  const many = "the crontab has more than 1000 commands and settings, none of it is read";
  assertEquals(told("* * * * * x\n".repeat(20_000)), [0, many]);
  assertEquals(told("A=1\n".repeat(20_000)), [0, many]);
  assertEquals(told("wrong\n".repeat(20_000)), [0, many]);
  assertEquals(told(`* * * * * ${"x".repeat(256 * 1024)}`), [
    0,
    "the crontab is larger than 256 KiB, none of it is read",
  ]);
  const [error] = parseCrontab(`#\n${"A=1\n".repeat(1001)}`, USER).errors;
  assertEquals([error?.position?.line, error?.position?.column], [1002, 1]);
  assertEquals(told("# comment\n".repeat(2000) + "* * * * * x\n".repeat(1000)), [1000]);
});

function findings(text: string, options = USER as Parameters<typeof parseCrontab>[1]): string[] {
  const { errors, warnings } = parseCrontab(text, options);
  return [...errors, ...warnings].map(formatDiagnostic);
}

test("parseCrontab reads Debian's /etc/crontab", () => {
  const entries = read([
    "# /etc/crontab: system-wide crontab",
    "# Unlike any other crontab you don't have to run the `crontab'",
    "",
    "SHELL=/bin/sh",
    "PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin",
    "",
    "# *  *  *  *  * user-name command to be executed",
    "17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly",
    "25 6\t* * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts /etc/cron.daily )",
    "#",
    "",
  ], SYSTEM);
  const environment = {
    SHELL: "/bin/sh",
    PATH: "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin",
  };
  const command = "cd / && run-parts --report /etc/cron.hourly";
  assertEquals(entries[0], {
    line: 8,
    interval: "17 * * * *",
    user: "root",
    command,
    argv: ["/bin/sh", "-c", command],
    environment,
  });
  assertEquals(
    [entries[1]?.line, entries[1]?.interval, entries[1]?.command],
    [9, "25 6 * * *", "test -x /usr/sbin/anacron || ( cd / && run-parts /etc/cron.daily )"],
  );
  assertEquals(entries.length, 2);
});

test("parseCrontab takes the word after the times for the command in a user's crontab", () => {
  const entry = readOne("  0 5 * * 1  root  --now  ");
  assertEquals([entry.interval, entry.user, entry.command], [
    "0 5 * * 1",
    undefined,
    "root  --now  ",
  ]);
});

test("parseCrontab reads the nicknames of crontab(5)", () => {
  const names = ["reboot", "yearly", "annually", "monthly", "weekly", "daily", "hourly"];
  for (const name of names) assertEquals(readOne(`@${name} x`).interval, `@${name}`);
  assertEquals(readOne("@midnight\tx y").interval, "@daily");
  assertEquals(readOne("@Daily x").interval, "@daily");
  const [entry] = read(["@hourly www-data /usr/bin/x"], SYSTEM);
  assertEquals([entry?.user, entry?.command], ["www-data", "/usr/bin/x"]);
});

test("parseCrontab applies settings to the lines below them, verbatim", () => {
  const entries = read([
    "* * * * * a",
    "A = $HOME/x  ",
    "B='  quoted \"text\" '",
    'C = "it\'s"',
    "'D E'=f=g # not a comment",
    '"F G"=h',
    'EMPTY=""',
    "NOTHING=",
    "UNEVEN='x",
    "* * * * * b",
    "A=2",
    "* * * * * c",
  ]);
  const environment = {
    A: "$HOME/x",
    B: '  quoted "text" ',
    C: "it's",
    "D E": "f=g # not a comment",
    "F G": "h",
    EMPTY: "",
    NOTHING: "",
    UNEVEN: "'x",
  };
  assertEquals(entries.map((entry) => entry.environment), [
    {},
    environment,
    { ...environment, A: "2" },
  ]);
});

test("parseCrontab keeps assignments that are part of a command", () => {
  const entry = readOne("*/5 * * * * LANG=C date > /tmp/x");
  assertEquals([entry.command, entry.environment], ["LANG=C date > /tmp/x", {}]);
  assertEquals(readOne("@daily X=1 y").command, "X=1 y");
});

test("parseCrontab gives the command to the shell that SHELL names", () => {
  assertEquals(readOne("SHELL=/bin/bash", "@daily a | b").argv, ["/bin/bash", "-c", "a | b"]);
  assertEquals(readOne("@daily a | b").argv, ["/bin/sh", "-c", "a | b"]);
});

test("parseCrontab takes what follows a percent sign for standard input", () => {
  const parts = (command: string) => {
    const entry = readOne(`@daily ${command}`);
    return [entry.command, entry.input];
  };
  assertEquals(parts("mail -s hi joe%Dear Joe,%%Bye"), ["mail -s hi joe", "Dear Joe,\n\nBye\n"]);
  assertEquals(parts("date +\\%Y-\\%m"), ["date +%Y-%m", undefined]);
  assertEquals(parts("cat%100\\% of %it%"), ["cat", "100% of \nit\n"]);
  assertEquals(parts("cat%"), ["cat", "\n"]);
  assertEquals(parts("printf 'a\\nb\\\\%x' \\"), ["printf 'a\\nb\\\\", "x' \\\n"]);
});

test("parseCrontab takes CRON_TZ for the time zone of the lines below", () => {
  const entries = read(["@daily a", "CRON_TZ=Asia/Tokyo", "@daily b", "CRON_TZ=", "@daily c"]);
  assertEquals(entries.map((entry) => entry.timezone), [undefined, "Asia/Tokyo", undefined]);
  assertEquals(entries[1]?.environment, {});
});

test("parseCrontab accepts carriage returns, a byte order mark and a missing last newline", () => {
  const { entries, errors } = parseCrontab("\ufeffA=1\r\n\r\n@daily x\r\n@hourly y", USER);
  assertEquals(errors, []);
  assertEquals(entries.map((entry) => entry.command), ["x", "y"]);
  assertEquals(entries[0]?.environment, { A: "1" });
  assertEquals(parseCrontab("", USER).entries, []);
});

test("parseCrontab tells line and column of what it cannot read, and goes on", () => {
  const text = [
    "* * * a",
    "  @fortnightly x",
    "* * * * *",
    "@daily   ",
    "@daily %input",
    "@daily a\0b",
    "@daily good",
  ].join("\n");
  assertEquals(findings(text), [
    "tab:1:1: expected five times and a command, not '* * * a'",
    "tab:2:3: unknown nickname '@fortnightly'",
    "tab:3:10: expected a command",
    "tab:4:7: expected a command",
    "tab:5:7: expected a command",
    "tab:6:1: a line cannot contain a NUL character",
  ]);
  assertEquals(parseCrontab(text, USER).entries.map((entry) => entry.line), [7]);
});

test("parseCrontab misses the user or the command in the system form", () => {
  assertEquals(findings("* * * * *\n@daily root\n", SYSTEM), [
    "/etc/crontab:1:10: expected a user and a command",
    "/etc/crontab:2:12: expected a command",
  ]);
});

test("parseCrontab warns of fixed names, and of day fields with another meaning", () => {
  assertEquals(
    findings("LOGNAME=x\n  USER = y\n0 0 */2 * 1 z\n0 0 1 * */2 z\n0 0 */1 * 1 z\n", {
      ...USER,
      asCron: true,
    }),
    [
      "tab:1:1: LOGNAME is set from the user's account and cannot be changed",
      "tab:2:3: USER is set from the user's account and cannot be changed",
      "tab:3:1: day of month '*/2' and day of week '1': it runs when either matches, where cron(8) " +
      "would ask for both",
      "tab:4:1: day of month '1' and day of week '*/2': it runs when either matches, where cron(8) " +
      "would ask for both",
    ],
  );
});

test("parseCrontab reports what the check of intervals finds", () => {
  const check = intervalFault;
  const text = "0 0 * * * a\n 0 24 * * * b\nCRON_TZ=Mars/Base\n@daily c\n";
  assertEquals(findings(text, { ...USER, check }), [
    "tab:2:2: not a valid cron interval specification, '0 24 * * *': hour 24 is not in 0-23",
    "tab:4:1: not a valid time zone, 'Mars/Base': expected a name such as Europe/Vienna",
  ]);
});

test("a line that is never due is kept, as cron(8) does, and told", () => {
  const options = { ...USER, file: "tab", check: intervalFault };
  const { entries, errors, warnings } = parseCrontab("0 0 31 2 * a\n", options);
  assertEquals([entries.length, errors.length], [1, 0]);
  assertEquals(warnings.map(formatDiagnostic), [
    "tab:1:1: '0 0 31 2 *' is never due, since no year has such a date; only telchap run starts a " +
    "job of it",
  ]);
});
