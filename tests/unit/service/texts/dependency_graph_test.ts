import { assertEquals } from "@std/assert";
import { buildFamily } from "../../../../lib/service/family.ts";
import { formatGraph, type GraphFormat } from "../../../../lib/service/texts/dependency_graph.ts";
import { test } from "../../../test.ts";

const service = (name: string, ...after: string[]) => ({
  name,
  groups: [],
  before: [],
  after: after.map((each) => ({ name: each })),
});

const FAMILY = buildFamily([
  service("db.service"),
  service("app.service", "db.service"),
  service("web.service", "app.service", "db.service"),
]);

const GRAPHS: Readonly<Record<GraphFormat, readonly string[]>> = {
  text: ["db (up)", '  app (is\n"up") ← db', "    web (up) ← app, db"],
  dot: [
    "digraph services {",
    "  rankdir=LR;",
    "  node [shape=box];",
    '  "db" [label="db\\nup"];',
    '  "app" [label="app\\nis\\n\\"up\\""];',
    '  "web" [label="web\\nup"];',
    '  "db" -> "app";',
    '  "app" -> "web";',
    '  "db" -> "web";',
    "}",
  ],
  mermaid: [
    "graph LR",
    '  s0["db: up"]',
    '  s1["app: is #quot;up#quot;"]',
    '  s2["web: up"]',
    "  s0 --> s1",
    "  s1 --> s2",
    "  s0 --> s2",
  ],
};

for (const [format, lines] of Object.entries(GRAPHS)) {
  test(`formatGraph() draws who waits for whom: ${format}`, () => {
    const statusOf = (name: string) => name === "app.service" ? 'is\n"up"' : "up";
    assertEquals(formatGraph(FAMILY, statusOf, format as GraphFormat), lines);
  });
}
