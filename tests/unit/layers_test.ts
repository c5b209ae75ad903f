/**
 * The rules of lib/README.md that a program can check: who may import whom, where the system, the
 * clock and the two foreign packages may be named, and that the paths in comments exist.
 */
import { assertEquals } from "@std/assert";
import { test } from "../test.ts";
import { listImports } from "../../lib/build/imports.ts";
import { importGraph, readTree, ROOT } from "./import_graph.ts";

/** The layers of lib, and the layers whose files each may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: ["base"],
  commands: ["base", "config"],
  wire: ["base"],
  log: ["base", "wire"],
  service: ["base", "config"],
  manual: ["base", "config", "commands", "log", "service", "page"],
  import: ["base", "config", "commands"],
  page: ["base", "config", "service"],
  door: ["base", "config"],
  sys: ["base", "config", "commands", "door"],
  daemon: ["base", "config", "commands", "wire", "log", "service", "page", "door"],
  apps: [
    ...["base", "config", "commands", "wire", "log", "service", "manual", "import", "page"],
    ...["door", "sys", "daemon"],
  ],
  build: ["base", "commands", "manual", "apps", "sys"],
};

/**
 * What may be imported as types only: the system knows the shapes of a configuration, not its
 * rules.
 */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = { sys: ["config", "commands"] };

const PACKAGE_HOME: Readonly<Record<string, string>> = {
  yaml: "config",
  croner: "service",
  fflate: "build",
};

