/** Every configuration that a document shows can be copied and loaded. */
import { assertEquals } from "@std/assert";
import { formatDiagnostic } from "../../../lib/base/errors.ts";
import { test } from "../../test.ts";
import { fencedBlocks, listFolder, loadText } from "./documents.ts";

const DOCUMENTS = [...listFolder("docs/").filter((path) => path.endsWith(".md")), "README.md"];

for (const path of DOCUMENTS) {
  test(`loadConfig loads every configuration in ${path} without complaint`, () => {
    for (const { name, text } of fencedBlocks(path, "yaml")) {
      const messages = loadText(text).warnings.map(formatDiagnostic);
      assertEquals(messages, [], name);
    }
  });
}
