import { assertEquals } from "@std/assert";
import { Draft, needsShell, sectionName } from "../../../lib/import/draft.ts";
import { splitWords } from "../../../lib/config/environment/shell_words.ts";
import { quoteForShell } from "../../../lib/import/draft.ts";
import { test } from "../../test.ts";
import { read } from "./converting.ts";

const TEXTS = [
  "plain",
  "yes",
  "null",
  "12:30",
  "1e3",
  "2026-01-01",
  "a: b",
  "a #b",
  "- a",
  "it's",
  'say "hi"',
  "tab\there",
  "line\nbreak",
  " blanks ",
  "%d",
  "@x",
  "`tick",
  "[a]",
  "{b}",
  "*x",
  "&x",
  "!x",
  "?",
  "~",
  "\\$(X)",
  "äöü ☃",
  "",
  "a, b",
];

test("Draft.render writes texts that YAML reads back", () => {
  for (const value of TEXTS) {
    const draft = new Draft();
    draft.service("a").set("command", `/bin/x ${value}`).set("env_set", { X: value, "k: y": value })
      .set("success_codes", [1, 2].map(String));
    const { sections } = (() => {
      try {
        return read(draft);
      } catch {
        // Some texts are no command; then only the variables are looked at.
        draft.services[0]?.set("command", "/bin/x");
        return read(draft);
      }
    })();
    assertEquals(sections["a.service"]?.["env_set"], { X: value, "k: y": value });
  }
});

test("Draft.render breaks long comments and keeps every name unique", () => {
  const draft = new Draft();
  draft.remark("word ".repeat(60).trim());
  draft.service("web").set("command", "a");
  draft.service("web").set("command", "b").remark("two\nlines");
  const { text, sections } = read(draft);
  assertEquals(text.split("\n").filter((line) => line.length > 100), []);
  assertEquals(Object.keys(sections), ["web.service", "web-2.service"]);
});

test("Draft.render keeps logging sections apart as well, and services from them", () => {
  const draft = new Draft();
  for (const file of ["/a", "/b"]) draft.logging("web").set("selector", "*.*").set("file", file);
  draft.service("web").set("command", "a");
  assertEquals(Object.keys(read(draft).sections), [
    "web.service",
    "web.logging",
    "web-2.logging",
  ]);
});

test("Draft.render makes a comment of whatever a remark holds", () => {
  const draft = new Draft();
  const ends = ["\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029"];
  draft.service("web").set("command", "a").remark(ends.map((end) => `x${end}y: z`).join("; "));
  draft.remark("bell \x07, nothing \0, mark \ufeff, tab\tx");
  const { text, sections } = read(draft);
  assertEquals(sections, { "web.service": { command: "a" } });
  assertEquals(text.split("\n").filter((line) => line === "# y: z" || line === "# y: z; x"), [
    ...Array(ends.length - 1).fill("# y: z; x"),
    "# y: z",
  ]);
  assertEquals(text.split("\n")[0], "# bell ?, nothing ?, mark ?, tab\tx");
});

test("sectionName makes names that may be used", () => {
  const cases: [name: string, section: string][] = [
    ["web", "web"],
    ["web.service", "web"],
    ["WEB", "web"],
    ["123", "service-123"],
    ["a b/c", "a-b-c"],
    ["getty@tty1", "getty@tty1"],
    ["", "service"],
    ["---", "service"],
  ];
  for (const [name, section] of cases) assertEquals(sectionName(name), section, name);
});

test("quoteForShell makes one word of any text", () => {
  for (const word of TEXTS) assertEquals(splitWords(quoteForShell(word)), [word]);
});

test("needsShell tells commands that mean something only to a shell", () => {
  for (const text of ["a | b", "a > b", "a; b", "A=b c", "a $X", "a *", "(a)", "a && b"]) {
    assertEquals(needsShell(text), true, text);
  }
  for (const text of ["a b", "a --x=y", "a 'b | c'", "nginx -g 'daemon off;'"]) {
    assertEquals(needsShell(text), false, text);
  }
});
