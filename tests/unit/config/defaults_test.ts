/** What the reference calls the default of a directive is what a configuration without it gets. */
import { assert, assertEquals } from "@std/assert";
import type { SectionKind } from "../../../lib/config/directive.ts";
import { DIRECTIVES } from "../../../lib/config/directives.ts";
import { test } from "../../test.ts";
import { load } from "./loading.ts";

/** What a section of each kind has to say to be one. */
const SECTIONS: Readonly<Record<SectionKind, readonly [name: string, line: string]>> = {
  settings: ["settings", "env_set: { A: a }"],
  service: ["a.service", "command: /bin/true"],
  logging: ["a.logging", "file: /a"],
  alert: ["a.alert", "file: /a"],
};

/** Defaults that depend on something else, in words. */
function isProse(text: string): boolean {
  return /[a-z] [a-z]|_/.test(text) || text.includes("(");
}

/** All that a configuration says, but for where it says so. */
function meaningOf(text: string): unknown {
  const { services, loggings, alerts, settings } = load(text);
  const bare = services.map(({ environment: _, origin: __, ...service }) => service);
  // Absent where nobody has asked for it.
  const logs = loggings.map((logging) => ({ required: false, ...logging }));
  return { services: bare, logs, alerts: alerts.map(({ origin: _, ...alert }) => alert), settings };
}

for (const [kind, directives] of Object.entries(DIRECTIVES)) {
  const [name, line] = SECTIONS[kind as SectionKind];
  for (const [directive, { default: text }] of directives) {
    if (text === undefined || isProse(text)) continue;
    test(`${kind}: ${directive} is ${text} where nothing is said`, () => {
      const without = `${name}:\n  ${line}\n`;
      const value = text.startsWith("*") ? `'${text}'` : text;
      assertEquals(meaningOf(`${without}  ${directive}: ${value}\n`), meaningOf(without));
    });
  }
}

test("most defaults are values", () => {
  const texts = Object.values(DIRECTIVES)
    .flatMap((directives) => [...directives.values()].flatMap((each) => each.default ?? []));
  assert(texts.filter((text) => !isProse(text)).length > 45);
});
