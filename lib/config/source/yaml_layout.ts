/**
 * Writes what only Python's YAML reader understands as the parser used here does, too: it indents
 * the lines that continue a bracket or a quote, puts a lone `-` within brackets in quotes, and a
 * blank behind the alias in `*name:`. Only for a text that was refused as it stands.
 */
import { lastUpTo } from "./source.ts";

/** A text with insertions and the way back to the offsets of the one it was made from. */
export interface Layout {
  readonly text: string;
  /** Maps an offset of `text` to the offset of the same character in the original. */
  readonly originalOffset: (offset: number) => number;
}

/** Wider than any indentation of a line that such a construct can begin on. */
const INDENTATION = " ".repeat(40);
/** A plain `-` within brackets: before a comma, a bracket, or the colon of a key. */
const LONE_DASH = /-(?=[,\]}]|:[\s,\]}])/y;
/** An alias as a key, whose colon the parser would take for a part of its name. */
const ALIAS_KEY = /\*[\w-]+(?=:(?:[\s,\]}]|$))/y;

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Returns `text` as the parser understands it. */
export function layOut(text: string): Layout {
  const insertions = new LineScan(text).run();
  const pieces: string[] = [];
  /** Where the insertions begin in the result. */
  const starts: number[] = [];
  let from = 0;
  let shift = 0;
  for (const insertion of insertions) {
    pieces.push(text.slice(from, insertion.at), insertion.text);
    starts.push(insertion.at + shift);
    from = insertion.at;
    shift += insertion.text.length;
  }
  pieces.push(text.slice(from));
  const originalOffset = (offset: number) => {
    const last = lastUpTo(starts, offset);
    const insertion = insertions[last];
    if (insertion === undefined) return offset;
    const sinceStart = offset - (starts[last] as number);
    return insertion.at + Math.max(0, sinceStart - insertion.text.length);
  };
  return { text: pieces.join(""), originalOffset };
}

/** Returns where the outermost bracket or quote opens that the text never closes. */
export function findUnclosed(text: string): number | undefined {
  const scan = new LineScan(text);
  scan.run();
  return scan.open[0];
}

/** Follows the text just closely enough to know where brackets and quotes are open. */
class LineScan {
  readonly #text: string;
  readonly #insertions: Insertion[] = [];
  /** Where the brackets and quotes open that are open still, the outermost first. */
  readonly open: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns what is to be inserted, in order. */
  run(): readonly Insertion[] {
    let at = 0;
    while (at < this.#text.length) {
      if (this.open.length > 0) this.#insertions.push({ at, text: INDENTATION });
      at = this.#line(at);
    }
    return this.#insertions;
  }

  /**
   * Scans the line that begins at `start`, and more if a quote or block goes on; returns the end.
   */
  #line(start: number): number {
    const text = this.#text;
    // Whether a value may begin here; within a plain value quotes and brackets are ordinary.
    let fresh = true;
    let at = start;
    while (at < text.length) {
      const char = text.charAt(at);
      if (char === "\n") return at + 1;
      if (char === "#" && (at === start || /\s/.test(text.charAt(at - 1)))) {
        return this.#lineEnd(at);
      }
      if (fresh && (char === '"' || char === "'")) {
        at = this.#quoted(at);
        continue;
      }
      if (fresh && (char === "&" || char === "!")) {
        at = this.#propertyEnd(at);
        continue;
      }
      if (fresh && this.open.length === 0 && (char === "|" || char === ">")) {
        return this.#blockScalar(start, at);
      }
      const end = fresh ? this.#rewritten(at) : at;
      if (end > at) {
        at = end;
        fresh = false;
        continue;
      }
      fresh = this.#step(char, at, fresh);
      at++;
    }
    return at;
  }

  /** Returns the end of a value at `at` that is to be written otherwise, else `at`. */
  #rewritten(at: number): number {
    if (this.open.length > 0 && this.#matches(LONE_DASH, at)) {
      this.#insertions.push({ at, text: "'" }, { at: at + 1, text: "'" });
      return at + 1;
    }
    if (!this.#matches(ALIAS_KEY, at)) return at;
    this.#insertions.push({ at: ALIAS_KEY.lastIndex, text: " " });
    return ALIAS_KEY.lastIndex;
  }

  #matches(pattern: RegExp, at: number): boolean {
    pattern.lastIndex = at;
    return pattern.test(this.#text);
  }

  /** Accounts for one character and returns whether a value may begin after it. */
  #step(char: string, at: number, fresh: boolean): boolean {
    if (char === " ") return fresh;
    if ((char === "[" || char === "{") && (fresh || this.open.length > 0)) {
      this.open.push(at);
      return true;
    }
    if ((char === "]" || char === "}") && this.open.length > 0) {
      this.open.pop();
      return false;
    }
    if (char === "," && this.open.length > 0) return true;
    const isIndicator = /\s/.test(this.#text.charAt(at + 1));
    return (char === ":" || (fresh && (char === "-" || char === "?"))) && isIndicator;
  }

  #quoted(open: number): number {
    const quote = this.#text.charAt(open);
    for (let at = open + 1; at < this.#text.length; at++) {
      const char = this.#text.charAt(at);
      if (char === quote) {
        if (quote === '"' || this.#text.charAt(at + 1) !== "'") return at + 1;
        at++;
      } else if (char === "\\" && quote === '"' && this.#text.charAt(at + 1) !== "\n") {
        at++;
      } else if (char === "\n") {
        this.#insertions.push({ at: at + 1, text: INDENTATION });
      }
    }
    this.open.push(open);
    return this.#text.length;
  }

  /** Skips the lines of a block scalar: those indented more than the line that begins it. */
  #blockScalar(lineStart: number, header: number): number {
    const indent = this.#indentAt(lineStart);
    let at = this.#lineEnd(header);
    while (at < this.#text.length) {
      const isBlank = /\s/.test(this.#text.charAt(at + this.#indentAt(at)));
      if (!isBlank && this.#indentAt(at) <= indent) return at;
      at = this.#lineEnd(at);
    }
    return at;
  }

  /** Skips an anchor or a tag, after which the value still follows. */
  #propertyEnd(at: number): number {
    while (at < this.#text.length && !/[\s,[\]{}]/.test(this.#text.charAt(at))) at++;
    return at;
  }

  #indentAt(lineStart: number): number {
    let at = lineStart;
    while (this.#text.charAt(at) === " ") at++;
    return at - lineStart;
  }

  #lineEnd(at: number): number {
    const newline = this.#text.indexOf("\n", at);
    return newline < 0 ? this.#text.length : newline + 1;
  }
}
