/**
 * Where the services of a graph are drawn: in layers from left to right, so that every edge goes
 * right. Own and small, after Sugiyama, Tagawa and Toda (1981): layers by longest path, an
 * invisible node where an edge passes a layer, order by averages of neighbours, fewest crossings
 * seen win. The result depends on names and edges only, not on their order.
 *
 * Edges that others imply are left out, since a service in INIT would otherwise lead to all others;
 * services without any edge go below in rows of their own.
 */
import type { AfterCondition } from "../config/model.ts";
import type { Prerequisite } from "../service/family.ts";

/** What is to be placed. */
export interface GraphNode {
  readonly name: string;
  readonly widthPx: number;
  /** Those that are not among the nodes are left out. */
  readonly prerequisites: readonly Prerequisite[];
}

/** In pixels from the upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A node with its place. */
export interface PlacedNode {
  readonly name: string;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly widthPx: number;
}

/** An edge with its way. */
export interface PlacedEdge {
  /** The prerequisite, and who waits for it. */
  readonly from: string;
  readonly to: string;
  readonly condition?: AfterCondition;
  /** From the right side of one to the left side of the other. */
  readonly points: readonly Point[];
}

/** The whole picture. */
export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly widthPx: number;
  readonly heightPx: number;
}

/** All nodes are equally high. */
export const NODE_HEIGHT_PX = 42;
const PASSAGE_HEIGHT_PX = 10;
const GAP_Y_PX = 14;
const GAP_X_PX = 64;
const MARGIN_PX = 8;
/** Services without edges are wrapped at this width, or at that of the rest where it is wider. */
const ROW_WIDTH_PX = 900;
const SWEEPS = 8;
/**
 * Where everything waits for everything, no order is better than another, and counting takes long.
 */
const EDGES_SWEPT_MAX = 400;
const SMOOTHINGS = 8;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly condition: AfterCondition | undefined;
}

/** A node or, without a name, a passage of an edge through a layer. */
interface Slot {
  readonly name: string | undefined;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly before: Slot[];
  readonly after: Slot[];
  /** Position in its layer, and middle of its height. */
  order: number;
  y: number;
}

interface Route {
  readonly edge: Edge;
  readonly slots: readonly Slot[];
}

/** Places all nodes; there must be no circle among them. */
export function layoutGraph(nodes: readonly GraphNode[]): GraphLayout {
  const sorted = nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const edges = reduceEdges(collectEdges(sorted));
  const connected = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const { layers, routes } = buildLayers(sorted.filter(({ name }) => connected.has(name)), edges);
  if (edges.length <= EDGES_SWEPT_MAX) orderLayers(layers);
  const heightPx = placeRows(layers);
  const columns = placeColumns(layers);
  const upper = drawnLayers(layers, routes, columns);
  const alone = sorted.filter(({ name }) => !connected.has(name));
  const top = heightPx === 0 ? MARGIN_PX : heightPx + MARGIN_PX + GAP_Y_PX * 2;
  const lower = placeAlone(alone, top, Math.max(ROW_WIDTH_PX, columns.widthPx));
  return {
    nodes: [...upper.nodes, ...lower.nodes],
    edges: upper.edges,
    widthPx: Math.max(columns.widthPx, lower.widthPx),
    heightPx: alone.length > 0 ? lower.heightPx : heightPx + 2 * MARGIN_PX,
  };
}

function collectEdges(nodes: readonly GraphNode[]): Edge[] {
  const names = new Set(nodes.map(({ name }) => name));
  return nodes.flatMap(({ name, prerequisites }) =>
    prerequisites.filter((wanted) => names.has(wanted.name) && wanted.name !== name)
      .map((wanted): Edge => ({ from: wanted.name, to: name, condition: wanted.condition }))
  );
}

