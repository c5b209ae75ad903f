/** What `telchap top` shows, screen by screen. */
import { assertEquals } from "@std/assert";
import {
  divideRows,
  drawTop,
  formatCpuTime,
  formatTopList,
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
    readiness: "ready",
    load: [0.5, 1, 12.345],
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

function draw(
  columns: number,
  rows: number,
  differing: Partial<TopView> & { readonly told?: readonly string[]; readonly message?: string } =
    {},
): string[] {
  const { told = [], message, ...changes } = differing;
  const view = { ...FIRST_VIEW, ...changes };
  const list = formatTopList(NOW, BEFORE, view);
  return drawTop(NOW, list, { view, size: { columns, rows }, colour: false, told, message })
    .map((line) => line.trimEnd());
}

const HEAD = "chaperone 0.5.0, up 1h01m, ready, 3 services: 1 failed, 1 running, 1 disabled";
const FOOT = "q end  h help  ⏎ log  w why  / filter  R restart  S stop  U start  K signal";

test("top on a wide terminal shows processor time, and empty lines up to the keys", () => {
  assertEquals(draw(100, 13), [
    HEAD,
    "3 processes, 3.0 M, load 0.50 1.00 12.35",
    " CPU%v    MEMORY       TIME   RST      FOR  STATE       SERVICE",
    "> 75.0     2.0 M    1:01.50     2    1m01s  running     web",
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
    "3 processes, 3.0 M, load 0.50 1.00 12.35, lines 1 to 3 of 7",
    " CPU%v    MEMORY   RST      FOR  STATE       SERVICE",
    "> 75.0     2.0 M     2    1m01s  running     web",
    "  50.0     1.0 M                               7 nginx:  master",
    "  25.0     1.0 M                                 8 nginx",
    FOOT,
  ]);
});

test("top has no line wider than the screen where a log is of wide characters", () => {
  const told = ["起動しました".repeat(8), "🚀".repeat(50)];
  const lines = draw(60, 13, { pane: "log", told });
  const shown = lines.filter((line) => /起|🚀/u.test(line));
  assertEquals(shown, [`${"起動しました".repeat(4)}起動しまし…`, `${"🚀".repeat(29)}…`]);
});

test("top has the service that is chosen in the middle, as far as its list goes", () => {
  const shown = (chosen: string | null, rows: number) => draw(99, rows, { chosen });
  assertEquals(
    shown("web.service", 7)[1],
    "3 processes, 3.0 M, load 0.50 1.00 12.35, lines 1 to 3 of 7",
  );
  assertEquals(shown(null, 7)[1], "3 processes, 3.0 M, load 0.50 1.00 12.35, lines 3 to 5 of 7");
  assertEquals(shown(null, 7)[4], ">  0.0     1.0 M                             (no service)");
  for (const name of ["db.service", "old.service"]) {
    assertEquals(shown(name, 7)[1], "3 processes, 3.0 M, load 0.50 1.00 12.35, lines 5 to 7 of 7");
  }
  assertEquals(
    shown("old.service", 7)[5],
    ">                         1m01s  disabled    old",
  );
  assertEquals(shown("gone.service", 7)[3]?.slice(0, 6), "> 75.0");
  assertEquals(shown("old.service", 11)[1], "3 processes, 3.0 M, load 0.50 1.00 12.35");
});

test("the lower half shows the end of a log, the beginning of an explanation, and what is searched", () => {
  const told = ["one", "two", "three", "Four \x1b[2J"];
  const pane = (differing: Partial<TopView>) => draw(90, 10, { ...differing, told }).slice(5);
  assertEquals(pane({ pane: "log" }), [
    "log of web, as it comes",
    "two",
    "three",
    "Four  [2J",
    FOOT,
  ]);
  assertEquals(pane({ pane: "why", chosen: "db.service" }).slice(0, 3), [
    "why db is as it is",
    "one",
    "two",
  ]);
  assertEquals(pane({ pane: "log", search: "FO", chosen: null }).slice(0, 3), [
    "log of no service, as it comes: lines with 'FO'",
    "Four  [2J",
    "",
  ]);
});

test("the last line says what is asked, what was answered, and what is left out", () => {
  const last = (differing: Parameters<typeof draw>[2]) => draw(90, 8, differing).at(-1);
  const service = "web.service";
  assertEquals(last({ message: "web restarted." }), "web restarted.");
  assertEquals(
    last({ prompt: { kind: "confirm", order: "stop", service }, message: "x" }),
    "stop web? y: yes, any other key: no",
  );
  assertEquals(
    last({ prompt: { kind: "signal", text: "HU", service } }),
    "signal for web: HU_  Enter: send, Esc: do not",
  );
  assertEquals(
    last({ prompt: { kind: "search", text: "x" } }),
    "lines with: x_  Enter: keep, Esc: all",
  );
  assertEquals(
    last({ prompt: { kind: "filter", text: "x" } }),
    "services with: x_  Enter: keep, Esc: all",
  );
  const filtered = draw(90, 8, { filter: "D", showsProcesses: false });
  assertEquals(filtered.slice(3, 5).map((line) => line.slice(45)), ["db", "old"]);
  assertEquals(filtered.at(-1)?.slice(0, 37), "only services with 'D', Esc: all  q e");
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
  assertEquals(help.slice(0, 4), [
    HEAD,
    "3 processes, 3.0 M, load 0.50 1.00 12.35",
    "",
    "  q, Ctrl-C         end",
  ]);
  assertEquals(help.length, 3 + TOP_KEYS.length);
  assertEquals(draw(80, 7, { showsHelp: true }).length, 7);
  assertEquals(draw(80, 2, { showsHelp: true }).length, 2);
});

test("top paints its head and its titles", () => {
  const view = FIRST_VIEW;
  const size = { columns: 78, rows: 6 };
  const lines = drawTop(NOW, [], { view, size, colour: true, told: [] });
  assertEquals(lines[0], `\x1b[1m${HEAD}\x1b[0m`);
  const titles = " CPU%v    MEMORY   RST      FOR  STATE       SERVICE";
  assertEquals(lines[2], `\x1b[7m${titles.padEnd(78)}\x1b[0m`);
  assertEquals(lines.length, 6);
});

test("a single service is one service", () => {
  const one = { ...NOW, services: NOW.services.slice(0, 1) };
  const [head] = drawTop(one, [], {
    view: FIRST_VIEW,
    size: { columns: 80, rows: 5 },
    colour: false,
    told: [],
  });
  assertEquals(head, "chaperone 0.5.0, up 1h01m, ready, 1 service: 1 running");
});

test("the list has what head and foot leave, one line at least, or shares it", () => {
  const rows = (pane: TopView["pane"]) =>
    [0, 4, 5, 6, 10, 24].map((rows) => divideRows({ columns: 80, rows }, { pane }))
      .map(({ list, pane }) => `${list}+${pane}`).join(" ");
  assertEquals(rows("none"), "1+0 1+0 1+0 2+0 6+0 20+0");
  assertEquals(rows("log"), "1+0 1+0 1+0 1+1 2+4 8+12");
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

test("the head of top tells what is not ready, and on a narrow terminal the load of a minute", () => {
  const head = (differing: Partial<TopSample>, columns = 100) => {
    const sample = { ...NOW, ...differing };
    const list = formatTopList(sample, BEFORE, FIRST_VIEW);
    const size = { columns, rows: 20 };
    const shape = { view: FIRST_VIEW, size, colour: false, told: [] };
    return drawTop(sample, list, shape).slice(0, 2);
  };
  const states = "3 services: 1 failed, 1 running, 1 disabled";
  const [waits] = head({ readiness: "not ready: db, web, x" });
  assertEquals(waits, `chaperone 0.5.0, up 1h01m, not ready: db and 2 more, ${states}`);
  assertEquals(head({ readiness: undefined })[0], `chaperone 0.5.0, up 1h01m, ${states}`);
  assertEquals(head({}, 79)[1], "3 processes, 3.0 M, load 0.50");
  assertEquals(head({ load: [] })[1], "3 processes, 3.0 M");
});
