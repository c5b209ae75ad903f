/** Which services the words of a command mean. */
import { shortName } from "../base/service_name.ts";
import { compileGlob } from "../config/environment/glob.ts";
import type { ServiceConfig } from "../config/model.ts";

type Selectable = Pick<ServiceConfig, "name" | "groups" | "section" | "isSpare">;

const SUFFIX = ".service";

/** A word that means no service. */
export class UnknownServiceError extends Error {
  constructor(word: string) {
    super(`no such service: ${word}`);
    this.name = "UnknownServiceError";
  }
}

/**
 * Returns the names of the services that `words` mean, in the order of `known` and each once. A
 * word is a service with or without suffix, a section that declares several (all of them), a group,
 * or a pattern. Spares must be named.
 * @throws {UnknownServiceError}
 */
export function selectServices(
  words: readonly string[],
  known: readonly Selectable[],
): string[] {
  const selected = new Set<string>();
  for (const word of words) {
    const names = matchWord(word, known);
    if (names.length === 0) throw new UnknownServiceError(word);
    for (const name of names) selected.add(name);
  }
  return known.map(({ name }) => name).filter((name) => selected.has(name));
}

function matchWord(word: string, known: readonly Selectable[]): string[] {
  const named = (matches: (service: Selectable) => boolean) =>
    known.filter(matches).map(({ name }) => name);
  const where = (matches: (service: Selectable) => boolean) =>
    named((service) => service.isSpare !== true && matches(service));
  const full = word.endsWith(SUFFIX) ? word : word + SUFFIX;
  const exact = named(({ name }) => name === word || name === full);
  if (exact.length > 0) return exact;
  const instances = where(({ section }) => section === full);
  if (instances.length > 0) return instances;
  const members = where(({ groups }) => groups.includes(word));
  if (members.length > 0 || !/[*?[]/.test(word)) return members;
  const matches = compileGlob(word);
  return where(({ name }) => matches(name) || matches(shortName(name)));
}
