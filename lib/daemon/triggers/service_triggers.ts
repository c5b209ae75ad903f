/**
 * Everything that starts processes by time or by connection: schedules, ports, sockets. Follows the
 * phases of the supervisor, and closes what a service has left.
 */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { JobEndCause } from "../../service/life/job.ts";
import { isGone, ownPids, type Phase } from "../../service/life/phase.ts";
import type { CronPlan } from "../../service/schedule/cron_run.ts";
import type { RunHistory } from "../../service/schedule/run_history.ts";
import type { DueHandover } from "./due_keeper.ts";
import type { ScheduleBook } from "./schedule_book.ts";
import { CronScheduler } from "./cron_scheduler.ts";
import { IdleWatch } from "./idle_watch.ts";
import { type InetdHandover, InetdServer } from "./inetd_server.ts";
import { JobBook, type JobBookParts, type PageHandover } from "./job_book.ts";
import type { Journal } from "../logging/journal.ts";
import type { Os } from "../../door/os.ts";
import { type ActivationHandover, SocketActivation } from "./socket_activation.ts";
import type { Supervisor } from "../services/supervisor.ts";
import type { Inheritance, JobStart, Triggers } from "../services/triggers.ts";

export interface ServiceTriggersParts {
  readonly os: Os;
  readonly journal: Journal;
  /**
   * Where it is remembered beyond the container's end which jobs have been started; absent or
   * undefined where nothing is.
   */
  readonly book?: () => Promise<ScheduleBook | undefined>;
  /** Where runs are kept beyond its end, as `JobBookParts` says. */
  readonly runFile?: JobBookParts["file"];
}

/** Schedules, jobs and sockets as another incarnation takes them over. */
export interface TriggersHandover {
  readonly plans: readonly (readonly [string, CronPlan])[];
  readonly dues?: DueHandover;
  readonly jobs: readonly PageHandover[];
  readonly inetd: readonly InetdHandover[];
  readonly activation: readonly ActivationHandover[];
}

export class ServiceTriggers implements Triggers {
  readonly #cron: CronScheduler;
  readonly #inetd: InetdServer;
  readonly #sockets: SocketActivation;
  readonly #jobs: JobBook;
  readonly #idle: IdleWatch;
  #supervisor!: Supervisor;

