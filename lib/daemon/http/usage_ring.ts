/**
 * What services have used, a value a minute for an hour. Takes note whenever somebody asks, be it a
 * scrape of /metrics; it has no timer of its own, so that nothing wakes up where nobody looks.
 */
import type { UsageCurves } from "../../page/service_page.ts";
import type { Usages } from "../services/usage_meter.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;

interface Ring {
  readonly memory: Float32Array;
  readonly cpu: Float32Array;
  atMs: number;
  cpuSeconds: number;
}

/** What was noted, for another incarnation; the curves are bytes of 32-bit numbers. */
export type UsageHandover = readonly {
  readonly service: string;
  readonly memory: Uint8Array;
  readonly cpu: Uint8Array;
  readonly atMs: number;
  readonly cpuSeconds: number;
}[];

/** Of more services the curves begin anew. */
const LEFT_MAX = 500;

export class UsageRing {
  readonly #rings = new Map<string, Ring>();

  /** Takes note of what is used at a moment; what was noted of services that are gone is forgotten. */
  note(nowMs: number, { services }: Usages): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    for (const name of this.#rings.keys()) if (!services.has(name)) this.#rings.delete(name);
    for (const [name, { memoryBytes, cpuSeconds }] of services) {
      const ring = this.#rings.get(name);
      if (ring === undefined) {
        const fresh = { memory: empty(), cpu: empty(), atMs: nowMs, cpuSeconds };
        fresh.memory[minute % MINUTES] = memoryBytes;
        this.#rings.set(name, fresh);
        continue;
      }
      forgetBetween(ring, Math.floor(ring.atMs / MINUTE_MS), minute);
      ring.memory[minute % MINUTES] = memoryBytes;
      const tookMs = nowMs - ring.atMs;
      if (tookMs <= 0) continue;
      // The share is that since the look before, in whichever minute that was.
      ring.cpu[minute % MINUTES] = Math.max(0, (cpuSeconds - ring.cpuSeconds) * 1000 / tookMs);
      ring.atMs = nowMs;
      ring.cpuSeconds = cpuSeconds;
    }
  }

  handOver(): UsageHandover {
    return [...this.#rings].slice(0, LEFT_MAX).map((
      [service, { memory, cpu, atMs, cpuSeconds }],
    ) => ({
      service,
      memory: new Uint8Array(memory.buffer),
      cpu: new Uint8Array(cpu.buffer),
      atMs,
      cpuSeconds,
    }));
  }

  takeOver(left: UsageHandover): void {
    for (const { service, memory, cpu, atMs, cpuSeconds } of left) {
      const ring = { memory: empty(), cpu: empty(), atMs, cpuSeconds };
      // Another version may have kept another time.
      if (memory.length !== ring.memory.byteLength || cpu.length !== memory.length) continue;
      new Uint8Array(ring.memory.buffer).set(memory);
      new Uint8Array(ring.cpu.buffer).set(cpu);
      this.#rings.set(service, ring);
    }
  }

  /** What a service has used, minute by minute. */
  curves(nowMs: number, name: string): UsageCurves {
    const ring = this.#rings.get(name);
    const minute = Math.floor(nowMs / MINUTE_MS);
    const known = ring === undefined ? -1 : Math.floor(ring.atMs / MINUTE_MS);
    const inOrder = (values: Float32Array | undefined) =>
      Array.from({ length: MINUTES }, (_, at) => {
        const of = minute - MINUTES + 1 + at;
        const isKept = of <= known && of > known - MINUTES;
        return isKept ? values?.[((of % MINUTES) + MINUTES) % MINUTES] ?? NaN : NaN;
      });
    return { memory: inOrder(ring?.memory), cpu: inOrder(ring?.cpu) };
  }
}

function empty(): Float32Array {
  return new Float32Array(MINUTES).fill(NaN);
}

/** Minutes in which nobody looked hold what was noted an hour before. */
function forgetBetween({ memory, cpu }: Ring, last: number, minute: number): void {
  const from = Math.max(last + 1, minute - MINUTES + 1);
  for (let each = from; each <= minute; each++) memory[each % MINUTES] = cpu[each % MINUTES] = NaN;
}
