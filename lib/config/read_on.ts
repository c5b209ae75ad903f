/** Where to read on about what is wrong with a configuration. */
import type { ConfigError } from "../base/errors.ts";
import { listDirectives } from "./directives.ts";

/** Names the directive that an error is about, and what explains it; nothing where it is none. */
export function adviseReading({ diagnostics }: ConfigError): string[] {
  const kinds = ["settings", "service", "logging"] as const;
  const known = new Set(kinds.flatMap((kind) => listDirectives(kind).map(({ name }) => name)));
  const words = diagnostics.flatMap(({ message }) => message.match(/(?<=')\w+(?=')/g) ?? []);
  const name = words.find((word) => known.has(word));
  return name === undefined ? [] : [`'telchap help ${name}' explains ${name}.`];
}
