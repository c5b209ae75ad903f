import { assert, assertEquals } from "@std/assert";
import {
  type GraphNode,
  layoutGraph,
  NODE_HEIGHT_PX,
  type PlacedNode,
} from "../../../lib/page/graph_layout.ts";
import { renderGraphSvg } from "../../../lib/page/graph_svg.ts";
import { test } from "../../test.ts";

/** `c: a b` waits for a and b. */
function nodes(text: string): GraphNode[] {
  return text.trim().split("\n").map((line) => {
    const [name = "", after = ""] = line.trim().split(/: ?/);
    const wanted = after.split(" ").filter((word) => word !== "");
    return { name, widthPx: 100, prerequisites: wanted.map((each) => ({ name: each })) };
  });
}

const SHOP = `
  db:
  cache:
  migrate: db
  api: db cache migrate
  worker: cache db
  web: api worker
  alone:
`;

function edgesOf(text: string): string[] {
  return layoutGraph(nodes(text)).edges.map(({ from, to }) => `${from} ${to}`).sort();
}

test("layoutGraph draws every edge from left to right", () => {
  const layout = layoutGraph(nodes(SHOP));
  for (const { from, to, points } of layout.edges) {
    points.forEach((point, at) => {
      const before = points[at - 1];
      assert(before === undefined || point.x >= before.x, `${from} ${to}`);
    });
    const source = layout.nodes.find((node) => node.name === from) as PlacedNode;
    const target = layout.nodes.find((node) => node.name === to) as PlacedNode;
    assert(source.x + source.widthPx < target.x, `${from} ${to}`);
    assertEquals(points[0]?.x, source.x + source.widthPx);
    assertEquals(points.at(-1)?.x, target.x);
  }
});

test("layoutGraph leaves out edges that others imply, and keeps those with a condition", () => {
  assertEquals(edgesOf("a:\nb: a\nc: a b"), ["a b", "b c"]);
  const [a, b, c] = nodes("a:\nb: a\nc: b") as [GraphNode, GraphNode, GraphNode];
  const strict = {
    ...c,
    prerequisites: [...c.prerequisites, { name: "a", condition: "completed" }],
  };
  assertEquals(layoutGraph([a, b, strict as GraphNode]).edges.length, 3);
});

test("layoutGraph puts nodes beside each other, never over each other", () => {
  let seed = 11;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 30; round++) {
    const all = Array.from({ length: 1 + Math.floor(random() * 25) }, (_, at): GraphNode => ({
      name: `s${at}`,
      widthPx: 80 + Math.floor(random() * 60),
      prerequisites: Array.from({ length: at }, (_, other) => ({ name: `s${other}` }))
        .filter(() => random() < 0.15),
    }));
    const { nodes: placed, widthPx, heightPx } = layoutGraph(all);
    assertEquals(placed.length, all.length);
    for (const [at, one] of placed.entries()) {
      assert(one.x >= 0 && one.y >= 0 && one.x + one.widthPx <= widthPx, one.name);
      assert(one.y + NODE_HEIGHT_PX <= heightPx, one.name);
      for (const other of placed.slice(at + 1)) {
        const apart = one.x + one.widthPx < other.x || other.x + other.widthPx < one.x ||
          one.y + NODE_HEIGHT_PX < other.y || other.y + NODE_HEIGHT_PX < one.y;
        assert(apart, `${one.name} ${other.name}`);
      }
    }
  }
});

test("layoutGraph depends on the graph, not on the order of its nodes", () => {
  assertEquals(layoutGraph(nodes(SHOP)), layoutGraph(nodes(SHOP).reverse()));
});

test("layoutGraph undoes crossings that need not be", () => {
  const { edges } = layoutGraph(nodes("a:\nb:\nx: b\ny: a"));
  const ends = edges.map(({ points }) => [points[0]?.y ?? 0, points.at(-1)?.y ?? 0] as const);
  const [[a, b], [c, d]] = ends as [readonly [number, number], readonly [number, number]];
  assert((a - c) * (b - d) > 0);
});

test("layoutGraph leaves out what is not among the nodes", () => {
  assertEquals(edgesOf("a: nobody a"), []);
  assertEquals(layoutGraph([]).nodes, []);
});

test("layoutGraph lays out a chain of many layers with a long edge in good time", () => {
  const all = Array.from({ length: 120 }, (_, at): GraphNode => ({
    name: `s${String(at).padStart(3, "0")}`,
    widthPx: 100,
    prerequisites: [at - 1, at - 7].filter((below) => below >= 0).map((below) => ({
      name: `s${String(below).padStart(3, "0")}`,
      ...(below === at - 7 ? { condition: "ready" as const } : {}),
    })),
  }));
  assertEquals(layoutGraph(all).nodes.length, 120);
});

test("renderGraphSvg shows names, states and conditions, and escapes them", () => {
  const svg = renderGraphSvg([
    { name: "db.service", prerequisites: [], state: "running", tone: "good" },
    { name: "<b>.service", prerequisites: [{ name: "db.service", condition: "ready" }] },
  ]);
  assert(svg.includes(">db</text>") && svg.includes(">running</text>"));
  assert(svg.includes("<title>&lt;b&gt; waits for db (ready)</title>"));
  assert(!svg.includes("<b>") && !svg.includes("style="));
});

test("renderGraphSvg brings its colours along as a file of its own", () => {
  const services = [{ name: "a.service", prerequisites: [] }];
  assert(renderGraphSvg(services, { standalone: true }).includes("prefers-color-scheme: dark"));
  assert(!renderGraphSvg(services).includes("<style>"));
});
