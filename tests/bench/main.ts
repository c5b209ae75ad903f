/**
 * Measures dist/chaperone beside whichever peers this machine has, interleaved, and prints a table,
 * which is written to the folder `results` beside this file, with a picture. Needs root. Nine
 * minutes at the most, 25 with --save.
 *
 *     deno task bench                       all of it
 *     deno task bench --save                all of it, and keeps the figures for the documents
 *     deno task bench --only start,idle     some measurements
 *     deno task bench --gate BINARY         this build and that one; fails where this one is worse,
 *                                           or misses a bar (bars.ts); a peer that a bar names is
 *                                           measured with them
 */
import { build } from "../../build.ts";
import { VERSION } from "../../lib/base/version.ts";
import { findOverBar, isMeasuredBy } from "./bars.ts";
import { type Load, prepareLoad } from "./box.ts";
import type { Bench, Measure, Values } from "./measure.ts";
import { MEASURES, queueLength } from "./measures.ts";
import type { Figures } from "./figures.ts";
import { drawBars, formatMarkdown, type Outcome, toFigureTable, value } from "./report.ts";
import { chaperone, compileFloor, findPeers, startForms, strictForm, type Tool } from "./tools.ts";

const RESULTS = new URL("./results/", import.meta.url).pathname;
/** What docs/figures.md is made of. */
const FIGURES = new URL("./figures.json", import.meta.url).pathname;
const LIMIT_MS = 540_000;
/** Figures for the documents are whole: a slow machine gets the time that it needs. */
const SAVE_LIMIT_MS = 1_500_000;
/** In a gate, more of everything: a difference of a tenth must show. */
const GATE_RUNS_FACTOR = 2;
const GATE_RATIO = 1.15;
interface Options {
  readonly only: readonly string[] | undefined;
  readonly gate: string | undefined;
  /** Whether the documents are to have these figures: a whole run's. */
  readonly isSaved: boolean;
}

interface Turns {
  /** Measured only by what a bar names them for. */
  readonly barPeers: readonly Tool[];
  /** How many times the usual number of runs. */
  readonly factor: number;
  readonly limitMs: number;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function parseOptions(args: readonly string[]): Options | undefined {
  if (args.length === 1 && args[0] === "--save") {
    return { only: undefined, gate: undefined, isSaved: true };
  }
  const known: Record<string, string | undefined> = {};
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", text] = args.slice(i, i + 2);
    if (!["--only", "--gate"].includes(name) || text === undefined) return undefined;
    known[name] = text;
  }
  const only = known["--only"]?.split(",");
  const names = MEASURES.map(({ name }) => name);
  return only?.every((name) => names.includes(name)) === false
    ? undefined
    : { only, gate: known["--gate"], isSaved: false };
}

class Session {
  readonly #bench: Bench;
  readonly #tools: readonly Tool[];
  /** Measured only by what a bar names them for. */
  readonly #barPeers: readonly Tool[];
  readonly #factor: number;
  readonly #endMs: number;

  constructor(bench: Bench, tools: readonly Tool[], turns: Turns) {
    this.#bench = bench;
    this.#tools = tools;
    this.#barPeers = turns.barPeers;
    this.#factor = turns.factor;
    this.#endMs = Date.now() + turns.limitMs * turns.factor;
  }

