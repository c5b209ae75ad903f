/**
 * Which service waits for which. Knows names, groups and references; no state, no time.
 *
 * Model: a service waits for single services and for sets of services. A set is shared by all who
 * wait for it: the members of a group, the services that declare `before` a group, everything in
 * INIT (for all others), everything outside IDLE (for IDLE). So that 50 INIT services before 5,000
 * others are 5,000 references to one set and not 250,000 edges. Edges are only spelled out for a
 * caller that asks for them.
 *
 * `after` a group concerns the service that declares it, not its whole group (0.3.9 leaked it).
 * A group wins over a service of the same name; unknown names are ignored, as in 0.3.9.
 */
import type { AfterCondition, EdgeKind, ServiceConfig } from "../config/model.ts";

/** What the order of a service depends on. */
export type Relations = Pick<
  ServiceConfig,
  "name" | "section" | "groups" | "after" | "before" | "edges"
>;

/** A service that another one waits for. */
export interface Prerequisite {
  readonly name: string;
  /** Absent: what 'started' means for its type. */
  readonly condition?: AfterCondition;
  /** Absent: an order, and nothing else. */
  readonly kind?: EdgeKind;
}

/** The order among all services, disabled ones included. Unknown names have no relations. */
export interface Family {
  /**
   * Every service after its prerequisites; among the independent, by name. Start attempts are
   * launched in this order.
   */
  readonly startOrder: readonly string[];
  /** What `name` waits for directly, by name. */
  prerequisites(name: string): readonly Prerequisite[];
  /** Who waits for `name` directly, by name. */
  dependents(name: string): readonly string[];
  /** Whether one says more of another than an order. */
  readonly hasEdges: boolean;
  /** Members of the group IDLE. */
  readonly idle: ReadonlySet<string>;
  /**
   * How many services the longest chain of prerequisites below `name` has; 0 for a service without
   * prerequisites. When `name` is about to stop, `depth + 1` stages are left, its own included.
   */
  depth(name: string): number;
}

/** Services wait for one another in a circle. */
export class CircularDependencyError extends Error {
  /** Each waits for the next; the first name comes again at the end. */
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(`circular dependency in service declaration: ${path.join(" → ")}`);
    this.name = "CircularDependencyError";
    this.path = path;
  }
}

/**
 * Works out the order of `services`, in time linear to what they declare.
 * @throws {CircularDependencyError}
 */
export function buildFamily(services: readonly Relations[]): Family {
  const sorted = services.toSorted((a, b) => compareNames(a.name, b.name));
  const nodes = connect(sorted);
  return new SortedFamily(sorted, nodes, sortNodes(sorted, nodes));
}

/** Code-point order for names without surrogates, which is Python's. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Services are numbered by name; a set lists numbers in ascending order. */
class ServiceSet {
  readonly members: number[];
  /** Members before this position are finished. */
  #next = 0;
  #depth: number | undefined;

  constructor(members: number[] = []) {
    this.members = members;
  }

  /** The first member that is not finished. What is finished stays so, hence the cursor. */
  firstUnfinished(state: Uint8Array): number | undefined {
    while (this.#next < this.members.length) {
      const member = this.members[this.#next] as number;
      if (state[member] !== FINISHED) return member;
      this.#next++;
    }
    return undefined;
  }

  /** The depth of something that waits for all members, which must be finished. */
  depthAbove(depths: Int32Array): number {
    this.#depth ??= this.members.reduce(
      (depth, member) => Math.max(depth, (depths[member] as number) + 1),
      0,
    );
    return this.#depth;
  }
}

interface Wait {
  readonly set: ServiceSet;
  readonly condition: AfterCondition | undefined;
}

interface Single {
  readonly member: number;
  readonly condition: AfterCondition | undefined;
}

interface Node {
  readonly singles: Single[];
  readonly edges: (Single & { readonly kind: EdgeKind })[];
  readonly shared: Wait[];
}

