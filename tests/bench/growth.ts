/**
 * How the cost of chaperone grows with what it is given: services, senders, selectors and sections,
 * the size of a configuration. Writes its tables and curves into README.md and growth.svg; what was
 * measured before stays there, so that each part can have its quiet minute. Needs root and a
 * compiler; three minutes for all.
 *
 *     deno task bench:growth
 *     deno task bench:growth services senders
 */
import { drawCurves } from "./curves.ts";
import { build } from "../../build.ts";
import { prepareLoad } from "./box.ts";
import type { Bench } from "./measure.ts";
import { heldWith, ingest, upAndDown } from "./measures.ts";
import { chaperone } from "./tools.ts";

const SERVICES = [1, 10, 100, 500, 1000, 2000];
const SENDERS = [1, 2, 4, 8, 16];
const SELECTORS = [1, 10, 100, 1000];
const CONFIGURED = [1, 10, 100, 1000, 5000];
const LOADS = 3;

/** Rows of a table, the titles first. */
type Table = string[][];

function row(...cells: readonly (string | number)[]): string[] {
  return cells.map((cell) => typeof cell === "string" ? cell : format(cell));
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2);
}

function repeat(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join("\n");
}

async function services(bench: Bench, binary: string): Promise<Table> {
  const table = [
    row("services", "all up, ms", "CPU, ms", "all down, ms", "anonymous, MiB", "KiB each"),
  ];
  const tool = chaperone("chaperone", binary);
  let one = 0;
  for (const count of SERVICES) {
    const { upMs = NaN, downMs = NaN, cpuMs = NaN } = await upAndDown(bench, tool, count);
    const { anonymousKib: heldKib } = await heldWith(bench, tool, count);
    if (count === 1) one = heldKib;
    const eachKib = (heldKib - one) / Math.max(1, count - 1);
    table.push(row(`${count}`, upMs, cpuMs, downMs, heldKib / 1024, eachKib));
  }
  return table;
}

async function senders(bench: Bench, binary: string): Promise<Table> {
  const table = [row("senders", "messages/s", "CPU, s/million")];
  for (const count of SENDERS) {
    const found = await ingest(bench, chaperone("chaperone", binary), count);
    table.push(row(`${count}`, found["perSecond"] ?? NaN, found["cpuPerMillion"] ?? NaN));
  }
  return table;
}

async function selectors(bench: Bench, binary: string): Promise<Table> {
  const table = [
    row("selectors", "in one section: CPU, s/million", "in a section each: CPU, s/million"),
  ];
  for (const count of SELECTORS) {
    const list = Array.from({ length: count }, (_, i) => `[other${i}].*`).join(";");
    const together = `more.logging:\n  selector: '${list}'\n  file: ${bench.folder}/other`;
    const apart = repeat(
      count,
      (i) => `more${i}.logging:\n  selector: '[other${i}].*'\n  file: ${bench.folder}/other`,
    );
    const costs: number[] = [];
    for (const more of [together, apart]) {
      const found = await ingest(bench, chaperone("chaperone", binary, more), 1);
      costs.push(found["cpuPerMillion"] ?? NaN);
    }
    table.push(row(`${count}`, ...costs));
  }
  return table;
}

async function configurations(bench: Bench, binary: string): Promise<Table> {
  const table = [
    row("services configured", "loaded and charted in, ms", "ms for each further one"),
  ];
  let one = 0;
  for (const count of CONFIGURED) {
    const path = `${bench.folder}/chart.conf`;
    const section = (i: number) =>
      `s${i}.service:\n  command: "/bin/sleep ${i}"\n  env_set:\n    A: "$(HOME)/${i}"\n` +
      (i > 0 ? `  after: s${Math.floor(i / 2)}.service` : "  type: simple");
    await Deno.writeTextFile(path, `${repeat(count, section)}\n`);
    const times: number[] = [];
    for (let run = 0; run < LOADS; run++) {
      const beganMs = performance.now();
      const args = ["--force", "--config", path, "--show-dependencies"];
      const { success } = await new Deno.Command(binary, { args, stderr: "null" }).output();
      if (!success) throw new Error(`cannot load ${count} services`);
      times.push(performance.now() - beganMs);
    }
    const best = Math.min(...times);
    if (count === 1) one = best;
    table.push(row(`${count}`, best, (best - one) / Math.max(1, count - 1)));
  }
  return table;
}

const PARTS = { services, senders, selectors, configurations };
type Part = keyof typeof PARTS;

/** All that was measured, by part, with the day of each. */
type Growth = Partial<Record<Part, { readonly day: string; readonly table: Table }>>;

const here = (name: string) => new URL(`./${name}`, import.meta.url);

/** Column `column` of a part's table over its first. */
function points(growth: Growth, part: Part, column: number): [count: number, value: number][] {
  const number = (text = "") => Number(text.replaceAll(",", ""));
  const rows = growth[part]?.table.slice(1) ?? [];
  return rows.map((cells) => [number(cells[0]), number(cells[column])]);
}

function curvesOf(growth: Growth): string {
  const curves = [
    { title: "Memory", counted: "services", unit: "anonymous, MiB", of: ["services", 4] },
    { title: "All up after", counted: "services", unit: "ms", of: ["services", 1] },
    { title: "Messages from /dev/log", counted: "senders", unit: "per second", of: ["senders", 1] },
  ] as const;
  const drawn = curves.map(({ of: [part, column], ...curve }) => ({
    ...curve,
    points: points(growth, part, column),
  }));
  return drawCurves(drawn.filter((curve) => curve.points.length > 1));
}

function textOf(growth: Growth): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const tables = (Object.keys(PARTS) as Part[]).flatMap((part) => {
    const { day, table: [titles = [], ...rows] } = growth[part] ?? { day: "", table: [] };
    if (titles.length === 0) return [];
    const rules = titles.map(() => "---:");
    return [`Measured ${day}:\n\n${[titles, rules, ...rows].map(line).join("\n")}`];
  });
  return ["![memory and start over services, messages over senders](growth.svg)", ...tables]
    .join("\n\n");
}

/** What is between these lines of README.md is written here. */
const SECTION = /(<!-- growth -->\n)[^]*?(\n<!-- end of growth -->)/;

const asked = Deno.args.length === 0 ? Object.keys(PARTS) : Deno.args;
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  throw new Error(`no such part: ${unknown}; there are ${Object.keys(PARTS).join(", ")}`);
}
const known = await Deno.readTextFile(here("growth.json")).catch(() => "{}");
const growth = JSON.parse(known) as Growth;
const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "chaperone-growth-" });
try {
  const bench = { load: await prepareLoad(folder), folder };
  const binary = await build();
  for (const part of asked as Part[]) {
    const day = new Date().toISOString().slice(0, 10);
    growth[part] = { day, table: await PARTS[part](bench, binary) };
  }
  await Deno.writeTextFile(here("growth.json"), `${JSON.stringify(growth, null, 2)}\n`);
  await Deno.writeTextFile(here("growth.svg"), curvesOf(growth));
  const readme = await Deno.readTextFile(here("README.md"));
  const text = textOf(growth);
  await Deno.writeTextFile(
    here("README.md"),
    readme.replace(SECTION, (_, begin, end) => `${begin}\n${text}\n${end}`),
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}
