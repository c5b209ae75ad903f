/**
 * `deno task mutants`: changes operators, constants, conditions and results of lib/service, lib/log and lib/config
 * one at a time, and tells which changes no unit test notices.
 */
import { importGraph, readTree } from "../unit/import_graph.ts";
import { refusedByCompiler } from "./compiler.ts";
import { formatChange, readExplained } from "./explained.ts";
import { type Mutant, mutate } from "./mutate.ts";
import type { Task, Verdict } from "./worker.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const LAYERS = ["service", "log", "config"];
/** Only where it is asked for: much of it is shown by tests of other kinds, and its own take longer. */
const ASKED_LAYER = "daemon";
/** A mutant that makes a test compute for ever is noticed. Processor time: a busy machine is slow. */
const SILENCE_LIMIT_CPU_MS = 8000;
/** Without a mutant, while modules are loaded and the tests are tried. */
const LEARNING_LIMIT_CPU_MS = 120_000;
/** How often it is looked whether time is up. */
const LOOK_MS = 500;

const USAGE = `Usage: deno task mutants [--files TEXT] [--each N] [--seconds N]
                         [--survivors-max PERCENT]

Changes operators, constants, conditions and results of lib/service, lib/log
and lib/config one at a time, and lists the changes that no unit test notices.
Those of lib/daemon are tried where --files begins with lib/daemon.

  --files TEXT             only in files whose path holds TEXT
  --each N                 one of N changes, always the same ones
  --seconds N              end after so long, with what is known by then
  --survivors-max PERCENT  fail where more of them survive than that; what time
                           did not allow to try has not survived

Example: deno task mutants --files restart_policy
`;

interface Options {
  readonly files: string;
  readonly each: number;
  readonly seconds: number;
  readonly survivorsMax: number;
}

/** What the worker says, a line each. */
type Told =
  | { readonly learned: string }
  | { readonly leftOut: readonly string[] }
  | { readonly failed: string }
  | { readonly trying: number }
  | { readonly id: number; readonly verdict: Verdict };

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

/** Below the copy that is changed: the sources as they are, for the compiler. */
const PLAIN = "plain";

