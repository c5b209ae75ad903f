import { assert, assertEquals } from "@std/assert";
import { NO_LEVEL, readLevel } from "../../../lib/log/line_level.ts";
import { test } from "../../test.ts";

const [EMERG, ALERT, CRIT, ERR, WARN, NOTICE, INFO, DEBUG] = [0, 1, 2, 3, 4, 5, 6, 7];

const encoder = new TextEncoder();

/** What may stand behind a line in the buffer; none of it may count. */
const BEHIND = [
  '"level":"emerg"}: ERROR: level=emerg',
  ...["", "> x", "] x", ": x", " x", "=err", "ors: x", "ERROR: x", "[warn] x", " ERROR x", "<3>x"],
  ...["3", "}", ':"err"}', "\x1b[33mERROR: x", "mERROR: x", "1:1 ERROR x"],
];

/** Reads a line that stands between others, so that what is read beyond it shows. */
function levelOf(line: string, behind: string): number {
  const before = "00 level=emerg m ";
  const bytes = encoder.encode(`${before}${line}${behind}`);
  return readLevel(bytes, before.length, before.length + encoder.encode(line).length);
}

function table(name: string, rows: readonly (readonly [line: string, level: number])[]): void {
  for (const [line, level] of rows) {
    const shown = line.length > 80 ? `… ${line.slice(-40)}` : line;
    test(`F-040: ${name} ${JSON.stringify(shown)} of ${line.length}`, () => {
      for (const behind of BEHIND) assertEquals(levelOf(line, behind), level, `before ${behind}`);
    });
  }
}

/** An object whose level's value begins at an offset. */
function objectWith(value: string, offset: number): string {
  const head = '{"a":"';
  const member = '","level":';
  return `${head}${"x".repeat(offset - head.length - member.length)}${member}${value}}`;
}

table("the prefix of sd-daemon(3):", [
  ["<0>x", EMERG],
  ["<3>disk", ERR],
  ["<7>", DEBUG],
  ["<8>x", NO_LEVEL],
  ["</>x", NO_LEVEL],
  ["<3", NO_LEVEL],
  ["<3 >x", NO_LEVEL],
  ["<30>x", NO_LEVEL],
  ["<html>", NO_LEVEL],
]);

table("a JSON object:", [
  ['{"level":"error"}', ERR],
  ['{"level":"ERROR","msg":"x"}', ERR],
  ['{ "severity" : "Warning" }', WARN],
  ['{"lvl":"dbug"}', NO_LEVEL],
  ['{"lvl":"dbg"}', DEBUG],
  ['{"@l":"Fatal","@m":"x"}', CRIT],
  ['{"levelname":"CRITICAL"}', CRIT],
  ['{"level":200,"level_name":"INFO"}', INFO],
  ['{"log.level":"notice"}', NOTICE],
  ['{"time":1,"msg":"say \\"level\\":\\"emerg\\"","level":"alert"}', ALERT],
  ['{"msg":"\\\\","level":"warn"}', WARN],
  ['{"a":{"level":"emerg"},"b":[{"level":"emerg"}],"level":"info"}', INFO],
  ['{"a":["level"],"level":"info"}', INFO],
  ['{"name":"level","level":"info"}', INFO],
  ['{"a":{"level":"emerg"}}', NO_LEVEL],
  ['{"levels":"error"}', NO_LEVEL],
  ['{"Level":"error"}', NO_LEVEL],
  ['{"level":true,"severity":"err"}', ERR],
  ['{"level":"unheard of"}', NO_LEVEL],
  ['{"level":{"name":"error"}}', NO_LEVEL],
  ['{"level":"err', NO_LEVEL],
  ['{"level":"err"} and more', NO_LEVEL],
  ['{"level', NO_LEVEL],
  ["{", NO_LEVEL],
  ["{}", NO_LEVEL],
  ['{"msg":"a\\"","level":"err"}', ERR],
  ['{"name":"level","err":"x"}', NO_LEVEL],
  ['{"level":3,"a":1}', ERR],
]);

table("a level far behind in an object is found up to 4096 bytes, whole or not at all:", [
  [objectWith('"err"', 3000), ERR],
  [objectWith('"error"', 4095), ERR],
  [objectWith('"error"', 4096), NO_LEVEL],
  [objectWith("30", 4095), INFO],
  [objectWith("30", 4096), NO_LEVEL],
  [objectWith("30", 4097), NO_LEVEL],
  [objectWith(" 30", 4095), NO_LEVEL],
  [objectWith('"error"', 5000), NO_LEVEL],
]);

