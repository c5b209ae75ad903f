/**
 * What the container shows of itself: one value from which metrics, JSON and the page are made. It
 * holds no command line and no variable of a service, since these carry secrets.
 */
import type { ServiceType } from "../config/model.ts";
import type { Prerequisite } from "../service/family.ts";
import type { Phase } from "../service/life/phase.ts";
import type { Readiness } from "../service/container_readiness.ts";
import type { RunHistory } from "../service/schedule/run_history.ts";
import type { ContainerPhase } from "../service/container_phase.ts";
import type { StateWord } from "../service/texts/state_word.ts";

/** What processes use. */
export interface Usage {
  readonly processes: number;
  /** Processor time since the service was loaded. */
  readonly cpuSeconds: number;
  /** Resident memory; pages that processes share count for each. */
  readonly memoryBytes: number;
}

/** How often a service has ended in one way: `0`, `1`, `SIGKILL`. */
export interface ExitCount {
  readonly exit: string;
  readonly count: number;
}

/** The schedule of a service. */
export interface CronReport {
  /** The interval as it is shown to people. */
  readonly interval: string;
  /** Wall clock; absent where nothing is due any more. */
  readonly nextWallMs?: number;
  /** How many runs are under way. */
  readonly running: number;
  readonly history: RunHistory;
}

/** A service. */
export interface ServiceReport {
  /** With the suffix `.service`, or CONSOLE. */
  readonly name: string;
  readonly type: ServiceType;
  readonly enabled: boolean;
  readonly phase: Phase["kind"];
  /** The word of `telchap status`. */
  readonly state: StateWord;
  /** The word of `telchap status --classic`. */
  readonly status: string;
  /** Why it is not ready; absent where it is, or where it is disabled. */
  readonly unready?: string;
  readonly health?: "healthy" | "unhealthy";
  /** What it says about itself, or why it failed. */
  readonly note?: string;
  readonly pid?: number;
  /** How long it has been up; absent where it is not. */
  readonly upMs?: number;
  readonly restarts: number;
  readonly lastExit?: string;
  readonly exits: readonly ExitCount[];
  readonly usage?: Usage;
  readonly lines: { readonly stdout: number; readonly stderr: number };
  readonly prerequisites: readonly Prerequisite[];
  /** Those of its prerequisites that keep it from starting now. */
  readonly waitsFor: readonly string[];
  readonly cron?: CronReport;
}

/** A destination of log records. */
export interface SinkReport {
  readonly name: string;
  readonly dropped: number;
  readonly failing: boolean;
}

/** What has come of an alert section since chaperone began. */
export interface AlertReport {
  /** With the suffix `.alert`. */
  readonly name: string;
  /** Messages. */
  readonly sent: number;
  readonly waiting: number;
  /** Attempts that failed. */
  readonly failed: number;
  /** Messages that were given up. */
  readonly dropped: number;
  /** Events that no message was sent for: told lately, or too many at once. */
  readonly suppressed: number;
}

/** The container as a whole. */
export interface ContainerReport {
  readonly version: string;
  readonly hostname: string;
  readonly phase: ContainerPhase;
  readonly readiness: Readiness;
  /** Wall clock. */
  readonly nowWallMs: number;
  readonly startedWallMs: number;
  readonly uptimeMs: number;
  /** In configuration order. */
  readonly services: readonly ServiceReport[];
  readonly sinks: readonly SinkReport[];
  readonly alerts: readonly AlertReport[];
  readonly records: {
    readonly received: number;
    readonly malformed: number;
    readonly suppressed: number;
  };
  /** What chaperone itself uses. */
  readonly own?: Usage;
}

/** A line of a service's recent output. */
export interface LogLine {
  readonly service: string;
  /** Wall clock. */
  readonly wallMs: number;
  readonly stream: "stdout" | "stderr" | "chaperone";
  readonly text: string;
}
