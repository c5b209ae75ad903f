/**
 * Global replacement with patterns and templates in Python's notation, which configurations were
 * written for: `\1`, `\g<1>`, `\g<name>` and `\0` or `\g<0>` for the whole match.
 */
import { translateRegex } from "./regex_translation.ts";

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

/**
 * Replaces every match in `value`; `undefined` where the pattern is no regular expression or the
 * replacement refers to a group that it does not have.
 */
export function replaceMatches(value: string, replacement: Replacement): string | undefined {
  const regex = translateRegex(replacement.pattern, replacement.ignoreCase);
  if (regex === undefined) return undefined;
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
