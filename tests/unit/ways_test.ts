/**
 * The walks of lib/README.md, kept true. A walk is a numbered list: each step begins with its file
 * and may name others. All of them exist; each step's file is joined to the next one's by an
 * import, whichever of the two imports the other, and to every other file that the step names.
 */
import { assertEquals } from "@std/assert";
import { test } from "../test.ts";
import { importGraph, readTree, ROOT } from "./import_graph.ts";

/** One step: its file, and the others that it names; paths below lib. */
interface Step {
  readonly file: string;
  readonly others: readonly string[];
}

/** Reads the walks below a heading, by their titles. */
function readWalks(text: string): Map<string, Step[]> {
  const section = text.split(/^## /m).find((part) => part.startsWith("Ways\n")) ?? "";
  const walks = new Map<string, Step[]>();
  for (const part of section.split(/^### /m).slice(1)) {
    const [title = ""] = part.split("\n", 1);
    const steps = part.split(/^\d+\. /m).slice(1).map((step) => {
      const [file = "", ...others] = [...step.matchAll(/`([\w/]+\.ts)`/g)].map(([, path]) =>
        path ?? ""
      );
      return { file, others };
    });
    walks.set(title, steps);
  }
  return walks;
}

/** Lists what is wrong with a walk. */
function walkFaults(
  steps: readonly Step[],
  graph: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const path = (file: string) => `lib/${file}`;
  const isJoined = (one: string, other: string) =>
    graph.get(path(one))?.has(path(other)) === true ||
    graph.get(path(other))?.has(path(one)) === true;
  return steps.flatMap(({ file, others }, index) => {
    const missing = [file, ...others].filter((name) => !graph.has(path(name)));
    const next = steps[index + 1]?.file;
    const apart = [...others, ...(next === undefined ? [] : [next])].filter((other) =>
      other !== file && !isJoined(file, other)
    );
    return [
      ...missing.map((name) => `${name} does not exist`),
      ...apart.map((other) => `no import joins ${file} and ${other}`),
    ];
  });
}

test("the walks of lib/README.md lead along imports, from file to file", async () => {
  const graph = importGraph(await readTree("lib/", new Map()));
  const walks = readWalks(await Deno.readTextFile(new URL("lib/README.md", ROOT)));
  const faults = [...walks].flatMap(([title, steps]) =>
    steps.length < 2
      ? [`${title}: no steps`]
      : walkFaults(steps, graph).map((fault) => `${title}: ${fault}`)
  );
  assertEquals(faults, []);
  assertEquals(walks.size, 7);
});

test("walkFaults finds a file that is missing, and steps that no import joins", () => {
  const graph = importGraph(
    new Map([
      ["lib/a/one.ts", 'import { two } from "../b/two.ts";'],
      ["lib/b/two.ts", ""],
      ["lib/c/three.ts", 'import { one } from "../a/one.ts";'],
    ]),
  );
  const walks = readWalks(
    "# X\n\n## Ways\n\n### good\n\n1. `a/one.ts` says so to `c/three.ts`.\n2. `b/two.ts`\n" +
      "\n### bad\n\n1. `b/two.ts` and\n   `a/four.ts`\n2. `c/three.ts`\n\n## Z\n",
  );
  assertEquals(walkFaults(walks.get("good") ?? [], graph), []);
  assertEquals(walkFaults(walks.get("bad") ?? [], graph), [
    "a/four.ts does not exist",
    "no import joins b/two.ts and a/four.ts",
    "no import joins b/two.ts and c/three.ts",
  ]);
});

/** The rows of the table whose ways are read, not edited, and the titles of their walks. */
const READ: Readonly<Record<string, string>> = {
  "datagram to a file": "From a datagram to a file",
  "exit to a restart": "From an exit to a restart",
  "`telchap stop web`": "`telchap stop web`",
  "READY=1": "READY=1",
  "a launch": "A launch",
};

function countFiles(...walks: readonly (readonly Step[])[]): number {
  return new Set(walks.flat().flatMap(({ file, others }) => [file, ...others])).size;
}

/** How often a way returns to a folder that it had left. */
function countTurns(steps: readonly Step[]): number {
  const folders = steps.map(({ file }) => file.slice(0, file.lastIndexOf("/")));
  const entered = folders.filter((folder, at) => folder !== folders[at - 1]);
  return entered.length - new Set(entered).size;
}

test("the table of lib/README.md has the files and turns of each walk", async () => {
  const text = await Deno.readTextFile(new URL("lib/README.md", ROOT));
  const walks = readWalks(text);
  for (const [way, title] of Object.entries(READ)) {
    const row = text.split("\n").find((line) => line.startsWith(`| ${way} |`)) ?? "";
    const [, , , now = "", turns = ""] = row.split("|").map((cell) => cell.trim());
    const steps = walks.get(title) ?? [];
    const files = String(countFiles(steps));
    const whole = String(countFiles(steps, walks.get("A launch") ?? []));
    const expected = way === "exit to a restart" ? `${files}, with the launch ${whole}` : files;
    assertEquals([now, turns], [expected, String(countTurns(steps))], way);
  }
});

test("countTurns counts each return to a folder, not the steps within it", () => {
  const steps = (...files: string[]) => files.map((file) => ({ file, others: [] }));
  assertEquals(countTurns(steps("a/x.ts", "a/y.ts", "b/x.ts")), 0);
  assertEquals(countTurns(steps("a/x.ts", "b/x.ts", "a/y.ts", "a/z.ts", "b/y.ts")), 2);
});
