/**
 * What each service uses of processor and memory: whose a process is, and sums that only grow
 * although processes come and go.
 *
 * Whose a process is, membership.ts knows. Processor time of a process that nobody
 * waited for is lost from the moment of the last look before its end on.
 */
import type { ProcessRecord } from "../../door/process_record.ts";
import type { Usage } from "../../page/report.ts";

export interface UsageMeterParts {
  readonly ownPid: number;
  /** Reads all processes in reach. */
  readonly table: () => readonly ProcessRecord[];
  /** Returns the services of processes, of which parents come first. */
  readonly ownersOf: (processes: readonly ProcessRecord[]) => ReadonlyMap<number, string>;
  readonly services: { names(): Iterable<string> };
  readonly nowMs: () => number;
}

export interface Usages {
  /** chaperone itself; absent where /proc is hidden. */
  readonly own?: Usage;
  readonly services: ReadonlyMap<string, Usage>;
}

/** However many ask, the table is not read more often than this. */
const FRESH_MS = 1000;

interface Counter {
  totalSeconds: number;
  lastSeconds: number;
}

/** Measures on demand; costs nothing while nobody asks. */
export class UsageMeter {
  readonly #parts: UsageMeterParts;
  readonly #counters = new Map<string, Counter>();
  #last: { readonly atMs: number; readonly usages: Usages } | undefined;

  constructor(parts: UsageMeterParts) {
    this.#parts = parts;
  }

  /** Returns what is used, at most a second old. */
  read(): Usages {
    const nowMs = this.#parts.nowMs();
    if (this.#last === undefined || nowMs - this.#last.atMs >= FRESH_MS) {
      this.#last = { atMs: nowMs, usages: this.#measure() };
    }
    return this.#last.usages;
  }

  #measure(): Usages {
    const table = this.#parts.table();
    const owners = this.#ownersOf(table);
    const byService = new Map<string, ProcessRecord[]>();
    for (const record of table) {
      const owner = owners.get(record.pid);
      if (owner === undefined) continue;
      const records = byService.get(owner);
      if (records === undefined) byService.set(owner, [record]);
      else records.push(record);
    }
    const services = new Map<string, Usage>();
    for (const name of this.#parts.services.names()) {
      services.set(name, this.#sum(name, byService.get(name) ?? []));
    }
    const own = table.find((record) => record.pid === this.#parts.ownPid);
    if (own === undefined) return { services };
    // What chaperone has waited for belongs to the services.
    const { cpuSeconds, memoryBytes } = own;
    return { own: { processes: 1, cpuSeconds, memoryBytes }, services };
  }

  #sum(name: string, records: readonly ProcessRecord[]): Usage {
    const cpuSeconds = records.reduce(
      (sum, record) => sum + record.cpuSeconds + record.waitedSeconds,
      0,
    );
    const counter = this.#counters.get(name) ?? { totalSeconds: 0, lastSeconds: 0 };
    this.#counters.set(name, counter);
    counter.totalSeconds += Math.max(0, cpuSeconds - counter.lastSeconds);
    counter.lastSeconds = cpuSeconds;
    return {
      processes: records.length,
      cpuSeconds: counter.totalSeconds,
      memoryBytes: records.reduce((sum, record) => sum + record.memoryBytes, 0),
    };
  }

  /** Which service each process belongs to that is below chaperone; others are left out. */
  #ownersOf(table: readonly ProcessRecord[]): ReadonlyMap<number, string> {
    const { ownPid, ownersOf } = this.#parts;
    const byPid = new Map(table.map((record) => [record.pid, record]));
    const depths = new Map(table.map((record) => [record, depthOf(record, byPid, ownPid)]));
    const depth = (record: ProcessRecord) => depths.get(record) ?? 0;
    const below = table.filter((record) => depth(record) > 0);
    return ownersOf(below.sort((a, b) => depth(a) - depth(b)));
  }
}

/** How far a process is below chaperone; 0 where it is not. */
function depthOf(
  record: ProcessRecord,
  byPid: ReadonlyMap<number, ProcessRecord>,
  ownPid: number,
): number {
  let depth = 0;
  let at: ProcessRecord | undefined = record;
  // A table that changes while it is read could show a circle.
  while (at !== undefined && at.pid !== ownPid && depth < byPid.size) {
    depth++;
    at = byPid.get(at.parent);
  }
  return at?.pid === ownPid ? depth : 0;
}
