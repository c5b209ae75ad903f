/** How long a remote host that fails is left alone. */

const FIRST_MS = 1000;
const LAST_MS = 30_000;

/** Returns the wait after `failures` in a row: a second, doubling up to half a minute. */
export function backoffMs(failures: number): number {
  return Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10));
}
