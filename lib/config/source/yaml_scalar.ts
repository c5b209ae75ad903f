/**
 * What an unquoted YAML scalar means to Python's reader (YAML 1.1 as in PyYAML's resolver, which
 * is narrower than the YAML 1.1 type repository: `y` and `n` are texts).
 */
import type { ScalarType } from "./source.ts";

export interface ScalarMeaning {
  readonly type: ScalarType;
  readonly value: string | number | boolean | null;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  [["yes", true], ["no", false], ["true", true], ["false", false], ["on", true], ["off", false]]
    .flatMap(([word, value]) => spellings(String(word)).map((text) => [text, value === true])),
);

const NULLS: ReadonlySet<string> = new Set(["", "~", "null", "Null", "NULL"]);

const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;

const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const DATE =
  /^(?:\d{4}-\d{2}-\d{2}|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d{2})?))?)$/;

/** Returns what unquoted `text` means. */
export function resolvePlain(text: string): ScalarMeaning {
  const boolean = BOOLEANS.get(text);
  if (boolean !== undefined) return { type: "bool", value: boolean };
  if (NULLS.has(text)) return { type: "null", value: null };
  // Only these can begin a number or a date; everything else skips four expressions.
  if (!/^[-+.0-9]/.test(text)) return { type: "str", value: text };
  if (INT.test(text)) return { type: "int", value: parseInt11(text) };
  if (FLOAT.test(text)) return { type: "float", value: parseFloat11(text) };
  if (DATE.test(text)) return { type: "date", value: text };
  return { type: "str", value: text };
}

/** Returns what `text` means under an explicit tag such as `!!int`; `undefined` where it cannot. */
export function resolveTagged(text: string, tag: string): ScalarMeaning | undefined {
  if (tag === "tag:yaml.org,2002:str") return { type: "str", value: text };
  if (tag === "tag:yaml.org,2002:null") return { type: "null", value: null };
  const meaning = resolvePlain(text);
  if (tag === "tag:yaml.org,2002:float" && meaning.type === "int") {
    return { type: "float", value: meaning.value };
  }
  return tag === `tag:yaml.org,2002:${meaning.type}` ? meaning : undefined;
}

function spellings(word: string): string[] {
  return [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()];
}

function parseInt11(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  if (/^0[bx]/.test(digits)) return sign * Number(digits);
  if (digits.includes(":")) return sign * parseBase60(digits);
  return sign * (digits.startsWith("0") ? parseInt(digits, 8) : Number(digits));
}

function parseFloat11(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "").toLowerCase();
  if (digits === ".inf") return sign * Infinity;
  if (digits === ".nan") return NaN;
  return sign * (digits.includes(":") ? parseBase60(digits) : Number(digits));
}

/** Reads `1:30` as 90: digits of base 60, the last perhaps with a fraction. */
function parseBase60(digits: string): number {
  return digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
