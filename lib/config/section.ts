/**
 * Reads the directives of one section that has been checked: expands texts in the section's
 * environment and reports what they cannot mean. Every reader returns `undefined` both where a
 * directive is absent and where it is wrong; the latter has then been reported.
 */
import { ExpansionError } from "./environment/expansion.ts";
import type { Environment } from "./environment/environment.ts";
import type { Place, Problems } from "./source/problems.ts";
import {
  describeFormat,
  describePlace,
  type Directive,
  explainFormat,
  type TextFormat,
} from "./directive.ts";
import { formatPythonNumber, type SourceNode, type SourceScalar } from "./source/source.ts";
import { splitWords, WordsError } from "./environment/shell_words.ts";
import type { SourcePosition } from "../base/errors.ts";
import { parseDuration } from "../base/duration.ts";
import { didYouMean } from "../base/suggest.ts";
import { parseBoolean, parseWhole } from "./values.ts";

/** A number, and how Python prints it. */
export interface PrintedNumber {
  readonly value: number;
  readonly text: string;
}

/** A section whose directives have the right types; wrong ones were reported and left out. */
export interface CheckedSection {
  /** What directives its kind of section may have, by name. */
  readonly directives: ReadonlyMap<string, Directive>;
  /** With suffix. */
  readonly name: string;
  /** Where the name stands; absent where no file declares the section. */
  readonly key: SourceScalar | undefined;
  readonly values: ReadonlyMap<string, SourceNode>;
}

/** `Name`: the directives that may be asked for, so that a misspelt one does not compile. */
export class Section<Name extends string = string> {
  readonly name: string;
  /** Where the name of the section stands; absent where no file declares it. */
  readonly place: Place | undefined;

  readonly #checked: CheckedSection;
  readonly #problems: Problems;
  readonly #settings: Section | undefined;

  /** `settings` is where variables come from that the section does not set itself. */
  constructor(checked: CheckedSection, problems: Problems, settings?: Section) {
    this.name = checked.name;
    this.place = checked.key;
    this.#checked = checked;
    this.#problems = problems;
    this.#settings = settings;
  }

  /** Where the section begins, as messages name it; undefined where no file declares it. */
  get origin(): SourcePosition | undefined {
    return this.place?.file.position(this.place.offset);
  }

  has(name: Name): boolean {
    return this.#checked.values.has(name);
  }

  /** Returns where the value of a directive stands, or the section where it is absent. */
  placeOf(name: Name): Place | undefined {
    return this.#checked.values.get(name) ?? this.place;
  }

  /** Reports something about the value of a directive. */
  fail(name: Name, message: string): undefined {
    this.#problems.add(message, this.placeOf(name));
    return undefined;
  }

  /** Returns the text of a string as it stands. */
  literal(name: Name): string | undefined {
    const scalar = this.#scalar(name);
    return scalar?.type === "str" ? scalar.source : undefined;
  }

  flag(name: Name): boolean | undefined {
    const value = this.#scalar(name)?.value;
    return typeof value === "boolean" ? value : undefined;
  }

  /** Returns a number; a duration with units is a number of seconds. */
  number(name: Name): PrintedNumber | undefined {
    const scalar = this.#scalar(name);
    const durationMs = scalar?.type === "str" ? parseDuration(scalar.source) : undefined;
    if (durationMs !== undefined) {
      return { value: durationMs / 1000, text: String(durationMs / 1000) };
    }
    if (typeof scalar?.value !== "number") return undefined;
    return {
      value: scalar.value,
      text: formatPythonNumber(scalar.value, scalar.type === "float"),
    };
  }

  /** Returns one of the words of a choice of 0.3.9. */
  word(name: Name): string | undefined {
    const scalar = this.#scalar(name);
    return scalar?.type === "str" || scalar?.type === "null" ? scalar.source : undefined;
  }

