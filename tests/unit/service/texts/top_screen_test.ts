import { assertEquals, assertMatch } from "@std/assert";
import {
  drawTop,
  formatTopList,
  type TopSample,
  type TopService,
} from "../../../../lib/service/texts/top_screen.ts";
import {
  FIRST_VIEW,
  pressKey,
  splitKeys,
  TOP_KEYS,
  type TopView,
} from "../../../../lib/service/texts/top_view.ts";
import { test } from "../../../test.ts";

const EXTENT = { names: ["a", "b", "c", "d", "e", null], page: 2 };

function press(keys: string, view: TopView = FIRST_VIEW): TopView {
  for (const key of splitKeys(keys)) {
    const step = pressKey(view, key, EXTENT);
    if (typeof step === "string" || "words" in step) throw new Error(`${key} leads elsewhere`);
    view = step;
  }
  return view;
}

test("splitKeys takes sequences as one key, however many come at once", () => {
  assertEquals(splitKeys("q\x1b[A\x1b[5~\x1bOFé\x1b"), [
    "q",
    "\x1b[A",
    "\x1b[5~",
    "\x1bOF",
    "é",
    "\x1b",
  ]);
  assertEquals(splitKeys(""), []);
});

test("F-073: each key of top does what the help says", () => {
  const cases: [keys: string, change: Partial<TopView>][] = [
    ["m", { sort: "memory", chosen: undefined }],
    ["mc", { sort: "cpu", chosen: undefined }],
    ["n", { sort: "name", chosen: undefined }],
    ["r", { sort: "restarts", chosen: undefined }],
    ["i", { isReversed: true }],
    ["ii", {}],
    ["im", { sort: "memory" }],
    ["t", { showsProcesses: false }],
    ["h", { showsHelp: true }],
    ["?", { showsHelp: true }],
    ["hh", {}],
    ["h\x1b", {}],
    ["\x1b[B", { chosen: "b" }],
    ["jj", { chosen: "c" }],
    ["jj\x1b[A", { chosen: "b" }],
    ["jk", {}],
    ["k", {}],
    ["\x1b[6~", { chosen: "c" }],
    ["\x1b[6~\x1b[6~\x1b[6~", { chosen: null }],
    ["\x1b[6~\x1b[5~", {}],
    ["G", { chosen: null }],
    ["\x1b[F", { chosen: null }],
    ["Gg", {}],
    ["G\x1b[H", {}],
    ["x\x07", {}],
    ["l", { pane: "log" }],
    ["\r", { pane: "log" }],
    ["ll", {}],
    ["w", { pane: "why" }],
    ["lw", { pane: "why" }],
    ["f", {}],
    ["lf", { pane: "log", prompt: { kind: "search", text: "" } }],
    ["lfEr\x7f\x1b[A", { pane: "log", search: "E", prompt: { kind: "search", text: "E" } }],
    ["lfqr\r", { pane: "log", search: "qr" }],
    ["lfqr\r\x1b", { pane: "log" }],
    ["lfqr\r\x1b\x1b", {}],
    ["/we", { filter: "we", prompt: { kind: "filter", text: "we" } }],
    ["/we\r", { filter: "we" }],
    ["/we\x1b", {}],
    ["/we\r\x1b", {}],
    [`/${"x".repeat(70)}`, {
      filter: "x".repeat(60),
      prompt: { kind: "filter", text: "x".repeat(60) },
    }],
    ["jR", { chosen: "b", prompt: { kind: "confirm", order: "restart", service: "b" } }],
    ["Rn", {}],
    ["GR", { chosen: null }],
    ["GK", { chosen: null }],
    ["KHU", { prompt: { kind: "signal", text: "HU", service: "a" } }],
    ["K\r", {}],
    ["KHUP\x1b", {}],
  ];
  for (const [keys, change] of cases) {
    const expected = { ...FIRST_VIEW, chosen: "a", ...change };
    assertEquals(press(keys), expected, JSON.stringify(keys));
  }
  for (const key of ["q", "\x03"]) assertEquals(pressKey(FIRST_VIEW, key, EXTENT), "quit");
  assertEquals(pressKey(FIRST_VIEW, " ", EXTENT), "refresh");
});

