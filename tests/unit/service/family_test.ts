import { assertEquals, assertThrows } from "@std/assert";
import {
  buildFamily,
  CircularDependencyError,
  type Family,
  type Relations,
} from "../../../lib/service/family.ts";
import type { AfterCondition } from "../../../lib/config/model.ts";
import { test } from "../../test.ts";

interface Words {
  readonly after?: string;
  readonly before?: string;
  readonly groups?: string;
  readonly section?: string;
  readonly requires?: string;
}

/** Reads relations as a configuration writes them: names separated by blanks, `name:condition`. */
function service(name: string, words: Words = {}): Relations {
  const list = (text = "") => text.split(" ").filter((word) => word !== "");
  const targets = (text?: string) =>
    list(text).map((word) => {
      const [target = "", condition] = word.split(":") as [string, AfterCondition | undefined];
      return condition === undefined ? { name: target } : { name: target, condition };
    });
  const edges = targets(words.requires).map((each) => ({ kind: "requires" as const, ...each }));
  return {
    name,
    groups: words.groups === undefined ? ["default"] : list(words.groups),
    after: targets(words.after),
    before: list(words.before),
    ...(edges.length === 0 ? {} : { edges }),
    ...(words.section === undefined ? {} : { section: words.section }),
  };
}

function waitsFor(family: Family, name: string): string[] {
  return family.prerequisites(name).map((prerequisite) => prerequisite.name);
}

test("after a service waits for it, before a service is the mirror", () => {
  const family = buildFamily([
    service("a.service", { after: "c.service" }),
    service("b.service", { before: "c.service" }),
    service("c.service"),
  ]);
  assertEquals(family.startOrder, ["b.service", "c.service", "a.service"]);
  assertEquals(waitsFor(family, "a.service"), ["c.service"]);
  assertEquals(waitsFor(family, "c.service"), ["b.service"]);
  assertEquals(family.dependents("c.service"), ["a.service"]);
  assertEquals(family.dependents("b.service"), ["c.service"]);
});

test("after a group waits for all members, before a group makes all members wait", () => {
  const family = buildFamily([
    service("first.service", { before: "web" }),
    service("last.service", { after: "web" }),
    service("w1.service", { groups: "web" }),
    service("w2.service", { groups: "web other" }),
  ]);
  assertEquals(waitsFor(family, "last.service"), ["w1.service", "w2.service"]);
  assertEquals(waitsFor(family, "w1.service"), ["first.service"]);
  assertEquals(waitsFor(family, "w2.service"), ["first.service"]);
  assertEquals(family.dependents("first.service"), ["w1.service", "w2.service"]);
});

test("names that are neither a service nor a group are ignored", () => {
  const family = buildFamily([
    service("a.service", { after: "b nosuch.service", before: "nosuch b" }),
    service("b.service"),
  ]);
  assertEquals(waitsFor(family, "a.service"), []);
  assertEquals(waitsFor(family, "b.service"), []);
  assertEquals(family.startOrder, ["a.service", "b.service"]);
});

test("after a group concerns the service that declares it, not its whole group", () => {
  const family = buildFamily([
    service("a.service", { groups: "g", after: "setup" }),
    service("b.service", { groups: "g" }),
    service("s.service", { groups: "setup" }),
  ]);
  assertEquals(waitsFor(family, "a.service"), ["s.service"]);
  assertEquals(waitsFor(family, "b.service"), []);
});

test("INIT comes before everything else, IDLE after everything else", () => {
  const family = buildFamily([
    service("CONSOLE", { groups: "IDLE" }),
    service("a.service"),
    service("b.service"),
    service("z.service", { groups: "INIT" }),
  ]);
  assertEquals(family.startOrder, ["z.service", "a.service", "b.service", "CONSOLE"]);
  assertEquals(waitsFor(family, "a.service"), ["z.service"]);
  assertEquals(waitsFor(family, "CONSOLE"), ["a.service", "b.service", "z.service"]);
  assertEquals(family.dependents("z.service"), ["CONSOLE", "a.service", "b.service"]);
  assertEquals([...family.idle], ["CONSOLE"]);
});

test("an IDLE service before CONSOLE runs before the command", () => {
  const family = buildFamily([
    service("CONSOLE", { groups: "IDLE" }),
    service("a.service"),
    service("late.service", { groups: "IDLE", before: "CONSOLE" }),
  ]);
  assertEquals(family.startOrder, ["a.service", "late.service", "CONSOLE"]);
  assertEquals([...family.idle], ["CONSOLE", "late.service"]);
});

test("INIT services are ordered among themselves by what they declare", () => {
  const family = buildFamily([
    service("a.service", { groups: "INIT", after: "b.service" }),
    service("b.service", { groups: "INIT" }),
  ]);
  assertEquals(family.startOrder, ["b.service", "a.service"]);
});

