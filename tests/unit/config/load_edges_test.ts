/** How `requires`, `wants` and `follows` are written. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { buildFamily, CircularDependencyError } from "../../../lib/service/family.ts";
import { assertThrows } from "@std/assert";
import { test } from "../../test.ts";
import { load, refusal, serviceOf } from "./loading.ts";

const OTHERS = "db.service: {command: x, service_groups: data}\n" +
  "worker.service: {command: x, instances: 2, service_groups: data}\n";

// What is written, and what it names: kind, service and condition.
const WRITTEN: readonly (readonly [lines: string, edges: readonly string[]])[] = [
  ["requires: db", ["requires db.service"]],
  ["requires: 'db.service:completed, worker'", [
    "requires db.service completed",
    "requires worker.1.service",
    "requires worker.2.service",
  ]],
  ["wants: ['work*:started']", [
    "wants worker.1.service started",
    "wants worker.2.service started",
  ]],
  ["follows: '*'", ["follows db.service", "follows worker.1.service", "follows worker.2.service"]],
  ["wants: data:ready", ["wants data ready"]],
];

for (const [lines, expected] of WRITTEN) {
  test(`${lines} names ${expected.join(", ")}`, () => {
    const { edges = [] } = serviceOf(load(`a.service: {command: x, ${lines}}\n${OTHERS}`));
    const told = edges.map(({ kind, name, condition }) => [kind, name, condition].join(" ").trim());
    assertEquals(told, expected);
  });
}

test("a group stands for its members", () => {
  const { services } = load(`a.service: {command: x, requires: data}\n${OTHERS}`);
  assertEquals(
    buildFamily(services).prerequisites("a.service").map(({ name, kind }) => [name, kind]),
    [["db.service", "requires"], ["worker.1.service", "requires"], [
      "worker.2.service",
      "requires",
    ]],
  );
});

test("what requires a service that nothing declares stays down, and says so", () => {
  const config = load(`a.service: {command: x, requires: dbb.service}\n${OTHERS}`);
  assertEquals(
    serviceOf(config).lacks,
    "it requires dbb.service, which no section and no group is called",
  );
  assertEquals(config.warnings.map(({ message }) => message), [
    "requires of a.service names a service that does not exist, 'dbb.service'; " +
    "did you mean 'db.service'?",
  ]);
});

test("a wrong condition is refused", () => {
  assertStringIncludes(
    refusal(`a.service: {command: x, requires: "db:redy"}\n${OTHERS}`),
    "expected started, ready, completed after the colon of 'db:redy', found 'redy'; did you mean " +
      "'ready'?",
  );
});

test("a circle of edges is named", () => {
  const { services } = load(
    "a.service: {command: x, requires: b}\nb.service: {command: x, follows: a}\n",
  );
  const error = assertThrows(() => buildFamily(services), CircularDependencyError);
  assertStringIncludes(error.message, "a.service → b.service → a.service");
});

test("only what is required keeps a service down; a pattern that matches nothing keeps none", () => {
  for (const lines of ["wants: dbb.service", "follows: dbb.service", "requires: 'dbb*'"]) {
    const { lacks } = serviceOf(load(`a.service: {command: x, ${lines}}\n${OTHERS}`));
    assertEquals(lacks, undefined, lines);
  }
});

test("nothing is lacking that a service, a group or the system is called", () => {
  for (const name of ["db", "db.service", "worker", "data", "data:completed", "INIT"]) {
    const { lacks } = serviceOf(load(`a.service: {command: x, requires: "${name}"}\n${OTHERS}`));
    assertEquals(lacks, undefined, name);
  }
  const { lacks } = serviceOf(load(`a.service: {command: x, requires: [db, other]}\n${OTHERS}`));
  assertEquals(lacks, "it requires other, which no section and no group is called");
});

test("a condition without a name is refused", () => {
  assertStringIncludes(
    refusal(`a.service: {command: x, after: ":ready"}\n${OTHERS}`),
    "after of a.service has an empty name; is there a comma too many?",
  );
});

test("a misspelt name is told among a hundred services and groups, not among more", () => {
  const warnings = (count: number, group: string) => {
    const others = Array.from({ length: count }, (_, at) => `other${at}.service: {command: x}\n`);
    const text = `a.service: {command: x, after: databse}\n` +
      `database.service: {command: x, service_groups: ${group}}\n${others.join("")}`;
    return load(text).warnings.length;
  };
  // With a.service, database.service, and the groups: default, and that of the latter.
  assertEquals([warnings(96, "data"), warnings(97, "data")], [1, 0]);
  assertEquals([warnings(97, "default"), warnings(98, "default")], [1, 0]);
});

test("a pattern matches names with and without .service", () => {
  for (const pattern of ["d?", "d?.service"]) {
    const { edges = [] } = serviceOf(load(`a.service: {command: x, wants: ${pattern}}\n${OTHERS}`));
    assertEquals(edges.map(({ name }) => name), ["db.service"], pattern);
  }
});
