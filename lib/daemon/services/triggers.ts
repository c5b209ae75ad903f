/** What the supervisor needs of whoever starts processes by time or by connection. */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { DueMoment, JobEndCause } from "../../service/life/job.ts";
import type { RunHistory } from "../../service/schedule/run_history.ts";
import type { SpawnRequest } from "../../door/os.ts";

/** What a process gets besides what its configuration says. */
export interface Inheritance {
  readonly request: Pick<SpawnRequest, "descriptors" | "setsListenPid">;
  readonly variables: Readonly<Record<string, string>>;
}

/** The process of a job that has been started. */
export interface JobStart {
  readonly serial: number;
  readonly pid: number;
  /** Somebody asked for it; the schedule did not. */
  readonly isAsked: boolean;
  /** The moment of the schedule that it is for. */
  readonly due?: DueMoment;
}

/** Schedules, ports and sockets of services. */
export interface Triggers {
  /**
   * Sets up the schedule of a service, or opens its sockets and begins to watch them.
   * @throws {SystemError} @throws {ScheduleError}
   */
  arm(config: ServiceConfig): void;
  /** Opens, where that has not been done, the sockets a process inherits. @throws {SystemError} */
  inheritance(config: ServiceConfig): Inheritance | undefined;
  jobStarted(name: string, job: JobStart): void;
  /** Told after the service has dealt with it; `cause` says why it was told to end, if it was. */
  jobEnded(name: string, pid: number, status: ExitStatus, cause: JobEndCause | undefined): void;
  jobSkipped(name: string): void;
  /**
   * A process that serves a connection, taken over from another incarnation, has ended.
   */
  connectionEnded(name: string): void;
}

/** What is known of services that time or connections start. */
export interface ScheduleView {
  /** The last runs of a cron service, and its totals. */
  history(name: string): RunHistory;
  /** When a cron service is due next, by the wall clock. */
  nextDueMs(name: string): number | undefined;
  /** The interval or the port, where a service has one. */
  note(name: string): string | undefined;
}