/** Translates declarations into what each service waits for. */
function connect(services: readonly Relations[]): Node[] {
  const nodes: Node[] = services.map(() => ({ singles: [], edges: [], shared: [] }));
  const numbers = new Map(services.map((service, number) => [service.name, number]));
  const groups = collectGroups(services);
  const beforeGroup = new Map<string, ServiceSet>();
  services.forEach((service, number) => {
    const node = nodes[number] as Node;
    for (const { name, condition } of service.after) {
      const group = groups.get(name);
      const member = numbers.get(name);
      if (group !== undefined) node.shared.push({ set: group, condition });
      else if (member !== undefined) node.singles.push({ member, condition });
    }
    for (const { kind, name, condition } of service.edges ?? []) {
      for (const member of groups.get(name)?.members ?? [numbers.get(name) ?? number]) {
        if (member !== number) node.edges.push({ member, kind, condition });
      }
    }
    for (const name of new Set(service.before)) {
      if (groups.has(name)) entry(beforeGroup, name).members.push(number);
      else nodes[numbers.get(name) ?? -1]?.singles.push({ member: number, condition: undefined });
    }
  });
  for (const [name, set] of beforeGroup) {
    for (const member of groups.get(name)?.members ?? []) {
      nodes[member]?.shared.push({ set, condition: undefined });
    }
  }
  connectInitAndIdle(services, nodes, groups);
  return nodes;
}

/** Groups by name. The services of a section form a group of its name. */
function collectGroups(services: readonly Relations[]): Map<string, ServiceSet> {
  const groups = new Map<string, ServiceSet>();
  services.forEach((service, number) => {
    for (const group of new Set(service.groups)) entry(groups, group).members.push(number);
    if (service.section !== undefined) entry(groups, service.section).members.push(number);
  });
  return groups;
}

function entry(sets: Map<string, ServiceSet>, name: string): ServiceSet {
  const known = sets.get(name);
  if (known !== undefined) return known;
  const set = new ServiceSet();
  sets.set(name, set);
  return set;
}

function connectInitAndIdle(
  services: readonly Relations[],
  nodes: readonly Node[],
  groups: ReadonlyMap<string, ServiceSet>,
): void {
  const init = groups.get("INIT");
  const nonIdle = new ServiceSet();
  services.forEach((service, number) => {
    if (!service.groups.includes("IDLE")) nonIdle.members.push(number);
  });
  services.forEach((service, number) => {
    const shared = nodes[number]?.shared;
    if (init !== undefined && !service.groups.includes("INIT")) {
      shared?.push({ set: init, condition: undefined });
    }
    if (service.groups.includes("IDLE")) shared?.push({ set: nonIdle, condition: undefined });
  });
}

const ENTERED = 1;
const FINISHED = 2;

interface Sorting {
  /** Numbers, prerequisites first. */
  readonly order: readonly number[];
  readonly depths: Int32Array;
}

/**
 * Walks depth-first, in name order at each level. Always entering the smallest prerequisite that is
 * not finished gives the order of a walk over spelled-out, sorted edges. The stack is explicit
 * since a chain may be longer than the call stack is deep.
 */
function sortNodes(services: readonly Relations[], nodes: readonly Node[]): Sorting {
  const state = new Uint8Array(nodes.length);
  const depths = new Int32Array(nodes.length);
  const order: number[] = [];
  const sets = nodes.map(setsOf);
  const everything = new ServiceSet(nodes.map((_, number) => number));
  const stack: number[] = [];
  for (;;) {
    const top = stack.at(-1);
    const wanted = top === undefined ? [everything] : sets[top] as ServiceSet[];
    const next = smallestUnfinished(wanted, state);
    if (next !== undefined) {
      if (state[next] === ENTERED) throw circle(services, stack, next);
      state[next] = ENTERED;
      stack.push(next);
    } else if (top !== undefined) {
      state[top] = FINISHED;
      depths[top] = wanted.reduce((depth, set) => Math.max(depth, set.depthAbove(depths)), 0);
      order.push(top);
      stack.pop();
    } else {
      return { order, depths };
    }
  }
}

function setsOf(node: Node): ServiceSet[] {
  const shared = node.shared.map((wait) => wait.set);
  if (node.singles.length + node.edges.length === 0) return shared;
  const members = [...node.singles, ...node.edges].map((single) => single.member)
    .sort((a, b) => a - b);
  return [new ServiceSet(members), ...shared];
}

function smallestUnfinished(
  sets: readonly ServiceSet[],
  state: Uint8Array,
): number | undefined {
  let smallest: number | undefined;
  for (const set of sets) {
    const first = set.firstUnfinished(state);
    if (first !== undefined && (smallest === undefined || first < smallest)) smallest = first;
  }
  return smallest;
}

