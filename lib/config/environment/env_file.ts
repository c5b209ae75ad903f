/**
 * Variables from files: the dotenv files of `env_file`, and the secrets that `env_from_file` finds
 * behind names ending in `_FILE`. Pure: whoever calls reads the files. What they contain is data.
 */
import { ConfigError, type Diagnostic } from "../../base/errors.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Ends a statement: a comment, and the end of the line. */
const REST = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;

/** Far more than a program takes; whoever may write the file must not have it cost more. */
const ENTRIES_MAX = 10_000;
/** As many mistakes are told. */
const ERRORS_MAX = 20;

/** A name, in quotes or not, and what follows it: `=`, or nothing more. */
const NAME =
  /[^\S\n]*(?:export[^\S\n]+)?(?:"([^"=\n]+)"|'([^'=\n]+)'|([^\s=#'"]+))(?:[^\S\n]*=|(?=[^\S\n]*(?:#|\n|$)))/y;

/**
 * Parses a dotenv file: `NAME=value`, `export NAME=value`, comments and empty lines. A value in
 * single quotes is verbatim but for `\'`, in double quotes `\n \r \t \" \\ \$` are escapes; both
 * may span lines. An unquoted value is trimmed and ends at a `#` that follows a blank. The last of
 * several wins. A name alone stands for the variable as it is, as docker(1) has it, and yields no
 * entry. The entries go into `Environment.withFileEntries`.
 *
 * @throws {ConfigError} with every line that cannot be read.
 */
export function parseEnvFile(text: string, file: string): Record<string, string> {
  const entries: [string, string][] = [];
  const errors: Diagnostic[] = [];
  const source = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  let line = 1;
  const fail = (message: string) => errors.push({ message, position: { file, line, column: 1 } });
  for (let at = 0; at < source.length && errors.length < ERRORS_MAX;) {
    const statement = readStatement(source, at);
    if (statement.kind === "entry") entries.push([statement.name, statement.text]);
    if (statement.kind === "error") fail(statement.message);
    if (entries.length > ENTRIES_MAX) {
      fail(`a file has ${ENTRIES_MAX} variables at most`);
      break;
    }
    line += countLines(source, at, statement.end);
    at = statement.end;
  }
  if (errors.length > 0) throw new ConfigError(errors);
  return Object.fromEntries(entries);
}

type Statement =
  | { readonly kind: "nothing"; readonly end: number }
  | { readonly kind: "entry"; readonly name: string; readonly text: string; readonly end: number }
  | { readonly kind: "error"; readonly message: string; readonly end: number };

function readStatement(source: string, at: number): Statement {
  const emptyEnd = endOf(REST, source, at);
  if (emptyEnd !== undefined) return { kind: "nothing", end: emptyEnd };
  NAME.lastIndex = at;
  const match = NAME.exec(source);
  const end = lineEnd(source, at);
  if (match === null) return { kind: "error", message: "expected NAME=value", end };
  const behind = at + match[0].length;
  if (!match[0].endsWith("=")) return { kind: "nothing", end };
  const value = readValue(source, behind);
  if (value.kind === "error") return { ...value, end };
  return { ...value, kind: "entry", name: match[1] ?? match[2] ?? match[3] as string };
}

function endOf(pattern: RegExp, source: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

type Value =
  | { readonly kind: "value"; readonly text: string; readonly end: number }
  | { readonly kind: "error"; readonly message: string };

function readValue(source: string, start: number): Value {
  let at = start;
  while (/[^\S\n]/.test(source[at] ?? "")) at++;
  const quoted = readQuoted(source, at);
  if (quoted !== undefined) return quoted.text.includes("\0") ? nulError() : quoted;
  const end = lineEnd(source, start);
  const raw = source.slice(start, end).replace(/\s#.*/, "").trim();
  if (raw.startsWith("'") || raw.startsWith('"')) {
    return { kind: "error", message: `closing ${raw[0]} expected at the end of the value` };
  }
  return raw.includes("\0") ? nulError() : { kind: "value", text: raw, end };
}

/**
 * Where a quoted value is followed by anything else, it may have been another quote that closes it.
 */
function readQuoted(
  source: string,
  at: number,
): Extract<Value, { kind: "value" }> | undefined {
  const quote = source[at];
  if (quote !== "'" && quote !== '"') return undefined;
  // A backslash before the last single quote may be meant as it is: 'C:\'.
  for (const hasEscapes of quote === "'" ? [false, true] : [true]) {
    const close = closingQuote(source, at + 1, { quote, hasEscapes });
    const end = close < 0 ? undefined : endOf(REST, source, close + 1);
    if (end === undefined) continue;
    const inner = source.slice(at + 1, close);
    const text = quote === '"' ? unescape(inner) : inner.replaceAll("\\'", "'");
    return { kind: "value", text, end };
  }
  return undefined;
}

function closingQuote(
  source: string,
  from: number,
  { quote, hasEscapes }: { readonly quote: string; readonly hasEscapes: boolean },
): number {
  if (!hasEscapes) return source.indexOf(quote, from);
  for (let at = from; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === quote) return at;
  }
  return -1;
}

function nulError(): Value {
  return { kind: "error", message: "a value cannot contain a NUL character" };
}

function unescape(text: string): string {
  return text.replace(/\\([nrt"\\$])/g, (_, char: string) => ESCAPES[char] ?? char);
}

/** Returns where the line of `at` ends, behind its newline. */
function lineEnd(source: string, at: number): number {
  return source.indexOf("\n", at) + 1 || source.length;
}

function countLines(source: string, from: number, to: number): number {
  return source.slice(from, to).split("\n").length - 1;
}

/** Reads a small text file; `undefined` where it does not exist. */
export type ReadText = (path: string) => string | undefined;

/**
 * Returns `X` for `X_FILE` with an absolute path. Any other variable names no file: `undefined`;
 * what a relative path is relative to, nobody could tell.
 */
export function secretName(name: string, value: string): string | undefined {
  return value.startsWith("/") ? /^(.+)_FILE$/s.exec(name)?.[1] : undefined;
}

/**
 * Returns the contents of the file that variable `name` leads to, newlines at the end taken off.
 *
 * @throws {ConfigError} where it does not exist or is not a value.
 */
export function readSecret(name: string, path: string, read: ReadText): string {
  const text = read(path);
  if (text === undefined) throw unusable(name, `file '${path}' does not exist`);
  if (text.includes("\0")) throw unusable(name, `file '${path}' contains a NUL character`);
  let end = text.length;
  while (end > 0 && "\r\n".includes(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** Says why the file that a variable names gives no value. */
export function unusable(name: string, reason: string): ConfigError {
  return new ConfigError([{ message: `Cannot take a value from ${name}: ${reason}` }]);
}
