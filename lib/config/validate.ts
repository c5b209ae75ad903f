/**
 * Checks sections against the table of directives: names, types and words. What values mean is not
 * decided here.
 */
import {
  describeFormat,
  describePlace,
  type Directive,
  explainFormat,
  SECTION_KINDS,
  type SectionKind,
} from "./directive.ts";
import { DIRECTIVES } from "./directives.ts";
import { explainForeign } from "./foreign_words.ts";
import { LAYER_RULES } from "./layer_rules.ts";
import type { CheckedSection } from "./section.ts";
import { DEFAULTS_SECTION, isTemplate, layer } from "./source/merge.ts";
import type { Problems } from "./source/problems.ts";
import {
  formatPython,
  formatPythonText,
  type SourceEntry,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
} from "./source/source.ts";
import { parseDuration } from "../base/duration.ts";
import { quoteWord } from "./environment/shell_words.ts";
import { didYouMean } from "../base/suggest.ts";

/** The sections of a configuration, in file order. */
export interface CheckedSections {
  readonly settings?: CheckedSection;
  readonly services: readonly CheckedSection[];
  /** Only those whose names end in `.logging`: others are checked and have no effect. */
  readonly loggings: readonly CheckedSection[];
  readonly alerts: readonly CheckedSection[];
}

/** Checks every section of the merged configuration. */
export function validateSections(root: SourceMap, problems: Problems): CheckedSections {
  let settings: CheckedSection | undefined;
  const services: CheckedSection[] = [];
  const loggings: CheckedSection[] = [];
  const alerts: CheckedSection[] = [];
  const template = checkTemplate(root, problems);
  for (const entry of root.entries.values()) {
    const { key, value } = entry;
    if (isTemplate(entry)) continue;
    const kind = sectionKind(key);
    if (kind === undefined) {
      const hint = key.type === "str" && !problems.isFull ? suggestSection(key.source) : "";
      problems.add(`unknown section ${formatPython(key)}${hint}`, key);
      continue;
    }
    const whole = kind === "service" && template ? layer(template, value, LAYER_RULES) : value;
    const section = validateSection(kind, key, whole, problems);
    if (section === undefined) continue;
    if (kind === "settings") settings = section;
    else if (kind === "service") services.push(section);
    else if (kind === "alert") alerts.push(section);
    else if (section.name.endsWith(".logging")) loggings.push(section);
  }
  return { ...(settings && { settings }), services, loggings, alerts };
}

/** Checks what all services take over, once for all of them; what is wrong is left out. */
function checkTemplate(root: SourceMap, problems: Problems): SourceMap | undefined {
  const entry = root.entries.get(DEFAULTS_SECTION);
  if (entry === undefined || !isTemplate(entry) || entry.value.kind !== "map") return undefined;
  const values = checkDirectives("service", entry.key, entry.value, problems);
  const kept = [...entry.value.entries].filter(([id]) => values.has(id));
  return { ...entry.value, entries: new Map(kept) };
}

function sectionKind(key: SourceScalar): SectionKind | undefined {
  if (key.type !== "str") return undefined;
  if (key.source === "settings") return "settings";
  if (/^.+\.service$/.test(key.source)) return "service";
  if (/^.+\.alert$/.test(key.source)) return "alert";
  return /^.+\.logging/.test(key.source) ? "logging" : undefined;
}

function suggestSection(name: string): string {
  const dot = name.lastIndexOf(".");
  if (name === "services") {
    return "; this looks like a Compose file, which chaperone --init --from-compose converts";
  }
  if (dot <= 0) {
    const hint = didYouMean(name, ["settings"]);
    return hint || `; expected 'settings', 'NAME.service', 'NAME.logging' or 'NAME.alert'`;
  }
  const stem = name.slice(0, dot);
  return didYouMean(name.slice(dot + 1), ["service", "logging", "alert"]).replace("'", `'${stem}.`);
}

function validateSection(
  kind: SectionKind,
  key: SourceScalar,
  body: SourceNode,
  problems: Problems,
): CheckedSection | undefined {
  if (body.kind !== "map") {
    problems.add(`${key.source} has no directives; ${explainBody(body)}`, key);
    return undefined;
  }
  const table = DIRECTIVES[kind];
  const values = checkDirectives(kind, key, body, problems);
  for (const [name, { isRequired }] of table) {
    if (isRequired && !body.entries.has(name) && !isCrontab(values)) {
      problems.add(`${describePlace(key.source, name)} is missing`, key);
    }
  }
  return { directives: table, name: key.source, key, values };
}

