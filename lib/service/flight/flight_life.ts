/** Lives of a container out of records, and what can be said of each as a value. */
import type { FlightEvent, FlightReading, FlightRecord } from "./flight_record.ts";

type RecordOf<Kind extends FlightEvent["kind"]> = Extract<FlightRecord, { kind: Kind }>;

/** What is known of one life. */
export interface FlightLife {
  readonly id: string;
  /** When its first record that is kept was written, and its last. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent where its beginning is not kept any more. */
  readonly begin?: RecordOf<"begin">;
  readonly records: readonly FlightRecord[];
  /** How it ended; absent where nobody was left to write it. */
  readonly end?: RecordOf<"end">;
  /** Why it was about to end. */
  readonly ending?: RecordOf<"ending">;
  /** The state of each service when the end began, or where the records end. */
  readonly states: ReadonlyMap<string, RecordOf<"state">>;
}

/** Returns the lives in the order in which they began. */
export function livesOf({ records }: Pick<FlightReading, "records">): FlightLife[] {
  const byLife = new Map<string, FlightRecord[]>();
  for (const record of records) {
    const known = byLife.get(record.life);
    if (known === undefined) byLife.set(record.life, [record]);
    else known.push(record);
  }
  return [...byLife].map(([id, own]) => lifeOf(id, own));
}

/** Makes a life of its records, of which there is one at least. */
export function lifeOf(id: string, records: readonly FlightRecord[]): FlightLife {
  const find = <Kind extends FlightEvent["kind"]>(kind: Kind) =>
    records.find((record): record is RecordOf<Kind> => record.kind === kind);
  const begin = find("begin");
  const end = find("end");
  const ending = find("ending");
  return {
    id,
    fromMs: begin?.beganWallMs ?? (records[0] as FlightRecord).atMs,
    toMs: (records.at(-1) as FlightRecord).atMs,
    ...(begin === undefined ? {} : { begin }),
    records,
    ...(end === undefined ? {} : { end }),
    ...(ending === undefined ? {} : { ending }),
    states: statesAt(records, ending),
  };
}

function statesAt(
  records: readonly FlightRecord[],
  until: FlightRecord | undefined,
): Map<string, RecordOf<"state">> {
  const states = new Map<string, RecordOf<"state">>();
  let isOver = false;
  for (const record of records) {
    if (record === until) isOver = true;
    if (record.kind !== "state") continue;
    // The failure that led to the end is recorded after it; what is stopped then was running.
    if (!isOver || record.to === "failed") states.set(record.service, record);
  }
  return states;
}

/** A line that is kept of a service's output, with the time at which it was recorded. */
export interface FormerLine {
  readonly service: string;
  readonly wallMs: number;
  /** 0 where that is not known. */
  readonly pid: number;
  readonly text: string;
}

/** Returns what services had written before they failed, or before the end. */
export function outputOf({ records }: FlightLife): FormerLine[] {
  return records.flatMap((record) => {
    if (record.kind !== "exit" && record.kind !== "output") return [];
    const { service, atMs: wallMs, lines = [] } = record;
    const pid = record.kind === "exit" ? record.pid ?? 0 : 0;
    return lines.map((text) => ({ service, wallMs, pid, text }));
  });
}

/**
 * Why a life broke off of which nobody has written the end: what speaks for which cause, the
 * plainest first.
 */
export function guessBreakOff({ ending, records, toMs }: FlightLife): string {
  if (ending !== undefined) {
    const seconds = Math.max(0, (toMs - ending.atMs) / 1000).toFixed(1);
    return `it was about to end and had not come to it after ${seconds} s: whoever stopped the ` +
      "container gave it no more time and killed it; let shutdown_timeout be less than that time";
  }
  const memory = records.findLast((record) =>
    record.kind === "exit" && record.usedBytes !== undefined
  ) as RecordOf<"exit"> | undefined;
  const { usedBytes = 0, limitBytes = Infinity } = memory ?? {};
  if (usedBytes >= limitBytes * NEARLY_FULL) {
    return "process 1 was killed; the memory of the container was nearly used up " +
      "shortly before, so the kernel may have killed all of it";
  }
  return "process 1 was killed (`docker kill`, a grace period that was over, the memory of the " +
    "container or of the machine), or the machine stopped";
}

const NEARLY_FULL = 0.9;
