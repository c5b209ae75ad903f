/** What processes use, as the system tells it and the daemon adds it up. */

/** A process and what it uses. */
export interface ProcessRecord {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it was started, in the kernel's unit. */
  readonly startedTicks: number;
  readonly cpuSeconds: number;
  /** The time of children that it has waited for, and of theirs. */
  readonly waitedSeconds: number;
  /** Resident memory. */
  readonly memoryBytes: number;
}

/** What a process uses at the moment. */
export interface ProcessUsage {
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly command: string;
}
