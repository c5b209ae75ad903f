/** What `telchap top` shows, screen by screen. */
import { assertEquals } from "@std/assert";
import {
  drawTop,
  formatCpuTime,
  formatTopList,
  listRows,
  type TopSample,
  type TopService,
} from "../../../../lib/service/texts/top_screen.ts";
import { FIRST_VIEW, TOP_KEYS, type TopView } from "../../../../lib/service/texts/top_view.ts";
import { test } from "../../../test.ts";

const MEBIBYTE = 1024 ** 2;

function service(name: string | null, differing: Partial<TopService> = {}): TopService {
  return {
    name,
    state: "running",
    sinceMs: 61_000,
    restarts: 0,
    memoryBytes: 0,
    cpuMs: 0,
    processes: [],
    ...differing,
  };
}

const process = (pid: number, depth: number, cpuMs: number, command: string) => ({
  pid,
  depth,
  memoryBytes: MEBIBYTE,
  cpuMs,
  command,
});

/** The same services at two moments. */
function sampleAt(atMs: number, webMs: number, childMs: number): TopSample {
  return {
    atMs,
    version: "0.5.0",
    uptimeMs: 3_661_000,
    services: [
      service("web.service", {
        cpuMs: webMs + childMs,
        memoryBytes: 2 * MEBIBYTE,
        restarts: 2,
        processes: [process(7, 0, webMs, "nginx: \x1bmaster"), process(8, 1, childMs, "nginx")],
      }),
      service("db.service", { state: "failed", sinceMs: undefined }),
      service("old.service", { state: "disabled" }),
      service(null, {
        state: "",
        sinceMs: undefined,
        memoryBytes: MEBIBYTE,
        processes: [process(9, 0, 0, "sh")],
      }),
    ],
  };
}

const BEFORE = sampleAt(1000, 60_000, 0);
const NOW = sampleAt(3000, 61_000, 500);

function draw(columns: number, rows: number, differing: Partial<TopView> = {}): string[] {
  const view = { ...FIRST_VIEW, ...differing };
  const list = formatTopList(NOW, BEFORE, view);
  return drawTop(NOW, list, { view, size: { columns, rows }, colour: false })
    .map((line) => line.trimEnd());
}

const HEAD = "chaperone 0.5.0, up 1h01m, 3 services: 1 failed, 1 running, 1 disabled";
const FOOT = "q end  h help  sort: c m n r  i turn round  t processes  ↑↓ scroll";

test("top on a wide terminal shows processor time, and empty lines up to the keys", () => {
  assertEquals(draw(100, 13), [
    HEAD,
    "3 processes, 3.0 M",
    " CPU%v    MEMORY       TIME   RST      FOR  STATE       SERVICE",
    "  75.0     2.0 M    1:01.50     2    1m01s  running     web",
    "  50.0     1.0 M    1:01.00                               7 nginx:  master",
    "  25.0     1.0 M    0:00.50                                 8 nginx",
    "   0.0     1.0 M    0:00.00                             (no service)",
    "   0.0     1.0 M    0:00.00                               9 sh",
    "                                            failed      db",
    "                                     1m01s  disabled    old",
    "",
    "",
    FOOT,
  ]);
});

test("top on a narrow terminal has no processor time, and says which lines it shows", () => {
  assertEquals(draw(99, 7), [
    HEAD,
    "3 processes, 3.0 M, lines 1 to 3 of 7",
    " CPU%v    MEMORY   RST      FOR  STATE       SERVICE",
    "  75.0     2.0 M     2    1m01s  running     web",
    "  50.0     1.0 M                               7 nginx:  master",
    "  25.0     1.0 M                                 8 nginx",
    FOOT,
  ]);
});

test("top does not scroll beyond the end of its list", () => {
  for (const offset of [4, 5, 100]) {
    const lines = draw(99, 7, { offset });
    assertEquals(lines[1], "3 processes, 3.0 M, lines 5 to 7 of 7");
    assertEquals(lines[3]?.trim(), "0.0     1.0 M                               9 sh");
  }
  assertEquals(draw(99, 7, { offset: 3 })[1], "3 processes, 3.0 M, lines 4 to 6 of 7");
  assertEquals(draw(99, 11, { offset: 3 })[1], "3 processes, 3.0 M");
});

