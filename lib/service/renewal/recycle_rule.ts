/**
 * When a service has had enough of memory, of the processor, or of life: what `recycle` says, as a
 * function of what was measured. Knows no clock; whoever asks says what time it is.
 */
import { formatHumanDuration } from "../../base/duration.ts";
import type { RecycleRules } from "../../config/renewal_model.ts";

/** What a service uses at a moment: its memory, and its processor time so far. */
export interface Measured {
  readonly atMs: number;
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
}

/** What is remembered of one process of a service. */
export interface RecycleState {
  /** Since when it has been up. */
  readonly sinceMs: number;
  /** When it is too old; absent: never. */
  readonly oldMs?: number;
  readonly last?: Measured;
  /** Since when more has been used than is allowed. */
  readonly memorySinceMs?: number;
  readonly cpuSinceMs?: number;
  /** How many jobs it has done, as far as it is known. */
  readonly jobs?: number;
  /** How often it has been recycled in a row, each time soon after it was up. */
  readonly inRow: number;
}

/** A process that lasts so many times longer than it may be above its limits counts as a good one. */
const GOOD_TIMES = 10;
const DOUBLINGS_MAX = 10;

/** Looks in each `for`, within these bounds. */
const LOOKS = 5;
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** Returns the state of a process that is up now; `random` is from 0 to 1. */
export function beginRecycling(
  { age }: RecycleRules,
  nowMs: number,
  { random, inRow = 0 }: { readonly random: number; readonly inRow?: number },
): RecycleState {
  if (age === undefined) return { sinceMs: nowMs, inRow };
  return { sinceMs: nowMs, oldMs: nowMs + age.ms + (2 * random - 1) * age.jitterMs, inRow };
}

/** Whether memory or processor time must be measured. */
export function isMeasuredBy({ memory, cpu }: RecycleRules): boolean {
  return (memory ?? cpu) !== undefined;
}

/** How often a service is looked at; undefined: its rules need no looking. */
export function pauseOf({ memory, cpu, jobs }: RecycleRules): number | undefined {
  const forMs = Math.min(memory?.forMs ?? Infinity, cpu?.forMs ?? Infinity);
  if (forMs === Infinity) return jobs?.kind === "http" ? LONGEST_PAUSE_MS : undefined;
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, forMs / LOOKS));
}

/** Takes a measurement into account. */
export function measured(rules: RecycleRules, state: RecycleState, now: Measured): RecycleState {
  const { memory, cpu } = rules;
  const { last } = state;
  const { memorySinceMs: _m, cpuSinceMs: _c, ...rest } = state;
  const isLarge = memory !== undefined && now.memoryBytes > memory.bytes;
  const isBusy = cpu !== undefined && last !== undefined &&
    percentBetween(last, now) > cpu.percent;
  return {
    ...rest,
    last: now,
    ...(isLarge ? { memorySinceMs: state.memorySinceMs ?? now.atMs } : {}),
    ...(isBusy ? { cpuSinceMs: state.cpuSinceMs ?? last.atMs } : {}),
  };
}

/** Of one processor. */
function percentBetween(before: Measured, after: Measured): number {
  const seconds = (after.atMs - before.atMs) / 1000;
  return seconds <= 0 ? 0 : 100 * (after.cpuSeconds - before.cpuSeconds) / seconds;
}

/** Says why a process is to go, at this moment; undefined: it may stay. */
export function whyRecycle(
  rules: RecycleRules,
  state: RecycleState,
  nowMs: number,
): string | undefined {
  const { memory, cpu, age } = rules;
  const factor = patienceOf(state.inRow);
  const isOver = (sinceMs: number | undefined, forMs: number) =>
    sinceMs !== undefined && nowMs - sinceMs >= forMs * factor;
  if (memory !== undefined && isOver(state.memorySinceMs, memory.forMs)) {
    const mebibytes = Math.round((state.last?.memoryBytes ?? 0) / 1024 / 1024);
    const limit = Math.round(memory.bytes / 1024 / 1024);
    const time = formatHumanDuration(memory.forMs * factor);
    return `it has had more than ${limit} MiB of memory for ${time} (${mebibytes} MiB)`;
  }
  if (cpu !== undefined && isOver(state.cpuSinceMs, cpu.forMs)) {
    const time = formatHumanDuration(cpu.forMs * factor);
    return `it has used more than ${cpu.percent}% of a processor for ${time}`;
  }
  const done = state.jobs ?? 0;
  if (done >= (rules.jobs?.count ?? Infinity)) return `it has done ${done} jobs`;
  if (age === undefined || state.oldMs === undefined || nowMs < state.oldMs) return undefined;
  return `it is ${formatHumanDuration(nowMs - state.sinceMs)} old`;
}

/** How many times longer than at first a process may be above its limits. */
function patienceOf(inRow: number): number {
  return 2 ** Math.min(inRow, DOUBLINGS_MAX);
}

/** How many in a row it is, with one that is recycled now. */
export function nextInRow(
  { memory, cpu }: RecycleRules,
  { sinceMs, inRow }: RecycleState,
  nowMs: number,
): number {
  const longestMs = Math.max(memory?.forMs ?? 0, cpu?.forMs ?? 0);
  return nowMs - sinceMs >= longestMs * GOOD_TIMES * patienceOf(inRow) ? 0 : inRow + 1;
}
