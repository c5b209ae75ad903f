import { assertEquals, assertStringIncludes } from "@std/assert";
import { DIRECTIVES } from "../../../lib/config/directives.ts";
import { explainForeign, FOREIGN_WORDS } from "../../../lib/config/foreign_words.ts";
import { test } from "../../test.ts";
import { refusal } from "./loading.ts";

test("F-056: a directive of another program is told with what says the same here", () => {
  const told = (line: string) => refusal(`a.service: {command: x, ${line}}`);
  const cases: readonly (readonly [string, string])[] = [
    ["environment: {A: b}", "unknown directive 'environment' of a.service; here it is env_set"],
    ["depends_on: db", "here it is after, or requires"],
    ["autorestart: true", "here it is restart"],
    ["WorkingDirectory: /srv", "here it is directory"],
    ["user: www-data", "here it is uid"],
    ["comand: y", "did you mean 'command'?"],
    ["selector: '*.*'", "it belongs to NAME.logging"],
  ];
  for (const [line, says] of cases) assertStringIncludes(told(line), says);
  assertEquals(explainForeign("logging", "user"), "");
  assertEquals(explainForeign("service", "constructor"), "");
});

test("no foreign word is a directive of services, and what it says begins with one, or is a sentence", () => {
  for (const [word, here] of Object.entries(FOREIGN_WORDS)) {
    assertEquals(DIRECTIVES.service.has(word), false, word);
    const [first = ""] = here.split(/[:, ]/);
    if (!/^(?:a|what)$/.test(first)) assertEquals(DIRECTIVES.service.has(first), true, here);
  }
});