/** Returns the directives of a section whose values have the right types. */
function checkDirectives(
  kind: SectionKind,
  key: SourceScalar,
  body: SourceMap,
  problems: Problems,
): ReadonlyMap<string, SourceNode> {
  const section = key.source;
  const table = DIRECTIVES[kind];
  const values = new Map<string, SourceNode>();
  for (const [id, entry] of body.entries) {
    const directive = table.get(id);
    if (directive === undefined) {
      const hint = problems.isFull ? "" : explainUnknown(kind, entry.key);
      const word = formatPython(entry.key);
      problems.add(`unknown directive ${word} of ${section}${hint}`, entry.key);
    } else if (new ValueCheck(id, directive, { section, problems }).accepts(entry)) {
      values.set(id, entry.value);
    }
  }
  return values;
}

function explainBody(body: SourceNode): string {
  if (body.kind !== "scalar") return "it is a list";
  if (body.type === "null") return "nothing is indented below it";
  return `it is the text ${formatPythonText(body.source)}, perhaps a ':' is missing`;
}

/** The commands of a crontab are in its lines. */
function isCrontab(values: ReadonlyMap<string, SourceNode>): boolean {
  const type = values.get("type");
  return type?.kind === "scalar" && type.source === "crontab";
}

/** The word may belong elsewhere; else it is misspelt. */
function explainUnknown(kind: SectionKind, { type, source: word }: SourceScalar): string {
  if (type !== "str") return "";
  const foreign = explainForeign(kind, word);
  if (foreign !== "") return foreign;
  const homes = SECTION_KINDS.filter((other) => DIRECTIVES[other].has(word));
  const places = homes.map((home) => home === "settings" ? home : `NAME.${home}`).join(" and ");
  return places === "" ? didYouMean(word, DIRECTIVES[kind].keys()) : `; it belongs to ${places}`;
}

/** Characters of a wrong value that a message repeats. */
const SHOWN_MAX = 60;

/** The check of one directive. */
class ValueCheck {
  readonly #name: string;
  readonly #directive: Directive;
  readonly #section: string;
  readonly #problems: Problems;

  constructor(
    name: string,
    directive: Directive,
    parts: { readonly section: string; readonly problems: Problems },
  ) {
    this.#name = name;
    this.#directive = directive;
    this.#section = parts.section;
    this.#problems = parts.problems;
  }

  accepts(entry: SourceEntry): boolean {
    const { value } = entry;
    switch (this.#directive.kind) {
      case "string":
        return this.#isScalar(value, ["str"], "a text");
      case "names":
        return isOfType(value, ["str"]) || this.#isStringList(value, "a text, or a list of texts");
      case "integer":
        return this.#isScalar(value, ["int"], "a whole number");
      case "seconds":
      case "whole-seconds":
        return this.#isSeconds(value);
      case "boolean":
      case "boolean-or-string":
        return this.#isBoolean(value);
      case "string-or-integer":
        return this.#isScalar(value, ["str", "int"], "a text or a whole number");
      case "choice":
        return this.#isChoice(value);
      case "boolean-or-choice":
        return isOfType(value, ["bool"]) || this.#isChoice(value);
      case "string-list":
        return this.#isStringList(value);
      case "string-map":
        return this.#isStringMap(value);
      case "text":
        return isText(value) || this.#unexpected(value);
      case "texts":
        return isText(value) || (value.kind === "list" && value.items.every(isText)) ||
          this.#unexpected(value);
      case "text-map":
        return this.#isTextMap(value);
      case "texts-or-map":
        return isText(value) || (value.kind === "list" && value.items.every(isText)) ||
          this.#isTextMap(value);
    }
  }

