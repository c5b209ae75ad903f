import { assertEquals, assertThrows } from "@std/assert";
import { SEVERITIES } from "../../../lib/base/severities.ts";
import { FACILITIES, parseFacility } from "../../../lib/log/priorities.ts";
import {
  DEPENDS,
  LEAVE,
  parseSelector,
  Selector,
  SelectorError,
  TAKE,
} from "../../../lib/log/selector.ts";
import { SyslogRecord } from "../../../lib/wire/syslog_record.ts";
import { test } from "../../test.ts";

const encoder = new TextEncoder();

function matches(selector: Selector, priority: number, program: string, text: string): boolean {
  const bytes = encoder.encode(`<${priority}>Jan  5 10:11:12 ${program}[1]: ${text}`);
  const record = new SyslogRecord();
  record.parse(bytes, 0, bytes.length);
  return selector.matches(record);
}

/** Severities that a selector takes of one facility and program, joined by blanks. */
function taken(text: string, facility = "user", program = "prog", forced?: number): string {
  const selector = new Selector(parseSelector(text), forced);
  const base = (parseFacility(facility) as number) * 8;
  return SEVERITIES.filter((_, severity) => matches(selector, base + severity, program, "x"))
    .join(" ");
}

const ALL = SEVERITIES.join(" ");
const WARN_ON = "emerg alert crit err warn";

// Checklist 190: selector, facility, program, severities taken. The table of spec 5.3.
const ROWS: readonly [selector: string, facility: string, program: string, severities: string][] = [
  ["*.warn", "user", "prog", WARN_ON],
  ["*.*;*.!err", "user", "prog", "warn notice info debug"],
  ["*.*;*.!=info", "user", "prog", "emerg alert crit err warn notice debug"],
  ["*.=emerg;*.=crit", "user", "prog", "emerg crit"],
  ["auth.*;auth.!=crit", "auth", "prog", "emerg alert err warn notice info debug"],
  ["auth.*;auth.!=crit", "user", "prog", ""],
  ["*.*;![cron].*", "user", "cron", ""],
  ["*.*;![cron].*", "user", "prog", ALL],
  ["*.*;[cron].!*", "user", "cron", ""],
  ["*.*;[cron].!*", "user", "prog", ALL],
  ["*.*;![cron].info", "user", "cron", "debug"],
  ["*.*;![cron].info", "user", "prog", ALL],
  ["*.*;[cron].!info", "user", "cron", "debug"],
  ["*.*;[cron].!info", "user", "prog", ALL],
  ["*.*;![cron].!=info", "user", "cron", ""],
  ["*.*;![cron].!=info", "user", "prog", "emerg alert crit err warn notice debug"],
  ["*.warn;authpriv,auth.!*;daemon.!warn", "user", "prog", WARN_ON],
  ["*.warn;authpriv,auth.!*;daemon.!warn", "authpriv", "prog", ""],
  ["*.warn;authpriv,auth.!*;daemon.!warn", "daemon", "prog", ""],
  ["*.!*", "user", "prog", ""],
  ["!auth.*", "user", "prog", ""],
  ["auth.!*", "user", "prog", ""],
  ["", "user", "prog", ALL],
  ["*.debug", "user", "prog", ALL],
  // Negative specs are taken literally, unlike in 0.3.9.
  ["*.*;!*.!=info", "user", "prog", ""],
  ["*.*;!*.!*", "user", "prog", ""],
  // Case, aliases, blanks.
  ["AUTH.Warning", "auth", "prog", WARN_ON],
  ["*.ERROR", "user", "prog", "emerg alert crit err"],
  [" *.* ;  *.!err ", "user", "prog", "warn notice info debug"],
  ["*.*;![CRON].*", "user", "Cron", ""],
  ["cron.*", "cron", "prog", ALL],
  ["clock.*", "cron", "prog", ALL],
  ["clock.*", "altcron", "prog", ""],
  ["user,local7.=*", "local7", "prog", ALL],
];

for (const [selector, facility, program, severities] of ROWS) {
  test(`Selector '${selector}' takes '${severities}' of ${facility} from ${program}`, () => {
    assertEquals(taken(selector, facility, program), severities);
    // Checklist 193: the order of specs is irrelevant.
    const reversed = selector.split(";").reverse().join(";");
    assertEquals(taken(reversed, facility, program), severities);
  });
}

test("Selector '*.*;!/password/.*' leaves records with that text", () => {
  const selector = new Selector(parseSelector("*.*;!/password/.*"));
  assertEquals(matches(selector, 13, "prog", "my Password is"), false);
  assertEquals(matches(selector, 13, "prog", "nothing"), true);
});

test("Selector /regex/ sees priority, date and tag, in any case", () => {
  const found = (pattern: string) =>
    matches(new Selector(parseSelector(`/${pattern}/.*`)), 13, "Prog", "text é");
  assertEquals(found("^<13>"), true);
  assertEquals(found("jan  5"), true);
  assertEquals(found("PROG\\[1\\]"), true);
  assertEquals(found("É$"), true);
  assertEquals(found("(?P<name>t)ext"), true);
  assertEquals(found("a/.b"), false);
});