test("membership in a common group implies no order", () => {
  const family = buildFamily([
    service("b.service", { groups: "g" }),
    service("a.service", { groups: "g" }),
  ]);
  assertEquals(family.startOrder, ["a.service", "b.service"]);
  assertEquals(family.depth("b.service"), 0);
});

test("a service in several groups is a member of all of them and not of default", () => {
  const family = buildFamily([
    service("a.service", { groups: "one two" }),
    service("b.service"),
    service("x.service", { after: "two", groups: "x" }),
    service("y.service", { after: "default", groups: "x" }),
  ]);
  assertEquals(waitsFor(family, "x.service"), ["a.service"]);
  assertEquals(waitsFor(family, "y.service"), ["b.service"]);
});

test("a circle names the text of 0.3.9 and the services in it", () => {
  const error = assertThrows(
    () =>
      buildFamily([
        service("a.service", { after: "b.service" }),
        service("b.service", { after: "c.service" }),
        service("c.service", { after: "b.service" }),
      ]),
    CircularDependencyError,
    "circular dependency in service declaration: b.service → c.service → b.service",
  );
  assertEquals(error.path, ["b.service", "c.service", "b.service"]);
});

test("a service that waits for itself or for its own group is a circle", () => {
  for (const words of [{ after: "a.service" }, { after: "g" }, { before: "g" }]) {
    const error = assertThrows(
      () => buildFamily([service("a.service", { groups: "g", ...words })]),
      CircularDependencyError,
    );
    assertEquals(error.path, ["a.service", "a.service"]);
  }
});

test("a service that waits for the command is a circle, since the command is IDLE", () => {
  assertThrows(
    () =>
      buildFamily([
        service("a.service", { after: "CONSOLE" }),
        service("CONSOLE", { groups: "IDLE" }),
      ]),
    CircularDependencyError,
    "CONSOLE → a.service → CONSOLE",
  );
});

test("startOrder is the depth-first post-order in name order", () => {
  const family = buildFamily([
    service("a.service", { after: "d.service c.service" }),
    service("b.service", { before: "d.service" }),
    service("c.service", { after: "e.service" }),
    service("d.service"),
    service("e.service"),
  ]);
  assertEquals(family.startOrder, [
    "e.service",
    "c.service",
    "b.service",
    "d.service",
    "a.service",
  ]);
});

test("depth is the length of the longest chain of prerequisites", () => {
  const family = buildFamily([
    service("a.service"),
    service("b.service", { after: "a.service" }),
    service("c.service", { after: "a.service b.service" }),
    service("CONSOLE", { groups: "IDLE" }),
  ]);
  const names = ["a.service", "b.service", "c.service", "CONSOLE", "nosuch"];
  assertEquals(names.map((name) => family.depth(name)), [0, 1, 2, 3, 0]);
});

test("dependents are who waits for a service, itself named or by a group, in name order", () => {
  const family = buildFamily([
    service("db"),
    service("web", { after: "db" }),
    service("app", { after: "db" }),
    service("early", { groups: "first" }),
    service("late", { after: "first db" }),
  ]);
  const names = ["db", "early", "web", "nobody"];
  assertEquals(names.map((name) => family.dependents(name)), [
    ["app", "late", "web"],
    ["late"],
    [],
    [],
  ]);
});

test("prerequisites carry their conditions, also through a group", () => {
  const family = buildFamily([
    service("a.service", { after: "g:completed db.service:ready x.service" }),
    service("db.service"),
    service("g1.service", { groups: "g" }),
    service("x.service"),
  ]);
  assertEquals(family.prerequisites("a.service"), [
    { name: "db.service", condition: "ready" },
    { name: "g1.service", condition: "completed" },
    { name: "x.service" },
  ]);
});

test("of several conditions for one prerequisite the strongest counts", () => {
  const family = buildFamily([
    service("CONSOLE", { groups: "IDLE", after: "db.service:started x.service:ready" }),
    service("db.service"),
    service("x.service", { groups: "g" }),
    service("y.service", { after: "g:completed x.service:ready" }),
  ]);
  assertEquals(family.prerequisites("CONSOLE"), [
    { name: "db.service" },
    { name: "x.service", condition: "ready" },
    { name: "y.service" },
  ]);
  assertEquals(family.prerequisites("y.service"), [{ name: "x.service", condition: "completed" }]);
});

test("the name of a service with instances means all of them", () => {
  const family = buildFamily([
    service("a.service", { after: "web.service:ready" }),
    service("b.service", { before: "web.service" }),
    service("web.1.service", { section: "web.service" }),
    service("web.2.service", { section: "web.service" }),
  ]);
  assertEquals(family.prerequisites("a.service"), [
    { name: "web.1.service", condition: "ready" },
    { name: "web.2.service", condition: "ready" },
  ]);
  assertEquals(family.dependents("b.service"), ["web.1.service", "web.2.service"]);
});

test("an unknown name has no relations", () => {
  const family = buildFamily([service("a.service")]);
  assertEquals(family.prerequisites("x.service"), []);
  assertEquals(family.dependents("x.service"), []);
});