  /**
   * Returns names; a trailing comma makes an empty one, which is refused like other reserved ones.
   */
  names(name: Name): readonly string[] {
    const node = this.#checked.values.get(name);
    const texts = node?.kind === "list" ? node.items.map(sourceText) : [this.literal(name) ?? ""];
    return texts.flatMap((text) => text === "" ? [] : text.split(",").map((part) => part.trim()));
  }

  strings(name: Name): readonly string[] | undefined {
    const node = this.#checked.values.get(name);
    return node?.kind === "list" ? node.items.map(sourceText) : undefined;
  }

  stringMap(name: Name): Readonly<Record<string, string>> | undefined {
    const node = this.#checked.values.get(name);
    if (node?.kind !== "map") return undefined;
    // Without a prototype, so that `__proto__` is a name like others.
    const result: Record<string, string> = Object.create(null);
    for (const { key, value } of node.entries.values()) result[key.source] = sourceText(value);
    return result;
  }

  /** Expands all variables of the section's environment and reports what cannot be. */
  checkEnvironment(environment: Environment): void {
    try {
      environment.check();
    } catch (error) {
      this.#failExpansion(error, this.place);
    }
  }

  /** Expands a text that is not in the configuration. */
  expandText(text: string, environment: Environment): string | undefined {
    return this.#expand(text, this.place, environment);
  }

  /** Returns the expanded text of a scalar; numbers are printed as Python does. */
  expanded(name: Name, environment: Environment): string | undefined {
    const scalar = this.#scalar(name);
    return scalar && this.#expand(printed(scalar), scalar, environment);
  }

  /** Reads a boolean that may be a text with expansions, as 0.3.9 does. */
  boolean(name: Name, environment: Environment): boolean | undefined {
    const literal = this.flag(name);
    if (literal !== undefined) return literal;
    const text = this.expanded(name, environment);
    if (text === undefined) return undefined;
    return parseBoolean(text) ??
      this.fail(name, `'${name}' of ${this.name} is '${text}'; expected true or false`);
  }

  /** Reads a text of a new directive as a value. */
  parsed<T>(
    name: Name,
    environment: Environment,
    parse: (text: string) => T | undefined,
  ): T | undefined {
    const text = this.expanded(name, environment);
    return text === undefined ? undefined : parse(text) ?? this.unexpected(name, text);
  }

  /** As `parsed`, of the text as written: `0022` and `10:20` are numbers to YAML. */
  parsedSource<T>(
    name: Name,
    environment: Environment,
    parse: (text: string) => T | undefined,
  ): T | undefined {
    const scalar = this.#scalar(name);
    const text = scalar && this.#expand(scalar.source, scalar, environment);
    return text === undefined ? undefined : parse(text) ?? this.unexpected(name, text);
  }

  durationMs(name: Name, environment: Environment): number | undefined {
    return this.parsed(name, environment, parseDuration);
  }

  whole(
    name: Name,
    environment: Environment,
    lowest: number,
    highest: number,
  ): number | undefined {
    return this.parsed(name, environment, (text) => parseWhole(text, lowest, highest));
  }

  /** Reads a choice of a new directive. */
  choice<T extends string>(name: Name, environment: Environment): T | undefined {
    const choices = this.#checked.directives.get(name)?.choices ?? [];
    return this.parsed(name, environment, (text) => {
      return choices.includes(text) ? text as T : undefined;
    });
  }

