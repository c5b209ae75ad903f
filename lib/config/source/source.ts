/**
 * Values as they stand in the configuration files, each with the place it came from.
 * Knows the data model of Python's YAML reader and nothing of any syntax or directive.
 */
import type { SourcePosition } from "../../base/errors.ts";
import { isSecretName } from "../../base/secret_names.ts";

/** Text of one file, and where in it an offset lies. */
export class SourceFile {
  readonly name: string;
  /** The text with every TAB replaced by blanks up to the next multiple of 8 columns. */
  readonly text: string;

  readonly #original: string;
  /** Line starts of `text`, and of the original where TABs make it differ. */
  #lineStarts: readonly number[] | undefined;
  #originalStarts: readonly number[] | undefined;

  constructor(name: string, written: string) {
    this.name = name;
    // Lines may end with CR alone or NEL, too, see YAML 1.1, 4.2.
    const original = /\r(?!\n)|\u0085/.test(written)
      ? written.replace(/\r(?!\n)|\u0085/g, "\n")
      : written;
    this.#original = original;
    this.text = original.includes("\t") ? expandTabs(original) : original;
  }

  /** Returns where `offset` of `text` lies in the original, in which a TAB is one column. */
  position(offset: number): SourcePosition {
    this.#lineStarts ??= findLineStarts(this.text);
    const line = lastUpTo(this.#lineStarts, offset);
    const start = this.#lineStarts[line] ?? 0;
    const before = this.text.slice(start, offset);
    const column = this.text === this.#original
      ? countCharacters(before)
      : originalColumn(this.#originalLine(line), countCharacters(before));
    return { file: this.name, line: line + 1, column: column + 1 };
  }

  #originalLine(line: number): string {
    this.#originalStarts ??= findLineStarts(this.#original);
    return this.#original.slice(this.#originalStarts[line], this.#originalStarts[line + 1]);
  }
}

const TAB_STOP = 8;

/**
 * Replaces TABs as Python's `str.expandtabs` does: columns are characters, CR and LF restart them.
 */
export function expandTabs(text: string): string {
  const lines = text.split(/(?<=[\r\n])/);
  return lines.map((line) => {
    if (!line.includes("\t")) return line;
    let result = "";
    let column = 0;
    for (const char of line) {
      const width = char === "\t" ? TAB_STOP - column % TAB_STOP : 1;
      result += char === "\t" ? " ".repeat(width) : char;
      column += width;
    }
    return result;
  }).join("");
}

/** Returns the index of the character of `line` that covers `column` once TABs are expanded. */
function originalColumn(line: string, column: number): number {
  let expanded = 0;
  let index = 0;
  for (const char of line) {
    expanded += char === "\t" ? TAB_STOP - expanded % TAB_STOP : 1;
    if (expanded > column) break;
    index++;
  }
  return index;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Returns the index of the last of ascending numbers that is not above `limit`, -1 for none. */
export function lastUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

interface Located {
  readonly file: SourceFile;
  /** Into `file.text`. */
  readonly offset: number;
}

/**
 * What a plain scalar is to Python's YAML reader. `date` stands for all that JSON has no word for.
 */
export type ScalarType = "str" | "int" | "float" | "bool" | "null" | "date";

export interface SourceScalar extends Located {
  readonly kind: "scalar";
  readonly type: ScalarType;
  /** The value: text for `str` and `date`, a number, a boolean, or null. */
  readonly value: string | number | boolean | null;
  /** As written; for `str`, the value. `12:30` is an int, but may be meant as a text. */
  readonly source: string;
}

export interface SourceList extends Located {
  readonly kind: "list";
  readonly items: readonly SourceNode[];
}

export interface SourceEntry {
  readonly key: SourceScalar;
  readonly value: SourceNode;
  /** The same key before it in the same mapping, whose value is lost. */
  readonly replaces?: SourceScalar;
}

export interface SourceMap extends Located {
  readonly kind: "map";
  /** By `entryId` of the key, in the order of first appearance. */
  readonly entries: ReadonlyMap<string, SourceEntry>;
  /** Its entries are those of two sections, one laid over the other. */
  readonly isLayered?: true;
}

/** A value of the configuration. Aliases share nodes, so the whole is a graph without cycles. */
export type SourceNode = SourceScalar | SourceList | SourceMap;

/** Returns what a key is filed under: a string by itself, anything else apart from all strings. */
function entryId(key: SourceScalar): string {
  return key.type === "str" ? key.source : `\0${formatPython(key)}`;
}

/** Adds what a mapping says of a key; the last of two wins. */
export function addEntry(
  entries: Map<string, SourceEntry>,
  key: SourceScalar,
  value: SourceNode,
): void {
  const id = entryId(key);
  const replaces = entries.get(id)?.key;
  entries.set(id, { key, value, ...(replaces === undefined ? {} : { replaces }) });
}

/** Formats a number as Python prints it, where 60 and 60.0 differ. */
export function formatPythonNumber(value: number, isFloat: boolean): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value === Infinity ? "inf" : "-inf";
  const text = String(value);
  return isFloat && Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

/** Formats a scalar as Python's `repr` does, for the paths in messages. */
export function formatPython(scalar: SourceScalar): string {
  switch (scalar.type) {
    case "str":
    case "date":
      return formatPythonText(scalar.source);
    case "bool":
      return scalar.value === true ? "True" : "False";
    case "null":
      return "None";
    default:
      return formatPythonNumber(Number(scalar.value), scalar.type === "float");
  }
}

/** Quotes a text as Python's `repr` does. */
export function formatPythonText(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  if (!escaped.includes("'")) return `'${escaped}'`;
  return escaped.includes('"') ? `'${escaped.replaceAll("'", "\\'")}'` : `"${escaped}"`;
}

/**
 * Formats a value and all below it on one line as Python prints it, for `--debug`; secrets as
 * `***`.
 */
export function formatPythonTree(node: SourceNode): string {
  switch (node.kind) {
    case "scalar":
      return formatPython(node);
    case "list":
      return `[${node.items.map(formatPythonTree).join(", ")}]`;
    case "map": {
      const entries = [...node.entries.values()];
      const texts = entries.map(({ key, value }) =>
        `${formatPython(key)}: ${isSecret(key, value) ? "'***'" : formatPythonTree(value)}`
      );
      return `{${texts.join(", ")}}`;
    }
  }
}

function isSecret(key: SourceScalar, value: SourceNode): boolean {
  return value.kind === "scalar" && value.source !== "" && isSecretName(key.source);
}
