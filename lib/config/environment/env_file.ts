/**
 * Variables from files: the dotenv files of `env_file`, and the secrets that `env_from_file` finds
 * behind names ending in `_FILE`. Pure: whoever calls reads the files. What they contain is data.
 */
import { ConfigError, type Diagnostic } from "../../base/errors.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * Parses a dotenv file: `NAME=value`, `export NAME=value`, comments and empty lines. A value in
 * single quotes is verbatim, in double quotes `\n \r \t \" \\ \$` are escapes; both may span lines. An
 * unquoted value is trimmed and ends at a `#` that follows a blank. The last of several wins.
 * The entries go into `Environment.withFileEntries`.
 *
 * @throws {ConfigError} with every line that cannot be read.
 */
export function parseEnvFile(text: string, file: string): Record<string, string> {
  const entries: [string, string][] = [];
  const errors: Diagnostic[] = [];
  const source = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const statement =
    /[^\S\n]*(?:#[^\n]*)?(?:\n|$)|[^\S\n]*(?:export[^\S\n]+)?([^\s=#'"]+)[^\S\n]*=/y;
  let line = 1;
  for (let at = 0; at < source.length;) {
    statement.lastIndex = at;
    const match = statement.exec(source);
    const valueAt = statement.lastIndex;
    const value = match?.[1] === undefined ? undefined : readValue(source, valueAt);
    let end = valueAt;
    if (match === null || value?.kind === "error") {
      const message = value?.kind === "error" ? value.message : "expected NAME=value";
      errors.push({ message, position: { file, line, column: 1 } });
      end = lineEnd(source, at);
    } else if (value !== undefined) {
      entries.push([match[1] as string, value.text]);
      end = value.end;
    }
    line += countLines(source, at, end);
    at = end;
  }
  if (errors.length > 0) throw new ConfigError(errors);
  return Object.fromEntries(entries);
}

type Value =
  | { readonly kind: "value"; readonly text: string; readonly end: number }
  | { readonly kind: "error"; readonly message: string };

function readValue(source: string, start: number): Value {
  const quoted = /[^\S\n]*(?:'([^']*)'|"((?:[^"\\]|\\[^])*)")[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
  quoted.lastIndex = start;
  const match = quoted.exec(source);
  if (match !== null) {
    const text = match[1] ?? unescape(match[2] as string);
    return text.includes("\0") ? nulError() : { kind: "value", text, end: quoted.lastIndex };
  }
  const end = lineEnd(source, start);
  const raw = source.slice(start, end).replace(/\s#.*/, "").trim();
  if (raw.startsWith("'") || raw.startsWith('"')) {
    return { kind: "error", message: `closing ${raw[0]} expected at the end of the value` };
  }
  return raw.includes("\0") ? nulError() : { kind: "value", text: raw, end };
}

function nulError(): Value {
  return { kind: "error", message: "a value cannot contain a NUL character" };
}

function unescape(text: string): string {
  return text.replace(/\\([nrt"\\$])/g, (_, char: string) => ESCAPES[char] ?? char);
}

/** Returns where the line of `at` ends, behind its newline. */
function lineEnd(source: string, at: number): number {
  const newline = source.indexOf("\n", at);
  return newline < 0 ? source.length : newline + 1;
}

function countLines(source: string, from: number, to: number): number {
  let count = 0;
  for (let at = source.indexOf("\n", from); at >= 0 && at < to; at = source.indexOf("\n", at + 1)) {
    count++;
  }
  return count;
}

/** Reads a small text file; `undefined` where it does not exist. */
export type ReadText = (path: string) => string | undefined;

/**
 * Returns `X` for `X_FILE` with an absolute path. Any other variable names no file: `undefined`;
 * what a relative path is relative to, nobody could tell.
 */
export function secretName(name: string, value: string): string | undefined {
  const isFile = name.length > "_FILE".length && name.endsWith("_FILE") && value.startsWith("/");
  return isFile ? name.slice(0, -"_FILE".length) : undefined;
}

/**
 * Returns the contents of the file that variable `name` leads to, newlines at the end taken off.
 *
 * @throws {ConfigError} where it does not exist or is no value.
 */
export function readSecret(name: string, path: string, read: ReadText): string {
  const text = read(path);
  if (text === undefined) throw unusable(name, `file '${path}' does not exist`);
  if (text.includes("\0")) throw unusable(name, `file '${path}' contains a NUL character`);
  return text.replace(/[\r\n]+$/, "");
}

/** Says why the file that a variable names gives no value. */
export function unusable(name: string, reason: string): ConfigError {
  return new ConfigError([{ message: `Cannot take a value from ${name}: ${reason}` }]);
}
