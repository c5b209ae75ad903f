/**
 * Reads the values of plain_source.ts that have marks of their own: brackets, braces and quotes.
 */
import {
  addEntry,
  type SourceEntry,
  type SourceFile,
  type SourceList,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
} from "./source.ts";
import { resolvePlain } from "./yaml_scalar.ts";

/** The text is to be read by somebody who knows all of YAML. */
export class NotPlain extends Error {}

/** Deeper values are left to the whole of YAML, within brackets and outside. */
export const DEPTH_MAX = 20;

/**
 * Without characters that mean something at the beginning of a value, and without `=`, see YAML
 * 1.1.
 */
const PLAIN_START = /^(?:[\w/.$(+~\u00a1-\ud7ff]|-[\w/.-])/;
/** No colon that could end a key. */
const PLAIN = /^(?:[^:]|:(?=[^ ]))+$/;
/** Within brackets and braces more characters mean something. */
const FLOW_PLAIN = /[\w/.$(+~-][\w/.$()+~ -]*/y;
const DOUBLE_QUOTED = /"((?:[^"\\\n]|\\["\\nt])*)"/y;
const SINGLE_QUOTED = /'((?:[^'\n]|'')*)'/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t" };
/** Between two values within brackets. */
const GAP = /(?:[ \n]|(?<=[ \n])#[^\n]*)*/y;
/** What may follow a value on its line. */
const TAIL = / *(?:(?<= )#[^\n]*)?(?=\n|$)/y;

/** Reads values of one file, from left to right. */
export class FlowReader {
  readonly #file: SourceFile;
  readonly #text: string;
  #at = 0;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#text = file.text;
  }

  /** Reads the value at `offset`, which must be all that there is on the line where it ends. */
  value(offset: number, lineEnd: number): { node: SourceNode; end: number } {
    this.#at = offset;
    const node = this.#marked(0) ?? this.#rest(lineEnd);
    if (this.#match(TAIL) === undefined) throw new NotPlain();
    return { node, end: this.#at };
  }

  /** Makes a scalar of text without quotes. */
  plain(source: string, offset: number): SourceScalar {
    return { kind: "scalar", file: this.#file, offset, ...resolvePlain(source), source };
  }

  /** Matches at the place that has been reached, and goes on behind what matched. */
  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#at += found[0].length;
    return found;
  }

  /** A value that its first character tells; undefined where it does not. */
  #marked(depth: number): SourceNode | undefined {
    switch (this.#text.charAt(this.#at)) {
      case "[":
        return this.#list(depth + 1);
      case "{":
        return this.#map(depth + 1);
      case '"':
      case "'":
        return this.#quoted();
      default:
        return undefined;
    }
  }

  /** A value without quotes up to a comment or the end of the line. */
  #rest(lineEnd: number): SourceScalar {
    const offset = this.#at;
    const line = this.#text.slice(offset, lineEnd);
    const comment = line.indexOf(" #");
    const plain = (comment < 0 ? line : line.slice(0, comment)).trimEnd();
    if (!PLAIN_START.test(plain) || !PLAIN.test(plain)) throw new NotPlain();
    this.#at += plain.length;
    return this.plain(plain, offset);
  }

  #quoted(): SourceScalar {
    const offset = this.#at;
    const isDouble = this.#text.charAt(offset) === '"';
    const inner = this.#match(isDouble ? DOUBLE_QUOTED : SINGLE_QUOTED)?.[1];
    if (inner === undefined) throw new NotPlain();
    const value = isDouble
      ? inner.replace(/\\(.)/g, (_, char) => ESCAPES[char] ?? char)
      : inner.replaceAll("''", "'");
    return { kind: "scalar", file: this.#file, offset, type: "str", value, source: value };
  }

  #list(depth: number): SourceList {
    const offset = this.#open(depth);
    const items: SourceNode[] = [];
    while (!this.#closes("]")) {
      items.push(this.#item(depth));
      this.#separate("]");
    }
    return { kind: "list", file: this.#file, offset, items };
  }

  #map(depth: number): SourceMap {
    const offset = this.#open(depth);
    const entries = new Map<string, SourceEntry>();
    while (!this.#closes("}")) {
      const key = this.#item(depth);
      if (key.kind !== "scalar" || this.#text.charAt(this.#at) !== ":") throw new NotPlain();
      this.#at++;
      if (this.#match(GAP)?.[0] === "") throw new NotPlain();
      addEntry(entries, key, this.#item(depth));
      this.#separate("}");
    }
    return { kind: "map", file: this.#file, offset, entries };
  }

  #open(depth: number): number {
    if (depth > DEPTH_MAX) throw new NotPlain();
    const offset = this.#at++;
    this.#match(GAP);
    return offset;
  }

  #closes(mark: string): boolean {
    if (this.#text.charAt(this.#at) !== mark) return false;
    this.#at++;
    return true;
  }

  #item(depth: number): SourceNode {
    const marked = this.#marked(depth);
    if (marked !== undefined) return marked;
    const offset = this.#at;
    const plain = this.#match(FLOW_PLAIN)?.[0].trimEnd() ?? "";
    if (!PLAIN_START.test(plain)) throw new NotPlain();
    this.#at = offset + plain.length;
    return this.plain(plain, offset);
  }

  /** Goes on to the next value, or to the mark that closes. */
  #separate(mark: string): void {
    this.#match(GAP);
    if (this.#text.charAt(this.#at) === mark) return;
    if (this.#text.charAt(this.#at) !== ",") throw new NotPlain();
    this.#at++;
    this.#match(GAP);
  }
}
