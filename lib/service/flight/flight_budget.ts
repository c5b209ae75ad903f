/**
 * How much of a service is recorded: one that crashes again and again must not drive what happened
 * to all others out of the ring.
 */

/** What a service may have recorded at once, and how soon it may again. */
const RECORDS = { most: 60, everyMs: 1000 };
const OUTPUTS = { most: 3, everyMs: 60_000 };

interface Allowance {
  records: number;
  outputs: number;
  sinceMs: number;
  outputsSinceMs: number;
  /** Left out since the last that was recorded. */
  left: number;
}

export class FlightBudget {
  readonly #allowances = new Map<string, Allowance>();

  /**
   * Takes a record of a service; false where it is one too many. Otherwise how many were left out
   * before it.
   */
  admit(service: string, nowMs: number): number | false {
    const own = this.#of(service, nowMs);
    const gained = Math.floor((nowMs - own.sinceMs) / RECORDS.everyMs);
    own.records = Math.min(RECORDS.most, own.records + gained);
    own.sinceMs += gained * RECORDS.everyMs;
    if (own.records === 0) {
      own.left++;
      return false;
    }
    own.records--;
    const { left } = own;
    own.left = 0;
    return left;
  }

  /** Whether the last lines of a service may be recorded once more. */
  admitOutput(service: string, nowMs: number): boolean {
    const own = this.#of(service, nowMs);
    const gained = Math.floor((nowMs - own.outputsSinceMs) / OUTPUTS.everyMs);
    own.outputs = Math.min(OUTPUTS.most, own.outputs + gained);
    own.outputsSinceMs += gained * OUTPUTS.everyMs;
    if (own.outputs === 0) return false;
    own.outputs--;
    return true;
  }

  /** What was left out and has not been told, by service. Forgets it. */
  takeLeft(): (readonly [service: string, count: number])[] {
    const all = [...this.#allowances].map(([service, { left }]) => [service, left] as const);
    for (const own of this.#allowances.values()) own.left = 0;
    return all.filter(([, left]) => left > 0);
  }

  #of(service: string, nowMs: number): Allowance {
    const own = this.#allowances.get(service) ?? {
      records: RECORDS.most,
      outputs: OUTPUTS.most,
      sinceMs: nowMs,
      outputsSinceMs: nowMs,
      left: 0,
    };
    this.#allowances.set(service, own);
    return own;
  }
}
