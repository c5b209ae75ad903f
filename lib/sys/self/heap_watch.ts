/** Looks how full V8's heap is, whenever the collector has worked, and at no other time. */
import { HeapJudge, type HeapUse } from "../../base/heap_use.ts";
import { memoryLimitBytes } from "../processes/control_group.ts";

/** What Deno offers as Node does. */
interface NodeCompatibility {
  process: {
    getBuiltinModule(name: "node:v8"): { getHeapStatistics(): Readonly<Record<string, number>> };
  };
}

/** The heap may have this share of what the container may have: the rest is for services. */
const CONTAINER_SHARE = 0.5;

/**
 * Calls back where the heap has grown until it is nearly full, after each collection that leaves it
 * so; the result ends that. A token that dies with a collection is what wakes it.
 */
export function watchHeap(onAlarm: (use: HeapUse) => void): () => void {
  const judge = new HeapJudge(Deno.memoryUsage().heapUsed);
  let isActive = true;
  const look = () => {
    if (!isActive) return;
    tokens.register({}, undefined);
    const use = heapUse();
    if (judge.isAlarming(use)) onAlarm(use);
  };
  const tokens = new FinalizationRegistry<undefined>(look);
  tokens.register({}, undefined);
  return () => isActive = false;
}

function heapUse(): HeapUse {
  const { process } = globalThis as unknown as NodeCompatibility;
  const statistics = process.getBuiltinModule("node:v8").getHeapStatistics();
  const ownLimitBytes = statistics["heap_size_limit"] ?? Infinity;
  const shareBytes = (memoryLimitBytes() ?? Infinity) * CONTAINER_SHARE;
  return {
    usedBytes: statistics["used_heap_size"] ?? 0,
    limitBytes: Math.min(ownLimitBytes, shareBytes),
  };
}
