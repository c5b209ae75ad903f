/**
 * YAML text into a tree of values with positions, as Python's reader understood it: TABs are
 * expanded, the last of two equal keys wins, a list of names stands for empty sections.
 *
 * Hostile texts end in a finding within bounded time and memory: size, depth and what aliases
 * stand for are limited, and an alias shares its value rather than copying it.
 */
import type { Alias, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Diagnostic } from "../../base/errors.ts";
import {
  addEntry,
  type SourceEntry,
  SourceFile,
  type SourceList,
  type SourceMap,
  type SourceNode,
  type SourceScalar,
} from "./source.ts";
import { type ParsedSource, SOURCE_MAX_CHARS } from "./source_text.ts";
import { explainSyntax, quotesNeeded, type SyntaxFinding } from "./yaml_errors.ts";
import { layOut } from "./yaml_layout.ts";
import { Composer, isAlias, isMap, isScalar, Parser } from "./yaml_library.ts";
import { resolvePlain, resolveTagged, type ScalarMeaning } from "./yaml_scalar.ts";

/** How many values aliases and merges may stand for, beyond those written out. */
const ALIASED_MAX = 100_000;
/** A text counts as one value more for each of so many characters. */
const TEXT_WEIGHT_CHARS = 64;
/** Far below what the stack takes, far above what any directive needs. */
const DEPTH_MAX = 100;
const TOO_DEEP = `values are nested too deeply, at most ${DEPTH_MAX}`;
/** What the library calls an exhausted stack. */
const TOO_DEEP_CODE = "RESOURCE_EXHAUSTION";
/** Reading ends after so many syntax errors. */
const SYNTAX_ERRORS_MAX = 10;

/** Parses the text of a configuration file. `name` is what messages call it. */
export function parseSource(name: string, original: string): ParsedSource {
  if (original.length > SOURCE_MAX_CHARS) {
    return refused(name, `file is too large: ${original.length} characters, at most 1 MiB is read`);
  }
  const file = new SourceFile(name, original.replace(/^\uFEFF/, ""));
  const separator = file.text.search(/[\u2028\u2029]/);
  return separator < 0 ? parseFile(file) : { problems: [separatorFound(file, separator)] };
}

/** Python ends a line there, which editors show on one. */
function separatorFound(file: SourceFile, offset: number): Diagnostic {
  const name = `U+${file.text.charCodeAt(offset).toString(16)}`;
  const message = `${name} does not end a line; write a newline in its place, or "\\u${
    name.slice(2)
  }" between double quotes where it is part of a text`;
  return { message, position: file.position(offset) };
}

function refused(file: string, message: string): ParsedSource {
  return { problems: [{ message, position: { file, line: 1, column: 1 } }] };
}

type YamlNode = Scalar | YAMLMap | YAMLSeq | Alias | null;

const OPTIONS = {
  version: "1.1",
  // Scalars are resolved by yaml_scalar.ts: the library's 1.1 differs from Python's.
  schema: "failsafe",
  // Repeated keys are legal, and the check would take quadratic time.
  uniqueKeys: false,
  prettyErrors: false,
  strict: false,
} as const;

function parseFile(file: SourceFile): ParsedSource {
  const { contents, errors } = compose(file.text);
  if (errors.length === 0) return convert(file, contents);
  // Python reads some forms that the library refuses, as continuation lines without indentation.
  const layout = layOut(file.text);
  const indented = compose(layout.text);
  if (indented.errors.length === 0) return convert(file, indented.contents, layout.originalOffset);
  const told = errors.some(({ message }) => message === TOO_DEEP)
    ? errors.slice(0, 1)
    : explainSyntax(file.text, errors);
  return { problems: told.map((error) => syntaxError(file, error)) };
}

interface Composed {
  readonly contents: YamlNode;
  readonly errors: readonly SyntaxFinding[];
}

/** Ends the library's work on a text that is nothing but errors. */
class TooManyErrors extends Error {}

/** What the library hands to `onError` as the place of an error. */
type ErrorPlace = number | readonly number[] | { readonly offset: number };

