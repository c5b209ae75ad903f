/** docs/troubleshooting.md has for each symptom what is seen, why, what to write, and a test. */
import { assert, assertEquals } from "@std/assert";
import { blocksOf, sectionsOf, shownIn } from "../../e2e/harness/shown.ts";
import { SYMPTOMS } from "../../e2e/symptoms.ts";
import { test } from "../../test.ts";
import { readProjectFile } from "./documents.ts";

const PAGE = "docs/troubleshooting.md";
const SECTIONS = sectionsOf(PAGE);

test("each section of docs/troubleshooting.md is brought about by a test", () => {
  assertEquals([...SECTIONS.keys()].sort(), Object.keys(SYMPTOMS).sort());
});

test("each section of docs/troubleshooting.md shows something, says why and what to write", () => {
  for (const [heading, text] of SECTIONS) {
    assert(shownIn(text).some(({ lines }) => lines.length > 0), heading);
    assert(text.includes("\n**Why.** "), heading);
    assert(text.includes("\n**Write**"), heading);
    assert(blocksOf(text, "yaml").length + blocksOf(text, "sh").length > 0, heading);
  }
});

test("the table at the head of docs/troubleshooting.md leads to each section", () => {
  const [head = ""] = readProjectFile(PAGE).split("\n## ");
  for (const heading of SECTIONS.keys()) {
    const anchor = heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
    assert(head.includes(`](#${anchor})`), heading);
  }
});
