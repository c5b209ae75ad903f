/**
 * How the cost of chaperone grows with what it is given: services, senders, selectors and sections,
 * the size of a configuration. Prints tables; README.md has one. Needs root and a compiler; three
 * minutes.
 *
 *     deno task bench:growth
 */
import { drawCurves } from "./curves.ts";
import { build } from "../../build.ts";
import { prepareLoad } from "./box.ts";
import { type Bench, heldWith, ingest, upAndDown } from "./measures.ts";
import { chaperone } from "./tools.ts";

const SERVICES = [1, 10, 100, 500, 2000];
const SENDERS = [1, 4, 16, 64];
const SELECTORS = [1, 10, 100, 1000];
const CONFIGURED = [1, 10, 100, 1000, 5000];
const LOADS = 3;

function say(...cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => typeof cell === "string" ? cell : format(cell));
  Deno.stdout.writeSync(new TextEncoder().encode(`| ${texts.join(" | ")} |\n`));
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2);
}

function head(...titles: readonly string[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode("\n"));
  say(...titles);
  say(...titles.map(() => "---:"));
}

function repeat(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join("\n");
}

type Points = [count: number, value: number][];

const memoryPoints: Points = [];
const upPoints: Points = [];
const messagePoints: Points = [];

async function services(bench: Bench, binary: string): Promise<void> {
  head("services", "all up, ms", "CPU, ms", "all down, ms", "anonymous, MiB", "KiB each");
  const tool = chaperone("chaperone", binary);
  let one = 0;
  for (const count of SERVICES) {
    const { upMs = NaN, downMs = NaN, cpuMs = NaN } = await upAndDown(bench, tool, count);
    const { anonymousKib: heldKib } = await heldWith(bench, tool, count);
    if (count === 1) one = heldKib;
    const eachKib = (heldKib - one) / Math.max(1, count - 1);
    say(`${count}`, upMs, cpuMs, downMs, heldKib / 1024, eachKib);
    memoryPoints.push([count, heldKib / 1024]);
    upPoints.push([count, upMs]);
  }
}

async function senders(bench: Bench, binary: string): Promise<void> {
  head("senders", "messages/s", "CPU, s/million");
  for (const count of SENDERS) {
    const found = await ingest(bench, chaperone("chaperone", binary), count);
    say(`${count}`, found["perSecond"] ?? NaN, found["cpuPerMillion"] ?? NaN);
    messagePoints.push([count, found["perSecond"] ?? NaN]);
  }
}

async function selectors(bench: Bench, binary: string): Promise<void> {
  head("selectors", "in one section: CPU, s/million", "in a section each: CPU, s/million");
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
    say(`${count}`, ...costs);
  }
}

async function configurations(bench: Bench, binary: string): Promise<void> {
  head("services configured", "loaded and charted in, ms", "ms for each further one");
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
    say(`${count}`, best, (best - one) / Math.max(1, count - 1));
  }
}

const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "chaperone-growth-" });
try {
  const bench = { load: await prepareLoad(folder), folder };
  const binary = await build();
  for (const part of [services, senders, selectors, configurations]) await part(bench, binary);
  const curves = [
    { title: "Memory", counted: "services", unit: "anonymous, MiB", points: memoryPoints },
    { title: "All up after", counted: "services", unit: "ms", points: upPoints },
    {
      title: "Messages from /dev/log",
      counted: "senders",
      unit: "per second",
      points: messagePoints,
    },
  ];
  await Deno.writeTextFile(new URL("./growth.svg", import.meta.url), drawCurves(curves));
} finally {
  await Deno.remove(folder, { recursive: true });
}
