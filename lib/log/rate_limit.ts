/**
 * How many records a second one program may write, and how many were suppressed.
 * Counts in windows of one second; knows no clock and writes no records: what was suppressed is
 * handed to whoever asks once the window is over.
 */

const WINDOW_MS = 1000;

/** Programs remembered at a time. The names come from outside, so that they must be bounded. */
const PROGRAMS_MAX = 1024;

interface Window {
  program: Uint8Array;
  endsAtMs: number;
  admitted: number;
  suppressed: number;
  /** End of the window in which the first of them was suppressed. */
  tellAtMs: number;
}

/** What one program lost in one window. */
export interface Suppression {
  readonly program: string;
  readonly count: number;
}

const decoder = new TextDecoder();

/** Admits a number of records a second per program. Times are of a monotonic clock. */
export class RateLimiter {
  readonly #perSecond: number;
  /** By a hash of the name, so that a record costs no string. */
  readonly #windows = new Map<number, Window>();
  #nextDeadlineMs = Infinity;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** When `takeSuppressed` will have something to tell; `Infinity` where nothing is suppressed. */
  get nextDeadlineMs(): number {
    return this.#nextDeadlineMs;
  }

  /** Tells whether a record of the program `bytes[start, end)` may be written now, and counts it. */
  admit(bytes: Uint8Array, start: number, end: number, nowMs: number): boolean {
    const window = this.#windowOf(bytes, start, end, nowMs);
    if (nowMs >= window.endsAtMs) {
      window.endsAtMs = nowMs + WINDOW_MS;
      window.admitted = 0;
    }
    if (window.admitted < this.#perSecond) {
      window.admitted++;
      return true;
    }
    if (window.suppressed++ === 0) window.tellAtMs = window.endsAtMs;
    this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, window.tellAtMs);
    return false;
  }

  /** Returns and forgets what windows that are over have suppressed. */
  takeSuppressed(nowMs: number): Suppression[] {
    if (nowMs < this.#nextDeadlineMs) return [];
    const result: Suppression[] = [];
    this.#nextDeadlineMs = Infinity;
    for (const window of this.#windows.values()) {
      if (window.suppressed === 0) continue;
      if (nowMs < window.tellAtMs) {
        this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, window.tellAtMs);
        continue;
      }
      result.push({ program: decoder.decode(window.program), count: window.suppressed });
      window.suppressed = 0;
    }
    return result;
  }

  #windowOf(bytes: Uint8Array, start: number, end: number, nowMs: number): Window {
    let key = hashName(bytes, start, end);
    let window = this.#windows.get(key);
    while (window !== undefined && !isSameName(window.program, bytes, start, end)) {
      key = key + 1 | 0;
      window = this.#windows.get(key);
    }
    if (window !== undefined) return window;
    if (this.#windows.size >= PROGRAMS_MAX) this.#forgetIdle(nowMs);
    window = {
      program: bytes.slice(start, end),
      endsAtMs: nowMs + WINDOW_MS,
      admitted: 0,
      suppressed: 0,
      tellAtMs: Infinity,
    };
    this.#windows.set(key, window);
    return window;
  }

  /** Makes room: idle programs go; if all are busy, all that have nothing to tell. */
  #forgetIdle(nowMs: number): void {
    for (const [key, window] of this.#windows) {
      if (window.suppressed === 0 && nowMs >= window.endsAtMs) this.#windows.delete(key);
    }
    if (this.#windows.size < PROGRAMS_MAX) return;
    for (const [key, window] of this.#windows) {
      if (window.suppressed === 0) this.#windows.delete(key);
    }
    if (this.#windows.size >= PROGRAMS_MAX) this.#windows.clear();
  }
}

/** FNV-1a. */
function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  }
  return hash;
}

function isSameName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) {
    if (name[i] !== bytes[start + i]) return false;
  }
  return true;
}
