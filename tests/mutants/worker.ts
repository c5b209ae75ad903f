/**
 * Runs in a mutated tree, as a process that may be ended at any moment: tries the mutants whose
 * numbers it is given with the test files it is given, and prints a line for each. Arguments: a
 * JSON text, see `Task`.
 */
import type { CollectedTest } from "./collected.ts";

export interface Task {
  /** Modules of tests, by URL. */
  readonly tests: readonly string[];
  /** The module that has collected them. */
  readonly collector: string;
  readonly from: number;
  readonly to: number;
  /** Already judged: they hung. */
  readonly skip: readonly number[];
  /** The one that is active while modules are evaluated; then only that one is tried. */
  readonly always?: number;
  /** Names of tests that are not to be asked. */
  readonly leftOut?: readonly string[];
}

/**
 * What is said of a mutant. `static`: it is reached only while modules are evaluated. `undecided`:
 * it survived, and a test that might have noticed it did not pass without it either.
 */
export type Verdict = "killed" | "survived" | "unreached" | "static" | "undecided";

/**
 * A test that computes for longer shows its worth elsewhere: it would be run for each mutant that
 * it reaches. Processor time, so that a busy machine leaves no other tests out than a quiet one.
 */
const TEST_CPU_LIMIT_MS = 500;

/** So many questions of mutated sources pass between two looks at that time. */
const QUESTIONS = 1024;

/**
 * Until a test that waits counts as hanging: without a mutant, and with one. Turns of the event
 * loop, which come late where the machine is busy.
 */
const TURN_MS = 50;
const LEARNING_LIMIT_TURNS = 400;
const WAITING_LIMIT_TURNS = 40;

/** What Deno offers as Node does, without the packages that have Node's types. */
const node = globalThis as unknown as {
  process: { cpuUsage(): { user: number; system: number } };
};

const { tests, collector, from, to, skip, always, leftOut = [] } = JSON.parse(
  Deno.args[0] ?? "",
) as Task;

let active = always ?? -1;
let reached = new Set<number>();
let questions = 0;
/** When the test that runs has taken too much time. */
let endCpuMs = Infinity;

Object.assign(globalThis, {
  /** Whether a mutant is active. A loop that a mutant has made endless is left by an error. */
  __mutant(id: number): boolean {
    reached.add(id);
    if (++questions % QUESTIONS === 0 && cpuNowMs() > endCpuMs) throw new Error("endless");
    return id === active;
  },
});
globalThis.addEventListener("unhandledrejection", (event) => event.preventDefault());

function cpuNowMs(): number {
  const { user, system } = node.process.cpuUsage();
  return (user + system) / 1000;
}

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

const context = {
  step: async (first: unknown, second?: () => unknown) => {
    await (typeof first === "function" ? first() : second?.());
    return true;
  },
} as unknown as Deno.TestContext;

async function passes({ fn }: CollectedTest, limit = WAITING_LIMIT_TURNS): Promise<boolean> {
  let timer: ReturnType<typeof setInterval> | undefined;
  let turns = 0;
  endCpuMs = cpuNowMs() + 2 * TEST_CPU_LIMIT_MS;
  const late = new Promise<boolean>((resolve) => {
    timer = setInterval(() => ++turns > limit && resolve(false), TURN_MS);
  });
  try {
    const isGood = await Promise.race([Promise.resolve(fn(context)).then(() => true), late]);
    return isGood && cpuNowMs() <= endCpuMs;
  } catch {
    return false;
  } finally {
    endCpuMs = Infinity;
    clearInterval(timer);
  }
}

interface Known {
  readonly test: CollectedTest;
  readonly cpuMs: number;
  readonly reaches: ReadonlySet<number>;
}

/** What the tests say of the sources as they are; those that take long are left out. */
interface Learned {
  /** The quickest first. */
  readonly known: readonly Known[];
  readonly failing: readonly Known[];
}

async function learn(all: readonly CollectedTest[]): Promise<Learned> {
  const known: Known[] = [];
  const failing: Known[] = [];
  for (const test of all) {
    reached = new Set();
    const startedMs = cpuNowMs();
    const isGood = await passes(test, LEARNING_LIMIT_TURNS);
    const cpuMs = cpuNowMs() - startedMs;
    if (cpuMs >= TEST_CPU_LIMIT_MS) continue;
    const isKnown = isGood && await passes(test, LEARNING_LIMIT_TURNS);
    (isKnown ? known : failing).push({ test, cpuMs, reaches: reached });
    say({ learned: test.name });
  }
  known.sort((a, b) => a.cpuMs - b.cpuMs);
  return { known, failing };
}

async function isKilled(tests: readonly CollectedTest[], id: number): Promise<boolean> {
  active = id;
  for (const test of tests) if (!await passes(test)) return true;
  return false;
}

async function judge({ known, failing }: Learned, id: number, atImport: boolean): Promise<Verdict> {
  const reaching = known.filter(({ reaches }) => reaches.has(id)).map(({ test }) => test);
  if (await isKilled(reaching, id)) return "killed";
  if (failing.some(({ reaches }) => reaches.has(id))) return "undecided";
  if (reaching.length > 0) return "survived";
  return atImport ? "static" : "unreached";
}

async function main(): Promise<void> {
  for (const url of tests) await import(url);
  const atImport = reached;
  const { collected } = await import(collector) as { collected: CollectedTest[] };
  if (always !== undefined) {
    const used = collected.filter(({ name }) => !leftOut.includes(name));
    return say({ id: always, verdict: await isKilled(used, always) ? "killed" : "survived" });
  }
  const learned = await learn(collected);
  const usable = new Set(learned.known.map(({ test }) => test.name));
  say({ leftOut: collected.map(({ name }) => name).filter((name) => !usable.has(name)) });
  for (let id = from; id < to; id++) {
    if (skip.includes(id)) continue;
    say({ trying: id });
    const verdict = await judge(learned, id, atImport.has(id));
    active = -1;
    say({ id, verdict });
  }
}

await main().then(() => Deno.exit(0), (error) => {
  // With a mutant that is always active, a module that cannot be loaded is one that somebody noticed.
  if (always !== undefined) say({ id: always, verdict: "killed" });
  else say({ failed: String(error) });
  Deno.exit(0);
});
