/** Gives memory back that chaperone does not need while it only waits. */
import { libc } from "./libc.ts";

/**
 * Returns to the system what malloc keeps of freed memory: after the start that is some megabytes,
 * left by the compiler's threads. Takes about a millisecond.
 */
export function releaseFreeMemory(): void {
  libc().malloc_trim(0n);
}
