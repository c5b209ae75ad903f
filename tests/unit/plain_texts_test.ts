/**
 * What chaperone says from info on is in plain words. Texts of 0.3.9 with words of its
 * implementation stay at debug: a statement that has one must be a message at debug, or a text
 * that is kept for one.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describeErrno, SystemError } from "../../lib/base/errors.ts";
import { test } from "../test.ts";
import { IMPLEMENTATION } from "./implementation_words.ts";
import { readTree } from "./import_graph.ts";

const COMMENT = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;
const TEXT = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
/** `st` and `result` go into texts at debug alone, as the walk of the state machine shows. */
const KEPT_FOR_DEBUG = /"debug"|\bdebug\(|former|export function formatProcStatus/;

/** What is put into a text is no text; neither is a type or a word of code. */
const SUBSTITUTED = /\$\{(?:[^{}]|\{[^{}]*\})*\}/g;

/** What the manual says, where errors have their names. */
const OF_THE_MANUAL = /^lib\/(?:manual\/|config\/directives_)/;

function isRiddle(text: string): boolean {
  const said = text.replace(SUBSTITUTED, "…").replace(/[!=]== undefined/g, "");
  return said.includes(" ") && IMPLEMENTATION.test(said);
}

/** Statements with a text that has a word of the implementation and is not kept for debug. */
function breaches(source: string): string[] {
  return source.replace(COMMENT, "").split(/;\n/).filter((statement) => {
    const texts = statement.match(TEXT) ?? [];
    return texts.some(isRiddle) && !KEPT_FOR_DEBUG.test(statement);
  });
}

test("F-044: no text of lib has a word of the implementation, but at debug", async () => {
  const sources = await readTree("lib/", new Map());
  const found = [...sources].filter(([path]) => !OF_THE_MANUAL.test(path)).flatMap((
    [path, source],
  ) => breaches(source).map((statement) => `${path}: ${statement.trim()}`));
  assertEquals(found, []);
});

test("F-044: such a text at info would be found", () => {
  const levels = ["info", "warn", "err"];
  for (const level of levels) {
    assertEquals(breaches(`turn.log("${level}", \`it ended with <ProcStatus 3>\`);\n`).length, 1);
  }
  assertEquals(breaches('turn.log("debug", `it ended with <ProcStatus 3>`);\n'), []);
});

test("F-044: so would words of types, of the schema, of system calls and bare names of errors", () => {
  const riddles = [
    "expected str for dictionary value @ data['a.service']['x']",
    "extra keys not allowed @ data['a.service']",
    "found unhashable key",
    "cannot become a subreaper: orphans are not reaped",
    "TypeError: x is undefined",
    "[Errno 2] No such file or directory",
    "bind failed: EADDRINUSE",
  ];
  for (const text of riddles) assertEquals(breaches(`tell("${text}");\n`).length, 1, text);
  const plain = ["cannot bind: Address already in use", "expected a text or a list of texts"];
  for (const text of plain) assertEquals(breaches(`tell("${text}");\n`), [], text);
});

test("F-044: a failed system call is told in the words of the system, and an unknown one by number", () => {
  assertEquals(new SystemError("open", 2, "/x").message, "No such file or directory: '/x'");
  assertEquals(describeErrno(9999), "error 9999");
  assertMatch(
    new SystemError("setresuid", 1, "games").message,
    /: 'games' \(chaperone is not root/,
  );
});
