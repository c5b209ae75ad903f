/** Gives memory back that chaperone does not need while it only waits. */
import { libc } from "../libc/libc.ts";
import { fileOnlyRanges, type MemoryRange } from "./own_mappings.ts";

/** From sys/mman.h. */
const MADV_DONTNEED = 4;

/** What V8 offers where it is started with `--expose-gc`, as the compiled program is. */
interface Collector {
  gc?(options: { type: "major"; execution: "sync"; flavor: "last-resort" }): void;
}

/**
 * Returns to the system what has become free: objects that loading left, what malloc keeps, and
 * pages of the program's file that only the start has used. V8 does not do so by itself while
 * nothing is allocated, and the pages stay for good. It takes 40 ms with 500 services, 10 ms with a
 * few, so it is for a moment when nothing is urgent.
 */
export function releaseFreeMemory(): void {
  // Whatever comes after the pages are gone brings some of them back: all that can be done before
  // is.
  const ranges = ownFilePages();
  const { madvise, malloc_trim: trim } = libc();
  (globalThis as Collector).gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  trim(0n);
  for (const { start, size } of ranges) madvise(start, size, MADV_DONTNEED);
}

/** The most memory that this process has had at any time; 0 where /proc does not say. */
export function ownPeakBytes(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** None without /proc, and in a run from sources, which is no container. */
function ownFilePages(): MemoryRange[] {
  if ((globalThis as Collector).gc === undefined) return [];
  try {
    return fileOnlyRanges(Deno.readTextFileSync("/proc/self/smaps"));
  } catch {
    return [];
  }
}
