/** What a build must reach, by itself or beside another program in the same run. */
import type { Measure } from "./measure.ts";
import { type Outcome, value } from "./report.ts";
import { FLOOR } from "./tools.ts";

const MIB = 1024 * 1024;

interface Bar {
  /** Names of the measurement and of one of its quantities. */
  readonly measure: string;
  readonly quantity: string;
  readonly tool?: string;
  /** What it is a multiple of; a figure by itself where there is none. */
  readonly peer?: string;
  /** The most, or where more is better the least. */
  readonly limit: number;
}

const BARS: readonly Bar[] = [
  { measure: "start", quantity: "firstMs", peer: FLOOR, limit: 1.6 },
  { measure: "start", quantity: "firstMs", tool: "chaperone, YAML", peer: FLOOR, limit: 1.75 },
  { measure: "start", quantity: "firstMs", tool: "chaperone --task", peer: FLOOR, limit: 1.75 },
  { measure: "memory", quantity: "anonymousMib", limit: 16_000_000 / MIB },
  { measure: "memory", quantity: "residentMib", limit: 25_000_000 / MIB },
  { measure: "memory", quantity: "anonymousMib", peer: "supervisor", limit: 1 },
  { measure: "memory", quantity: "residentMib", peer: "supervisor", limit: 1 },
  { measure: "reap", quantity: "cpuMs", peer: "tini", limit: 2 },
  { measure: "burst", quantity: "lagMs", peer: "tini", limit: 1 },
  { measure: "syslog1", quantity: "perSecond", peer: "rsyslog", limit: 2.5 },
  { measure: "capture", quantity: "mibPerSecond", peer: "s6, stamped", limit: 2 },
];

/** Says whether a bar of a measurement needs a peer. */
export function isMeasuredBy({ name }: Measure, peer: string): boolean {
  return BARS.some((bar) => bar.measure === name && bar.peer === peer);
}

/** Returns the bars that are not reached, and those for which a peer is missing. */
export function findOverBar(outcomes: readonly Outcome[]): { missed: string[]; unknown: string[] } {
  const missed: string[] = [];
  const unknown: string[] = [];
  for (const { measure, quantity, tool = "chaperone", peer, limit } of BARS) {
    const outcome = outcomes.find((each) => each.measure.name === measure);
    if (outcome === undefined) continue;
    const beside = peer === undefined ? 1 : value(outcome, peer, quantity) ?? NaN;
    const found = (value(outcome, tool, quantity) ?? NaN) / beside;
    const isMore = outcome.measure.more?.includes(quantity) === true;
    const unit = peer === undefined ? "" : ` times ${peer}'s`;
    const text = `${tool}, ${outcome.measure.title}: ${outcome.measure.quantities[quantity]} ` +
      `${found.toFixed(2)}${unit}, the bar is ${isMore ? "at least" : "at most"} ${
        limit.toFixed(2)
      }`;
    if (Number.isNaN(found)) unknown.push(text);
    else if (isMore ? found < limit : found > limit) missed.push(text);
  }
  return { missed, unknown };
}