/** Copies the project to where it may be changed, and puts the mutants of each layer in. */
async function mutateTree(tree: string, files: string): Promise<Map<string, Mutant[]>> {
  const parts = [
    "lib",
    "tests",
    "config",
    "docs",
    "deno.json",
    "deno.lock",
    "main.ts",
    "build.ts",
    "release.ts",
  ];
  for (const part of parts) await run("cp", ["-r", `${ROOT}${part}`, tree]);
  await Deno.mkdir(`${tree}/${PLAIN}`);
  for (const part of ["lib", "deno.json", "deno.lock"]) {
    await run("cp", ["-r", `${ROOT}${part}`, `${tree}/${PLAIN}`]);
  }
  const collector = await Deno.readTextFile(`${tree}/tests/mutants/collected.ts`);
  await Deno.writeTextFile(`${tree}/tests/test.ts`, collector);
  const mutants = new Map<string, Mutant[]>();
  let nextId = 0;
  const layers = files.startsWith(`lib/${ASKED_LAYER}`) ? [ASKED_LAYER] : LAYERS;
  for (const layer of layers) {
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
  /** Names of tests that say nothing of a mutant: they are slow, or fail without it. */
  leftOut: readonly string[] = [];
  readonly #tree: string;
  readonly #task: Task;

  constructor(tree: string, task: Task) {
    this.#tree = tree;
    this.#task = task;
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
    const task: Task = { ...this.#task, skip: [...this.#task.skip, ...this.verdicts.keys()] };
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", "--quiet", "tests/mutants/worker.ts"]
        .concat(JSON.stringify(task)),
      cwd: this.#tree,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let trying = task.always;
    let limitMs = LEARNING_LIMIT_CPU_MS;
    let spokeAtMs = 0;
    const timer = setInterval(() => {
      if (isOver() || cpuOfMs(child.pid) - spokeAtMs > limitMs) child.kill("SIGKILL");
    }, LOOK_MS);
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lineSplitter());
    for await (const line of lines) {
      const told = JSON.parse(line) as Told;
      limitMs = "learned" in told ? LEARNING_LIMIT_CPU_MS : SILENCE_LIMIT_CPU_MS;
      spokeAtMs = cpuOfMs(child.pid);
      if ("failed" in told) throw new Error(`the tests cannot be loaded: ${told.failed}`);
      if ("leftOut" in told) this.leftOut = told.leftOut;
      if ("trying" in told) trying = told.trying;
      if ("verdict" in told) {
        this.verdicts.set(told.id, told.verdict);
        trying = undefined;
      }
    }
    clearInterval(timer);
    const { success } = await child.status;
    return success || isOver() ? undefined : trying;
  }
}

/** Returns how much processor time a process has taken, see proc_pid_stat(5); 0 where it has gone. */
function cpuOfMs(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const [utime, stime] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
    // Of a hundredth of a second, as on all Linux machines.
    return (Number(utime) + Number(stime)) * 10;
  } catch {
    return 0;
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

/** Whether a file imports one of others, or something that does. */
function leadsTo(
  graph: ReadonlyMap<string, ReadonlySet<string>>,
  path: string,
  others: ReadonlySet<string>,
): boolean {
  const seen = new Set([path]);
  // A set lists what is added meanwhile.
  for (const each of seen) {
    if (others.has(each)) return true;
    for (const target of graph.get(each) ?? []) seen.add(target);
  }
  return false;
}

/** Whether a change is one of `each`: by what it is, so that changes elsewhere move no sample. */
function isSampled(mutant: Mutant, each: number): boolean {
  let hash = 7;
  for (const letter of `${mutant.path} ${formatChange(mutant)}`) {
    hash = Math.imul(hash, 31) + letter.charCodeAt(0) | 0;
  }
  return (hash >>> 0) % each === 0;
}

/** Runs functions, as many at a time as a small machine has processors. */
async function runTwoAtATime(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...jobs];
  const work = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) await job();
  };
  await Promise.all([work(), work()]);
}

/** Tries the mutants of a sample: first all of a layer in one or two processes. */
class Session {
  readonly verdicts = new Map<number, Verdict>();
  readonly #tree: string;
  readonly #each: number;
  readonly #isOver: () => boolean;

  constructor(tree: string, each: number, isOver: () => boolean) {
    this.#tree = tree;
    this.#each = each;
    this.#isOver = isOver;
  }

