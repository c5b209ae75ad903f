import { assert, assertEquals } from "@std/assert";
import { GENERATED } from "../../../docs/generate.ts";
import { DIRECTIVES, type SectionKind } from "../../../lib/config/directives.ts";
import { noteOf } from "../../../lib/manual/directive_notes.ts";
import { formatExample, generateReference } from "../../../lib/manual/reference.ts";
import { test } from "../../test.ts";
import { loadText, readProjectFile } from "./documents.ts";

const KINDS = Object.keys(DIRECTIVES) as SectionKind[];

for (const [name, generate] of Object.entries(GENERATED)) {
  test(`docs/${name} is what the tables say; 'deno task docs' writes it`, () => {
    assert(readProjectFile(`docs/${name}`) === generate(), `docs/${name} is stale`);
  });
}

test("generateReference has a heading for each directive", () => {
  const reference = generateReference();
  for (const kind of KINDS) {
    for (const { name } of DIRECTIVES[kind]) {
      assert(reference.includes(`\n### ${kind}: ${name}\n`), `${kind} ${name}`);
    }
  }
});

test("noteOf gives every directive an example that loads without warning", () => {
  for (const kind of KINDS) {
    for (const directive of DIRECTIVES[kind]) {
      const { example } = noteOf(kind, directive);
      assert(example !== "", `${kind} ${directive.name} has no example`);
      const text = formatExample(kind, directive, example);
      assertEquals(loadText(text).warnings, [], text);
    }
  }
});