  #isScalar(
    value: SourceNode,
    types: readonly SourceScalar["type"][],
    expected: string,
  ): boolean {
    if (isOfType(value, types)) return true;
    const hint = expected === "a text" ? this.#asText(value) : "";
    return this.#refuse(expected, value, hint);
  }

  /** A text may stand where `$(…)` in it becomes true or false. */
  #isBoolean(value: SourceNode): boolean {
    const takesText = this.#directive.kind === "boolean-or-string";
    return isOfType(value, takesText ? ["bool", "str"] : ["bool"]) ||
      this.#refuse("true or false", value);
  }

  /** What to write where something else stands for one text. */
  #asText(value: SourceNode): string {
    if (value.kind === "scalar") return quotesFor(value);
    if (value.kind !== "list" || !value.items.every(isText)) return "";
    const words = value.items.map((item) => quoteWord((item as SourceScalar).source));
    const name = this.#name;
    return `; ${name} is one text: ${name}: ${formatPythonText(words.join(" "))}`;
  }

  #isSeconds(value: SourceNode): boolean {
    if (isOfType(value, ["int", "float"]) && !Number.isNaN((value as SourceScalar).value)) {
      return true;
    }
    const isText = isOfType(value, ["str"]);
    if (isText && parseDuration((value as SourceScalar).source) !== undefined) return true;
    const hint = `; for example ${this.#name}: 90 or 1m30s`;
    return this.#refuse("seconds or a duration", value, hint);
  }

  #isChoice(value: SourceNode): boolean {
    const choices = this.#directive.choices ?? [];
    // `stdout: null` without quotes is meant as the word.
    const word = isOfType(value, ["str", "null"]) ? (value as SourceScalar).source : undefined;
    if (word !== undefined && choices.includes(word)) return true;
    const takesBoolean = this.#directive.kind === "boolean-or-choice";
    const expected = describeFormat(this.#directive);
    return this.#refuse(
      takesBoolean ? `true, false or ${expected}` : expected,
      value,
      didYouMean(word ?? "", choices),
    );
  }

  #isStringList(value: SourceNode, expected = "a list"): boolean {
    if (value.kind !== "list") return this.#refuse(expected, value);
    const wrong = value.items.find((item) => !isOfType(item, ["str"]));
    if (wrong === undefined) return true;
    const place = describePlace(this.#section, this.#name);
    const hint = quotesFor(wrong);
    this.#problems.add(
      `an item of ${place} is ${describeValue(wrong)}; expected a text${hint}`,
      wrong,
    );
    return false;
  }

  #isStringMap(value: SourceNode): boolean {
    if (value.kind !== "map") return this.#refuse("lines of NAME: VALUE", value);
    // A wrong variable still counts as set, or others that refer to it would seem wrong as well.
    for (const { key, value: item } of value.entries.values()) {
      const name = describePlace(this.#section, this.#name, key.source);
      if (key.type !== "str") {
        this.#problems.add(`the name ${name} must be in quotes`, key);
      } else if (key.source === "" || key.source.includes("=")) {
        this.#problems.add(`${name} is not the name of a variable: it is empty or holds '='`, key);
      } else if (!isOfType(item, ["str"])) {
        const hint = quotesFor(item);
        this.#problems.add(`${name} is ${describeValue(item)}; expected a text${hint}`, item);
      }
    }
    return true;
  }

  #isTextMap(value: SourceNode): boolean {
    if (value.kind !== "map") return this.#unexpected(value);
    for (const { key, value: item } of value.entries.values()) {
      const isArgv = item.kind === "list" && item.items.every(isText);
      if (key.type !== "str" || !(isText(item) || isArgv)) return this.#unexpected(item);
    }
    return true;
  }

  #unexpected(value: SourceNode): false {
    const hint = `; ${explainFormat(this.#name, this.#directive)}`;
    return this.#refuse(describeFormat(this.#directive), value, hint);
  }

  #refuse(expected: string, value: SourceNode, hint = ""): false {
    const place = describePlace(this.#section, this.#name);
    this.#problems.add(`${place} is ${describeValue(value)}; expected ${expected}${hint}`, value);
    return false;
  }
}

/** Names what a file has in the place of what is expected, of a long text its beginning. */
function describeValue(value: SourceNode): string {
  if (value.kind !== "scalar") return value.kind === "list" ? "a list" : "a mapping";
  if (value.source === "") return value.type === "null" ? "empty" : "an empty text";
  const { type, source } = value;
  if (type !== "str") return source.slice(0, SHOWN_MAX);
  return formatPythonText(source.length <= SHOWN_MAX ? source : `${source.slice(0, SHOWN_MAX)}…`);
}

/** What to write where YAML takes a text for a number or the like. */
function quotesFor(value: SourceNode): string {
  if (!isOfType(value, ["int", "float", "bool", "date"])) return "";
  return `; write it in quotes: ${formatPythonText((value as SourceScalar).source)}`;
}

function isOfType(node: SourceNode, types: readonly SourceScalar["type"][]): boolean {
  return node.kind === "scalar" && types.includes(node.type);
}

/** New directives take any scalar but an absent one, since what it means depends on the format. */
function isText(node: SourceNode): boolean {
  return node.kind === "scalar" && node.type !== "null";
}
