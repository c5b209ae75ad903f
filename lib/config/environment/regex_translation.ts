/**
 * Translates regular expressions from Python's notation to JavaScript's, so that those written for
 * chaperone 0.3.9 keep their meaning: `(?P<name>…)`, `\A`, `\Z`, Unicode `\w`, `$` before a last
 * newline, `[` inside a class. Left out: conditionals, verbose mode, lookups by character name.
 */
import { linearSource } from "../../base/bounded_pattern.ts";
import { PatternScan } from "../../base/pattern_scan.ts";

/** Returns the expression, to be applied globally, or `undefined` where it is not one. */
export function translateRegex(source: string, ignoreCase: boolean): RegExp | undefined {
  return unlessInvalid(() => new Translation(source, ignoreCase, UNICODE).regExp());
}

/**
 * Returns the expression in a form that V8's linear engine knows (lib/base/bounded_pattern.ts), to
 * be applied globally to this very text; `undefined` where there is none.
 */
export function translateLinearly(
  source: string,
  ignoreCase: boolean,
  text: string,
): RegExp | undefined {
  // Among these characters, Python's Unicode classes are those of JavaScript, and `$` is the end.
  if (!/^\p{ASCII}*$/u.test(text) || text.endsWith("\n")) return undefined;
  return unlessInvalid(() => new Translation(source, ignoreCase, ASCII).linearRegExp());
}