function compose(text: string): Composed {
  const errors: SyntaxFinding[] = [];
  const note = (place: ErrorPlace, code: string, message: string, isWarning?: boolean) => {
    // Python accepts a comment right after a quoted value or a comma.
    if (isWarning || message.startsWith("Comments must be separated")) return;
    const isTooDeep = code === TOO_DEEP_CODE;
    // Every level that could not be entered says so.
    if (isTooDeep && errors.some((error) => error.message === TOO_DEEP)) return;
    errors.push({ message: isTooDeep ? TOO_DEEP : message, offset: offsetOf(place) });
    if (errors.length >= SYNTAX_ERRORS_MAX) throw new TooManyErrors();
  };
  const composer = new Composer(OPTIONS);
  // The library would keep every error with a stack trace: 30 s and 3 GB for a megabyte of commas.
  if (!Object.hasOwn(composer, "onError")) throw new TypeError("yaml's Composer has no onError");
  Reflect.set(composer, "onError", note);
  let contents: YamlNode | undefined;
  try {
    for (const document of composer.compose(new Parser().parse(text), true, text.length)) {
      for (const error of document.errors) note(error.pos, error.code, error.message);
      if (contents === undefined) contents = document.contents as YamlNode;
      else note(document.range, "", "expected a single document in the stream, but found another");
    }
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
  }
  return { contents: contents ?? null, errors };
}

function offsetOf(place: ErrorPlace): number {
  if (typeof place === "number") return place;
  return "offset" in place ? place.offset : place[0] ?? 0;
}

function syntaxError(file: SourceFile, { message, offset }: SyntaxFinding): Diagnostic {
  return { message, position: file.position(Math.min(offset, file.text.length)) };
}

/** What stops the conversion of a file. */
class ConversionError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function convert(
  file: SourceFile,
  contents: YamlNode,
  originalOffset: (offset: number) => number = (offset) => offset,
): ParsedSource {
  try {
    const root = new Conversion(file, originalOffset).root(contents);
    return root === undefined ? { problems: [] } : { root, problems: [] };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const position = file.position(error.offset);
    return { problems: [{ message: error.message, position }] };
  }
}

interface Anchored {
  readonly node: SourceNode;
  /** How many values it stands for, itself included. */
  readonly weight: number;
}

/** Turns the library's tree into ours: one walk, in document order, so anchors precede aliases. */
class Conversion {
  readonly #file: SourceFile;
  readonly #originalOffset: (offset: number) => number;
  /** Whether the last line says something and has no newline. */
  readonly #lacksLastNewline: boolean;
  /** The value that an anchor names so far; `undefined` while that value is still being read. */
  readonly #anchors = new Map<string, Anchored | undefined>();
  #depth = 0;
  #weight = 0;
  #aliased = 0;

  constructor(file: SourceFile, originalOffset: (offset: number) => number) {
    this.#file = file;
    this.#lacksLastNewline = /\S/.test(file.text.slice(file.text.lastIndexOf("\n") + 1));
    this.#originalOffset = originalOffset;
  }

  /** Converts the top level: a mapping, a list of names, or nothing. */
  root(contents: YamlNode): SourceMap | undefined {
    const node = this.#node(contents, 0);
    if (node.kind === "map") return node;
    if (node.kind === "list") return this.#emptySections(node);
    if (node.type === "null") return undefined;
    throw new ConversionError(
      "expected sections, for example 'settings:' or 'web.service:'",
      node.offset,
    );
  }

