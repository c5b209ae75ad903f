/**
 * The names in `after`, `before` and `service_groups`: how they are written and what is refused.
 */
import { compileGlob } from "./environment/glob.ts";
import type { AfterCondition, AfterReference, EdgeKind, EdgeReference } from "./model.ts";
import type { Problems } from "./source/problems.ts";
import type { Section } from "./section.ts";
import { COMMAND_NAME, shortName } from "../base/service_name.ts";
import { didYouMean } from "../base/suggest.ts";

/** Names in capitals that may be referred to. MAIN is accepted and refers to nothing. */
export const SYSTEM_NAMES: ReadonlySet<string> = new Set(["IDLE", "INIT", COMMAND_NAME, "MAIN"]);
const SYSTEM_GROUPS: ReadonlySet<string> = new Set(["IDLE", "INIT"]);
const CONDITIONS = ["started", "ready", "completed"] as const satisfies readonly AfterCondition[];

/** Whether a name is kept for the system: it is its own upper-casing, so `123` is one as well. */
function isReservedName(name: string): boolean {
  return name === name.toUpperCase();
}

/** Reports a section, named without its suffix, whose name is kept for the system. */
export function refuseReservedName(section: Section, name: string, problems: Problems): void {
  if (!isReservedName(name)) return;
  const message = `the name '${section.name}' has no small letter; such names are chaperone's own`;
  problems.add(message, section.place);
}

/** Reads `service_groups`; without it a service belongs to `default`. */
export function readGroups(section: Section): readonly string[] {
  const names = section.names("service_groups");
  for (const name of names) {
    if (!isReservedName(name) || SYSTEM_GROUPS.has(name)) continue;
    section.fail("service_groups", unknownSystemName(section, "service_groups", name));
  }
  return names.length === 0 ? ["default"] : [...new Set(names)];
}

/** Reads `before`. */
export function readBefore(section: Section): readonly string[] {
  const names = section.names("before");
  for (const name of names) checkReference(section, "before", name);
  return [...new Set(names)].filter((name) => name !== "MAIN");
}

/** Reads `after`: names, perhaps each with a condition. */
export function readAfter(
  section: Section,
  isService: (name: string) => boolean,
): readonly AfterReference[] {
  const references: AfterReference[] = [];
  for (const text of section.names("after")) {
    const reference = parseReference(section, text, { directive: "after", isService });
    checkReference(section, "after", reference.name);
    if (reference.name !== "MAIN") references.push(reference);
  }
  return references;
}

