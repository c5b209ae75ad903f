/**
 * `deno task mutants`: changes operators, constants, conditions and results of lib/service, lib/log and lib/config
 * one at a time, and tells which changes no unit test notices.
 */
import { type Mutant, mutate } from "./mutate.ts";
import type { Task, Verdict } from "./worker.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const LAYERS = ["service", "log", "config"];
const EXPLAINED = new URL("./explained.json", import.meta.url);
/** A mutant that makes a test hang is noticed. */
const SILENCE_LIMIT_MS = 8000;

const USAGE = `Usage: deno task mutants [--files TEXT] [--each N] [--seconds N]
                         [--survivors-max PERCENT]

Changes operators, constants, conditions and results of lib/service, lib/log
and lib/config one at a time, and lists the changes that no unit test notices.

  --files TEXT             only in files whose path holds TEXT
  --each N                 one of N changes, always the same ones
  --seconds N              end after so long, with what is known by then
  --survivors-max PERCENT  fail where more survive than that

Example: deno task mutants --files restart_policy
`;

interface Options {
  readonly files: string;
  readonly each: number;
  readonly seconds: number;
  readonly survivorsMax: number;
}

/** A change that is known to make no difference, and why. */
interface Explained {
  readonly path: string;
  readonly was: string;
  readonly becomes: string;
  readonly why: string;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function sourcesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sourcesBelow(path));
    else if (name.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed`);
}

/** Copies the project to where it may be changed, and puts the mutants of each layer in. */
async function mutateTree(tree: string, files: string): Promise<Map<string, Mutant[]>> {
  const parts = ["lib", "tests", "config", "docs", "deno.json", "deno.lock", "main.ts", "build.ts"];
  for (const part of parts) await run("cp", ["-r", `${ROOT}${part}`, tree]);
  const collector = await Deno.readTextFile(`${tree}/tests/mutants/collected.ts`);
  await Deno.writeTextFile(`${tree}/tests/test.ts`, collector);
  const mutants = new Map<string, Mutant[]>();
  let nextId = 0;
  for (const layer of LAYERS) {
    const found: Mutant[] = [];
    for (const path of await sourcesBelow(`${tree}/lib/${layer}`)) {
      const shown = path.slice(tree.length + 1);
      if (!shown.includes(files)) continue;
      const result = mutate(shown, await Deno.readTextFile(path), nextId);
      await Deno.writeTextFile(path, result.text);
      nextId += result.mutants.length;
      found.push(...result.mutants);
    }
    mutants.set(layer, found);
  }
  return mutants;
}

/** One run over a range of mutants, begun anew after each that hangs. */
class Trial {
  readonly verdicts = new Map<number, Verdict>();
  readonly #tree: string;
  readonly #task: Omit<Task, "skip">;
  readonly #left: number[];

  /** `skip` are not tried: they are not of the sample. */
  constructor(tree: string, task: Omit<Task, "skip">, skip: readonly number[]) {
    this.#tree = tree;
    this.#task = task;
    this.#left = [...skip];
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const hung = await this.#attempt(isOver);
      if (hung === undefined) return;
      this.verdicts.set(hung, "killed");
    }
  }

  /** Returns the mutant that hung; undefined where all have been tried. */
  async #attempt(isOver: () => boolean): Promise<number | undefined> {
    const task: Task = { ...this.#task, skip: [...this.#left, ...this.verdicts.keys()] };
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", "--quiet", "tests/mutants/worker.ts"]
        .concat(JSON.stringify(task)),
      cwd: this.#tree,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let trying: number | undefined;
    let isReady = this.#task.always !== undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watch = () => {
      clearTimeout(timer);
      const limitMs = isReady ? SILENCE_LIMIT_MS : 20 * SILENCE_LIMIT_MS;
      timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
    };
    watch();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lineSplitter());
    for await (const line of lines) {
      watch();
      const told = JSON.parse(line) as Record<string, unknown>;
      if ("failed" in told) throw new Error(`the tests cannot be loaded: ${told["failed"]}`);
      if ("ready" in told) isReady = true;
      if ("trying" in told) trying = told["trying"] as number;
      if ("verdict" in told) {
        this.verdicts.set(told["id"] as number, told["verdict"] as Verdict);
        trying = undefined;
        if (isOver()) child.kill("SIGKILL");
      }
    }
    clearTimeout(timer);
    const { success } = await child.status;
    if (this.#task.always !== undefined && this.verdicts.size === 0) return this.#task.always;
    return success || isOver() ? undefined : trying;
  }
}

function lineSplitter(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
    },
  });
}

/** Tries the mutants of a layer: two processes, then those that only the loading of modules reaches, one by one. */
async function tryLayer(
  tree: string,
  mutants: readonly Mutant[],
  options: { readonly layer: string; readonly each: number; readonly isOver: () => boolean },
): Promise<Map<number, Verdict>> {
  const { layer, each, isOver } = options;
  const verdicts = new Map<number, Verdict>();
  const first = mutants[0]?.id ?? 0;
  const tests = (await sourcesBelow(`${tree}/tests/unit/${layer}`))
    .filter((path) => path.endsWith("_test.ts"));
  const base = { collector: `file://${tree}/tests/test.ts` };
  const skip = mutants.map(({ id }) => id).filter((id) => id % each !== 0);
  const middle = first + Math.ceil(mutants.length / 2);
  const ranges = [[first, middle], [middle, first + mutants.length]] as const;
  await Promise.all(ranges.map(async ([from, to]) => {
    const urls = tests.map((path) => `file://${path}`);
    const trial = new Trial(tree, { ...base, tests: urls, from, to }, skip);
    await trial.run(isOver);
    for (const [id, verdict] of trial.verdicts) verdicts.set(id, verdict);
  }));
  for (const { id, path } of mutants) {
    if (verdicts.get(id) !== "static" || isOver()) continue;
    const own = `${tree}/${path.replace(/^lib/, "tests/unit").replace(/\.ts$/, "_test.ts")}`;
    const used = tests.includes(own) ? [own] : tests;
    const task = { ...base, tests: used.map((test) => `file://${test}`), from: id, to: id + 1 };
    const trial = new Trial(tree, { ...task, always: id }, []);
    await trial.run(isOver);
    verdicts.set(id, trial.verdicts.get(id) ?? "static");
  }
  return verdicts;
}