const SORTED: readonly (readonly [view: Partial<TopView>, title: string, order: string])[] = [
  [
    { sort: "cpu" },
    " CPU%v    MEMORY   RST      FOR  STATE       SERVICE",
    "web (no service) db old",
  ],
  [
    { sort: "memory" },
    "  CPU%   MEMORYv   RST      FOR  STATE       SERVICE",
    "web (no service) db old",
  ],
  [
    { sort: "restarts" },
    "  CPU%    MEMORY  RSTv      FOR  STATE       SERVICE",
    "web db old (no service)",
  ],
  [
    { sort: "name" },
    "  CPU%    MEMORY   RST      FOR  STATE       SERVICEv",
    "db old web (no service)",
  ],
  [
    { sort: "name", isReversed: true },
    "  CPU%    MEMORY   RST      FOR  STATE       SERVICE^",
    "(no service) web old db",
  ],
];

for (const [view, title, order] of SORTED) {
  test(`top sorted by ${view.sort}${view.isReversed ? ", turned round" : ""}`, () => {
    const lines = draw(90, 20, { ...view, showsProcesses: false });
    assertEquals(lines[2], title);
    assertEquals(lines.slice(3, 7).map((line) => line.slice(45)).join(" "), order);
  });
}

test("top without a look before shows no shares, and neither does a process that is new", () => {
  const view = FIRST_VIEW;
  assertEquals(formatTopList(NOW, undefined, view)[0]?.cpu, "0.0");
  assertEquals(formatTopList(NOW, NOW, view)[0]?.cpu, "0.0", "no time has passed");
  const young = { ...BEFORE, services: BEFORE.services.slice(1) };
  assertEquals(
    formatTopList(NOW, young, view).map(({ cpu }) => cpu).join(),
    "0.0,0.0,0.0,0.0,0.0,,",
  );
  const later = sampleAt(3000, 59_000, 0);
  assertEquals(formatTopList(later, BEFORE, view)[0]?.cpu, "0.0", "never below 0");
});

test("the help of top has its keys, as many as there is room for", () => {
  const help = draw(80, 24, { showsHelp: true });
  assertEquals(help.slice(0, 4), [HEAD, "3 processes, 3.0 M", "", "  q, Ctrl-C         end"]);
  assertEquals(help.length, 3 + TOP_KEYS.length);
  assertEquals(draw(80, 7, { showsHelp: true }).length, 6);
  assertEquals(draw(80, 2, { showsHelp: true }).length, 2);
});

test("top paints its head and its titles", () => {
  const view = FIRST_VIEW;
  const lines = drawTop(NOW, [], { view, size: { columns: 70, rows: 6 }, colour: true });
  assertEquals(lines[0], `\x1b[1m${HEAD}\x1b[0m`);
  const titles = " CPU%v    MEMORY   RST      FOR  STATE       SERVICE";
  assertEquals(lines[2], `\x1b[7m${titles.padEnd(70)}\x1b[0m`);
  assertEquals(lines.length, 6);
});

test("a single service is one service", () => {
  const one = { ...NOW, services: NOW.services.slice(0, 1) };
  const [head] = drawTop(one, [], {
    view: FIRST_VIEW,
    size: { columns: 80, rows: 5 },
    colour: false,
  });
  assertEquals(head, "chaperone 0.5.0, up 1h01m, 1 service: 1 running");
});

test("the list has what head and foot leave, one line at least", () => {
  assertEquals([0, 4, 5, 6, 24].map((rows) => listRows({ columns: 80, rows })), [1, 1, 1, 2, 20]);
});

const TIMES: readonly (readonly [cpuMs: number, text: string])[] = [
  [0, "0:00.00"],
  [12_340, "0:12.34"],
  [59_990, "0:59.99"],
  [60_000, "1:00.00"],
  [3_600_000, "60:00.00"],
];

for (const [cpuMs, text] of TIMES) {
  test(`formatCpuTime() of ${cpuMs} ms is ${text}`, () => assertEquals(formatCpuTime(cpuMs), text));
}