test("Selector /regex/ extends to the last '/.'", () => {
  const selector = new Selector(parseSelector("/x/.y/.err"));
  assertEquals(matches(selector, 8 + 3, "prog", "x/zy"), true);
  assertEquals(matches(selector, 8 + 4, "prog", "x/zy"), false);
});

test("Selector takes unknown facilities by '*' alone", () => {
  const every = FACILITIES.join(",");
  assertEquals(matches(new Selector(parseSelector("*.*")), 200, "prog", "x"), true);
  assertEquals(matches(new Selector(parseSelector(`${every}.*`)), 200, "prog", "x"), false);
});

test("Selector asks for nothing but the priority where that decides", () => {
  const selector = new Selector(parseSelector("*.warn;![cron].*;[web].debug;/x/.!=emerg"));
  assertEquals(selector.verdict(8 + 0), DEPENDS);
  assertEquals(new Selector(parseSelector("auth.*;![cron].*")).verdict(8), LEAVE);
  assertEquals(new Selector(parseSelector("*.warn;[web].*")).verdict(8 + 4), TAKE);
  assertEquals(new Selector(parseSelector("*.warn;[web].*")).verdict(8 + 5), DEPENDS);
});

test("Selector.verdictForProgram() leaves only regular expressions open", () => {
  const selector = new Selector(parseSelector("[Web].*;*.err"));
  assertEquals(selector.verdictForProgram(30, "web"), TAKE);
  for (const other of ["db", "wez", "webs", ""]) {
    assertEquals(selector.verdictForProgram(30, other), LEAVE);
  }
  const without = new Selector(parseSelector("*.*;![web].*"));
  assertEquals(without.verdictForProgram(30, "web"), LEAVE);
  assertEquals(without.verdictForProgram(30, "db"), TAKE);
  const pattern = new Selector(parseSelector("[web].*;!/x/.*"));
  assertEquals(pattern.verdictForProgram(30, "web"), DEPENDS);
  assertEquals(pattern.verdictForProgram(30, "db"), LEAVE);
});

// Checklist 207.
const FORCED: readonly [selector: string, forced: number, severities: string][] = [
  ["*.err", 7, ALL],
  ["*.err", 4, WARN_ON],
  ["*.info", 4, "emerg alert crit err warn notice info"],
  ["*.=err", 4, WARN_ON],
  ["*.=err", 3, "err"],
  ["*.=info", 4, "info"],
  ["*.*", 0, ALL],
  ["*.*;user.!=debug", 7, "emerg alert crit err warn notice info"],
  ["*.warn;user.!warn", 7, "notice info debug"],
  ["*.warn;!user.err", 7, "warn notice info debug"],
];

for (const [selector, forced, severities] of FORCED) {
  test(`Selector '${selector}' takes '${severities}' when ${SEVERITIES[forced]} is forced`, () => {
    assertEquals(taken(selector, "user", "prog", forced), severities);
  });
}

// Checklist 192.
const ERRORS: readonly [selector: string, message: string][] = [
  [
    "nonsense",
    "'nonsense' is not a selector; expected FACILITY.LEVEL, [PROGRAM].LEVEL or /TEXT/.LEVEL, as in *.info",
  ],
  [
    "*.*;",
    "'' is not a selector; expected FACILITY.LEVEL, [PROGRAM].LEVEL or /TEXT/.LEVEL, as in *.info",
  ],
  [
    "*.*;;*.err",
    "'' is not a selector; expected FACILITY.LEVEL, [PROGRAM].LEVEL or /TEXT/.LEVEL, as in *.info",
  ],
  [
    "/[/.*",
    "'/[/.*' is not a selector: Invalid regular expression: /[/i: Unterminated character class",
  ],
  [
    "*.*; foo.info",
    "'foo' in 'foo.info' is not a facility; the name of a program stands in brackets, as in [nginx].*",
  ],
  [
    "auth,*.info",
    "'*' in 'auth,*.info' is not a facility; the name of a program stands in brackets, as in [nginx].*",
  ],
  [
    "auth,.info",
    "'' in 'auth,.info' is not a facility; the name of a program stands in brackets, as in [nginx].*",
  ],
  ["*.wran", "'wran' in '*.wran' is not a level; did you mean 'warn'?"],
  ["deamon.*", "'deamon' in 'deamon.*' is not a facility; did you mean 'daemon'?"],
  [
    "*.loud",
    "'loud' in '*.loud' is not a level; expected one of emerg, alert, crit, err, warn, notice, info, debug",
  ],
  [
    "[x].!=loud",
    "'loud' in '[x].!=loud' is not a level; expected one of emerg, alert, crit, err, warn, notice, info, debug",
  ],
];

for (const [selector, message] of ERRORS) {
  test(`parseSelector() refuses '${selector}'`, () => {
    const error = assertThrows(() => parseSelector(selector), SelectorError);
    assertEquals(error.message, message);
  });
}