test("an order goes to the service that it was asked for, whatever is listed by then", () => {
  const cases: [string, string[]][] = [
    ["jR", ["restart", "--", "b"]],
    ["S", ["stop", "--", "a"]],
    ["U", ["start", "--", "a"]],
    ["L", ["reload", "--", "a"]],
    ["X", ["run", "--", "a"]],
    ["jKHUP", ["signal", "--", "b", "HUP"]],
  ];
  for (const [keys, words] of cases) {
    const asked = press(keys);
    const key = keys.includes("K") ? "\r" : "y";
    const step = pressKey(asked, key, { names: ["other"], page: 2 });
    assertEquals(step, { view: { ...asked, prompt: undefined }, words }, keys);
  }
});

function service(name: string, differing: Partial<TopService> = {}): TopService {
  const pid = name.charCodeAt(0);
  const command = `/bin/${name} \x1b[2J`;
  const cpuMs = differing.cpuMs ?? 0;
  return {
    name: `${name}.service`,
    state: "running",
    sinceMs: 61_000,
    restarts: 0,
    memoryBytes: 1024,
    cpuMs,
    processes: [{ pid, depth: 0, memoryBytes: 1024, cpuMs, command }],
    ...differing,
  };
}

function sample(atMs: number, services: readonly TopService[]): TopSample {
  return { atMs, version: "1", uptimeMs: 61_000, readiness: "ready", load: [], services };
}

test("formatTopList sorts by what was chosen, and turns it round", () => {
  const before = sample(0, [service("a"), service("b"), service("c")]);
  const now = sample(1000, [
    service("a", { memoryBytes: 9000 }),
    service("b", { cpuMs: 500 }),
    service("c", { restarts: 3 }),
  ]);
  const order = (view: Partial<TopView>) =>
    formatTopList(now, before, { ...FIRST_VIEW, showsProcesses: false, ...view })
      .map(({ text }) => text).join("");
  assertEquals(order({}), "bac");
  assertEquals(order({ sort: "memory" }), "abc");
  assertEquals(order({ sort: "restarts" }), "cab");
  assertEquals(order({ sort: "name" }), "abc");
  assertEquals(order({ sort: "name", isReversed: true }), "cba");
  const [first, second] = formatTopList(now, before, FIRST_VIEW);
  assertEquals([first?.cpu, second?.cpu], ["50.0", "50.0"]);
});

test("drawTop fits any size, has head and keys, and lets nothing steer the terminal", () => {
  const names = [..."abcdefghijklmnopqrstuvwxyz"];
  const now = sample(0, names.map((name) => service(name)));
  for (
    const size of [{ columns: 80, rows: 24 }, { columns: 30, rows: 5 }, { columns: 1, rows: 1 }]
  ) {
    for (
      const differing of [{ showsHelp: true }, {}, { pane: "log" }, { pane: "why" }] as const
    ) {
      const view = { ...FIRST_VIEW, chosen: null, ...differing };
      const list = formatTopList(now, undefined, view);
      const lines = drawTop(now, list, { view, size, colour: false, told: ["\x1b[2J".repeat(60)] });
      assertEquals(lines.length <= size.rows, true);
      assertEquals(lines.filter((line) => line.length > size.columns), []);
      // deno-lint-ignore no-control-regex -- none may be there
      assertEquals(lines.filter((line) => /[\x00-\x1f]/.test(line)), []);
    }
  }
  const size = { columns: 80, rows: 12 };
  const list = formatTopList(now, undefined, FIRST_VIEW);
  const lines = drawTop(now, list, { view: FIRST_VIEW, size, colour: false, told: [] });
  assertMatch(lines[0] ?? "", /^chaperone 1, up 1m01s, ready, 26 services: 26 running$/);
  assertMatch(lines[1] ?? "", /^26 processes, .*lines 1 to 8 of 52$/);
  assertMatch(lines[2] ?? "", /CPU%v +MEMORY .*SERVICE/);
  assertMatch(lines[11] ?? "", /^q end +h help/);
  const help = drawTop(now, list, {
    view: { ...FIRST_VIEW, showsHelp: true },
    size: { columns: 80, rows: 24 },
    colour: false,
    told: [],
  }).join("\n");
  for (const [keys] of TOP_KEYS) assertEquals(help.includes(keys), true, keys);
});
