/** How a program is divided into a core and parts, and how a part finds what is in the core. */
import { assertEquals, assertThrows } from "@std/assert";
import { coreEntry, divide, linkPart, modulesOf, type Needs } from "../../../lib/build/parts.ts";
import { BuildError } from "../../../lib/build/tools.ts";
import { test } from "../../test.ts";

const SOURCES: Readonly<Record<string, string>> = {
  "main.ts": `import { base } from "./base.ts";
import type { Shape } from "./shape.ts";
import { type Other } from "./shape.ts";
const load = () => import("./part.ts");
const more = () => import("./sub/lazy.ts");
const second = () => import("./second.ts");`,
  "base.ts": "export const base = 1;",
  "shape.ts": "export interface Shape {}",
  "part.ts": `import { base } from "./base.ts";
import { both } from "./both.ts";
export { own } from "./own.ts";`,
  "second.ts": 'import { both } from "./both.ts";\nimport {\n  lazy,\n} from "./sub/lazy.ts";',
  "both.ts": "export const both = 1;",
  "own.ts": "export const own = 1;",
  "sub/lazy.ts": 'import { base } from "../base.ts";\nexport const lazy = base;',
};

async function withSources(use: (root: string) => void): Promise<void> {
  const root = `${await Deno.makeTempDir()}/`;
  try {
    await Deno.mkdir(`${root}sub`);
    for (const [path, text] of Object.entries(SOURCES)) await Deno.writeTextFile(root + path, text);
    use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

test("divide puts into the core what is loaded at once, and what parts have in common", () =>
  withSources((root) => {
    const { core, later } = divide(root, "main.ts", ["part.ts", "second.ts"]);
    assertEquals([...core].sort(), ["base.ts", "main.ts"]);
    assertEquals([...later].sort(), ["both.ts", "sub/lazy.ts"]);
  }));

test("divide refuses a part that is loaded at once", () =>
  withSources((root) => {
    assertThrows(() => divide(root, "main.ts", ["base.ts"]), BuildError, "it imports base.ts");
  }));

test("linkPart names modules from the root on, and tells what is taken of each", () => {
  const needs: Needs = new Map([["lib/a.ts", new Set(["first"])]]);
  const text = `var import_a = require("/here/lib/a.ts");
var import_b = __toESM(require("/here/lib/b.ts"));
import_c = require("/here/lib/c.ts");
(0, import_a.second)(import_c.One, import_c2.Two);
const { d } = await import("/here/lib/d.ts");
const { e } = await import("../lib/e.ts");`;
  assertEquals(linkPart(text, "/here/", needs), text.replaceAll("/here/", "/"));
  assertEquals(
    needs,
    new Map<string, Set<string> | "all">([
      ["lib/a.ts", new Set(["first", "second"])],
      ["lib/b.ts", "all"],
      ["lib/c.ts", new Set(["One"])],
      ["lib/d.ts", "all"],
    ]),
  );
});

test("coreEntry loads nothing at the start that would be loaded later", () => {
  const division = { core: new Set(["lib/a.ts"]), later: new Set(["lib/b.ts"]) };
  const needs: Needs = new Map([["lib/a.ts", new Set(["x"])], ["lib/b.ts", new Set(["y"])]]);
  assertEquals(
    coreEntry("/here/", "lib/main.ts", division, needs),
    `export * from "/here/lib/main.ts";
import * as m0 from "/here/lib/a.ts";
declare const require: (path: string) => unknown;
export const shared: Readonly<Record<string, () => unknown>> = {
"/lib/a.ts": () => ({ get x() { return m0.x; } }),
"/lib/b.ts": () => require("/here/lib/b.ts"),
};
`,
  );
});

test("modulesOf reads what the bundler writes above each module", () => {
  assertEquals(
    modulesOf("// lib/a.ts\nvar a;\n  // lib/b/c.ts\n// lib/d.ts is none\n"),
    new Set(["lib/a.ts", "lib/b/c.ts"]),
  );
});