  /** Runs each tool once, and then each again: what the machine does besides hits all alike. */
  async measure(measure: Measure): Promise<Outcome> {
    const peers = this.#barPeers.filter(({ name }) => isMeasuredBy(measure, name));
    const tools = [...this.#tools, ...peers].filter(({ jobs }) => jobs.includes(measure.job));
    const found = new Map<string, Values[] | string>(tools.map(({ name }) => [name, []]));
    if (measure.needsCompiler && !this.#bench.load.isCompiled) {
      for (const { name } of tools) found.set(name, "needs a compiler (cc)");
      return { measure, runs: found };
    }
    for (let run = 0; run < measure.runs * this.#factor; run++) {
      const turns = tools.map((tool) => () => this.#once(measure, tool, found));
      if (measure.isPatient) await Promise.all(turns.map((turn) => turn()));
      else for (const turn of turns) await turn();
    }
    return { measure, runs: found };
  }

  async #once(measure: Measure, tool: Tool, found: Map<string, Values[] | string>): Promise<void> {
    const runs = found.get(tool.name);
    if (runs === undefined || typeof runs === "string") return;
    if (Date.now() > this.#endMs) {
      if (runs.length === 0) found.set(tool.name, "no time left");
      return;
    }
    try {
      runs.push(await measure.run(this.#bench, tool));
    } catch (error) {
      found.set(tool.name, `failed: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function describe(load: Load, absent: readonly string[]): string[] {
  const with_ = load.isCompiled ? "compiled by cc" : "shell scripts (no cc): less exact";
  const lines = [
    "# chaperone beside its peers",
    "",
    `Medians of interleaved runs, ratios to the first line. ${navigator.hardwareConcurrency} CPUs, ` +
    `Linux ${Deno.osRelease()}; load programs: ${with_}; net.unix.max_dgram_qlen ${queueLength()}.`,
  ];
  return absent.length === 0 ? lines : [...lines, `Not installed: ${absent.join(", ")}.`];
}

/** Returns the quantities by which the first tool is worse than the second. */
function findWorse(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => {
    const [mine = "", other = ""] = outcome.runs.keys();
    return Object.entries(outcome.measure.quantities).flatMap(([quantity, title]) => {
      const [a, b] = [value(outcome, mine, quantity), value(outcome, other, quantity)];
      if (a === undefined || b === undefined || b === 0) return [];
      const ratio = outcome.measure.more?.includes(quantity) ? b / a : a / b;
      return ratio > GATE_RATIO
        ? [`${outcome.measure.title}: ${title} is worse by ${ratio.toFixed(2)}`]
        : [];
    });
  });
}

/** Tells what fails a gate, and returns its exit status. */
function judge(outcomes: readonly Outcome[]): number {
  const { missed, unknown } = findOverBar(outcomes);
  for (const line of unknown) say(`Not known: ${line}`);
  const failures = [...findWorse(outcomes), ...missed];
  for (const line of failures) say(line);
  return failures.length > 0 ? 1 : 0;
}

async function save(outcomes: readonly Outcome[]): Promise<void> {
  const figures: Figures = {
    version: VERSION,
    date: new Date().toISOString().slice(0, 10),
    cpus: navigator.hardwareConcurrency,
    kernel: Deno.osRelease().replace(/-.*/, ""),
    measures: outcomes.map(toFigureTable),
  };
  await Deno.writeTextFile(FIGURES, `${JSON.stringify(figures, undefined, 2)}\n`);
  say(`Written: ${FIGURES}; 'deno task docs' puts it into docs/figures.md`);
}

function scratch(): string {
  const prefix = "chaperone-bench-";
  try {
    return Deno.makeTempDirSync({ dir: "/dev/shm", prefix });
  } catch {
    return Deno.makeTempDirSync({ prefix }); // No /dev/shm: a disk will do.
  }
}

async function main(): Promise<number> {
  const options = parseOptions(Deno.args);
  if (options === undefined) {
    const names = MEASURES.map(({ name }) => name).join(",");
    say(`Usage: deno task bench [--save | [--only ${names}] [--gate BINARY]]`);
    return 2;
  }
  const binary = await build();
  const mine = chaperone("chaperone", binary);
  const peers = findPeers();
  const isGate = options.gate !== undefined;
  const others = options.gate === undefined ? peers.present : [chaperone("other", options.gate)];
  const folder = scratch();
  try {
    const load = await prepareLoad(folder);
    const factor = isGate ? GATE_RUNS_FACTOR : 1;
    const forms = [...startForms(binary), strictForm(binary), await compileFloor(folder)];
    const barPeers = isGate ? peers.present : [];
    const limitMs = options.isSaved ? SAVE_LIMIT_MS : LIMIT_MS;
    const turns = { barPeers, factor, limitMs };
    const session = new Session({ load, folder }, [mine, ...others, ...forms], turns);
    const outcomes: Outcome[] = [];
    for (const measure of MEASURES) {
      if (options.only?.includes(measure.name) === false) continue;
      const outcome = await session.measure(measure);
      outcomes.push(outcome);
      say(formatMarkdown([outcome], []));
    }
    const head = describe(load, peers.absent);
    await Deno.mkdir(RESULTS, { recursive: true });
    await Deno.writeTextFile(`${RESULTS}results.md`, formatMarkdown(outcomes, head));
    await Deno.writeTextFile(`${RESULTS}results.svg`, drawBars(outcomes));
    say(`Written: ${RESULTS}results.md, results.svg`);
    if (options.isSaved) await save(outcomes);
    return isGate ? judge(outcomes) : 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.exit(await main());