// As syslog, pino and bunyan, Monolog have them.
const NUMBERS: readonly (readonly [number, number])[] = [
  [0, EMERG],
  [3, ERR],
  [7, DEBUG],
  [8, NO_LEVEL],
  [9, NO_LEVEL],
  [10, DEBUG],
  [20, DEBUG],
  [29, DEBUG],
  [30, INFO],
  [35, INFO],
  [40, WARN],
  [49, WARN],
  [50, ERR],
  [59, ERR],
  [60, CRIT],
  [99, CRIT],
  [100, DEBUG],
  [200, INFO],
  [250, NOTICE],
  [300, WARN],
  [400, ERR],
  [500, CRIT],
  [550, ALERT],
  [600, EMERG],
  [601, NO_LEVEL],
  [40_000, NO_LEVEL],
];

table("a number in JSON:", NUMBERS.map(([number, level]) => [`{"level":${number}}`, level]));
table("a number as a text:", [
  ['{"level":"30"}', INFO],
  ['{"level":"3"}', ERR],
  ['{"level":"-1"}', NO_LEVEL],
]);
table("a negative number:", [['{"level":-4}', NO_LEVEL]]);

table("a word at the head:", [
  ["ERROR disk full", ERR],
  ["ERROR", ERR],
  ["ERROR:root:disk", ERR],
  ["ERROR\tx", ERR],
  ["ERROR, x", ERR],
  ["ERROR | x", ERR],
  ["ERROR|x", ERR],
  ["Error: x", ERR],
  ["error: x", ERR],
  ["warning: unused", WARN],
  ["panic: runtime error", CRIT],
  ["INFO  x", INFO],
  ["LOG:  database system is ready", INFO],
  ["EMERGENCY: x", EMERG],
  ["INFORMATIONAL x", INFO],
  ["Error handling is on", NO_LEVEL],
  ["error handling is on", NO_LEVEL],
  ["Information on x", NO_LEVEL],
  ["ERRORS 3", NO_LEVEL],
  ["ERROR_CODE x", NO_LEVEL],
  ["ERROR.x", NO_LEVEL],
  ["ERROR1", NO_LEVEL],
  ["errors: 3", NO_LEVEL],
  ["hello ERROR", NO_LEVEL],
  [" ERROR x", NO_LEVEL],
  ["information0123456789: x", NO_LEVEL],
  [`${"e".repeat(100)}: x`, NO_LEVEL],
  ["", NO_LEVEL],
  ["x", NO_LEVEL],
]);

table("brackets:", [
  ["[warn] x", WARN],
  ["[WARN] x", WARN],
  ["[Warning]", WARN],
  ["[ INFO ] x", INFO],
  ["[   ERR] x", ERR],
  ["[    ERR] x", NO_LEVEL],
  ["[notice", NO_LEVEL],
  ["[notice x]", NO_LEVEL],
  ["[noticed] x", NO_LEVEL],
  ["[]", NO_LEVEL],
  ["[", NO_LEVEL],
]);

table("logfmt:", [
  ["level=warn msg=x", WARN],
  ['level="WARN" msg=x', WARN],
  ["lvl=dbug", NO_LEVEL],
  ["severity=crit x=y", CRIT],
  ['time="2026-01-05T10:11:12Z" level=warning msg=x', WARN],
  ["ts=2026-01-05T10:11:12.123Z level=error", ERR],
  ["ts=2026-01-05T10:11:12.123Z severity=error", ERR],
  ["ts=1 caller=main.go:1 level=error", NO_LEVEL],
  ["ts=1", NO_LEVEL],
  ["time=", NO_LEVEL],
  ["error=3", NO_LEVEL],
  ["level=", NO_LEVEL],
  ["level", NO_LEVEL],
  ["levels=err", NO_LEVEL],
  ["ts=1 severe weather", NO_LEVEL],
  [`ts=${"1".repeat(44)} level=error`, ERR],
  [`ts=${"1".repeat(45)} level=error`, NO_LEVEL],
]);

