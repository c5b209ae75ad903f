/** Every configuration that a document shows can be copied and loaded. */
import { assertEquals } from "@std/assert";
import { formatDiagnostic } from "../../../lib/base/errors.ts";
import { lintConfig } from "../../../lib/config/lint/lint.ts";
import { convertSources } from "../../../lib/import/convert.ts";
import type { Draft } from "../../../lib/import/draft.ts";
import { startConfig } from "../../../lib/import/starter.ts";
import { selectsNothing, takesOutput } from "../../../lib/log/selector_facts.ts";
import { test } from "../../test.ts";
import {
  DOCUMENTS,
  fencedBlocks,
  listFolder,
  loadText,
  plainValue,
  readProjectFile,
} from "./documents.ts";

for (const path of DOCUMENTS) {
  test(`loadConfig loads every configuration in ${path} without complaint`, () => {
    for (const { name, text } of fencedBlocks(path, "yaml")) {
      const messages = loadText(text).warnings.map(formatDiagnostic);
      assertEquals(messages, [], name);
    }
  });

  test(`lintConfig finds nothing wrong with any configuration in ${path}`, () => {
    for (const { name, text } of fencedBlocks(path, "yaml")) {
      const findings = lintConfig(loadText(text), { selectors: { selectsNothing, takesOutput } })
        .filter(({ level }) => level !== "note");
      assertEquals(findings.map(({ message }) => message), [], name);
    }
  });
}

test("lintConfig finds nothing wrong with the configurations of config/", () => {
  const folders = ["config/chaperone.d/", "config/demo/chaperone.d/", "config/images/chaperone.d/"];
  const files = ["config/default.conf", ...folders.flatMap(listFolder)];
  for (const path of files) {
    const loaded = loadText(readProjectFile(path));
    assertEquals(loaded.warnings.map(formatDiagnostic), [], path);
    const findings = lintConfig(loaded, { selectors: { selectsNothing, takesOutput } })
      .filter(({ level }) => level !== "note");
    assertEquals(findings.map(({ message }) => message), [], path);
  }
});

type Sections = Record<string, Record<string, unknown>>;

/** What a document shows that sources are converted to is what they are converted to. */
function checkConversion(path: string, draft: Draft): void {
  const { settings, ...converted } = plainValue(
    "converted",
    `${startConfig(draft)}\n${draft.render()}`,
  ) as Sections;
  const { env_set: _, ...ownSettings } = settings ?? {};
  const shown = plainValue(path, fencedBlocks(path, "yaml")[0]?.text ?? "") as Sections;
  // What every configuration begins with need not be shown.
  if (shown["console.logging"] === undefined) delete converted["console.logging"];
  if (shown["settings"] !== undefined) assertEquals(ownSettings, shown["settings"]);
  delete shown["settings"];
  assertEquals(converted, shown);
}

for (const format of ["supervisord", "systemd"] as const) {
  test(`F-115: docs/from-${format}.md shows what its example is converted to`, () => {
    const path = `docs/from-${format}.md`;
    const content = fencedBlocks(path, "ini")[0]?.text ?? "";
    checkConversion(path, convertSources(format, [{ path: "app.service", content }]));
  });
}

test("F-115: docs/from-s6-overlay.md shows what its example is converted to", () => {
  const path = "docs/from-s6-overlay.md";
  const listing = /\n\n```\n([\s\S]*?)```/.exec(readProjectFile(path))?.[1] ?? "";
  const files = new Map<string, string>();
  let name = "";
  for (const line of listing.split("\n").filter(Boolean)) {
    const [, file = name, text = ""] = /^(\S+)?\s*(.*)$/.exec(line) ?? [];
    files.set(file, `${files.get(file) ?? ""}${text}\n`);
    name = file;
  }
  const source = { path: "/etc/s6-overlay/s6-rc.d", content: files };
  checkConversion(path, convertSources("s6", [source]));
});
