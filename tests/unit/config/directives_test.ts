import { assert, assertEquals } from "@std/assert";
import { DIRECTIVES, FORMATS } from "../../../lib/config/directives.ts";
import { test } from "../../test.ts";
import { load } from "./loading.ts";

const ALL = Object.values(DIRECTIVES).flat();

test("DIRECTIVES describes each directive in one sentence", () => {
  for (const { name, summary } of ALL) assert(/^[A-Z][^.]*.*\.$/.test(summary), name);
});

test("DIRECTIVES names each directive of a section once", () => {
  for (const directives of Object.values(DIRECTIVES)) {
    const names = directives.map(({ name }) => name);
    assertEquals(names.length, new Set(names).size);
  }
});

test("DIRECTIVES gives a format to every new directive, and words to every choice", () => {
  for (const { name, since, format, kind, choices } of ALL) {
    assertEquals(since === "0.4.0", format !== undefined, name);
    const isChoice = format === "choice" || kind === "choice" || kind === "boolean-or-choice";
    assertEquals(isChoice, choices !== undefined, name);
  }
});

test("DIRECTIVES shows examples that load", () => {
  for (const { name, format, choices } of DIRECTIVES.service) {
    if (format === undefined) continue;
    const example = choices?.[0] ?? FORMATS[format].example;
    const user = name === "groups" ? "uid: app, " : "";
    load(`a.service: {${user}command: x, ${name}: ${example}}`);
  }
  for (const { name, format, choices } of DIRECTIVES.settings) {
    if (format === undefined) continue;
    load(`settings: {${name}: ${choices?.[0] ?? FORMATS[format].example}}`);
  }
  for (const { name, format, choices } of DIRECTIVES.logging) {
    if (format === undefined) continue;
    load(`x.logging: {${name}: ${choices?.[0] ?? FORMATS[format].example}}`);
  }
});