function unlessInvalid(translate: () => RegExp | undefined): RegExp | undefined {
  try {
    return translate();
  } catch (error) {
    // RangeError: nested deeper than the engine's stack.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** How a translation writes what depends on the flags of the expression. */
interface Dialect {
  /** Class escapes as members of a class. */
  readonly classes: Readonly<Record<string, string>>;
  readonly assertions: Readonly<Record<string, string>>;
  /** `^` and `$` without Python's flag m. */
  readonly start: string;
  readonly end: string;
  /** Writes a character that is not a letter, digit or underscore. */
  readonly escape: (code: number) => string;
}

const WORD = "\\p{L}\\p{N}_";

/** With the flag v, which lets a class contain a class. */
const UNICODE: Dialect = {
  classes: {
    d: "\\p{Nd}",
    D: "\\P{Nd}",
    w: WORD,
    W: `[^${WORD}]`,
    s: "\\s",
    S: "\\S",
  },
  assertions: {
    A: "(?<![\\s\\S])",
    Z: "(?![\\s\\S])",
    b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
    B: `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`,
  },
  start: "(?<![\\s\\S])",
  end: "(?=\\n?(?![\\s\\S]))",
  escape: (code) => `\\u{${code.toString(16)}}`,
};

/** Without a flag, for texts of ASCII that do not end in a newline. */
const ASCII: Dialect = {
  classes: { d: "\\d", D: "\\D", w: "\\w", W: "\\W", s: "\\s", S: "\\S" },
  assertions: { A: "^", Z: "$", b: "\\b", B: "\\B" },
  start: "^",
  end: "$",
  escape: (code) => {
    if (code > 0xffff) throw new RangeError("no unit of UTF-16");
    return `\\u${code.toString(16).padStart(4, "0")}`;
  },
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
class Translation extends PatternScan {
  readonly #dialect: Dialect;
  #ignoreCase: boolean;
  #dotAll = false;
  #multiline = false;

  constructor(source: string, ignoreCase: boolean, dialect: Dialect) {
    super(source);
    this.#ignoreCase = ignoreCase;
    this.#dialect = dialect;
  }

  regExp(): RegExp {
    return new RegExp(this.#translated(), this.#ignoreCase ? "giv" : "gv");
  }

  linearRegExp(): RegExp | undefined {
    const plain = new RegExp(this.#translated()).source;
    const linear = linearSource(plain, this.#ignoreCase);
    return linear === undefined ? undefined : new RegExp(linear, "g");
  }

  #translated(): string {
    this.#globalFlags();
    let result = "";
    while (this.at < this.source.length) result += this.#item();
    return result;
  }

  #globalFlags(): void {
    for (
      let match = this.take(/\(\?([imsua]+)\)/y);
      match;
      match = this.take(/\(\?([imsua]+)\)/y)
    ) {
      const flags = match[1] as string;
      this.#ignoreCase ||= flags.includes("i");
      this.#multiline ||= flags.includes("m");
      this.#dotAll ||= flags.includes("s");
    }
  }

  #item(): string {
    const char = String.fromCodePoint(this.source.codePointAt(this.at) as number);
    if (char === "\\") return this.#escape();
    if (char === "[") return this.#class();
    if (char === "(") return this.#group();
    if (char === "{") return this.#braces();
    this.at += char.length;
    switch (char) {
      case ".":
        return this.#dotAll ? "[\\s\\S]" : "[^\\n]";
      case "^":
        return this.#multiline ? "(?<![^\\n])" : this.#dialect.start;
      case "$":
        return this.#multiline ? "(?![^\\n])" : this.#dialect.end;
      case "*":
      case "+":
      case "?":
      case "|":
      case ")":
        return char;
      default:
        return this.#literal(char);
    }
  }

  /** `{` that begins no repetition is ordinary. */
  #braces(): string {
    const match = this.take(/\{(\d*)(,?)(\d*)\}/y);
    if (match !== undefined && (match[1] || match[2])) {
      return `{${match[1] || "0"}${match[2]}${match[3]}}`;
    }
    if (match !== undefined) this.at -= match[0].length;
    this.at++;
    return this.#literal("{");
  }

  #group(): string {
    if (this.take(/\(\?#[^)]*\)/y)) return "";
    const backReference = this.take(/\(\?P=(\w+)\)/y);
    if (backReference) return `\\k<${backReference[1]}>`;
    const named = this.take(/\(\?P<(\w+)>/y);
    if (named) return `(?<${named[1]}>`;
    const opening = this.take(/\((?:\?(?:i?:|<?[=!]))?/y) as RegExpExecArray;
    return opening[0];
  }

  #escape(): string {
    this.at++;
    const backReference = this.take(/[1-9]\d?/y);
    if (backReference) return `(?:\\${backReference[0]})`;
    const number = this.#numericEscape();
    if (number !== undefined) return this.#literal(number);
    const char = this.#nextChar();
    const classEscape = this.#dialect.classes[char];
    if (classEscape !== undefined) return `[${classEscape}]`;
    return this.#dialect.assertions[char] ?? this.#controlOrLiteral(char);
  }

  #numericEscape(): string | undefined {
    const hex = this.take(/x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y);
    if (hex) return fromCodePoint(parseInt(hex[1] ?? hex[2] ?? hex[3] as string, 16));
    const octal = this.take(/0[0-7]{0,2}/y);
    return octal && fromCodePoint(parseInt(octal[0], 8));
  }

  #nextChar(): string {
    const code = this.source.codePointAt(this.at);
    if (code === undefined) throw new SyntaxError("the expression ends too early");
    const char = String.fromCodePoint(code);
    this.at += char.length;
    return char;
  }

  #class(): string {
    let result = this.take(/\[\^/y) ? "[^" : "[";
    if (result === "[") this.at++;
    // A bracket that comes first is a member.
    do result += this.#member(); while (this.source[this.at] !== "]");
    this.at++;
    return `${result}]`;
  }

  #member(): string {
    const low = this.#memberChar();
    if (!this.take(/-(?!\])/y)) return low;
    return `${low}-${this.#memberChar()}`;
  }

  #memberChar(): string {
    const char = this.#nextChar();
    if (char !== "\\") return this.#literal(char);
    const number = this.#numericEscape();
    if (number !== undefined) return this.#literal(number);
    const escaped = this.#nextChar();
    if (escaped === "b") return this.#literal("\b");
    return this.#dialect.classes[escaped] ?? this.#controlOrLiteral(escaped);
  }

  #controlOrLiteral(char: string): string {
    const control = CONTROLS[char];
    return this.#literal(control === undefined ? char : String.fromCharCode(control));
  }

  /** Writes a character so that it means itself, inside and outside of a class. */
  #literal(char: string): string {
    if (/^[A-Za-z0-9_]$/.test(char)) return char;
    return this.#dialect.escape(char.codePointAt(0) as number);
  }
}

function fromCodePoint(code: number): string {
  if (code > 0x10ffff) throw new SyntaxError("there is no such character");
  return String.fromCodePoint(code);
}
