/** Gives memory back that chaperone does not need while it only waits. */
import { libc } from "../libc/libc.ts";

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
