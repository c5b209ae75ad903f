/**
 * How many records one program may write in a second, minute or hour, and how many were suppressed.
 *
 * Model: a bucket of tokens per program. A record takes one; so many come back in each period, one
 * by one, and no more than a period's fit in. Of a bucket only the moment is kept at which it will
 * be full again, so that nothing is to be counted up and no rounding adds up (the leaky bucket "as
 * a meter").
 *
 * Knows no clock and writes no records: what was suppressed is handed to whoever asks, one period
 * after the first of it.
 */

/** Programs remembered at a time. The names come from outside, so that they must be bounded. */
const PROGRAMS_MAX = 1024;

/**
 * Sums of doubles that are milliseconds err by far less, and no record is that close to its time.
 */
const ROUNDING_MS = 1e-3;

interface Bucket {
  readonly program: Uint8Array;
  /** May be in the past. */
  fullAtMs: number;
  suppressed: number;
  /** One period after the first of them was suppressed. */
  tellAtMs: number;
}

/** So many records in each period. */
export interface Rate {
  /** Above 0; may be a fraction. */
  readonly count: number;
  readonly periodMs: number;
}

/** What one program lost in one period. */
export interface Suppression {
  readonly program: string;
  readonly count: number;
}

/** Stands for those that could not be remembered one by one. */
const OTHERS = "other programs";

const decoder = new TextDecoder();

/** Admits records of each program at a rate. Times are of a monotonic clock. */
export class RateLimiter {
  readonly #periodMs: number;
  /** How long one token takes to come back. */
  readonly #tokenMs: number;
  /** How far from full a bucket may be and still hold a token. */
  readonly #toleranceMs: number;
  /** By a hash of the name, so that a record costs no string. */
  readonly #buckets = new Map<number, Bucket>();
  /** Suppressed records of programs that had to make room. */
  #othersSuppressed = 0;
  #nextDeadlineMs = Infinity;

  constructor({ count, periodMs }: Rate) {
    this.#periodMs = periodMs;
    this.#tokenMs = periodMs / count;
    this.#toleranceMs = (Math.max(1, count) - 1) * this.#tokenMs + ROUNDING_MS;
  }

  /** When `takeSuppressed` will have something to tell; `Infinity` where nothing is suppressed. */
  get nextDeadlineMs(): number {
    return this.#nextDeadlineMs;
  }

  /**
   * Tells whether a record of the program `bytes[start, end)` may be written now, and counts it.
   */
  admit(bytes: Uint8Array, start: number, end: number, nowMs: number): boolean {
    const bucket = this.#bucketOf(bytes, start, end, nowMs);
    const fullAtMs = Math.max(bucket.fullAtMs, nowMs);
    if (fullAtMs - nowMs <= this.#toleranceMs) {
      bucket.fullAtMs = fullAtMs + this.#tokenMs;
      return true;
    }
    if (bucket.suppressed++ === 0) bucket.tellAtMs = nowMs + this.#periodMs;
    this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, bucket.tellAtMs);
    return false;
  }

  /** Returns and forgets what was suppressed in periods that are over. */
  takeSuppressed(nowMs: number): Suppression[] {
    if (nowMs < this.#nextDeadlineMs) return [];
    const result: Suppression[] = [];
    this.#nextDeadlineMs = Infinity;
    for (const bucket of this.#buckets.values()) {
      if (bucket.suppressed === 0) continue;
      if (nowMs < bucket.tellAtMs) {
        this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, bucket.tellAtMs);
        continue;
      }
      result.push({ program: decoder.decode(bucket.program), count: bucket.suppressed });
      bucket.suppressed = 0;
    }
    if (this.#othersSuppressed > 0) {
      result.push({ program: OTHERS, count: this.#othersSuppressed });
      this.#othersSuppressed = 0;
    }
    return result;
  }

  #bucketOf(bytes: Uint8Array, start: number, end: number, nowMs: number): Bucket {
    let key = hashName(bytes, start, end);
    let bucket = this.#buckets.get(key);
    while (bucket !== undefined && !isSameName(bucket.program, bytes, start, end)) {
      key = key + 1 | 0;
      bucket = this.#buckets.get(key);
    }
    if (bucket !== undefined) return bucket;
    if (this.#buckets.size >= PROGRAMS_MAX) this.#makeRoom(nowMs);
    bucket = {
      program: bytes.slice(start, end),
      fullAtMs: nowMs,
      suppressed: 0,
      tellAtMs: Infinity,
    };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /**
   * Idle programs go; if all are busy, those that have nothing to tell; if all have, all of them.
   */
  #makeRoom(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.suppressed === 0 && nowMs >= bucket.fullAtMs) this.#buckets.delete(key);
    }
    if (this.#buckets.size < PROGRAMS_MAX) return;
    for (const [key, bucket] of this.#buckets) {
      if (bucket.suppressed === 0) this.#buckets.delete(key);
    }
    if (this.#buckets.size < PROGRAMS_MAX) return;
    for (const { suppressed } of this.#buckets.values()) this.#othersSuppressed += suppressed;
    this.#buckets.clear();
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