/** Says what survived, and returns its share of what was tried, in percent. */
async function report(mutants: readonly Mutant[], verdicts: ReadonlyMap<number, Verdict>) {
  const explained = JSON.parse(await Deno.readTextFile(EXPLAINED)) as Explained[];
  const isExplained = (mutant: Mutant) =>
    explained.some(({ path, was, becomes }) =>
      path === mutant.path && was === mutant.was && becomes === mutant.becomes
    );
  const survivors = mutants.filter((mutant) => {
    const verdict = verdicts.get(mutant.id);
    return verdict !== undefined && verdict !== "killed" && !isExplained(mutant);
  });
  for (const { id, path, line, was, becomes } of survivors) {
    const note = verdicts.get(id) === "unreached" ? " (no test comes here)" : "";
    say(`${path}:${line}: ${was}  →  ${becomes}${note}`);
  }
  const percent = verdicts.size === 0 ? 0 : 100 * survivors.length / verdicts.size;
  say(`${verdicts.size} changes, ${survivors.length} not noticed: ${percent.toFixed(1)} %`);
  return percent;
}

function parseArguments(args: readonly string[]): Options | undefined {
  const values = { files: "", each: 1, seconds: 3600, survivorsMax: 100 };
  for (let at = 0; at < args.length; at += 2) {
    const [option = "", value] = args.slice(at, at + 2);
    const number = Number(value);
    if (value === undefined) return undefined;
    if (option === "--files") values.files = value;
    else if (!(number > 0)) return undefined;
    else if (option === "--each") values.each = number;
    else if (option === "--seconds") values.seconds = number;
    else if (option === "--survivors-max") values.survivorsMax = number;
    else return undefined;
  }
  return values;
}

async function main(): Promise<number> {
  const options = parseArguments(Deno.args);
  if (options === undefined) {
    say(USAGE);
    return Deno.args.includes("--help") ? 0 : 1;
  }
  const endMs = performance.now() + options.seconds * 1000;
  const isOver = () => performance.now() > endMs;
  const tree = await Deno.makeTempDir({ prefix: "chaperone-mutants-" });
  try {
    const byLayer = await mutateTree(tree, options.files);
    const verdicts = new Map<number, Verdict>();
    for (const [layer, mutants] of byLayer) {
      if (mutants.length === 0 || isOver()) continue;
      say(`lib/${layer}: ${mutants.length} changes`);
      const tried = await tryLayer(tree, mutants, { layer, each: options.each, isOver });
      for (const [id, verdict] of tried) verdicts.set(id, verdict);
    }
    const percent = await report([...byLayer.values()].flat(), verdicts);
    return percent > options.survivorsMax ? 1 : 0;
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

Deno.exit(await main());
