/**
 * A configuration that is being put together: sections with their directives, and remarks that end
 * up as comments. Written out as YAML that loads, whatever texts it was made of.
 */
import { literal } from "../config/environment/expansion.ts";

/** The value of a directive. Texts are literal unless they were made by `reference`. */
export type DraftValue =
  | string
  | number
  | boolean
  | readonly (string | number)[]
  | Readonly<Record<string, string>>;

/** Directives that are lists of names. */
type NamesDirective = "after" | "before" | "service_groups" | "requires" | "wants" | "follows";

/** A section `NAME.service` or `NAME.logging`. */
export class DraftSection {
  /** Without suffix. */
  readonly name: string;
  readonly kind: "service" | "logging";
  readonly #directives = new Map<string, DraftValue>();
  readonly #remarks: string[] = [];

  constructor(kind: "service" | "logging", name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** Sets a directive; an absent value leaves it out. */
  set(directive: string, value: DraftValue | undefined): this {
    if (value !== undefined) this.#directives.set(directive, value);
    return this;
  }

  get(directive: string): DraftValue | undefined {
    return this.#directives.get(directive);
  }

  /** Adds an item to a directive that is a comma-separated text, unless it is there. */
  addName(directive: NamesDirective, name: string): this {
    const names = String(this.#directives.get(directive) ?? "").split(", ").filter(Boolean);
    if (!names.includes(name)) names.push(name);
    return this.set(directive, names.join(", "));
  }

  /** Sets variables besides those that are set. */
  addVariables(variables: Readonly<Record<string, string>>): this {
    if (Object.keys(variables).length === 0) return this;
    const present = this.#directives.get("env_set") ?? {};
    return this.set("env_set", { ...present as Record<string, string>, ...variables });
  }

  /** Takes over what another section says. */
  adopt(other: DraftSection): this {
    for (const [directive, value] of other.#directives) this.set(directive, value);
    for (const text of other.#remarks) this.remark(text);
    return this;
  }

  /** Says something about the section in a comment above it. */
  remark(text: string): this {
    if (!this.#remarks.includes(text)) this.#remarks.push(text);
    return this;
  }

  render(): string {
    const lines = this.#remarks.flatMap(commentLines);
    lines.push(`${scalar(`${this.name}.${this.kind}`)}:`);
    for (const [name, value] of this.#directives) lines.push(...renderDirective(name, value));
    return lines.join("\n");
  }
}

/** A whole configuration. */
export class Draft {
  readonly services: DraftSection[] = [];
  readonly loggings: DraftSection[] = [];
  readonly #settings: string[] = [];
  readonly #remarks: string[] = [];
  /** With suffix. */
  readonly #names = new Set<string>();

  /** Adds a service under a name that loads and that no other section has. */
  service(name: string): DraftSection {
    const section = new DraftSection("service", this.#freeName(sectionName(name), ".service"));
    this.services.push(section);
    return section;
  }

  /** Adds a logging section under a name that loads and that no other one has. */
  logging(name: string): DraftSection {
    const section = new DraftSection("logging", this.#freeName(sectionName(name), ".logging"));
    this.loggings.push(section);
    return section;
  }

  /** Says something about the whole in a comment at its head. */
  remark(text: string): this {
    if (!this.#remarks.includes(text)) this.#remarks.push(text);
    return this;
  }

  /** Sets a directive of the settings, with the reason in a comment above it. */
  setting(name: string, value: string | number | boolean, reason: string): this {
    this.#settings.push(...commentLines(reason), ...renderDirective(name, value).map(unindented));
    return this;
  }

  /** The lines of the settings, without indentation. */
  get settings(): readonly string[] {
    return this.#settings;
  }

  render(): string {
    const head = this.#remarks.flatMap(commentLines).join("\n");
    const sections = [...this.services, ...this.loggings].map((section) => section.render());
    return [head, ...sections].filter((part) => part !== "").join("\n\n") + "\n";
  }

  #freeName(name: string, suffix: string): string {
    let free = name;
    for (let count = 2; this.#names.has(free + suffix); count++) free = `${name}-${count}`;
    this.#names.add(free + suffix);
    return free;
  }
}

/** Returns a name that a section may have: without blanks, and not all capitals or digits. */
export function sectionName(name: string): string {
  const plain = name.trim().replace(/\.service$/, "").replace(/[^\w.@-]+/g, "-")
    .replace(/^-+|-+$/g, "") || "service";
  if (plain !== plain.toUpperCase()) return plain;
  return /[A-Z]/.test(plain) ? plain.toLowerCase() : `service-${plain}`;
}

/** Formats a command that a shell runs. */
export function shellCommand(script: string): string {
  return `/bin/sh -c ${quoteForShell(literal(script))}`;
}

/** Puts a word in quotes that splitting removes, where it needs any; what is literal stays so. */
export function quoteForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!word.includes("'")) return `'${word}'`;
  return `"${word.replace(/"|\\(?!\$[({])/g, "\\$&")}"`;
}

/** Whether a command means something only to a shell. */
export function needsShell(command: string): boolean {
  const plain = command.replace(/'[^']*'|"[^"$`\\]*"/g, "");
  return /[|&;<>`*?~#]|\$|^\s*[A-Za-z_]\w*=|\(/.test(plain);
}

function renderDirective(name: string, value: DraftValue): string[] {
  if (Array.isArray(value)) return [`  ${name}: [${value.map(flowScalar).join(", ")}]`];
  if (typeof value === "object") {
    const entries = Object.entries(value as Record<string, string>);
    return [
      `  ${name}:`,
      ...entries.map(([key, text]) => `    ${scalar(key)}: ${quoted(text)}`),
    ];
  }
  return [`  ${name}: ${typeof value === "string" ? scalar(value) : value}`];
}

function unindented(line: string): string {
  return line.trimStart();
}

/** Words that YAML 1.1 takes for something else than texts. */
const NO_TEXT = /^(?:y|n|yes|no|true|false|on|off|null)$/i;

/** Writes a text so that YAML reads back the same text. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z/][\w/.@=+,%-]*(?: [\w/.@=+,%-]+)*$/.test(text) && !NO_TEXT.test(text);
  return isPlain ? text : quoted(text);
}

function flowScalar(text: string | number): string {
  if (typeof text === "number") return String(text);
  return /^[A-Za-z/][\w/.]*$/.test(text) && !NO_TEXT.test(text) ? text : quoted(text);
}

/** A TAB would be expanded and a line break folded: such texts are written as JSON. */
function quoted(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]/.test(text)) return JSON.stringify(text);
  return text.includes("'") && !/["\\]/.test(text)
    ? `"${text}"`
    : `'${text.replaceAll("'", "''")}'`;
}

const COMMENT_WIDTH = 98;

/** What ends a line for a reader of YAML: what is behind it would be no comment any more. */
const LINE_END = /\r\n?|[\n\x85\u2028\u2029]/;
/** What no text of YAML holds. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]/g;

function commentLines(text: string): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(LINE_END).map((line) => line.replace(UNPRINTABLE, "?"))) {
    let line = "#";
    for (const word of paragraph.split(" ")) {
      if (line.length + 1 + word.length > COMMENT_WIDTH && line !== "#") {
        lines.push(line);
        line = `#   ${word}`;
      } else line += ` ${word}`;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}
