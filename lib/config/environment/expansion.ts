/**
 * The expansion language: `$(NAME)`, `${NAME}`, their operators and backticks within a text.
 *
 * A text is scanned once, from left to right. What takes the place of a construct is never scanned
 * again, so values cannot smuggle constructs in. Where names get their values from is the business
 * of the scope; this file knows neither levels nor cycles.
 */
import { compileGlob } from "./glob.ts";
import { RegexCostError, replaceMatches, type ReplacementPiece } from "./regex_replacement.ts";

/** A text cannot be expanded: a `:?` failed, or the text makes no sense. */
export class ExpansionError extends Error {
  /** The variable whose definition is at fault; absent where it is the text of a directive. */
  readonly variable: string | undefined;

  constructor(message: string, variable?: string) {
    super(message);
    this.name = "ExpansionError";
    this.variable = variable;
  }
}

/** What begins a construct. */
export interface Introducer {
  readonly prefix: string;
  /** The accepted brackets out of `([{`. */
  readonly openers: string;
}

/** What a text is expanded with. */
export interface ExpansionScope {
  /**
   * Returns the value that takes the place of a name, `undefined` where it is not defined. Who
   * expands another text for it passes `depth` on.
   */
  readonly lookup: (name: string, depth: number) => string | undefined;
  /** Runs the command of a backtick; absent: backticks are ordinary text. */
  readonly run?: ((command: string) => string) | undefined;
  /** Absent: `$(` and `${`. */
  readonly introducer?: Introducer | undefined;
  /** How many texts are being expanded around this one; absent: none. */
  readonly depth?: number | undefined;
}

/**
 * Which backticks run: `bare` is any, as in values of variables; `bracketed` only `` $(`…`) ``, as
 * in other directives. In the text parts of operators any backtick runs.
 */
export type BacktickPlaces = "bare" | "bracketed";

const SHELL_STYLE: Introducer = { prefix: "$", openers: "({" };
const CLOSER_OF: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Constructs within constructs and variables within variables; far below what the stack takes. */
const DEPTH_MAX = 300;

/** Tells whether expanding `text` may change it (with the usual introducer). */
export function hasExpansion(text: string): boolean {
  return text.includes("$(") || text.includes("${") || text.includes("`");
}

/**
 * Returns a text that expands to `text`, as the value of a directive: what looks like a construct is
 * none.
 */
