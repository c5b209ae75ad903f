/**
 * Regular expressions that meet somebody else's text. V8 tries alternatives one after another,
 * which can take time that grows with a power of the text, or exponentially. The compiled program
 * makes V8 take its linear engine instead after some thousand steps back (build.ts), which knows
 * neither the flags i, u and v nor look-around, back references and large counts. So the flag i is
 * written out here, `a` as `[aA]`; what the linear engine still does not know is held against the
 * beginning of a text only.
 */
import { PatternScan } from "./pattern_scan.ts";

/**
 * How much of a text is looked at, in characters. A step of the linear engine takes some
 * microseconds.
 */
const LINEAR_TEXT_MAX = 4096;
const OTHER_TEXT_MAX = 1024;

/**
 * The linear engine unrolls counts, and refuses more copies than this: V8, kMaxReplicationFactor.
 */
const COPIES_MAX = 16;

/** A pattern whose time is bounded; it keeps no position. */
export interface BoundedPattern {
  /** Whether V8's linear engine can take over. */
  readonly isLinear: boolean;
  /** Whether it is found in the text. */
  test(text: string): boolean;
}

/** Makes a pattern that keeps nothing between two texts. @throws {SyntaxError} for what is none. */
export function boundedPattern(
  source: string,
  flags: { ignoreCase?: boolean } = {},
): BoundedPattern {
  const ignoreCase = flags.ignoreCase === true;
  const original = new RegExp(source, ignoreCase ? "i" : "");
  const linear = linearSource(source, ignoreCase);
  const regExp = linear === undefined ? original : new RegExp(linear);
  const textMax = linear === undefined ? OTHER_TEXT_MAX : LINEAR_TEXT_MAX;
  return {
    isLinear: linear !== undefined,
    test: (text) => regExp.test(text.length > textMax ? text.slice(0, textMax) : text),
  };
}

/**
 * Returns an expression of the same meaning that needs no flag and that the linear engine knows;
 * undefined where there is none. The source has been found to be a regular expression without the
 * flags u and v.
 */
export function linearSource(source: string, ignoreCase: boolean): string | undefined {
  return new Rewriting(source, ignoreCase).run();
}

/** `\d`, `\b` and the like, which mean the same with and without the flag i. */
const KEPT_ESCAPE = /\\(?:[dDwWsSbBfnrtv]|0(?!\d)|c[A-Za-z])/y;
const CODED_ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4}))/y;
const REFERENCE = /\\[1-9k]/y;
const PLAIN_GROUP = /\((?:\?:|\?<[^=!][^>]*>|(?!\?))/y;
const COUNT = /\{(\d+)(?:,(\d*))?\}/y;

class Rewriting extends PatternScan {
  readonly #ignoreCase: boolean;
  /** How often the last item would be copied, and the most of each group that is open. */
  #copies = 1;
  readonly #open: number[] = [];

  constructor(source: string, ignoreCase: boolean) {
    super(source);
    this.#ignoreCase = ignoreCase;
  }

  run(): string | undefined {
    let result = "";
    while (this.at < this.source.length) {
      const item = this.#item();
      if (item === undefined) return undefined;
      result += item;
    }
    return result;
  }

  #item(): string | undefined {
    const char = this.source[this.at] as string;
    if (char === "{") {
      const count = this.take(COUNT);
      if (count !== undefined) return this.#count(count);
    }
    if (char === ")") {
      this.#copies = this.#open.pop() ?? 1;
      this.#note();
      this.at++;
      return char;
    }
    const isRepetition = "*+?".includes(char);
    if (!isRepetition) this.#copies = 1;
    if (isRepetition || "|^$.".includes(char)) {
      this.at++;
      return char;
    }
    if (char === "(") return this.#group();
    if (char === "[") return this.#class();
    return char === "\\" ? this.#escape() : this.#literal();
  }

  #count([text, least = "0", most]: RegExpExecArray): string | undefined {
    this.#copies *= Math.max(1, Number(most || least));
    this.#note();
    return this.#copies > COPIES_MAX ? undefined : text;
  }

  #note(): void {
    const last = this.#open.length - 1;
    if (last >= 0) this.#open[last] = Math.max(this.#open[last] as number, this.#copies);
  }

  #group(): string | undefined {
    const opening = this.take(PLAIN_GROUP);
    if (opening !== undefined) this.#open.push(1);
    return opening?.[0];
  }

  #escape(): string | undefined {
    if (this.take(REFERENCE)) return undefined;
    return this.take(KEPT_ESCAPE)?.[0] ?? this.#literal();
  }

  #literal(): string {
    const from = this.at;
    const char = this.#char();
    const same = this.#ignoreCase ? variantsOf(char) : [char];
    return same.length > 1 ? `[${same.map(written).join("")}]` : this.source.slice(from, this.at);
  }

  /** Takes one character that stands for itself, escaped or not. */
  #char(): string {
    const coded = this.take(CODED_ESCAPE);
    if (coded !== undefined) return String.fromCharCode(parseInt(coded[1] ?? coded[2] ?? "", 16));
    if (this.source[this.at] === "\\") this.at++;
    return this.source[this.at++] ?? "";
  }

  #class(): string {
    const from = this.at;
    let added = "";
    this.at += this.source[this.at + 1] === "^" ? 2 : 1;
    while (this.at < this.source.length && this.source[this.at] !== "]") {
      if (this.take(KEPT_ESCAPE)) continue;
      const low = this.#char();
      const isRange = this.source[this.at] === "-" && this.source[this.at + 1] !== "]" &&
        !/\\[dDwWsS]/y.test(this.source.slice(this.at + 1, this.at + 3));
      if (isRange) this.at++;
      const high = isRange ? this.#char() : low;
      if (this.#ignoreCase) added += variantsOfRange(low, high);
    }
    const text = this.source.slice(from, this.at++);
    // A class may end in a `-` that stands for itself.
    return added === "" ? `${text}]` : `${text.replace(/(?<!\\)-$/, "\\-")}${added}]`;
  }
}

function written(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What a character is compared as with the flag i: ECMA-262, Canonicalize. */
function canonical(char: string): string {
  const upper = char.toUpperCase();
  if (upper.length !== 1) return char;
  return char.charCodeAt(0) >= 128 && upper.charCodeAt(0) < 128 ? char : upper;
}

function variantsOf(char: string): string[] {
  const wanted = canonical(char);
  const candidates = [char, wanted, char.toLowerCase(), wanted.toLowerCase()];
  return [...new Set(candidates)].filter((each) => each.length === 1 && canonical(each) === wanted);
}

/** Returns what a class needs besides, as members. */
function variantsOfRange(low: string, high: string): string {
  let added = "";
  for (let code = low.charCodeAt(0); code <= high.charCodeAt(0); code++) {
    const char = String.fromCharCode(code);
    for (const each of variantsOf(char)) {
      if (each < low || each > high) added += written(each);
    }
  }
  return added;
}
