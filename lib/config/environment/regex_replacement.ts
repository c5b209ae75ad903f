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
 * Replaces every match in `value`; `undefined` where the pattern is not a regular expression or the
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

/** How many steps a part of an expression takes at most: `factor` times a power of the value. */
interface Cost {
  power: number;
  factor: number;
  alternatives: number;
}

/**
 * What V8's linear engine does not know (look-around, back references, a value that is not ASCII)
 * is tried with a number of steps that grows by a power of the value for each `*` and `+`, by a
 * factor for what has an end, and exponentially where one without end holds anything that varies.
 */
function demandBoundedCost(source: string, value: string): void {
  const token =
    /\\u\{\w+\}|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:i?:|<?[=!]|<\w+>))?|\{(?<low>\d+)(?<more>,?)(?<high>\d*)\}|[^]/g;
  const open: Cost[] = [{ power: 1, factor: 1, alternatives: 1 }];
  const top = () => open.at(-1) as Cost;
  // Of what was read last, which a repetition would hold for.
  let last: Cost = { power: 0, factor: 1, alternatives: 1 };
  const finish = () => {
    top().power += last.power;
    top().factor *= last.factor * last.alternatives;
    last = { power: 0, factor: 1, alternatives: 1 };
  };
  for (const { 0: text, groups } of source.matchAll(token)) {
    const times = repetition(text, groups ?? {});
    if (times !== undefined) {
      last = repeat(last, times.low, times.high);
      continue;
    }
    finish();
    if (text === "|") top().alternatives++;
    else if (text.startsWith("(")) open.push({ power: 0, factor: 1, alternatives: 1 });
    else if (text === ")") last = open.pop() as Cost;
  }
  finish();
  if (value.length ** top().power * top().factor > STEPS_MAX) {
    throw new RegexCostError(`the value has ${value.length} characters`);
  }
}

/** Returns how often what stands before a token is repeated; undefined where it is none of these. */
function repetition(
  token: string,
  { low, more, high }: Readonly<Record<string, string | undefined>>,
): { readonly low: number; readonly high: number } | undefined {
  if (token === "*" || token === "+") return { low: 0, high: Infinity };
  if (token === "?") return { low: 0, high: 1 };
  if (low === undefined) return undefined;
  if (more === "") return { low: Number(low), high: Number(low) };
  return { low: Number(low), high: high ? Number(high) : Infinity };
}

function repeat({ power, factor, alternatives }: Cost, low: number, high: number): Cost {
  const ways = factor * alternatives;
  if (high < Infinity) {
    return { power: power * high, factor: ways ** high * (high - low + 1), alternatives: 1 };
  }
  if (power > 0 || ways > 1) throw new RegexCostError("a repetition stands within another");
  return { power: 1, factor: 1, alternatives: 1 };
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