export function literal(text: string): string {
  return text.replace(/\$(?=[({])/g, "\\$");
}

/**
 * Returns `text` with its constructs expanded. An unterminated construct stays, and so does all
 * that follows it; `\$(` becomes `$(`.
 *
 * @throws {ExpansionError}
 */
export function expandText(text: string, scope: ExpansionScope, places: BacktickPlaces): string {
  const depth = (scope.depth ?? 0) + 1;
  if (depth > DEPTH_MAX) {
    throw new ExpansionError(`expansion is nested more than ${DEPTH_MAX} levels deep`);
  }
  return new TextExpansion(text, { ...scope, depth }, places).result();
}

/** The left-to-right scan of one text. */
class TextExpansion {
  readonly #text: string;
  readonly #scope: ExpansionScope;
  readonly #introducer: Introducer;
  readonly #bareBackticks: boolean;

  constructor(text: string, scope: ExpansionScope, places: BacktickPlaces) {
    this.#text = text;
    this.#scope = scope;
    this.#introducer = scope.introducer ?? SHELL_STYLE;
    this.#bareBackticks = places === "bare" && scope.run !== undefined;
  }

  result(): string {
    const text = this.#text;
    let result = "";
    let from = 0;
    let at = this.#next(0);
    while (at < text.length) {
      if (this.#isEscaped(at, from)) {
        const end = at + this.#introducer.prefix.length + 1;
        result += text.slice(from, at - 1) + text.slice(at, end);
        from = end;
      } else {
        const end = this.#endOf(at);
        // An open backtick is an ordinary character; an open construct ends the scan.
        if (end < 0 && text[at] !== "`") break;
        result += text.slice(from, at) + (end < 0 ? "`" : this.#expandAt(at, end));
        from = end < 0 ? at + 1 : end;
      }
      at = this.#next(from);
    }
    return result + text.slice(from);
  }

  /**
   * Returns where the next construct or bare backtick begins, the length of the text without one.
   */
  #next(from: number): number {
    const { prefix } = this.#introducer;
    const tick = this.#bareBackticks ? this.#text.indexOf("`", from) : -1;
    const end = tick < 0 ? this.#text.length : tick;
    for (let at = this.#text.indexOf(prefix, from); at >= 0 && at < end;) {
      if (this.#isIntroducer(at)) return at;
      at = this.#text.indexOf(prefix, at + 1);
    }
    return end;
  }

  #isIntroducer(at: number): boolean {
    const { prefix, openers } = this.#introducer;
    const opener = this.#text[at + prefix.length];
    return this.#text.startsWith(prefix, at) && opener !== undefined && openers.includes(opener);
  }

  /** Tells whether the introducer at `at` is written literally; a backtick cannot be. */
  #isEscaped(at: number, from: number): boolean {
    return at > from && this.#text[at - 1] === "\\" && this.#text[at] !== "`";
  }

  /** Returns where what begins at `at` ends, exclusive, or -1. */
  #endOf(at: number): number {
    return this.#isIntroducer(at)
      ? constructEnd(this.#text, at + this.#introducer.prefix.length)
      : this.#backtickEnd(at);
  }

  /** A backtick within a construct within the command does not end the command. */
  #backtickEnd(open: number): number {
    const text = this.#text;
    for (let at = open + 1; at < text.length; at++) {
      if (text[at] === "`") return at + 1;
      if (!this.#isIntroducer(at)) continue;
      const bracket = at + this.#introducer.prefix.length;
      const end = text[at - 1] === "\\" ? bracket + 1 : constructEnd(text, bracket);
      if (end < 0) return -1;
      at = end - 1;
    }
    return -1;
  }

  #expandAt(at: number, end: number): string {
    const scope = this.#scope;
    if (!this.#isIntroducer(at)) return runBacktick(this.#text.slice(at + 1, end - 1), scope);
    const bodyAt = at + this.#introducer.prefix.length + 1;
    const body = this.#text.slice(bodyAt, end - 1);
    const expanded = expandConstruct(body, scope);
    if (expanded !== undefined) return expanded;
    return this.#text.slice(at, bodyAt) + this.#runWithin(body) + this.#text.slice(end - 1, end);
  }

  /** A construct that stays is text like any other, in which backticks run (chaperone 0.3.9). */
  #runWithin(body: string): string {
    if (!this.#bareBackticks || !body.includes("`")) return body;
    return body.replace(
      /`([^`]*)`/g,
      (_, command: string) => runBacktick(command, this.#scope),
    );
  }
}

/**
 * Returns where the construct whose bracket opens at `open` ends, -1 where it does not. Within an
 * inner bracket, only its own partner closes anything: `$(X:-[)])` is whole (chaperone 0.3.9).
 */
function constructEnd(text: string, open: number): number {
  const closers: string[] = [];
  for (let at = open; at < text.length; at++) {
    const char = text.charAt(at);
    const closer = CLOSER_OF[char];
    if (closer !== undefined) {
      closers.push(closer);
    } else if (char === '"' || char === "`") {
      at = text.indexOf(char, at + 1);
      if (at < 0) return -1;
    } else if (char === closers.at(-1)) {
      closers.pop();
      if (closers.length === 0) return at + 1;
    }
  }
  return -1;
}

function runBacktick(command: string, scope: ExpansionScope): string {
  return scope.run?.(expandText(command, scope, "bracketed")) ?? "";
}

/** Returns what takes the place of a construct, `undefined` where the construct stays. */
function expandConstruct(body: string, scope: ExpansionScope): string | undefined {
  if (body.length > 2 && body.startsWith("`") && body.endsWith("`")) {
    const command = body.slice(1, -1);
    // Where nothing runs, the backticks are left for whoever reads the text next (0.3.9's envcp).
    if (scope.run === undefined) return `\`${expandText(command, scope, "bracketed")}\``;
    return runBacktick(command, scope);
  }
  const depth = scope.depth ?? 0;
  const colon = body.indexOf(":");
  const operator = colon < 0 ? "" : body.charAt(colon + 1);
  if (operator === "" || !"-+_?|/".includes(operator)) return scope.lookup(body, depth);
  const value = scope.lookup(body.slice(0, colon), depth) ?? "";
  return applyOperator(operator, value, body, colon + 2, scope);
}

