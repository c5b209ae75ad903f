import { assert, assertEquals } from "@std/assert";
import { listPages } from "../../../docs/generate.ts";
import { wrapMarkdown } from "../../../docs/wrap.ts";
import { test } from "../../test.ts";
import { readProjectFile } from "./documents.ts";

test("no prose of a document is wider than 100 columns; 'deno task docs' wraps it", async () => {
  for (const page of await listPages()) {
    const text = readProjectFile(page);
    assert(wrapMarkdown(text) === text, `${page}: run 'deno task docs'`);
  }
});

const WORDS = "service ".repeat(12).trim();
const CODE = `\`${WORDS}\``;

/** What is too wide, by what it is; and what becomes of it. */
const WRAPPED: Readonly<Record<string, readonly [string, string]>> = {
  "a paragraph": [`${WORDS} one two`, `${WORDS} one\ntwo`],
  "a paragraph, with its later lines": [`${WORDS} one two\nthree`, `${WORDS} one\ntwo three`],
  "an item of a list": [`- ${WORDS} one two`, `- ${WORDS}\n  one two`],
  "an item beside its neighbours": [`- a\n1. ${WORDS} one\n- b`, `- a\n1. ${WORDS}\n   one\n- b`],
  "a quotation": [`> ${WORDS} one\n> two`, `> ${WORDS}\n> one two`],
  "code, which stays in one line": [`service ${CODE}`, `service\n${CODE}`],
  "what would begin a list": [`${WORDS} aaaaa - b`, `${WORDS}\naaaaa - b`],
};

for (const [what, [before, after]] of Object.entries(WRAPPED)) {
  test(`wrapMarkdown wraps ${what}`, () => {
    assertEquals(wrapMarkdown(before), after);
    assertEquals(wrapMarkdown(after), after);
  });
}

const KEPT: Readonly<Record<string, string>> = {
  "a table": `| ${WORDS} | ${WORDS} |\n| --- | --- |`,
  "a heading": `# ${WORDS} one two`,
  "a comment": `<!-- ${WORDS} one two -->`,
  "a block of code": `\`\`\`yaml\ncommand: ${WORDS} one two\n\`\`\``,
  "what fits": "one\ntwo",
  "where a link leads": `[a]: https://example.com/${WORDS} one two`,
};

for (const [what, text] of Object.entries(KEPT)) {
  test(`wrapMarkdown keeps ${what}`, () => assertEquals(wrapMarkdown(text), text));
}
