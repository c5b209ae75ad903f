import { assert, assertEquals } from "@std/assert";
import { FORMATS, SECTION_KINDS } from "../../../lib/config/directive.ts";
import { listDirectives } from "../../../lib/config/directives.ts";
import { diffConfigs } from "../../../lib/config/config_diff.ts";
import { formatExample } from "../../../lib/manual/reference.ts";
import { test } from "../../test.ts";
import { load } from "./loading.ts";

const ALL = SECTION_KINDS.flatMap(listDirectives);

test("DIRECTIVES describes each directive in one sentence", () => {
  for (const { name, note } of ALL) assert(/^[A-Z][^.]*.*\.$/.test(note().summary), name);
});

test("DIRECTIVES names each directive of a section once", () => {
  for (const kind of SECTION_KINDS) {
    const names = listDirectives(kind).map(({ name }) => name);
    assertEquals(names.length, new Set(names).size);
  }
});

test("DIRECTIVES gives a format to every new directive, and words to every choice", () => {
  for (const { name, since, format, kind, choices } of ALL) {
    assertEquals(since !== "0.3.9", format !== undefined, name);
    const isChoice = format === "choice" || kind === "choice" || kind === "boolean-or-choice";
    assertEquals(isChoice, choices !== undefined, name);
  }
});

/** An alert needs one of them. */
const ANOTHER_WAY: Readonly<Record<string, string>> = {
  command: "\n  file: /x",
  webhook: "\n  file: /x",
  file: "\n  command: x",
};

test("DIRECTIVES shows examples that load", () => {
  for (const { name, format, choices } of listDirectives("service")) {
    if (format === undefined) continue;
    const example = choices?.[0] ?? FORMATS[format].example;
    const user = name === "groups" ? "uid: app, " : "";
    load(`a.service: {${user}command: x, ${name}: ${example}}`);
  }
  for (const { name, format, choices } of listDirectives("settings")) {
    if (format === undefined) continue;
    load(`settings: {${name}: ${choices?.[0] ?? FORMATS[format].example}}`);
  }
  for (const { name, format, choices } of listDirectives("logging")) {
    if (format === undefined) continue;
    load(`x.logging: {${name}: ${choices?.[0] ?? FORMATS[format].example}}`);
  }
  for (const { name, format, choices } of listDirectives("alert")) {
    if (format === undefined) continue;
    const way = name in ANOTHER_WAY ? "" : "file: /x, ";
    load(`x.alert: {${way}${name}: ${choices?.[0] ?? FORMATS[format].example}}`);
  }
});

/** What the comparison of configurations calls each difference. */
function differences(before: string, after: string): readonly string[] {
  const { services, loggings, alerts, settings } = diffConfigs(load(before), load(after));
  return [
    ...[...services, ...loggings, ...alerts].flatMap(({ directives }) => directives),
    ...services.flatMap(({ variables = [] }) => variables),
    ...settings.map(({ directive }) => directive),
  ];
}

/** What is told by variables, by jobs, by other names, by other sections, or by what it yields. */
const OTHERWISE: ReadonlySet<string> = new Set([
  ...["env_set", "env_unset", "env_inherit"],
  ...["file", "user_column", "instances", "max_surge", "for_each", "merge"],
  ...["enabled", "gid"],
]);

/** Sections that take over what settings say. */
const OTHERS = "\nb.service: {command: x}\nb.logging: {stdout: true}\nb.alert: {file: /x}\n";

/** What the type in the example does not load without: another value of it. */
const NEEDED: ReadonlyMap<string, string> = new Map([
  ["interval", "'@hourly'"],
  ["once_at", "2027-01-01T00:00"],
  ["port", "1"],
]);

test("each row of DIRECTIVES is read, and its difference is told under its name", () => {
  const untold: string[] = [];
  for (const kind of SECTION_KINDS) {
    for (const directive of listDirectives(kind)) {
      const { name } = directive;
      if (OTHERWISE.has(name) && (kind === "settings" || kind === "service")) continue;
      const another = kind === "alert" ? ANOTHER_WAY[name] ?? "" : "";
      const example = formatExample(kind, directive, directive.note().example) + another;
      const lines = example.split("\n").filter((line) => !line.startsWith(`  ${name}:`));
      const other = directive.isRequired ? "other" : NEEDED.get(name);
      if (other !== undefined) lines.push(`  ${name}: ${other}`);
      const before = lines.length > 1 ? lines.join("\n") : `${lines[0]} {}`;
      const told = differences(before + OTHERS, example + OTHERS);
      if (!told.includes(name)) untold.push(`${kind}: ${name}`);
    }
  }
  assertEquals(untold, []);
});