const SYSTEM_NAMES = [
  /\bDeno\b/,
  /\b(?:set|clear)(?:Timeout|Interval)\b/,
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /(?<![.\w$#])performance\s*\./,
  /\bTemporal\.Now\b/,
  /\bAbortSignal\.timeout\b/,
  /\bMath\.random\b/,
  /(?<![.\w$#])crypto\s*\./,
  // A setting is called `console`, too.
  /(?<![.\w$#])console\s*[.[]/,
  /(?<![.\w$#])fetch\(/,
  /\bglobalThis\b/,
];

interface Parts {
  /** The code, comments and the contents of strings replaced by blanks. */
  readonly code: string;
  readonly comments: string;
}

/**
 * One piece of TypeScript that the scan below tells apart; a regular expression begins after these.
 */
const TOKEN = new RegExp(
  [
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)/,
    /(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/,
    /(?<template>`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{))/,
    /(?<=(?:[(,=:[!&|?{};]|return)\s*)(?<regexp>\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/)/,
    /(?<brace>[{}])/,
  ].map((part) => part.source).join("|"),
  "g",
);

/** The rest of a template literal after an expression in it. */
const TEMPLATE_REST = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;

/** Splits a source into code and comments. */
function splitSource(source: string): Parts {
  let code = "";
  let comments = "";
  let at = 0;
  // For each open brace: whether it is the `${` of a template.
  const braces: boolean[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(source); match !== null; match = TOKEN.exec(source)) {
    code += source.slice(at, match.index);
    at = TOKEN.lastIndex;
    const { comment, template, brace } = match.groups ?? {};
    if (comment !== undefined) comments += `${comment}\n`;
    if (brace === "{") braces.push(false);
    if (template?.endsWith("${")) braces.push(true);
    if (brace === "}" && braces.pop() === true) {
      TEMPLATE_REST.lastIndex = at;
      const rest = TEMPLATE_REST.exec(source)?.[0] ?? "";
      if (rest.endsWith("${")) braces.push(true);
      at += rest.length;
      TOKEN.lastIndex = at;
    }
    code += brace ?? (comment === undefined ? '""' : " ");
  }
  return { code: code + source.slice(at), comments };
}

/** Whether a file of a layer may import a path below lib. */
function mayImport(layer: string, target: string, isTypeOnly: boolean): boolean {
  const targetLayer = target.split("/")[0] ?? "";
  if (targetLayer === layer) return true;
  if (MAY_IMPORT[layer]?.includes(targetLayer) !== true) return false;
  return isTypeOnly || TYPES_ONLY[layer]?.includes(targetLayer) !== true;
}

/** Lists the import rules that a file of lib breaks; `path` is below lib. */
function importBreaches(path: string, source: string): string[] {
  const folder = path.split("/")[0] ?? "";
  const breaches: string[] = [];
  for (const { specifier, isTypeOnly } of listImports(source)) {
    const home = PACKAGE_HOME[specifier];
    const target = new URL(specifier, `file:///lib/${path}`).pathname;
    const isAllowed = specifier.startsWith(".")
      ? target.startsWith("/lib/") && mayImport(folder, target.slice("/lib/".length), isTypeOnly)
      : home === folder;
    if (!isAllowed) breaches.push(`lib/${path} imports ${specifier}`);
  }
  return breaches;
}

/**
 * Lists the names of the system, the clock and the like that a file of lib uses outside lib/sys and
 * lib/build.
 */
function nameBreaches(path: string, source: string): string[] {
  if (/^(sys|build)\//.test(path)) return [];
  const { code } = splitSource(source);
  return SYSTEM_NAMES.flatMap((pattern) => {
    const name = pattern.exec(code)?.[0];
    return name === undefined ? [] : [`lib/${path} names ${name}`];
  });
}

/**
 * Lists the paths of this project that the comments of a source name: those below lib and tests,
 * and `.ts` files.
 */
function namedPaths(source: string): string[] {
  const { comments } = splitSource(source);
  const pattern =
    /(?<![\w/.$])(?:(?:lib|tests)\/[\w./-]*[\w/-]|(?:[\w-]+\/)+[\w-]+\.ts|(?:build|main)\.ts)(?![\w*])/g;
  return [...comments.matchAll(pattern)].map((match) => match[0]);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(new URL(path, ROOT)).then(() => true, () => false);
}

test("each file of lib imports only what lib/README.md allows its folder", async () => {
  const breaches: string[] = [];
  for (const [path, source] of await readTree("lib/", new Map())) {
    breaches.push(...importBreaches(path.slice("lib/".length), source));
  }
  assertEquals(breaches, []);
});

/** Returns the groups of nodes that reach each other, each group sorted. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const reached = new Map<string, Set<string>>();
  for (const node of graph.keys()) {
    const seen = new Set<string>();
    const open = [...graph.get(node) ?? []];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...graph.get(next) ?? []);
    }
    reached.set(node, seen);
  }
  const groups = new Set<string>();
  for (const [node, targets] of reached) {
    if (!targets.has(node)) continue;
    const group = [...targets].filter((target) => reached.get(target)?.has(node) === true);
    groups.add(group.sort().join(" "));
  }
  return [...groups].map((group) => group.split(" "));
}

/** Returns which folder imports from which other one. */
function roomGraph(files: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const room = (path: string) => path.slice(0, path.lastIndexOf("/"));
  const graph = new Map<string, Set<string>>();
  for (const [path, targets] of files) {
    const from = graph.get(room(path)) ?? new Set<string>();
    graph.set(room(path), from);
    for (const target of targets) if (room(target) !== room(path)) from.add(room(target));
  }
  return graph;
}

test("no files of lib import each other in a circle, types included", async () => {
  assertEquals(circles(importGraph(await readTree("lib/", new Map()))), []);
});

test("no rooms of lib import each other in a circle, types included", async () => {
  assertEquals(circles(roomGraph(importGraph(await readTree("lib/", new Map())))), []);
});

test("circles finds each planted circle, between files and between rooms", () => {
  const sources = new Map([
    ["lib/a/x.ts", 'import type { Y } from "./y.ts";'],
    ["lib/a/y.ts", 'const x = await import("./x.ts");'],
    ["lib/b/one.ts", 'import { two } from "../c/two.ts";'],
    ["lib/b/free.ts", ""],
    ["lib/c/two.ts", 'import "../b/free.ts";'],
  ]);
  const files = importGraph(sources);
  assertEquals(circles(files), [["lib/a/x.ts", "lib/a/y.ts"]]);
  assertEquals(circles(roomGraph(files)), [["lib/b", "lib/c"]]);
});

test("Deno, timers, clocks, randomness and console are named in lib/sys and lib/build only", async () => {
  const breaches: string[] = [];
  for (const [path, source] of await readTree("lib/", new Map())) {
    breaches.push(...nameBreaches(path.slice("lib/".length), source));
  }
  assertEquals(breaches, []);
});

test("the C library is opened in lib/sys/libc only", async () => {
  const openers: string[] = [];
  for (const [path, source] of await readTree("lib/", new Map())) {
    if (path.startsWith("lib/build/")) continue;
    if (/\bdlopen\b/.test(splitSource(source).code)) openers.push(path);
  }
  assertEquals(openers.sort(), ["lib/sys/libc/by_address.ts", "lib/sys/libc/libc.ts"]);
});

test("the paths that comments name exist", async () => {
  const sources = await readTree("lib/", new Map());
  await readTree("tests/", sources);
  for (const path of ["main.ts", "build.ts", "release.ts"]) {
    sources.set(path, await Deno.readTextFile(new URL(path, ROOT)));
  }
  const missing: string[] = [];
  for (const [path, source] of sources) {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    for (const named of namedPaths(source)) {
      const candidates = [named, `lib/${named}`, folder + named];
      const found = await Promise.all(candidates.map(exists));
      if (!found.includes(true)) missing.push(`${path}: ${named}`);
    }
  }
  assertEquals(missing, []);
});

test("importBreaches finds each planted import", () => {
  const cases: [path: string, source: string, isBreach: boolean][] = [
    ["config/a.ts", 'import { b } from "../base/b.ts";', false],
    ["config/a.ts", 'import { parse } from "yaml";', false],
    ["service/a.ts", 'import { Cron } from "croner";', false],
    ["sys/a.ts", 'import type { Os } from "../door/os.ts";', false],
    ["sys/a.ts", 'import type { Identity } from "../config/model.ts";', false],
    ["apps/a.ts", 'import { spawn } from "../sys/spawn.ts";', false],
    ["base/a.ts", 'import { b } from "../config/b.ts";', true],
    ["base/a.ts", 'export { b } from "../config/b.ts";', true],
    ["wire/a.ts", 'import type { C } from "../config/model.ts";', true],
    ["daemon/a.ts", 'import { spawn } from "../sys/spawn.ts";', true],
    ["daemon/a.ts", 'const sys = await import("../sys/spawn.ts");', true],
    ["sys/a.ts", 'import { type Config, load } from "../config/model.ts";', true],
    ["sys/a.ts", 'import type { S } from "../daemon/supervisor.ts";', true],
    ["service/a.ts", 'import { parse } from "yaml";', true],
    ["config/a.ts", 'import { Cron } from "croner";', true],
    ["log/a.ts", 'import "npm:left-pad";', true],
    ["log/a.ts", 'import {\n  one,\n  two,\n} from "../service/b.ts";', true],
    ["log/a.ts", 'import { assert } from "@std/assert";', true],
    ["apps/a.ts", 'import { build } from "../../build.ts";', true],
  ];
  for (const [path, source, isBreach] of cases) {
    assertEquals(importBreaches(path, source).length, isBreach ? 1 : 0, `${path}: ${source}`);
  }
});

test("nameBreaches finds each planted name, and none in comments and strings", () => {
  const breaches = [
    "Deno.exit(1);",
    "const d = Deno;",
    "setTimeout(f, 1);",
    "const f = globalThis.setInterval;",
    "const t = Date.now();",
    "const t = new Date();",
    "const t = performance.now();",
    "const n = Math.random();",
    "const s = `at ${Date.now()} ms`;",
    "const s = `a ${b ? `c ${Date.now()}` : {}} d`;",
    'const s = "//"; console.log(s);',
    'const r = /"/; console.log(r);',
    "const half = a / 2; console.log(half / 2);",
  ];
  for (const source of breaches) {
    assertEquals(nameBreaches("daemon/a.ts", source).length > 0, true, source);
    assertEquals(nameBreaches("sys/a.ts", source), [], source);
  }
  const fine = [
    "// Deno.exit ends the program",
    "/** `setTimeout` is not used. */",
    'const s = "Deno.exit";',
    "const s = `console ${a} Deno ${b} Date.now`;",
    "const r = /console./;",
    "this.#console[stream] = a;",
    "if (settings.console === a) log({ console: b });",
    "const when = new Date(ms);",
    'const s = "\\"" + "console";',
  ];
  for (const source of fine) assertEquals(nameBreaches("daemon/a.ts", source), [], source);
});

test("namedPaths lists the project's paths in comments", () => {
  const source = "/** See lib/sys/libc/libc.ts, door/os.ts and lib/README.md; not /proc/1/stat.\n" +
    " * The folder tests/e2e, and lib/base/. */\n" +
    'const path = "lib/nowhere.ts"; // as main.ts does';
  assertEquals(namedPaths(source), [
    "lib/sys/libc/libc.ts",
    "door/os.ts",
    "lib/README.md",
    "tests/e2e",
    "lib/base/",
    "main.ts",
  ]);
});

/**
 * Draws the layers: an arrow for each import that may be, but for those that follow from others.
 */
function drawLayers(mayImport: Readonly<Record<string, readonly string[]>>): string {
  const reaches = (from: string, to: string): boolean =>
    mayImport[from]?.some((next) => next === to || reaches(next, to)) ?? false;
  const arrows = Object.entries(mayImport).flatMap(([layer, targets]) =>
    targets
      .filter((target) => !targets.some((other) => reaches(other, target)))
      .map((target) => `  ${layer} --> ${target}`)
  );
  return ["flowchart TD", ...arrows].join("\n");
}

test("the picture of the layers in lib/README.md is drawn from the table here", async () => {
  const readme = await Deno.readTextFile(new URL("lib/README.md", ROOT));
  assertEquals(/```mermaid\n([\s\S]*?)\n```/.exec(readme)?.[1], drawLayers(MAY_IMPORT));
});

test("drawLayers leaves out what follows from other arrows", () => {
  const drawing = drawLayers({ a: [], b: ["a"], c: ["a", "b"], d: ["a"] });
  assertEquals(drawing, "flowchart TD\n  b --> a\n  c --> b\n  d --> a");
});