  /** Returns the expanded texts of a list, or of a single text. */
  texts(name: Name, environment: Environment): readonly string[] | undefined {
    const node = this.#checked.values.get(name);
    if (node === undefined || node.kind === "map") return undefined;
    const items = node.kind === "list" ? node.items : [node];
    const texts = items.map((item) => this.#expand(sourceText(item), item, environment));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  }

  /** Reads each text of a list as a value. */
  parsedList<T>(
    name: Name,
    environment: Environment,
    parse: (text: string) => T | undefined,
  ): readonly T[] | undefined {
    const texts = this.texts(name, environment);
    if (texts === undefined) return undefined;
    const values: T[] = [];
    for (const text of texts) {
      const value = parse(text);
      if (value === undefined) return this.unexpected(name, text);
      values.push(value);
    }
    return values;
  }

  /** Reads a command: a list is its words, a text is split into them. */
  command(name: Name, environment: Environment): readonly string[] | undefined {
    const texts = this.texts(name, environment);
    if (texts === undefined) return undefined;
    const isList = this.#checked.values.get(name)?.kind === "list";
    const words = isList ? texts : this.split(name, texts[0] ?? "");
    if (words === undefined) return undefined;
    return words.length > 0 ? words : this.unexpected(name, "");
  }

  /** Splits a text into words. */
  split(name: Name, text: string): readonly string[] | undefined {
    try {
      return splitWords(text);
    } catch (error) {
      if (!(error instanceof WordsError)) throw error;
      return this.fail(name, error.message);
    }
  }

  /** Returns the texts of a mapping, expanded, by name; a list is a command. */
  fields(
    name: Name,
    environment: Environment,
  ): ReadonlyMap<string, string | readonly string[]> | undefined {
    const node = this.#checked.values.get(name);
    if (node?.kind !== "map") return undefined;
    const fields = new Map<string, string | readonly string[]>();
    for (const { key, value } of node.entries.values()) {
      const items = value.kind === "list" ? value.items : [value];
      const texts = items.map((item) => this.#expand(sourceText(item), item, environment));
      if (!texts.every((text) => text !== undefined)) return undefined;
      fields.set(key.source, value.kind === "list" ? texts : texts[0] ?? "");
    }
    return fields;
  }

  /** As `unexpected`, where something else would make sense than the format of the directive. */
  unexpectedAs(
    name: Name,
    text: string,
    { format, field }: { readonly format: TextFormat; readonly field?: string },
  ): undefined {
    const place = describePlace(this.name, name, field);
    const hint = `; for example ${field ?? name}: ${format.example}`;
    return this.fail(name, `${place} is '${text}'; expected ${format.expected}${hint}`);
  }

  /** Reports that a text makes no sense, and says what would. */
  unexpected(name: Name, text: string, field?: string): undefined {
    return this.refuse(name, `is '${text}'`, { text, field });
  }

  /** As `unexpected`, where it is no text that is wrong; `what` follows the directive. */
  refuse(
    name: Name,
    what: string,
    { text = "", field }: { readonly text?: string; readonly field?: string | undefined } = {},
  ): undefined {
    const directive = this.#checked.directives.get(name);
    if (directive === undefined) return undefined;
    const place = describePlace(this.name, name, field);
    const near = didYouMean(text, directive.choices ?? []);
    const hint = near || `; ${explainFormat(name, directive)}`;
    return this.fail(name, `${place} ${what}; expected ${describeFormat(directive)}${hint}`);
  }

  #scalar(name: Name): SourceScalar | undefined {
    const node = this.#checked.values.get(name);
    return node?.kind === "scalar" ? node : undefined;
  }

  #expand(text: string, place: Place | undefined, environment: Environment): string | undefined {
    try {
      return environment.expand(text);
    } catch (error) {
      this.#failExpansion(error, place);
      return undefined;
    }
  }

  #failExpansion(error: unknown, place: Place | undefined): void {
    if (!(error instanceof ExpansionError)) throw error;
    const { variable } = error;
    const setAt = variable === undefined ? undefined : this.#placeOfVariable(variable);
    this.#problems.add(error.message, setAt ?? place);
  }

  #placeOfVariable(variable: string): Place | undefined {
    const node = this.#checked.values.get("env_set");
    const own = node?.kind === "map" ? node.entries.get(variable)?.value : undefined;
    if (own !== undefined || this.#settings === undefined) return own;
    return this.#settings.#placeOfVariable(variable);
  }
}

function printed(scalar: SourceScalar): string {
  if (typeof scalar.value !== "number") return scalar.source;
  return formatPythonNumber(scalar.value, scalar.type === "float");
}

function sourceText(node: SourceNode): string {
  return node.kind === "scalar" ? node.source : "";
}
