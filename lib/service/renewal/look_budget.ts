/**
 * How often watched files may be looked at, whoever stirs them up: so many looks at once, then one in
 * a while. A look that has to wait is not lost.
 */

const LOOKS_AT_ONCE = 10;
const REFILL_MS = 10_000;

/** Looks that are left, and as of when. */
export interface LookBudget {
  readonly left: number;
  readonly atMs: number;
}

/** Returns a budget of which nothing has been used. */
export function fullBudget(nowMs: number): LookBudget {
  return { left: LOOKS_AT_ONCE, atMs: nowMs };
}

/** Takes one look, and says how long it has to wait. */
export function takeLook(
  { left, atMs }: LookBudget,
  nowMs: number,
): { readonly budget: LookBudget; readonly delayMs: number } {
  const filled = Math.min(LOOKS_AT_ONCE, left + (nowMs - atMs) / REFILL_MS);
  const delayMs = filled >= 1 ? 0 : Math.ceil((1 - filled) * REFILL_MS);
  return { budget: { left: filled - 1, atMs: nowMs }, delayMs };
}