/** Leaves out edges without a condition that a longer way implies. */
function reduceEdges(edges: readonly Edge[]): Edge[] {
  const direct = new Map<string, string[]>();
  for (const { from, to } of edges) direct.set(to, [...direct.get(to) ?? [], from]);
  const above = new Map<string, Set<string>>();
  const collect = (name: string): Set<string> => {
    const known = above.get(name);
    if (known !== undefined) return known;
    const found = new Set<string>();
    above.set(name, found);
    for (const prerequisite of direct.get(name) ?? []) {
      found.add(prerequisite);
      for (const farther of collect(prerequisite)) found.add(farther);
    }
    return found;
  };
  return edges.filter(({ from, to, condition }) =>
    condition !== undefined ||
    !(direct.get(to) ?? []).some((other) => other !== from && collect(other).has(from))
  );
}

function layerNumbers(nodes: readonly GraphNode[], edges: readonly Edge[]): Map<string, number> {
  const numbers = new Map<string, number>();
  const visit = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, 0);
    const below = edges.filter(({ to }) => to === name).map(({ from }) => visit(from) + 1);
    const number = Math.max(0, ...below);
    numbers.set(name, number);
    return number;
  };
  for (const { name } of nodes) visit(name);
  return numbers;
}

function createSlot(node: GraphNode | undefined, layer: Slot[]): Slot {
  const slot: Slot = {
    name: node?.name,
    widthPx: node?.widthPx ?? 0,
    heightPx: node === undefined ? PASSAGE_HEIGHT_PX : NODE_HEIGHT_PX,
    before: [],
    after: [],
    order: layer.length,
    y: 0,
  };
  layer.push(slot);
  return slot;
}

function buildLayers(
  nodes: readonly GraphNode[],
  edges: readonly Edge[],
): { layers: Slot[][]; routes: Route[] } {
  const numbers = layerNumbers(nodes, edges);
  const layers: Slot[][] = [];
  const slots = new Map<string, Slot>();
  for (const node of nodes) {
    const layer = layers[numbers.get(node.name) ?? 0] ??= [];
    slots.set(node.name, createSlot(node, layer));
  }
  const routes = edges.map((edge): Route => {
    const route = [slots.get(edge.from) as Slot];
    const last = numbers.get(edge.to) ?? 0;
    for (let number = (numbers.get(edge.from) ?? 0) + 1; number < last; number++) {
      route.push(createSlot(undefined, layers[number] as Slot[]));
    }
    route.push(slots.get(edge.to) as Slot);
    route.forEach((slot, at) => {
      const next = route[at + 1];
      if (next === undefined) return;
      slot.after.push(next);
      next.before.push(slot);
    });
    return { edge, slots: route };
  });
  return { layers, routes };
}

/** Sweeps to and fro, and keeps the order with the fewest crossings. */
function orderLayers(layers: readonly Slot[][]): void {
  let fewest = countCrossings(layers);
  let best = layers.map((layer) => [...layer]);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const isForward = sweep % 2 === 0;
    for (const layer of isForward ? layers : layers.toReversed()) {
      const weight = (slot: Slot) => averageOrder(isForward ? slot.before : slot.after, slot.order);
      const weights = new Map(layer.map((slot) => [slot, weight(slot)]));
      layer.sort((a, b) => (weights.get(a) as number) - (weights.get(b) as number));
      number(layer);
    }
    const crossings = countCrossings(layers);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layers.map((layer) => [...layer]);
  }
  layers.forEach((layer, at) => {
    layer.splice(0, layer.length, ...best[at] as Slot[]);
    number(layer);
  });
}

function number(layer: readonly Slot[]): void {
  layer.forEach((slot, order) => slot.order = order);
}

function averageOrder(neighbours: readonly Slot[], otherwise: number): number {
  if (neighbours.length === 0) return otherwise;
  return neighbours.reduce((sum, { order }) => sum + order, 0) / neighbours.length;
}

function countCrossings(layers: readonly Slot[][]): number {
  let count = 0;
  for (const layer of layers) {
    const ends = layer.flatMap((slot) =>
      slot.after.map((next) => [slot.order, next.order] as const)
    );
    for (const [i, [a, b]] of ends.entries()) {
      for (const [c, d] of ends.slice(i + 1)) {
        if ((a - c) * (b - d) < 0) count++;
      }
    }
  }
  return count;
}