test("a chain of ten thousand services is no deeper than memory", () => {
  const services = Array.from(
    { length: 10_000 },
    (_, i) =>
      service(`s${String(i).padStart(5, "0")}.service`, {
        after: `s${String(i + 1).padStart(5, "0")}.service`,
      }),
  );
  const family = buildFamily(services);
  assertEquals(family.startOrder[0], "s09999.service");
  assertEquals(family.depth("s00000.service"), 9_999);
});

test("startOrder equals a plain walk over spelled-out edges for random families", () => {
  let seed = 20;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed >>> 8) % below;
  };
  const pick = (words: string[]) => words[random(words.length)] as string;
  const outcomes = { ordered: 0, circular: 0 };
  for (let round = 0; round < 400; round++) {
    const names = Array.from({ length: 9 }, (_, i) => `${"abcdefghi"[i]}.service`);
    const targets = [...names, "g", "h", "nosuch"];
    const services = names.map((name) =>
      service(name, {
        groups: pick(["g", "h", "g h", "default", "default", "default", "INIT", "IDLE"]),
        after: random(5) === 0 ? pick(targets) : "",
        before: random(5) === 0 ? pick(targets) : "",
      })
    );
    const expected = walkPlainly(services);
    if (expected === undefined) {
      assertThrows(() => buildFamily(services), CircularDependencyError);
      outcomes.circular++;
    } else {
      assertEquals(buildFamily(services).startOrder, expected);
      outcomes.ordered++;
    }
  }
  assertEquals(outcomes.ordered > 50 && outcomes.circular > 50, true, JSON.stringify(outcomes));
});

/** The construction of the specification, edge by edge; `undefined` for a circle. */
function walkPlainly(services: readonly Relations[]): string[] | undefined {
  const members = (group: string) =>
    services.filter((s) => s.groups.includes(group)).map((s) => s.name);
  const resolve = (name: string) => {
    if (members(name).length > 0) return members(name);
    return services.some((s) => s.name === name) ? [name] : [];
  };
  const outside = (group: string) =>
    services.filter((s) => !s.groups.includes(group)).map((s) => s.name);
  const after = new Map(services.map((s) => [s.name, new Set<string>()]));
  for (const s of services) {
    for (const reference of s.after) {
      for (const name of resolve(reference.name)) after.get(s.name)?.add(name);
    }
    for (const reference of s.before) {
      for (const name of resolve(reference)) after.get(name)?.add(s.name);
    }
    if (s.groups.includes("IDLE")) {
      for (const name of outside("IDLE")) after.get(s.name)?.add(name);
    }
    if (s.groups.includes("INIT")) {
      for (const name of outside("INIT")) after.get(name)?.add(s.name);
    }
  }
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]): boolean => {
    if (order.includes(name)) return true;
    if (path.includes(name)) return false;
    const below = [...after.get(name) ?? []].sort();
    if (!below.every((next) => visit(next, [...path, name]))) return false;
    order.push(name);
    return true;
  };
  return services.every((s) => visit(s.name, [])) ? order : undefined;
}

test("an edge is a prerequisite with its kind, and orders the start", () => {
  const family = buildFamily([
    service("a.service", { requires: "d.service:ready", after: "c.service" }),
    service("b.service"),
    service("c.service"),
    service("d.service"),
  ]);
  assertEquals(family.startOrder, ["c.service", "d.service", "a.service", "b.service"]);
  assertEquals(family.prerequisites("a.service"), [
    { name: "c.service" },
    { name: "d.service", kind: "requires", condition: "ready" },
  ]);
  assertEquals(family.prerequisites("b.service"), []);
  assertEquals(family.dependents("d.service"), ["a.service"]);
  assertEquals(family.hasEdges, true);
});

test("an edge to a group is one to each member but the service itself", () => {
  const family = buildFamily([
    service("a.service", { groups: "g", requires: "g" }),
    service("b.service", { groups: "g" }),
    service("c.service", { groups: "g" }),
  ]);
  assertEquals(family.prerequisites("a.service"), [
    { name: "b.service", kind: "requires" },
    { name: "c.service", kind: "requires" },
  ]);
});

test("an edge to itself, or to what does not exist, is none", () => {
  const family = buildFamily([service("a.service", { requires: "a.service nosuch.service" })]);
  assertEquals([family.prerequisites("a.service"), family.hasEdges], [[], false]);
});

test("beside an edge an order to the same service says nothing, and a condition does", () => {
  const family = buildFamily([
    service("a.service", {
      after: "b.service c.service:completed",
      requires: "b.service c.service",
    }),
    service("b.service"),
    service("c.service"),
  ]);
  assertEquals(family.prerequisites("a.service"), [
    { name: "b.service", kind: "requires" },
    { name: "c.service", condition: "completed" },
    { name: "c.service", kind: "requires" },
  ]);
});

test("without edges a family has none", () => {
  assertEquals(buildFamily([service("a.service", { after: "b.service" })]).hasEdges, false);
});
