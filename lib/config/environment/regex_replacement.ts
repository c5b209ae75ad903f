/**
 * Global replacement with patterns and templates in Python's notation, which configurations were
 * written for: `\1`, `\g<1>`, `\g<name>` and `\0` or `\g<0>` for the whole match.
 */
import { translateLinearly, translateRegex } from "./regex_translation.ts";

/** A part of what replaces a match: text of the template, or data taken from the match. */
export interface ReplacementPiece {
  readonly text: string;
  readonly isData: boolean;
}

/** What to replace by what. */
export interface Replacement {
  readonly pattern: string;
  readonly replacement: string;
  readonly ignoreCase: boolean;
  /** Makes the text that replaces one match. */
  readonly join: (pieces: readonly ReplacementPiece[]) => string;
}

type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "group"; readonly group: string };

/** The expression could take any time with the value. */
export class RegexCostError extends Error {}

/** More steps than a configuration may take. */
const STEPS_MAX = 1e9;

/**
 * Replaces every match in `value`; `undefined` where the pattern is no regular expression or the
 * replacement refers to a group that it does not have.
 *
 * @throws {RegexCostError}
 */
export function replaceMatches(value: string, replacement: Replacement): string | undefined {
  const { pattern, ignoreCase } = replacement;
  let regex = translateLinearly(pattern, ignoreCase, value);
  if (regex === undefined) {
    regex = translateRegex(pattern, ignoreCase);
    if (regex === undefined) return undefined;
    demandBoundedCost(regex.source, value);
  }
  const template = parseTemplate(replacement.replacement);
  // The empty alternative always matches, so its result lists the groups.
  const groups = new RegExp(`${regex.source}|`, regex.flags).exec("");
  const known = (group: string) => groupText(groups as RegExpExecArray, group) !== undefined;
  if (!template.every((part) => part.kind === "text" || known(part.group))) return undefined;
  let result = "";
  let from = 0;
  for (const match of value.matchAll(regex)) {
    const pieces = template.map((part): ReplacementPiece =>
      part.kind === "text"
        ? { text: part.text, isData: false }
        : { text: groupText(match, part.group) ?? "", isData: true }
    );
    result += value.slice(from, match.index) + replacement.join(pieces);
    from = match.index + match[0].length;
  }
  return result + value.slice(from);
}

/**
 * What V8's linear engine does not know (look-around, back references, a value that is not ASCII)
 * is tried with a number of steps that grows by a power of the value for each `*` and `+`, and
 * exponentially where one stands within another.
 */
function demandBoundedCost(source: string, value: string): void {
  const open: boolean[] = [false];
  let repetitions = 0;
  const token = /\\u\{\w+\}|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]))?|\)|[*+|]|\{\d+,\}|[^]/g;
  let closed = false;
  for (const [text] of source.matchAll(token)) {
    const isRepetition = /^(?:[*+]|\{\d+,\})$/.test(text);
    if (isRepetition) {
      repetitions++;
      if (closed) throw new RegexCostError("a repetition stands within another");
    }
    if (isRepetition || text === "|") open[open.length - 1] = true;
    closed = text === ")" && open.pop() === true;
    if (closed) open[open.length - 1] = true;
    if (text.startsWith("(")) open.push(false);
  }
  if (value.length ** (repetitions + 1) > STEPS_MAX) {
    throw new RegexCostError(`the value has ${value.length} characters`);
  }
}

/** Returns what a group matched, empty where it took no part, `undefined` where there is none. */
function groupText(match: RegExpExecArray, group: string): string | undefined {
  if (/^\d+$/.test(group)) {
    const index = Number(group);
    return index < match.length ? match[index] ?? "" : undefined;
  }
  const named = match.groups;
  return named !== undefined && Object.hasOwn(named, group) ? named[group] ?? "" : undefined;
}

const CONTROL: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** An escape that means nothing stays as it is, so `\$(` reaches the expansion. */
function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const reference = /\\(?:g<(\w+)>|([1-9]\d?|0)|([abfnrtv\\]))/g;
  let from = 0;
  for (const match of text.matchAll(reference)) {
    parts.push({ kind: "text", text: text.slice(from, match.index) });
    const [whole, name, digits, control] = match;
    const group = name ?? digits;
    if (group !== undefined) parts.push({ kind: "group", group });
    else parts.push({ kind: "text", text: CONTROL[control as string] as string });
    from = match.index + whole.length;
  }
  parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}
