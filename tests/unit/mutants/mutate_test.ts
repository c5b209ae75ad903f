import { assertEquals, assertThrows } from "@std/assert";
import { formatChange } from "../../mutants/explained.ts";
import { mutate } from "../../mutants/mutate.ts";
import { test } from "../../test.ts";

/** Returns `was  →  becomes` of each mutant. */
function changesOf(source: string): string[] {
  return mutate("a.ts", source, 0).mutants.map(({ was, becomes }) => `${was}  →  ${becomes}`);
}

const CHANGES: readonly (readonly [what: string, source: string, changes: readonly string[]])[] = [
  ["a number", "const a = 5;", ["5  →  (5 + 1)"]],
  ["a truth value", "f(true, false);", ["true  →  false", "false  →  true"]],
  ["a negation", "f(!a);", ["!a  →  !!(a)"]],
  ["a default", "f(a ?? b);", ["a ?? b  →  a"]],
  ["a condition", "if (a) b();", ["a  →  !(a)"]],
  ["a condition of a choice", "f(a ? b : c);", ["a  →  !(a)"]],
  ["a condition of a loop", "while (a) b();", ["a  →  !(a)"]],
  ["a case", 'switch (a) { case "x": b(); }', ['"x"  →  !("x")']],
  ["a result", "function f() { return a; }", ["a  →  undefined"]],
  ["a result of an arrow", "const f = () => a;", ["a  →  undefined"]],
  ["the body of an arrow is no result", "const f = () => { a(); };", []],
  ["a condition once that is an operator", "if (a < b) c();", ["a < b  →  (a) <= (b)"]],
  ["a result once that is an operator", "const f = () => a - b;", ["a - b  →  (a) + (b)"]],
  ["what is inside first", "f(a * (b + c));", [
    "b + c  →  (b) - (c)",
    "a * (b + c)  →  (a) / (b + c)",
  ]],
  ["a result that is undefined anyway: nothing", "function f() { return undefined; }", []],
  ["what is never reached: nothing", "const f = (a) => a satisfies never;", []],
];

for (const [what, source, changes] of CHANGES) {
  test(`mutate() changes ${what}`, () =>
    assertEquals(changesOf(source).sort(), [...changes].sort()));
}

const OPERATORS: readonly (readonly [operator: string, becomes: string])[] = [
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
  ["+", "-"],
  ["-", "+"],
  ["*", "/"],
  ["/", "*"],
  ["%", "*"],
  ["&", "|"],
  ["|", "&"],
  ["&&", "||"],
  ["||", "&&"],
];

for (const [operator, becomes] of OPERATORS) {
  test(`mutate() makes ${becomes} of ${operator}`, () => {
    assertEquals(changesOf(`f(a ${operator} b);`), [
      `a ${operator} b  →  (a) ${becomes} (b)`,
    ]);
  });
}

const UNCHANGED: readonly (readonly [what: string, source: string])[] = [
  ["strings", 'f("1 < 2 && !true", `3 + 4`);'],
  ["regular expressions", "f(/1+!/);"],
  ["comments", "// 1 < 2\nf(); /* !true */"],
  ["types", "type A = 1 | true; interface B { a: 2 } let a: 3 | false;"],
  ["types of parameters and results", "function f(a: 1): a is 2 { g(); }"],
  ["types in expressions", "f(a as 1, b satisfies 2, g<3>(c));"],
  ["type parameters", "class A<T extends 1> extends B<2> implements C<3> { a!: 4; }"],
  ["declarations", "declare const a = 1;"],
  ["imports and exports", 'import a from "1"; export * from "2"; export type { b } from "3";'],
  ["names of members", "f({ 1: a, b });"],
];

for (const [what, source] of UNCHANGED) {
  test(`mutate() leaves ${what} as they are`, () => {
    const { text, mutants } = mutate("a.ts", source, 0);
    assertEquals([text, mutants], [source, []]);
  });
}

test("mutate() tells where each change is, and numbers them from what it is given", () => {
  const source = `const LIMIT = 7;
function inside() {
  const near = () => a < 2;
}
class Room {
  #door = 3;
  #open() { return b; }
  static of() { return c; }
}
f(4);`;
  const { mutants } = mutate("lib/a.ts", source, 40);
  assertEquals(mutants.map((mutant) => [mutant.id, mutant.line, formatChange(mutant)]), [
    [40, 1, "LIMIT: 7  →  (7 + 1)"],
    [41, 3, "inside: 2  →  (2 + 1)"],
    [42, 3, "inside: a < 2  →  (a) <= (2)"],
    [43, 6, "door: 3  →  (3 + 1)"],
    [44, 7, "open: b  →  undefined"],
    [45, 8, "of: c  →  undefined"],
    [46, 10, ": 4  →  (4 + 1)"],
  ]);
  assertEquals(new Set(mutants.map(({ path }) => path)), new Set(["lib/a.ts"]));
});

test("mutate() shows long texts on one line, shortened", () => {
  const name = "a".repeat(80);
  assertEquals(changesOf(`f(!${name});`), [`!${name.slice(0, 59)}  →  !!(${name.slice(0, 57)}`]);
  assertEquals(changesOf("f(a\n    && b);"), ["a && b  →  (a) || (b)"]);
});

test("mutate() refuses what cannot be parsed", () => {
  assertThrows(() => mutate("a.ts", "const = 1;", 0), SyntaxError);
});

/** Evaluates a mutated expression with one of its mutants active; -1 for none. */
function evaluate(expression: string, active: number): unknown {
  const { text } = mutate("a.ts", `f(${expression});`, 0);
  let result: unknown;
  const f = (value: unknown) => result = value;
  new Function("f", "__mutant", text)(f, (id: number) => id === active);
  return result;
}

test("a mutated source does what it did until a mutant is chosen, then what that one says", () => {
  const expression = "(2 + 3) * 4 > 20 || !(1 === 1)";
  assertEquals(evaluate(expression, -1), false);
  const changes = changesOf(`f(${expression});`);
  const results = changes.map((change, id) => [change, evaluate(expression, id)]);
  assertEquals(Object.fromEntries(results), {
    "2  →  (2 + 1)": true,
    "3  →  (3 + 1)": true,
    "2 + 3  →  (2) - (3)": false,
    "4  →  (4 + 1)": true,
    "(2 + 3) * 4  →  (2 + 3) / (4)": false,
    "20  →  (20 + 1)": false,
    "(2 + 3) * 4 > 20  →  ((2 + 3) * 4) >= (20)": true,
    "1  →  (1 + 1)": true,
    "1 === 1  →  (1) !== (1)": true,
    "!(1 === 1)  →  !!(1 === 1)": true,
    "(2 + 3) * 4 > 20 || !(1 === 1)  →  ((2 + 3) * 4 > 20) && (!(1 === 1))": false,
  });
});
