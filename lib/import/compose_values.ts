/** Values of a Compose file, as the directives of chaperone want them. */
import { literal } from "../config/environment/expansion.ts";
import type { SourceMap, SourceNode } from "../config/source/source.ts";
import type { DraftSection } from "./draft.ts";
import { signalText } from "./shared_values.ts";

/** Compose's `${X:-y}` is chaperone's, too; `$$` is a dollar sign, and stays one. */
function interpolate(text: string): string {
  return text.replace(/\$\$[({]?|\$\{(\w+)(?:(:?[-?+])([^}]*))?\}|\$(\w+)/g, (
    whole,
    name?: string,
    operator?: string,
    rest?: string,
    bare?: string,
  ) => {
    if (whole.startsWith("$$")) return literal(whole.slice(1));
    if (bare !== undefined) return `$(${bare}:-)`;
    return operator === undefined ? `$(${name}:-)` : `$(${name}:${operator.at(-1)}${rest})`;
  });
}

/** Returns a scalar as chaperone expands it; undefined for anything else, and for null. */
export function textOf(node: SourceNode | undefined): string | undefined {
  return node?.kind === "scalar" && node.type !== "null" ? interpolate(node.source) : undefined;
}

/** Names a value that is not taken over, and where it stands. */
export function notUnderstood(what: string, node: SourceNode): string {
  const { file, line } = node.file.position(node.offset);
  const value = node.kind === "scalar" ? `: ${node.source}` : "";
  return `Not understood: ${what}${value} (${file}:${line})`;
}

/** Returns a whole number; anything else is reported as `what`. */
export function numberOf(
  node: SourceNode | undefined,
  what: string,
  service: DraftSection,
): number | undefined {
  const number = (text: string) => /^-?\d+$/.test(text) ? Number(text) : undefined;
  return parsedOf(node, number, (value) => service.remark(notUnderstood(what, value)));
}

/** Returns a signal; anything else is reported as `what`. */
export function signalOf(
  node: SourceNode | undefined,
  what: string,
  service: DraftSection,
): string | undefined {
  return parsedOf(node, signalText, (value) => service.remark(notUnderstood(what, value)));
}

/** Returns what a text is read as; what cannot be read is refused, and null is nothing. */
function parsedOf<T>(
  node: SourceNode | undefined,
  parse: (text: string) => T | undefined,
  refuse: (node: SourceNode) => void,
): T | undefined {
  const text = textOf(node);
  const value = text === undefined ? undefined : parse(text);
  const isAbsent = node === undefined || (node.kind === "scalar" && text === undefined);
  if (value === undefined && !isAbsent) refuse(node);
  return value;
}

/** Returns the texts of a list, or a single one. */
export function listOf(node: SourceNode | undefined): string[] {
  if (node?.kind === "list") return node.items.flatMap((item) => textOf(item) ?? []);
  const text = textOf(node);
  return text === undefined ? [] : [text];
}

/** Returns what stands under a key. */
export function childOf(node: SourceMap, name: string): SourceNode | undefined {
  return [...node.entries.values()].find(({ key }) => key.source === name)?.value;
}

/** Returns a duration of Compose, all of which have units; anything else is reported as `what`. */
export function durationOf(
  node: SourceNode | undefined,
  what: string,
  service: DraftSection,
): string | undefined {
  const text = textOf(node);
  if (node === undefined || (node.kind === "scalar" && text === undefined)) return undefined;
  if (text === undefined || !/^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$|^0$/.test(text)) {
    // What a variable decides cannot be read here.
    service.remark(notUnderstood(what, node));
    return undefined;
  }
  const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 6e4, h: 36e5 };
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)) {
    ms += Number(amount) * (units[unit ?? ""] ?? 0);
  }
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
