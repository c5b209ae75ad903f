/** Where to read on about what is wrong with a configuration. */
import type { ConfigError } from "../base/errors.ts";
import { SECTION_KINDS } from "./directive.ts";
import { DIRECTIVES } from "./directives.ts";

/** Names the directive that an error is about, and what explains it; nothing where it is none. */
export function adviseReading({ diagnostics }: ConfigError): string[] {
  const known = new Set(SECTION_KINDS.flatMap((kind) => [...DIRECTIVES[kind].keys()]));
  const words = diagnostics.flatMap(({ message }) => message.match(/(?<=')\w+(?=')/g) ?? []);
  const name = words.find((word) => known.has(word));
  return name === undefined ? [] : [`'telchap help ${name}' explains ${name}.`];
}