/** Sets `y` of all slots and returns the height of the whole. */
function placeRows(layers: readonly Slot[][]): number {
  for (const layer of layers) spread(layer, layer.map(() => 0));
  for (let round = 0; round < SMOOTHINGS; round++) {
    for (const layer of round % 2 === 0 ? layers : layers.toReversed()) {
      spread(layer, layer.map((slot) => averageY([...slot.before, ...slot.after], slot.y)));
    }
  }
  const all = layers.flat();
  const top = Math.min(...all.map((slot) => slot.y - slot.heightPx / 2));
  for (const slot of all) slot.y = Math.round(slot.y - top);
  return all.reduce((bottom, slot) => Math.max(bottom, slot.y + slot.heightPx / 2), 0);
}

function averageY(neighbours: readonly Slot[], otherwise: number): number {
  if (neighbours.length === 0) return otherwise;
  return neighbours.reduce((sum, { y }) => sum + y, 0) / neighbours.length;
}

/** Puts slots as near to where they want to be as order and distance allow, on average. */
function spread(layer: readonly Slot[], wanted: readonly number[]): void {
  let limit = -Infinity;
  let excess = 0;
  layer.forEach((slot, at) => {
    const want = wanted[at] ?? 0;
    slot.y = Math.max(want, limit + slot.heightPx / 2);
    limit = slot.y + slot.heightPx / 2 + GAP_Y_PX;
    excess += slot.y - want;
  });
  for (const slot of layer) slot.y -= excess / layer.length;
}

interface Columns {
  /** Left side and width of each layer. */
  readonly layers: readonly { readonly x: number; readonly widthPx: number }[];
  readonly widthPx: number;
}

function placeColumns(layers: readonly Slot[][]): Columns {
  let x = MARGIN_PX;
  const placed = layers.map((layer) => {
    const widthPx = Math.max(...layer.map((slot) => slot.widthPx));
    const column = { x, widthPx };
    x += widthPx + GAP_X_PX;
    return column;
  });
  return { layers: placed, widthPx: layers.length === 0 ? 0 : x - GAP_X_PX + MARGIN_PX };
}

function drawnLayers(
  layers: readonly Slot[][],
  routes: readonly Route[],
  columns: Columns,
): { nodes: PlacedNode[]; edges: PlacedEdge[] } {
  const nodes: PlacedNode[] = [];
  const columnOf = new Map<Slot, Columns["layers"][number]>();
  layers.forEach((layer, at) => {
    const column = columns.layers[at] as Columns["layers"][number];
    for (const slot of layer) {
      columnOf.set(slot, column);
      if (slot.name === undefined) continue;
      const y = slot.y - NODE_HEIGHT_PX / 2 + MARGIN_PX;
      nodes.push({ name: slot.name, x: column.x, y, widthPx: slot.widthPx });
    }
  });
  const edges = routes.map(({ edge, slots }): PlacedEdge => ({
    from: edge.from,
    to: edge.to,
    ...(edge.condition === undefined ? {} : { condition: edge.condition }),
    points: slots.flatMap((slot, at) => {
      const { x, widthPx } = columnOf.get(slot) as Columns["layers"][number];
      const y = slot.y + MARGIN_PX;
      const left = { x, y };
      const right = { x: at === 0 ? x + slot.widthPx : x + widthPx, y };
      if (at === 0) return [right];
      return at === slots.length - 1 ? [left] : [left, right];
    }),
  }));
  return { nodes, edges };
}

function placeAlone(
  nodes: readonly GraphNode[],
  top: number,
  limitPx: number,
): { nodes: PlacedNode[]; widthPx: number; heightPx: number } {
  let x = MARGIN_PX;
  let y = top;
  let widthPx = 0;
  const placed = nodes.map((node): PlacedNode => {
    if (x > MARGIN_PX && x + node.widthPx + MARGIN_PX > limitPx) {
      x = MARGIN_PX;
      y += NODE_HEIGHT_PX + GAP_Y_PX;
    }
    const place = { name: node.name, x, y, widthPx: node.widthPx };
    x += node.widthPx + GAP_Y_PX;
    widthPx = Math.max(widthPx, place.x + place.widthPx + MARGIN_PX);
    return place;
  });
  return { nodes: placed, widthPx, heightPx: y + NODE_HEIGHT_PX + MARGIN_PX };
}
