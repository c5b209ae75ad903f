/** Time, timers and chance, as all of lib asks for them. */

/** The longest delay that setTimeout(2³¹ − 1 ms) takes; a longer one would fire at once. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/**
 * What the monotonic clock showed when this program began: it goes on with that of the one before.
 */
let originMs = 0;

/** Monotonic clock, in milliseconds. */
export function nowMs(): number {
  return originMs + performance.now();
}

/** Lets the monotonic clock show `atMs` from here on. Once, before anything has asked it. */
export function continueClock(atMs: number): void {
  originMs = atMs - performance.now();
}

/** Wall clock, in milliseconds since 1970. */
export function wallMs(): number {
  return Date.now();
}

let preciseOffsetMs = Date.now() - performance.now();

/**
 * Wall clock, in milliseconds since 1970, with the microseconds that `wallMs` lacks: those are
 * measured by the monotonic clock, within the millisecond that the wall clock says.
 */
export function preciseWallMs(): number {
  const wholeMs = Date.now();
  const precise = preciseOffsetMs + performance.now();
  if (precise >= wholeMs && precise < wholeMs + 1) return precise;
  // The wall clock was set, or is being slewed.
  preciseOffsetMs += wholeMs - precise;
  return wholeMs;
}

/** Returns a number in [0, 1). */
export function random(): number {
  return Math.random();
}

/**
 * Calls back once after `delayMs`, however long; the result cancels it.
 *
 * Once cancelled it does not call back. That takes more than clearTimeout: Deno 2.5 still fires a
 * timer that is due in the turn in which something received from a socket clears it.
 */
export function setTimer(delayMs: number, callback: () => void): () => void {
  let left = delayMs;
  let timer: ReturnType<typeof setTimeout>;
  let isCancelled = false;
  const arm = () => {
    const part = Math.min(left, LONGEST_TIMEOUT_MS);
    left -= part;
    timer = setTimeout(() => {
      if (!isCancelled) (left > 0 ? arm : callback)();
    }, part);
  };
  arm();
  return () => {
    isCancelled = true;
    clearTimeout(timer);
  };
}

/** Resolves after `delayMs`. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimer(delayMs, resolve));
}