  constructor({ os, journal, book = nowhere, runFile = nowhere }: ServiceTriggersParts) {
    this.#jobs = new JobBook({
      os,
      journal,
      config: (name) => this.#supervisor.config(name),
      file: runFile,
      runFor: (name, argv, variables, failed) => {
        this.#supervisor.processes.runFor(name, argv, { failed, exited: () => {} }, { variables });
      },
    });
    this.#cron = new CronScheduler({
      os,
      due: (name, { dueWallMs: wallMs, delayMs, isLast, isCaughtUp }) => {
        const due = isCaughtUp ? { wallMs, isCaughtUp } : { wallMs };
        this.#supervisor.dispatch(name, { kind: "due", delayMs, isLast, due });
      },
      missed: (name, count) => this.#jobs.missed(name, count),
      book,
      isBusy: (name) => hasJob(this.#supervisor.state(name).phase),
      warn: (service, text) =>
        journal.write({ level: "warn", text: `${service}: ${text}`, facility: "cron", service }),
    });
    this.#inetd = new InetdServer({
      os,
      journal,
      launchOn: (...args) => this.#supervisor.processes.launchOn(...args),
      argv: (name) => this.#supervisor.processes.argv(name),
    });
    this.#sockets = new SocketActivation({ os, journal });
    this.#idle = new IdleWatch({
      os,
      journal,
      config: (name) => this.#supervisor.config(name),
      idle: (name) => {
        const strays = this.#supervisor.processes.straysOf(name);
        this.#supervisor.dispatch(name, { kind: "idle", strays });
      },
    });
  }

  /** Begins to follow a supervisor, which in turn needs this object at its birth. */
  use(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
    supervisor.observe((name, before, after) => this.#changed(name, before, after));
  }

  arm(config: ServiceConfig): void {
    const { name, type, cron } = config;
    if (type === "cron") {
      if (cron) this.#cron.add(config, cron);
      void this.#jobs.recall(name);
      return;
    }
    if (type === "inetd") return this.#inetd.open(config);
    this.#sockets.watch(config, () => this.#supervisor.dispatch(name, { kind: "demanded" }));
  }

  inheritance(config: ServiceConfig): Inheritance | undefined {
    const { listen, type } = config;
    if (listen.length === 0 || type === "inetd" || type === "cron") return undefined;
    return this.#sockets.inheritance(config);
  }

  jobStarted(name: string, job: JobStart): void {
    this.#jobs.started(name, job);
  }

  jobEnded(name: string, pid: number, exit: ExitStatus, cause: JobEndCause | undefined): void {
    this.#jobs.ended(name, pid, exit, cause);
  }

  jobSkipped(name: string): void {
    this.#jobs.skipped(name);
  }

  connectionEnded(name: string): void {
    this.#inetd.connectionEnded(name);
  }

  /** What another incarnation needs to go on. */
  handOver(): TriggersHandover {
    return {
      plans: this.#cron.plans,
      dues: this.#cron.handOverDues(),
      jobs: this.#jobs.handOver(),
      inetd: this.#inetd.handOver(),
      activation: this.#sockets.handOver(),
    };
  }

  /**
   * Goes on where another incarnation has stopped. The supervisor has taken over before.
   */
  takeOver({ plans, jobs, inetd, activation, dues }: TriggersHandover): void {
    const supervisor = this.#supervisor;
    this.#jobs.takeOver(jobs);
    for (const left of inetd) this.#inetd.takeOver(supervisor.config(left.name), left);
    for (const left of activation) this.#sockets.takeOver(supervisor.config(left.name), left);
    for (const [name, plan] of plans) {
      const config = supervisor.config(name);
      if (config.cron) this.#cron.add(config, config.cron, plan);
    }
    if (dues !== undefined) this.#cron.takeOverDues(dues);
    for (const { name } of activation) {
      this.#idle.changed(name, supervisor.state(name).phase);
      if (supervisor.state(name).phase.kind === "armed") this.arm(supervisor.config(name));
    }
  }

  /** The last runs of a cron service, and its totals. */
  history(name: string): RunHistory {
    return this.#jobs.history(name);
  }

  /** When a cron service is due next, by the wall clock. */
  nextDueMs(name: string): number | undefined {
    return this.#cron.describe(name)?.dueWallMs;
  }

  /** The note of `telchap status` about what a service waits for; undefined where it has none. */
  note(name: string): string | undefined {
    const { cron } = this.#supervisor.config(name);
    const times = this.#cron.describe(name)?.interval ?? cron?.onceAt ?? cron?.interval;
    if (times === undefined) return this.#inetd.note(name);
    const { phase } = this.#supervisor.state(name);
    const running = phase.kind === "armed" ? ownPids(phase).length : 0;
    return running > 1 ? `${times}, ${running} runs at once` : times;
  }

  /** The container begins to end: nothing is started any more, connections are dropped. */
  end(): void {
    this.#idle.close();
    this.#cron.close();
    this.#inetd.end();
    this.#sockets.end();
  }

  /** Closes what is still open. */
  close(): void {
    this.#cron.close();
    this.#inetd.closeAll();
    this.#sockets.closeAll();
  }

  #changed(name: string, before: Phase, after: Phase): void {
    if (before.kind === "armed" && after.kind !== "armed") {
      this.#cron.remove(name);
      this.#inetd.close(name);
      this.#sockets.ignore(name);
    }
    if (isGone(after)) this.#sockets.close(name);
    if (after.kind === "up" || before.kind === "up") this.#idle.changed(name, after);
    if (after.kind === "armed" && !hasJob(after)) this.#cron.rested(name);
  }
}

function nowhere(): Promise<undefined> {
  return Promise.resolve(undefined);
}

function hasJob(phase: Phase): boolean {
  return phase.kind === "armed" && (phase.job !== undefined || phase.isQueued === true);
}