  #emptySections(list: SourceList): SourceMap {
    const entries = new Map<string, SourceEntry>();
    for (const item of list.items) {
      if (item.kind !== "scalar") {
        throw new ConversionError("expected a list of section names, or sections", item.offset);
      }
      const { file, offset } = item;
      const value = { kind: "map", file, offset, entries: new Map() } as const;
      addEntry(entries, item, value);
    }
    return { kind: "map", file: list.file, offset: list.offset, entries };
  }

  /** `near` is where a value that is not written out would stand. */
  #node(node: YamlNode, near: number): SourceNode {
    if (node === null) return this.#scalar({ type: "null", value: null }, "", near);
    const offset = this.#originalOffset(node.range?.[0] ?? near);
    if (isAlias(node)) return this.#alias(node, offset);
    if (++this.#depth > DEPTH_MAX) {
      throw new ConversionError(TOO_DEEP, offset);
    }
    const before = this.#weight++;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, undefined);
    const result = this.#value(node, offset);
    if (node.anchor !== undefined) {
      this.#anchors.set(node.anchor, { node: result, weight: this.#weight - before });
    }
    this.#depth--;
    return result;
  }

  #value(node: Scalar | YAMLMap | YAMLSeq, offset: number): SourceNode {
    if (isScalar(node)) return this.#scalarNode(node, offset);
    const tag = isMap(node) ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq";
    if (node.tag !== undefined && node.tag !== tag && node.tag !== "!") {
      throw new ConversionError(unfitTag(node.tag, isMap(node) ? "a mapping" : "a list"), offset);
    }
    if (isMap(node)) return this.#map(node, offset);
    const items = node.items.map((item) => this.#node(item as YamlNode, offset));
    return { kind: "list", file: this.#file, offset, items };
  }

  #scalarNode(node: Scalar, offset: number): SourceScalar {
    const text = this.#scalarText(node);
    this.#weight += Math.floor(text.length / TEXT_WEIGHT_CHARS);
    if (text.includes("\0")) {
      throw new ConversionError("a NUL character cannot be part of a value", offset);
    }
    if (node.tag !== undefined && node.tag !== "!") {
      const meaning = resolveTagged(text, node.tag);
      if (meaning === undefined) this.#refuseTag(node.tag, text, offset);
      return this.#scalar(meaning, text, offset);
    }
    const isPlain = node.type === "PLAIN";
    return this.#scalar(isPlain ? resolvePlain(text) : { type: "str", value: text }, text, offset);
  }

  /**
   * The library ends a block text with a newline also where the file ends without one; Python does
   * not.
   */
  #scalarText(node: Scalar): string {
    const text = String(node.value ?? "");
    const isBlock = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
    if (!isBlock || !text.endsWith("\n") || !this.#lacksLastNewline) return text;
    const end = this.#originalOffset(node.range?.[1] ?? 0);
    return end >= this.#file.text.length ? text.slice(0, -1) : text;
  }

  /** A tag that YAML does not know is mostly a text that begins with an exclamation mark. */
  #refuseTag(tag: string, text: string, offset: number): never {
    const start = this.#file.text.lastIndexOf(tag, offset);
    if (tag.startsWith("!") && start >= 0) throw new ConversionError(quotesNeeded("!"), start);
    throw new ConversionError(unfitTag(tag, `'${text.slice(0, 40)}'`), offset);
  }

  #scalar(meaning: ScalarMeaning, source: string, offset: number): SourceScalar {
    const { type, value } = meaning;
    return { kind: "scalar", file: this.#file, offset, type, value, source };
  }

  #alias(alias: Alias, offset: number): SourceNode {
    const anchored = this.#anchors.get(alias.source);
    if (anchored === undefined) {
      const isRecursive = this.#anchors.has(alias.source);
      const text = isRecursive
        ? `'*${alias.source}' stands inside the value that it is to repeat`
        : `no '&${alias.source}' stands before '*${alias.source}'; ${quotesNeeded("*")}`;
      throw new ConversionError(text, offset);
    }
    this.#countAliased(anchored.weight, offset);
    this.#weight += anchored.weight;
    return anchored.node;
  }

  #countAliased(weight: number, offset: number): void {
    this.#aliased += weight;
    if (this.#aliased <= ALIASED_MAX) return;
    throw new ConversionError(`aliases stand for too many values, at most ${ALIASED_MAX}`, offset);
  }

  #map(map: YAMLMap, offset: number): SourceMap {
    const own = new Map<string, SourceEntry>();
    const merged: SourceMap[] = [];
    for (const pair of map.items) {
      const keyNode = pair.key as YamlNode;
      const key = this.#node(keyNode, offset);
      const value = this.#node(pair.value as YamlNode, key.offset);
      if (isMergeKey(keyNode)) merged.push(...this.#mergeSources(value));
      else if (key.kind === "scalar") addEntry(own, key, value);
      else {
        const text = "a name before ':' is one text, not a list or a mapping";
        throw new ConversionError(text, key.offset);
      }
    }
    if (merged.length === 0) return { kind: "map", file: this.#file, offset, entries: own };
    return { kind: "map", file: this.#file, offset, entries: this.#merge(merged, own) };
  }

  /** Merged keys come first, the first of several sources wins, own keys win over all. */
  #merge(
    sources: readonly SourceMap[],
    own: ReadonlyMap<string, SourceEntry>,
  ): Map<string, SourceEntry> {
    const entries = new Map<string, SourceEntry>();
    for (const source of sources) {
      this.#countAliased(source.entries.size, source.offset);
      for (const [id, entry] of source.entries) {
        if (!entries.has(id)) entries.set(id, entry);
      }
    }
    for (const [id, entry] of own) entries.set(id, entry);
    return entries;
  }

  #mergeSources(value: SourceNode): SourceMap[] {
    const sources = value.kind === "list" ? value.items : [value];
    return sources.map((source) => {
      if (source.kind === "map") return source;
      throw new ConversionError(
        "'<<' takes a mapping, or a list of mappings, and nothing else",
        source.offset,
      );
    });
  }
}

/** A tag says of what type a value is; no configuration needs one. */
function unfitTag(tag: string, value: string): string {
  const written = tag.replace("tag:yaml.org,2002:", "!!");
  return `the tag '${written}' does not fit ${value}; leave it out`;
}

function isMergeKey(node: YamlNode): boolean {
  return isScalar(node) && node.type === "PLAIN" && node.value === "<<" && node.tag === undefined;
}