table("behind a date:", [
  ["2026/01/05 10:11:12 [warn] 7#7: *1 x", WARN],
  ["2026-01-05 10:11:12,123 ERROR x", ERR],
  ["2026-01-05T10:11:12.123456789+02:00 INFO x", INFO],
  ["2026-01-05T10:11:12Z\tinfo\tx", INFO],
  ["[2026-01-05T10:11:12Z ERROR app] x", ERR],
  ["[2026-01-05 10:11:12] local.DEBUG: x", NO_LEVEL],
  ["[2026-01-05 10:11:12] [error] x", ERR],
  ["[2026-01-05 10:11:12,123: INFO/MainProcess] x", INFO],
  ["10:11:12.345 [main] ERROR com.foo - x", ERR],
  ["10:11:12 [main] x", NO_LEVEL],
  ["2026-01-05 10:11:12.000 UTC [12] ERROR:  x", ERR],
  ["2026-01-05 10:11:12.000 CET LOG:  x", INFO],
  ["2026-01-05T10:11:12.000Z 0 [Warning] [MY-010068] x", WARN],
  ["2026-01-05 10:11:12 0 [Note] x", NOTICE],
  ["2026-01-05 10:11:12 TRACE x", DEBUG],
  ["10:11:12 \x1b[31mERR\x1b[0m x", ERR],
  ["10:11:12 hello ERROR", NO_LEVEL],
  ["10:11:12", NO_LEVEL],
  ["10:11:12 ", NO_LEVEL],
  ["10:11:12 [", NO_LEVEL],
  ["10:11:12 UTC ", NO_LEVEL],
  ["10:11:12 LONGZONE ERROR x", NO_LEVEL],
  ["29 error messages", NO_LEVEL],
  ["3 ERROR x", NO_LEVEL],
  ["1:M 05 Jan 2026 10:11:12.123 # Warning: x", NO_LEVEL],
  ["127.0.0.1 - - [05/Jan/2026:10:11:12 +0000] GET /error", NO_LEVEL],
  [`${"1:".repeat(40)} ERROR x`, NO_LEVEL],
  [`${"1:".repeat(21)} ERROR x`, ERR],
  [`${"1:".repeat(21)}1 ERROR x`, NO_LEVEL],
  ["8:01:02 ERROR x", ERR],
  ["9:01:02 ERROR x", ERR],
  [":: ERROR x", NO_LEVEL],
  ["1x1:1 ERROR x", NO_LEVEL],
  ["[1:2] ERROR x", ERR],
  ["[1:2]ERROR x", ERR],
  ["10:11:12 UTC [warn] x", WARN],
  ["10:11:12 UTC[12] ERROR: x", NO_LEVEL],
  ["10:11:12 AEST ERROR x", ERR],
  ["10:11:12 NZST ERROR x", ERR],
  ["10:11:12 ZULU ERROR x", ERR],
  ["10:11:12 ABCDE ERROR x", ERR],
  ["10:11:12 ABCDEF ERROR x", NO_LEVEL],
  ["10:11:12 ABCDEFG ERROR x", NO_LEVEL],
  ["10:11:12 UTC[ ERROR x", NO_LEVEL],
  ["10:11:12 [main]ERROR: x", ERR],
  [`10:11:12 [${"m".repeat(43)}] ERROR x`, ERR],
  [`10:11:12 [${"m".repeat(44)}] ERROR x`, NO_LEVEL],
]);

table("colours:", [
  ["\x1b[33mWARN\x1b[0m x", WARN],
  ["\x1b[1;31m[error]\x1b[0m x", ERR],
  ["\x1b[33m\x1b[1mWARN x", NO_LEVEL],
  ["\x1b[33m", NO_LEVEL],
  ["\x1b[" + "1;".repeat(20) + "mWARN x", NO_LEVEL],
  ["\x1b]0;x", NO_LEVEL],
  ["\x1b]mWARN x", NO_LEVEL],
  ["\x1b[mWARN x", WARN],
  [`\x1b[${"1".repeat(13)}mWARN x`, WARN],
  [`\x1b[${"1".repeat(14)}mWARN x`, NO_LEVEL],
  ["\x1b", NO_LEVEL],
]);

test("an open bracket behind a date does not have all that follows the line looked through", () => {
  const line = "10:11:12 [x";
  const bytes = new Uint8Array(16 * 1024 * 1024);
  bytes.set(encoder.encode(line));
  const startedMs = performance.now();
  for (let count = 0; count < 1000; count++) readLevel(bytes, 0, line.length);
  // A thousand searches to the end take some ten seconds.
  assert(performance.now() - startedMs < 2000);
});

test("F-040: every byte may begin a line, and random lines state nothing by chance", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const rest of ["", "x", "[", "\x1b[", "::::::::"]) {
      const line = new Uint8Array([byte, ...encoder.encode(rest)]);
      readLevel(line, 0, line.length);
    }
  }
});