  async tryAll(byLayer: ReadonlyMap<string, readonly Mutant[]>): Promise<void> {
    const graph = importGraph(await readTree("lib/", await readTree("tests/unit/", new Map())));
    const layers = await Promise.all(
      [...byLayer].filter(([, mutants]) => mutants.length > 0).map(async ([layer, mutants]) => {
        const changed = new Set(mutants.map(({ path }) => path));
        const paths = await sourcesBelow(`${this.#tree}/tests/unit/${layer}`);
        const tests = paths.filter((path) =>
          path.endsWith("_test.ts") &&
          leadsTo(graph, path.slice(this.#tree.length + 1), changed)
        );
        return { mutants, tests, leftOut: new Set<string>() };
      }),
    );
    await runTwoAtATime(layers.flatMap(({ mutants, tests, leftOut }) => {
      // Each process learns what the tests reach, which for a sample takes longer than trying it.
      const parts = this.#each === 1 ? 2 : 1;
      const size = Math.ceil(mutants.length / parts);
      return Array.from({ length: parts }, (_, part) => async () => {
        const own = mutants.slice(part * size, (part + 1) * size);
        for (const name of await this.#try(own, tests)) leftOut.add(name);
      });
    }));
    await runTwoAtATime(
      layers.flatMap(({ mutants, tests, leftOut }) =>
        mutants.filter(({ id }) => this.verdicts.get(id) === "static").map((mutant) => () =>
          this.#tryStatic(mutant, tests, [...leftOut])
        )
      ),
    );
  }

  /** Returns the names of tests that say nothing of a mutant. */
  async #try(mutants: readonly Mutant[], tests: readonly string[]): Promise<readonly string[]> {
    const ids = mutants.map(({ id }) => id);
    const trial = new Trial(this.#tree, {
      ...this.#filesOf(tests),
      from: ids[0] ?? 0,
      to: (ids.at(-1) ?? -1) + 1,
      skip: mutants.filter((mutant) => !isSampled(mutant, this.#each)).map(({ id }) => id),
    });
    await trial.run(this.#isOver);
    for (const [id, verdict] of trial.verdicts) this.verdicts.set(id, verdict);
    return trial.leftOut;
  }

  /** What only the loading of modules reaches: a process for each, its file's own tests first. */
  async #tryStatic(
    { id, path }: Mutant,
    tests: readonly string[],
    leftOut: readonly string[],
  ): Promise<void> {
    this.verdicts.delete(id);
    const own = `${this.#tree}/${path.replace(/^lib/, "tests/unit").replace(/\.ts$/, "_test.ts")}`;
    const rest = tests.filter((test) => test !== own);
    for (const files of tests.includes(own) ? [[own], rest] : [rest]) {
      const task = { ...this.#filesOf(files), from: id, to: id + 1, skip: [] };
      const trial = new Trial(this.#tree, { ...task, always: id, leftOut });
      await trial.run(this.#isOver);
      const verdict = trial.verdicts.get(id);
      if (verdict === undefined) this.verdicts.delete(id);
      else this.verdicts.set(id, verdict);
      if (verdict !== "survived") return;
    }
  }

  #filesOf(tests: readonly string[]): Pick<Task, "tests" | "collector"> {
    const tree = this.#tree;
    return {
      tests: tests.map((path) => `file://${path}`),
      collector: `file://${tree}/tests/test.ts`,
    };
  }
}

/** Says what survived, and returns its share of the sample, in percent: what was not tried is none of it. */
async function report(
  sample: readonly Mutant[],
  verdicts: ReadonlyMap<number, Verdict>,
  tree: string,
): Promise<number> {
  const explained = new Set(
    (await readExplained()).flatMap(({ path, changes }) =>
      changes.map((change) => `${path} ${change}`)
    ),
  );
  const unnoticed = sample.filter((mutant) => {
    const verdict = verdicts.get(mutant.id);
    const isNoticed = verdict === undefined || verdict === "killed" || verdict === "undecided";
    return !isNoticed && !explained.has(`${mutant.path} ${formatChange(mutant)}`);
  });
  const refused = await refusedByCompiler(`${tree}/${PLAIN}`, unnoticed);
  const survivors = unnoticed.filter(({ id }) => !refused.has(id));
  for (const mutant of survivors) {
    const note = verdicts.get(mutant.id) === "unreached" ? " (no test comes here)" : "";
    say(`${mutant.path}:${mutant.line}: ${formatChange(mutant)}${note}`);
  }
  const undecided = [...verdicts.values()].filter((verdict) => verdict === "undecided").length;
  const percent = sample.length === 0 ? 0 : 100 * survivors.length / sample.length;
  say(
    `${verdicts.size} of ${sample.length} changes tried, ` +
      (undecided === 0 ? "" : `${undecided} undecided since tests fail, `) +
      (refused.size === 0 ? "" : `${refused.size} noticed by the compiler alone, `) +
      `${survivors.length} not noticed: ${percent.toFixed(1)} %`,
  );
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
  const tree = await Deno.makeTempDir({ prefix: "chaperone-mutants-" });
  try {
    const byLayer = await mutateTree(tree, options.files);
    const sample = [...byLayer.values()].flat()
      .filter((mutant) => isSampled(mutant, options.each));
    say(`${sample.length} changes`);
    const session = new Session(tree, options.each, () => performance.now() > endMs);
    await session.tryAll(byLayer);
    return await report(sample, session.verdicts, tree) > options.survivorsMax ? 1 : 0;
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

Deno.exit(await main());