const PATTERN = /[*?[]/;

const EDGE_KINDS = ["requires", "wants", "follows"] as const satisfies readonly EdgeKind[];

/** Reads `requires`, `wants` and `follows`; undefined without any. */
export function readEdges(
  section: Section,
  isService: (name: string) => boolean,
): readonly EdgeReference[] | undefined {
  const edges = EDGE_KINDS.flatMap((kind) =>
    section.names(kind).flatMap((text) => {
      const reference = parseReference(section, text, { directive: kind, isService });
      if (!PATTERN.test(reference.name)) checkReference(section, kind, reference.name);
      return reference.name === "MAIN" ? [] : [{ ...reference, kind }];
    })
  );
  return edges.length === 0 ? undefined : edges;
}

function parseReference(
  section: Section,
  text: string,
  { directive, isService }: {
    readonly directive: "after" | EdgeKind;
    readonly isService: (name: string) => boolean;
  },
): AfterReference {
  const colon = text.lastIndexOf(":");
  if (colon < 0 || isService(text)) return { name: text };
  const name = text.slice(0, colon).trimEnd();
  const word = text.slice(colon + 1).trimStart();
  const condition = CONDITIONS.find((known) => known === word);
  if (condition !== undefined) return { name, condition };
  const hint = didYouMean(word, CONDITIONS) || `; for example ${directive}: "${name}:ready"`;
  section.fail(
    directive,
    `expected ${CONDITIONS.join(", ")} after the colon of '${text}', found '${word}'${hint}`,
  );
  return { name };
}

function checkReference(
  section: Section,
  directive: "after" | "before" | EdgeKind,
  name: string,
): void {
  if (isReservedName(name) && !SYSTEM_NAMES.has(name)) {
    section.fail(directive, unknownSystemName(section, directive, name));
  } else if (directive !== "before" && name === "IDLE") {
    section.fail(
      directive,
      `${directive} of ${section.name} names IDLE, which starts last of all: nothing comes after it`,
    );
  } else if (directive === "before" && name === "INIT") {
    section.fail(
      directive,
      `before of ${section.name} names INIT, which starts first of all: nothing comes before it`,
    );
  }
}

function unknownSystemName(section: Section, directive: string, name: string): string {
  const where = `${directive} of ${section.name}`;
  if (name === "") return `${where} has an empty name; is there a comma too many?`;
  const known = directive === "service_groups" ? SYSTEM_GROUPS : SYSTEM_NAMES;
  return `${where} names '${name}'; names without a small letter are chaperone's own: ` +
    `${[...known].join(", ")}${didYouMean(name, known)}`;
}

/** Maps the name of a service with `instances` to the names of the copies, in order. */
export type InstanceNames = ReadonlyMap<string, readonly string[]>;

interface Relations {
  readonly name: string;
  readonly after: readonly AfterReference[];
  readonly edges?: readonly EdgeReference[];
  readonly before: readonly string[];
}

/** What a name in `after` and `before` may mean. */
export interface KnownNames {
  /** Of sections and of copies, with suffix. */
  readonly services: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/**
 * Replaces names without suffix that no group has and a service has by that of the service, and
 * names of services with `instances` by those of all copies.
 */
export function resolveReferences<T extends Relations>(
  services: readonly T[],
  known: KnownNames,
  instances: InstanceNames,
): readonly T[] {
  const namesOf = (name: string): readonly string[] => {
    const whole = isShortName(name, known) ? `${name}.service` : name;
    return instances.get(whole) ?? [whole];
  };
  const isUnknown = (name: string) =>
    !known.services.has(name) && !known.groups.has(name) && !SYSTEM_NAMES.has(name);
  const isPlain = (name: string) => !instances.has(name) && !isShortName(name, known);
  const all = services.map(({ name }) => name);
  return services.map((service) => {
    const { edges } = service;
    const isAllPlain = service.after.every(({ name }) => isPlain(name)) &&
      service.before.every(isPlain);
    if (isAllPlain && edges === undefined) return service;
    return {
      ...service,
      ...(edges && {
        edges: edges.flatMap((edge) =>
          (isPattern(edge.name, known) ? matching(edge.name, all) : namesOf(edge.name))
            .filter((name) => name !== service.name).map((name) => ({ ...edge, name }))
        ),
        ...lackOf(edges, (name) => !isPattern(name, known) && namesOf(name).some(isUnknown)),
      }),
      after: service.after.flatMap((reference) =>
        namesOf(reference.name).map((name) => ({ ...reference, name }))
      ),
      before: service.before.flatMap(namesOf),
    };
  });
}

/** A pattern stands for all services that it matches; such a name may also be that of one. */
function isPattern(name: string, { services, groups }: KnownNames): boolean {
  return PATTERN.test(name) && !services.has(name) && !groups.has(name);
}

function matching(pattern: string, names: readonly string[]): string[] {
  const matches = compileGlob(pattern);
  return names.filter((name) => matches(name) || matches(shortName(name)));
}

function lackOf(
  edges: readonly EdgeReference[],
  isMissing: (name: string) => boolean,
): { lacks?: string } {
  const lacking = edges.find(({ kind, name }) => kind === "requires" && isMissing(name));
  return lacking === undefined
    ? {}
    : { lacks: `it requires ${lacking.name}, which no section and no group is called` };
}

function isShortName(name: string, { services, groups }: KnownNames): boolean {
  return !groups.has(name) && !services.has(name) && services.has(`${name}.service`);
}

/** Comparing each reference with each name takes quadratic time. */
const NAMES_COMPARED_MAX = 100;

/**
 * Returns the end of a warning where a reference of `from` to nothing nearly names a service or a
 * group, else an empty text. References to nothing are legal: configurations refer to services and
 * groups that only some images have.
 */
export function hintOfMisspelt(reference: string, from: string, known: KnownNames): string {
  const { services, groups } = known;
  const isKnown = services.has(reference) || groups.has(reference) || isShortName(reference, known);
  if (isKnown || SYSTEM_NAMES.has(reference)) return "";
  if (services.size + groups.size > NAMES_COMPARED_MAX) return "";
  const others = [...services].filter((name) => name !== from);
  if (reference.endsWith(".service")) return didYouMean(reference, others);
  return didYouMean(reference, [...groups, ...others.map(shortName)]);
}

/** Warns of references to what does not exist where something of nearly that name does. */
export function warnOfMisspelt(
  service: Relations,
  section: Section,
  known: KnownNames,
  problems: Problems,
): void {
  const check = (directive: "after" | "before" | EdgeKind, name: string) => {
    const hint = hintOfMisspelt(name, service.name, known);
    if (hint === "") return;
    const what = name.endsWith(".service") ? "service" : "service or group";
    problems.warn(
      `${directive} of ${section.name} names a ${what} that does not exist, '${name}'${hint}`,
      section.placeOf(directive),
    );
  };
  for (const { name } of service.after) check("after", name);
  for (const name of service.before) check("before", name);
  for (const { kind, name } of service.edges ?? []) check(kind, name);
}
