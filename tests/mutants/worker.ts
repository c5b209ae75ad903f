/**
 * Runs in a mutated tree, as a process that may be ended at any moment: tries the mutants whose numbers it is given
 * with the test files it is given, and prints a line for each. Arguments: a JSON text, see `Task`.
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
}

/** What is said of a mutant. `static`: it is reached only while modules are evaluated. */
export type Verdict = "killed" | "survived" | "unreached" | "static";

/** A test that is slower shows its worth elsewhere: it would be run for each mutant that it reaches. */
const TEST_LIMIT_MS = 700;

const { tests, collector, from, to, skip, always } = JSON.parse(Deno.args[0] ?? "") as Task;

let active = always ?? -1;
let reached = new Set<number>();
Object.assign(globalThis, {
  __mutant(id: number): boolean {
    reached.add(id);
    return id === active;
  },
});
globalThis.addEventListener("unhandledrejection", (event) => event.preventDefault());

function say(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

function isNumber(id: number): boolean {
  return id >= from && id < to;
}

const context = {
  step: async (first: unknown, second?: () => unknown) => {
    await (typeof first === "function" ? first() : second?.());
    return true;
  },
} as unknown as Deno.TestContext;

async function passes({ fn }: CollectedTest): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 2 * TEST_LIMIT_MS);
  });
  try {
    return await Promise.race([Promise.resolve(fn(context)).then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

interface Known {
  readonly test: CollectedTest;
  readonly tookMs: number;
  readonly reaches: ReadonlySet<number>;
}

async function learn(all: readonly CollectedTest[]): Promise<Known[]> {
  const known: Known[] = [];
  for (const test of all) {
    reached = new Set();
    const startedMs = performance.now();
    const isGood = await passes(test) && await passes(test);
    const tookMs = (performance.now() - startedMs) / 2;
    if (isGood && tookMs < TEST_LIMIT_MS) known.push({ test, tookMs, reaches: reached });
  }
  return known.sort((a, b) => a.tookMs - b.tookMs);
}

async function isKilled(known: readonly Known[], id: number): Promise<boolean> {
  active = id;
  for (const { test, reaches } of known) {
    if ((always !== undefined || reaches.has(id)) && !await passes(test)) return true;
  }
  return false;
}

async function judge(known: readonly Known[], id: number, atImport: boolean): Promise<Verdict> {
  if (!known.some(({ reaches }) => reaches.has(id))) return atImport ? "static" : "unreached";
  return await isKilled(known, id) ? "killed" : "survived";
}

async function main(): Promise<void> {
  for (const url of tests) await import(url);
  const atImport = reached;
  const { collected } = await import(collector) as { collected: CollectedTest[] };
  if (always !== undefined) {
    const known = collected.map((test) => ({ test, tookMs: 0, reaches: new Set<number>() }));
    return say({ id: always, verdict: await isKilled(known, always) ? "killed" : "survived" });
  }
  const known = await learn(collected);
  say({ ready: known.length });
  for (let id = from; id < to; id++) {
    if (skip.includes(id) || !isNumber(id)) continue;
    say({ trying: id });
    const verdict = await judge(known, id, atImport.has(id));
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