/** Applies the operator to a value that is empty where its name is undefined. */
function applyOperator(
  operator: string,
  value: string,
  body: string,
  operandAt: number,
  scope: ExpansionScope,
): string {
  const operand = body.slice(operandAt);
  switch (operator) {
    case "-":
      return value || expandText(operand, scope, "bare");
    case "+":
      return value && expandText(operand, scope, "bare");
    case "_":
      return value ? "" : expandText(operand, scope, "bare");
    case "|":
      return expandText(chooseAlternative(value, operand), scope, "bare");
    case "/":
      return substitute(value, body, operand, scope);
    default:
      if (value) return value;
      throw new ExpansionError(
        expandText(operand, scope, "bare") || `the variable in '$(${body})' has no value`,
      );
  }
}

/** `:|a`, `:|a|b` choose by whether there is a value, `:|pattern|a|b` by whether it matches. */
function chooseAlternative(value: string, operand: string): string {
  const parts = operand.split(/(?<!\\)\|/);
  if (parts.length < 3) return (value ? parts[0] : parts[1]) ?? "";
  const [pattern = "", matching = "", other = ""] = parts;
  const chosen = compileGlob(pattern, true)(value) ? matching : other;
  return chosen.replaceAll("\\|", "|");
}

/** `:/pattern/replacement/flags`. */
function substitute(value: string, body: string, operand: string, scope: ExpansionScope): string {
  const parts = /^((?:[^\\/]|\\.)+)\/((?:[^\\/]|\\.)*)\/(i?)$/s.exec(operand);
  const result = parts === null ? undefined : boundedly(body, () =>
    replaceMatches(value, {
      pattern: (parts[1] as string).replaceAll("\\/", "/"),
      replacement: (parts[2] as string).replaceAll("\\/", "/"),
      ignoreCase: parts[3] === "i",
      join: (pieces) => expandPieces(pieces, scope),
    }));
  if (result !== undefined) return result;
  throw new ExpansionError(`'$(${body})' is not a replacement; write $(NAME:/PATTERN/TEXT/)`);
}

function boundedly<T>(body: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof RegexCostError)) throw error;
    throw new ExpansionError(
      `regular expression in '${body}' could take any time: ${error.message}, ` +
        "and it looks around or refers back, or the value is not of ASCII alone; write it simpler",
    );
  }
}

/**
 * Expands one replacement. chaperone 0.3.9 expanded the whole value once more after replacing; here
 * only the text of the configuration may contain constructs, the value's own text is data.
 */
function expandPieces(pieces: readonly ReplacementPiece[], scope: ExpansionScope): string {
  const { prefix } = scope.introducer ?? SHELL_STYLE;
  const isPlain = pieces.every(({ text, isData }) =>
    isData || !(text.includes(prefix) || text.includes("`"))
  );
  if (isPlain) return pieces.map(({ text }) => text).join("");
  const masked = pieces.map(({ text, isData }) => isData ? mask(text, prefix) : text).join("");
  const run = scope.run;
  const unmasking: ExpansionScope = {
    ...scope,
    lookup: (name, depth) => scope.lookup(unmask(name), depth),
    run: run && ((command) => run(unmask(command))),
  };
  return unmask(expandText(masked, unmasking, "bare"));
}

const STRUCTURE = '`\\()[]{}":|/';
/** Lone surrogates: no decoded text contains any. */
const MASK_BASE = 0xdc00;

/** Replaces the ASCII characters that the scan would react to by stand-ins. */
function mask(text: string, prefix: string): string {
  return text.replace(/[!-~]/g, (char) => {
    if (!STRUCTURE.includes(char) && !prefix.includes(char)) return char;
    return String.fromCharCode(MASK_BASE + char.charCodeAt(0));
  });
}

function unmask(text: string): string {
  return text.replace(
    /[\udc00-\udc7f]/gu,
    (char) => String.fromCharCode(char.charCodeAt(0) - MASK_BASE),
  );
}
