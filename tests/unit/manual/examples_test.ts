/** Every configuration that a document shows can be copied and loaded. */
import { assertEquals } from "@std/assert";
import { formatDiagnostic } from "../../../lib/base/errors.ts";
import { lintConfig } from "../../../lib/config/lint/lint.ts";
import { convertSources } from "../../../lib/import/convert.ts";
import { selectsNothing, takesOutput } from "../../../lib/log/selector_facts.ts";
import { test } from "../../test.ts";
import { fencedBlocks, listFolder, loadText, plainValue } from "./documents.ts";

const DOCUMENTS = [...listFolder("docs/").filter((path) => path.endsWith(".md")), "README.md"];

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
        .filter(({ level, rule }) => level !== "note" && !PARTIAL.has(rule));
      assertEquals(findings.map(({ message }) => message), [], name);
    }
  });
}

/** Rules that an example of a single directive may break, since it shows nothing else. */
const PARTIAL: ReadonlySet<string> = new Set(["log-writes-nowhere", "dead-directive"]);

for (const format of ["supervisord", "systemd"] as const) {
  test(`docs/from-${format}.md shows what its example is converted to`, () => {
    const path = `docs/from-${format}.md`;
    const [source] = fencedBlocks(path, "ini");
    const [shown] = fencedBlocks(path, "yaml");
    const content = source?.text ?? "";
    const converted = convertSources(format, [{ path: "app.service", content }]).render();
    const values = plainValue("converted", converted) as Record<string, Record<string, unknown>>;
    const expected = plainValue(path, shown?.text ?? "") as typeof values;
    const services = Object.keys(expected).filter((name) => name.endsWith(".service"));
    assertEquals(Object.keys(values).sort(), services.sort());
    for (const name of services) {
      assertEquals(values[name]?.["command"], expected[name]?.["command"], name);
      assertEquals(values[name]?.["restart"], expected[name]?.["restart"], name);
      assertEquals(values[name]?.["kill_signal"], expected[name]?.["kill_signal"], name);
    }
  });
}
