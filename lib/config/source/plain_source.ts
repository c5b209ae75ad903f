/**
 * Reads the plain part of YAML, which most configurations keep to: mappings and lists, and texts
 * that begin and end on one line. What is found is what yaml_source.ts finds, to the offset;
 * whatever is not certain to be so, errors included, is left to it. To load the whole of YAML takes
 * longer than to start the first service.
 */
import { DEPTH_MAX, FlowReader, NotPlain } from "./plain_flow.ts";
import { addEntry, type SourceEntry, SourceFile } from "./source.ts";
import type { SourceList, SourceMap, SourceNode } from "./source.ts";
import { type ParsedSource, SOURCE_MAX_CHARS } from "./source_text.ts";

/** Control characters, and what some reader takes for a line end or a mark of the encoding. */
// deno-lint-ignore no-control-regex
const UNUSUAL = /[\0-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff-\uffff]/;
/** A key that needs no quotes, and the blanks up to its value. */
const KEY = /^(\w[\w.-]{0,99}\+?):(?: +|$)/;

/** A line that says something, without its indentation. */
interface Line {
  readonly indent: number;
  readonly text: string;
  /** Of the first character of `text`. */
  readonly offset: number;
}

/**
 * Parses the text of a configuration file; undefined where it holds more than this reader knows.
 */
export function parsePlain(name: string, text: string): ParsedSource | undefined {
  const file = new SourceFile(name, text);
  if (text.length > SOURCE_MAX_CHARS || UNUSUAL.test(file.text)) return undefined;
  try {
    const root = new BlockReader(file).root();
    return root === undefined ? { problems: [] } : { root, problems: [] };
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class BlockReader {
  readonly #file: SourceFile;
  readonly #flow: FlowReader;
  readonly #lines: readonly Line[];
  #at = 0;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#flow = new FlowReader(file);
    this.#lines = splitLines(file.text);
  }

  /** Reads the whole; undefined where nothing is said. */
  root(): SourceMap | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    if (first.indent > 0) throw new NotPlain();
    const map = this.#map(first, 0);
    if (this.#at < this.#lines.length) throw new NotPlain();
    return map;
  }

  #map({ indent, offset }: Line, depth: number): SourceMap {
    if (depth > DEPTH_MAX) throw new NotPlain();
    const entries = new Map<string, SourceEntry>();
    for (let line = this.#line(indent); line !== undefined; line = this.#line(indent)) {
      const [matched, word] = KEY.exec(line.text) ?? [];
      if (matched === undefined || word === undefined) throw new NotPlain();
      this.#at++;
      const key = this.#flow.plain(word, line.offset);
      const rest = line.text.slice(matched.length);
      const value = rest === "" || rest.startsWith("#")
        ? this.#below(indent, depth)
        : this.#value(line, matched.length);
      addEntry(entries, key, value);
    }
    return { kind: "map", file: this.#file, offset, entries };
  }

  /** The next line where it has this indentation, undefined where it has less. */
  #line(indent: number): Line | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined || line.indent < indent) return undefined;
    if (line.indent > indent) throw new NotPlain();
    return line;
  }

  /** A list may stand below its key without being indented. */
  #below(indent: number, depth: number): SourceNode {
    const line = this.#lines[this.#at];
    if (line === undefined || line.indent < indent) throw new NotPlain();
    if (line.text.startsWith("- ")) return this.#list(line);
    if (line.indent === indent) throw new NotPlain();
    return this.#map(line, depth + 1);
  }

  #list({ indent, offset }: Line): SourceList {
    const items: SourceNode[] = [];
    for (let line = this.#line(indent); line !== undefined; line = this.#line(indent)) {
      if (!line.text.startsWith("- ")) break;
      this.#at++;
      const rest = line.text.slice(1).trimStart();
      if (rest === "" || rest.startsWith("#")) throw new NotPlain();
      items.push(this.#value(line, line.text.length - rest.length));
    }
    return { kind: "list", file: this.#file, offset, items };
  }

  /** The value that begins on a line; with deeper lines after it, it would go on there. */
  #value({ indent, text, offset }: Line, start: number): SourceNode {
    const { node, end } = this.#flow.value(offset + start, offset + text.length);
    while ((this.#lines[this.#at]?.offset ?? end) < end) this.#at++;
    const next = this.#lines[this.#at];
    if (next !== undefined && next.indent > indent) throw new NotPlain();
    return node;
  }
}

/** Leaves out lines that are blank or hold nothing but a comment. */
function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    let offset = start;
    while (text.charCodeAt(offset) === 0x20) offset++;
    if (offset < end && text.charAt(offset) !== "#") {
      lines.push({ indent: offset - start, text: text.slice(offset, end).trimEnd(), offset });
    }
    start = end + 1;
  }
  return lines;
}
