import { assert, assertEquals } from "@std/assert";
import { GENERATED } from "../../../docs/generate.ts";
import { listDirectives } from "../../../lib/config/directives.ts";
import { formatExample, generateReference } from "../../../lib/manual/reference.ts";
import { SECTION_KINDS } from "../../../lib/config/directive.ts";
import { test } from "../../test.ts";
import { loadText, readProjectFile } from "./documents.ts";

for (const [name, generate] of Object.entries(GENERATED)) {
  test(`docs/${name} is what the tables say; 'deno task docs' writes it`, () => {
    assert(readProjectFile(`docs/${name}`) === generate(), `docs/${name} is stale`);
  });
}

test("generateReference has a heading for each directive", () => {
  const reference = generateReference();
  for (const kind of SECTION_KINDS) {
    for (const { name } of listDirectives(kind)) {
      assert(reference.includes(`\n### ${kind}: ${name}\n`), `${kind} ${name}`);
    }
  }
});

test("DIRECTIVES gives every directive an example that loads without warning", () => {
  for (const kind of SECTION_KINDS) {
    for (const directive of listDirectives(kind)) {
      const { example } = directive.note();
      assert(example !== "", `${kind} ${directive.name} has no example`);
      const text = formatExample(kind, directive, example);
      assertEquals(loadText(text).warnings, [], text);
    }
  }
});
