/**
 * Translates regular expressions from Python's notation to JavaScript's, so that those written for
 * chaperone 0.3.9 keep their meaning: `(?P<name>…)`, `\A`, `\Z`, Unicode `\w`, `$` before a last
 * newline, `[` inside a class. Left out: conditionals, verbose mode, lookups by character name.
 */

/** Returns the expression, to be applied globally, or `undefined` where it is not one. */
export function translateRegex(source: string, ignoreCase: boolean): RegExp | undefined {
  try {
    return new Translation(source, ignoreCase).regExp();
  } catch (error) {
    // RangeError: nested deeper than the engine's stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const WORD = "\\p{L}\\p{N}_";

/** Class escapes as members of a class; the `v` flag lets a class contain a class. */
const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  D: "\\P{Nd}",
  w: WORD,
  W: `[^${WORD}]`,
  s: "\\s",
  S: "\\S",
};

const ASSERTIONS: Readonly<Record<string, string>> = {
  A: "(?<![\\s\\S])",
  Z: "(?![\\s\\S])",
  b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
  B: `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`,
};

const CONTROLS: Readonly<Record<string, number>> = {
  a: 7,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** A reader of one expression. */
class Translation {
  readonly #source: string;
  #at = 0;
  #ignoreCase: boolean;
  #dotAll = false;
  #multiline = false;

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
  }

  regExp(): RegExp {
    this.#globalFlags();
    let result = "";
    while (this.#at < this.#source.length) result += this.#item();
    return new RegExp(result, this.#ignoreCase ? "giv" : "gv");
  }

  /** Takes `pattern` at the current position. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #globalFlags(): void {
    for (
      let match = this.#take(/\(\?([imsua]+)\)/y);
      match;
      match = this.#take(/\(\?([imsua]+)\)/y)
    ) {
      const flags = match[1] as string;
      this.#ignoreCase ||= flags.includes("i");
      this.#multiline ||= flags.includes("m");
      this.#dotAll ||= flags.includes("s");
    }
  }

  #item(): string {
    const char = String.fromCodePoint(this.#source.codePointAt(this.#at) as number);
    if (char === "\\") return this.#escape();
    if (char === "[") return this.#class();
    if (char === "(") return this.#group();
    if (char === "{") return this.#braces();
    this.#at += char.length;
    switch (char) {
      case ".":
        return this.#dotAll ? "[\\s\\S]" : "[^\\n]";
      case "^":
        return this.#multiline ? "(?<![^\\n])" : "(?<![\\s\\S])";
      case "$":
        return this.#multiline ? "(?![^\\n])" : "(?=\\n?(?![\\s\\S]))";
      case "*":
      case "+":
      case "?":
      case "|":
      case ")":
        return char;
      default:
        return literal(char);
    }
  }

  /** `{` that begins no repetition is ordinary. */
  #braces(): string {
    const match = this.#take(/\{(\d*)(,?)(\d*)\}/y);
    if (match !== undefined && (match[1] || match[3])) {
      return `{${match[1] || "0"}${match[2]}${match[3]}}`;
    }
    if (match !== undefined) this.#at -= match[0].length;
    this.#at++;
    return literal("{");
  }

  #group(): string {
    if (this.#take(/\(\?#[^)]*\)/y)) return "";
    const backReference = this.#take(/\(\?P=(\w+)\)/y);
    if (backReference) return `\\k<${backReference[1]}>`;
    const named = this.#take(/\(\?P<(\w+)>/y);
    if (named) return `(?<${named[1]}>`;
    const opening = this.#take(/\((?:\?(?:i?:|<?[=!]))?/y) as RegExpExecArray;
    return opening[0];
  }

  #escape(): string {
    this.#at++;
    const backReference = this.#take(/[1-9]\d?/y);
    if (backReference) return `(?:\\${backReference[0]})`;
    const number = this.#numericEscape();
    if (number !== undefined) return literal(number);
    const char = this.#nextChar();
    const classEscape = CLASS_ESCAPES[char];
    if (classEscape !== undefined) return `[${classEscape}]`;
    return ASSERTIONS[char] ?? controlOrLiteral(char);
  }

  #numericEscape(): string | undefined {
    const hex = this.#take(/x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y);
    if (hex) return fromCodePoint(parseInt(hex[1] ?? hex[2] ?? hex[3] as string, 16));
    const octal = this.#take(/0[0-7]{0,2}/y);
    return octal && fromCodePoint(parseInt(octal[0], 8));
  }

  #nextChar(): string {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw new SyntaxError("the expression ends too early");
    const char = String.fromCodePoint(code);
    this.#at += char.length;
    return char;
  }

  #class(): string {
    let result = this.#take(/\[\^/y) ? "[^" : "[";
    if (result === "[") this.#at++;
    // A bracket that comes first is a member.
    do result += this.#member(); while (this.#source[this.#at] !== "]");
    this.#at++;
    return `${result}]`;
  }

  #member(): string {
    const low = this.#memberChar();
    if (!this.#take(/-(?!\])/y)) return low;
    return `${low}-${this.#memberChar()}`;
  }

  #memberChar(): string {
    const char = this.#nextChar();
    if (char !== "\\") return literal(char);
    const number = this.#numericEscape();
    if (number !== undefined) return literal(number);
    const escaped = this.#nextChar();
    if (escaped === "b") return literal("\b");
    return CLASS_ESCAPES[escaped] ?? controlOrLiteral(escaped);
  }
}

function controlOrLiteral(char: string): string {
  const control = CONTROLS[char];
  return literal(control === undefined ? char : String.fromCharCode(control));
}

function fromCodePoint(code: number): string {
  if (code > 0x10ffff) throw new SyntaxError("there is no such character");
  return String.fromCodePoint(code);
}

/** Writes a character so that it means itself, inside and outside of a class. */
function literal(char: string): string {
  if (/^[A-Za-z0-9_]$/.test(char)) return char;
  return `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
}