function circle(
  services: readonly Relations[],
  stack: readonly number[],
  again: number,
): CircularDependencyError {
  const path = [...stack.slice(stack.indexOf(again)), again];
  return new CircularDependencyError(path.map((number) => services[number]?.name ?? ""));
}

/** Which condition also fulfils the ones before it, for a prerequisite that is named repeatedly. */
const WEAKEST_FIRST: readonly (AfterCondition | undefined)[] = [
  "started",
  undefined,
  "ready",
  "completed",
];

class SortedFamily implements Family {
  readonly startOrder: readonly string[];
  readonly idle: ReadonlySet<string>;
  readonly hasEdges: boolean;
  readonly #names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #nodes: readonly Node[];
  readonly #depths: Int32Array;
  /** Filled when first asked for, as `#dependents` is. */
  readonly #prerequisites: (readonly Prerequisite[] | undefined)[] = [];
  #dependents: string[][] | undefined;
  /** Prerequisites without condition, shared. */
  readonly #plain: readonly Prerequisite[];

  constructor(services: readonly Relations[], nodes: readonly Node[], sorting: Sorting) {
    this.#names = services.map((service) => service.name);
    this.#numbers = new Map(this.#names.map((name, number) => [name, number]));
    this.#nodes = nodes;
    this.hasEdges = nodes.some(({ edges }) => edges.length > 0);
    this.#depths = sorting.depths;
    this.#plain = this.#names.map((name) => ({ name }));
    this.startOrder = sorting.order.map((number) => this.#names[number] as string);
    this.idle = new Set(
      services.filter((service) => service.groups.includes("IDLE")).map((service) => service.name),
    );
  }

  prerequisites(name: string): readonly Prerequisite[] {
    const number = this.#numbers.get(name);
    return number === undefined ? [] : this.#prerequisitesOf(number);
  }

  dependents(name: string): readonly string[] {
    const number = this.#numbers.get(name);
    if (number === undefined) return [];
    this.#dependents ??= this.#reverse();
    return this.#dependents[number] ?? [];
  }

  depth(name: string): number {
    return this.#depths[this.#numbers.get(name) ?? -1] ?? 0;
  }

  #prerequisitesOf(number: number): readonly Prerequisite[] {
    return this.#prerequisites[number] ??= this.#spellOut(this.#nodes[number] as Node);
  }

  #spellOut(node: Node): Prerequisite[] {
    const strengths = new Map<number, number>();
    const add = (member: number, condition: AfterCondition | undefined) => {
      const strength = WEAKEST_FIRST.indexOf(condition);
      if (strength > (strengths.get(member) ?? -1)) strengths.set(member, strength);
    };
    for (const { member, condition } of node.singles) add(member, condition);
    for (const { set, condition } of node.shared) {
      for (const member of set.members) add(member, condition);
    }
    const plain = [...strengths].sort((a, b) => a[0] - b[0]).map(([member, strength]) => {
      const plain = this.#plain[member] as Prerequisite;
      const condition = WEAKEST_FIRST[strength];
      return condition === undefined ? plain : { name: plain.name, condition };
    });
    return node.edges.length === 0 ? plain : this.#withEdges(plain, node);
  }

  /** An edge says more than a mere order to the same service. */
  #withEdges(plain: readonly Prerequisite[], { edges }: Node): Prerequisite[] {
    const nameOf = (member: number) => this.#names[member] as string;
    const said = new Set(edges.map(({ member }) => nameOf(member)));
    return [
      ...plain.filter(({ name, condition }) => condition !== undefined || !said.has(name)),
      ...edges.map(({ member, kind, condition }) => ({
        name: nameOf(member),
        kind,
        ...(condition === undefined ? {} : { condition }),
      })),
    ].sort((a, b) => compareNames(a.name, b.name));
  }

  #reverse(): string[][] {
    const dependents: string[][] = this.#names.map(() => []);
    this.#names.forEach((name, number) => {
      for (const prerequisite of this.#prerequisitesOf(number)) {
        const list = dependents[this.#numbers.get(prerequisite.name) ?? -1];
        if (list?.at(-1) !== name) list?.push(name);
      }
    });
    return dependents;
  }
}
