/** Gives memory back that chaperone does not need while it only waits. */
import { libc } from "./libc.ts";

/** What V8 offers where it is started with `--expose-gc`, as the compiled program is. */
interface Collector {
  gc?(options: { type: "major"; execution: "sync"; flavor: "last-resort" }): void;
}

/**
 * Returns to the system what has become free: objects that loading left, and what malloc keeps.
 * V8 does not do so by itself while nothing is allocated, and the pages stay for good. It takes 40 ms
 * with 500 services, 10 ms with a few, so it is for a moment when nothing is urgent.
 */
export function releaseFreeMemory(): void {
  (globalThis as Collector).gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  libc().malloc_trim(0n);
}

/** How much of V8's heap is used. */
export interface HeapUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** What Deno offers as Node does. */
interface NodeCompatibility {
  process: {
    getBuiltinModule(name: "node:v8"): { getHeapStatistics(): Readonly<Record<string, number>> };
  };
}

/** Beyond this share of its limit the heap is about to be exhausted, which V8 answers with abort(3). */
const ALARMING_SHARE = 0.75;

/**
 * Calls back where the collector leaves the heap nearly full, after each time that happens; the result ends
 * that. It looks after collections only: a token that dies with one is what wakes it.
 */
export function watchHeap(onAlarm: (use: HeapUse) => void): () => void {
  let isActive = true;
  const look = () => {
    if (!isActive) return;
    registry.register({}, undefined);
    const use = heapUse();
    if (use.usedBytes > use.limitBytes * ALARMING_SHARE) onAlarm(use);
  };
  const registry = new FinalizationRegistry<undefined>(look);
  registry.register({}, undefined);
  return () => isActive = false;
}

function heapUse(): HeapUse {
  const { process } = globalThis as unknown as NodeCompatibility;
  const statistics = process.getBuiltinModule("node:v8").getHeapStatistics();
  return {
    usedBytes: statistics["used_heap_size"] ?? 0,
    limitBytes: statistics["heap_size_limit"] ?? Infinity,
  };
}
