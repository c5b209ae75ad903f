/**
 * Watches services for alert sections and has told what they want told. One timer serves all
 * sections, and none is set while there is nothing to tell.
 */
import { describeExit } from "../../base/exit_status.ts";
import type { AlertConfig } from "../../config/alert_model.ts";
import type { AlertOs } from "../../door/alert_os.ts";
import type { Os } from "../../door/os.ts";
import type { AlertReport } from "../../page/report.ts";
import {
  AlertGroup,
  type AlertNews,
  type GroupHandover,
} from "../../service/alerts/alert_group.ts";
import { type AlertMessage, formatAlert } from "../../service/alerts/alert_message.ts";
import { judgeCopies, judgeService, type Verdict } from "../../service/alerts/degraded.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import type { Phase } from "../../service/life/phase.ts";
import { matchesExit } from "../../service/life/restart_policy.ts";
import { describeOverdue } from "../../service/life/stopping.ts";
import { selectServices, UnknownServiceError } from "../../service/select_services.ts";
import type { Journal } from "../logging/journal.ts";
import type { Supervisor } from "../services/supervisor.ts";
import { UntoldExits } from "../services/untold_exits.ts";
import { AlertSender } from "./alert_sender.ts";

export interface AlertsParts {
  readonly os: Pick<Os, "nowMs" | "wallMs" | "setTimer">;
  readonly door: AlertOs;
  readonly journal: Journal;
  readonly supervisor: Supervisor;
  readonly host: string;
  /** The last lines that a process wrote. */
  readonly lastLines: (service: string, pid: number | undefined) => readonly string[];
  /** What of the sandbox of a service is not in force, in words; undefined: nothing. */
  readonly lacking: (service: string) => string | undefined;
}

/** What another incarnation takes over, by section. */
export interface AlertsHandover {
  readonly groups: readonly (readonly [string, GroupHandover])[];
  readonly waiting: readonly (readonly [string, readonly AlertMessage[]])[];
  readonly counts?: readonly AlertReport[];
}

/** How it stands with a section. */
export interface AlertStatus extends AlertReport {
  readonly enabled: boolean;
}

interface Section {
  readonly group: AlertGroup;
  readonly sender: AlertSender;
}

const RESTARTS_REMEMBERED = 1000;

export class Alerts {
  readonly #parts: AlertsParts;
  #sections = new Map<string, Section>();
  readonly #untold: UntoldExits;
  readonly #restarts = new Map<string, number[]>();
  /** Services that are up again, and are reported as recovered if they stay so. */
  readonly #mending = new Map<string, () => void>();
  /** What is missing of services and sections that are degraded. */
  readonly #degraded = new Map<string, string>();
  #cancelTimer = () => {};
  #endingMs: number | undefined;

  constructor(configs: readonly AlertConfig[], parts: AlertsParts) {
    this.#parts = parts;
    this.configure(configs);
    const { supervisor } = parts;
    this.#untold = new UntoldExits(supervisor);
    supervisor.observe((name, before, after) => this.#changed(name, before, after));
    supervisor.observeHealth((name) => this.#healthChanged(name));
  }

  /** Puts other sections in force; those of the same name go on. */
  configure(configs: readonly AlertConfig[]): void {
    const former = this.#sections;
    this.#sections = new Map(configs.map((config) => {
      const known = former.get(config.name) ?? this.#create(config);
      known.group.config = config;
      known.sender.config = config;
      return [config.name, known];
    }));
    this.#setTimer();
  }

  /** How it stands with each section. */
  get status(): AlertStatus[] {
    return [...this.#sections].map(([name, { group, sender }]) => ({
      name,
      enabled: group.config.enabled,
      sent: sender.sent,
      failed: sender.failed,
      waiting: sender.waiting.length,
      dropped: sender.dropped,
      suppressed: group.suppressed,
    }));
  }

  /** Sends a message by a section at once. Rejects with an error that says why it was not taken. */
  async test(name: string): Promise<void> {
    const section = this.#sections.get(name);
    if (section === undefined) throw new RangeError(`no such alert: ${name}`);
    const text = "this is a test, asked for by telchap alert test";
    const news = { event: "test", wallMs: this.#parts.os.wallMs(), text, count: 1 } as const;
    await section.sender.try(this.#message(section.group, [news]));
  }

  ready(): void {
    this.#tell({ event: "ready", ...this.#now(), text: "all services have been started" });
  }

  /** The container begins to end: that is reported at once, with what waits. */
  ending({ exitCode, reason }: ShutdownCause): void {
    this.#endingMs = this.#parts.os.nowMs();
    for (const cancel of this.#mending.values()) cancel();
    this.#mending.clear();
    this.#tell({ event: "ended", ...this.#now(), text: `exit ${exitCode}: ${reason}` });
    this.#flush();
  }

  /** Settles when everything is sent, or `budgetMs` after the end began. */
  async end(budgetMs: number): Promise<void> {
    const { os } = this.#parts;
    this.#cancelTimer();
    this.#flush();
    const leftMs = budgetMs - (os.nowMs() - (this.#endingMs ?? os.nowMs()));
    let cancel = () => {};
    const isOver = new Promise<void>((resolve) => {
      cancel = os.setTimer(Math.min(LAST_WAIT_MS, Math.max(leftMs, LEAST_WAIT_MS)), resolve);
    });
    const all = [...this.#sections.values()].map(({ sender }) => sender.end());
    await Promise.race([Promise.all(all), isOver]);
    cancel();
  }

  handOver(): AlertsHandover {
    return {
      groups: [...this.#sections].map(([name, { group }]) => [name, group.handOver()] as const),
      waiting: [...this.#sections].map(([name, { sender }]) => [name, sender.waiting] as const),
      counts: this.status,
    };
  }

  /** The supervisor has taken over before. */
  takeOver({ groups, waiting, counts = [] }: AlertsHandover): void {
    const { supervisor } = this.#parts;
    for (const { name, sent, failed, dropped, suppressed } of counts) {
      const section = this.#sections.get(name);
      if (section === undefined) continue;
      Object.assign(section.sender, { sent, failed, dropped });
      section.group.suppressed = suppressed;
    }
    for (const [name, left] of groups) this.#sections.get(name)?.group.takeOver(left);
    this.#untold.skip();
    for (const name of supervisor.names()) {
      if (supervisor.state(name).phase.kind === "up") this.#mends(name);
      this.#judge(name);
    }
    for (const [name, messages] of waiting) {
      for (const message of messages) this.#sections.get(name)?.sender.send(message);
    }
    this.#setTimer();
  }

  #create(config: AlertConfig): Section {
    const { os, door, journal } = this.#parts;
    const failed = (problem: string, isOver: boolean) => {
      const what = isOver ? "a message is given up" : "a message waits and is tried again";
      journal.write({ level: "warn", text: `${config.name}: ${what}: ${problem}` });
    };
    return { group: new AlertGroup(config), sender: new AlertSender(config, { os, door, failed }) };
  }

  // What happens.

  #changed(name: string, before: Phase, after: Phase): void {
    this.#noteExit(name, before);
    const overdue = describeOverdue(before, after, this.#parts.os.nowMs());
    if (overdue !== undefined) this.#tellOf(name, "stop_overdue", overdue);
    if (after.kind === "failed" && !this.#isPassedOver(name, after) && after.inherited !== true) {
      const { text, givenUp } = after.failure;
      this.#tellOf(name, givenUp === undefined ? "failed" : "gave_up", text);
    }
    if (after.kind === "backoff" && before.kind !== "backoff") this.#noteRestart(name);
    if (after.kind === "up" && before.kind !== "up") this.#mends(name);
    if (after.kind !== "up") this.#stopMending(name);
    this.#judge(name);
  }

  /** With `on_give_up: ignore` the others go on, and yet it matters that it was given up. */
  #isPassedOver(name: string, { failure }: Extract<Phase, { kind: "failed" }>): boolean {
    const { ignoreFailures } = this.#parts.supervisor.config(name);
    return failure.ignored && (failure.givenUp === undefined || ignoreFailures);
  }

  /** Tells what has become degraded with the change of a service; what is whole again mends. */
  #judge(name: string): void {
    for (const { service, of, why } of this.#verdictsOn(name)) {
      if (why === undefined) {
        if (this.#degraded.delete(service)) this.#mends(service);
        continue;
      }
      if (service !== of) this.#stopMending(service);
      if (this.#degraded.get(service) === why) continue;
      this.#degraded.set(service, why);
      this.#tell({ ...this.#newsOf(of, "degraded", why), service }, of);
    }
  }

  #verdictsOn(name: string): Verdict[] {
    const { supervisor, lacking } = this.#parts;
    const copyOf = (each: string) => ({ name: each, state: supervisor.state(each) });
    const own = judgeService(copyOf(name), lacking(name));
    const { section, type } = supervisor.config(name);
    if (section === undefined || type === "cron") return own === undefined ? [] : [own];
    const names = [...supervisor.names()].filter((each) =>
      supervisor.config(each).section === section
    );
    const together = judgeCopies(section, names.map(copyOf));
    return [own, together].filter((verdict) => verdict !== undefined);
  }

  #noteExit(name: string, before: Phase): void {
    const status = this.#untold.take(name);
    if (status === undefined) return;
    if (status.kind === "signaled" && status.outOfMemory) {
      this.#tellOf(name, "oom", describeExit(status));
    }
    const { type, success } = this.#parts.supervisor.config(name);
    if (type !== "cron" || before.kind !== "armed") return;
    if (matchesExit(status, success)) this.#recovered(name);
    else this.#tellOf(name, "job_failed", describeExit(status));
  }

  #noteRestart(name: string): void {
    const nowMs = this.#parts.os.nowMs();
    const times = [...this.#restarts.get(name) ?? [], nowMs].slice(-RESTARTS_REMEMBERED);
    this.#restarts.set(name, times);
    for (const section of this.#sections.values()) {
      const rule = section.group.config.restarts.find(({ moreThan, withinMs }) =>
        times.filter((atMs) => nowMs - atMs <= withinMs).length > moreThan
      );
      if (rule === undefined) continue;
      const text = `was started again more than ${rule.moreThan} times in ${
        rule.withinMs / 1000
      } s`;
      this.#tellBy(section, this.#newsOf(name, "restarts", text));
    }
    this.#setTimer();
  }

  #healthChanged(name: string): void {
    const { health, healthSeen } = this.#parts.supervisor.state(name);
    if (health === "unhealthy") this.#tellOf(name, "unhealthy", healthSeen ?? "its probe fails");
    if (health === "healthy") this.#mends(name);
    this.#judge(name);
  }

  /** It is well; whether it stays so is seen later. */
  #mends(name: string): void {
    if (this.#mending.has(name) || this.#endingMs !== undefined) return;
    const waits = [...this.#sections.values()]
      .filter(({ group }) => group.openOf(name).length > 0)
      .map(({ group }) => group.config.groupWaitMs);
    if (waits.length === 0) return;
    const cancel = this.#parts.os.setTimer(Math.max(...waits), () => {
      this.#mending.delete(name);
      if (!this.#isUnhealthy(name)) this.#recovered(name);
    });
    this.#mending.set(name, cancel);
  }

  /** A section of several services has no health of its own. */
  #isUnhealthy(name: string): boolean {
    const { supervisor } = this.#parts;
    return [...supervisor.names()].includes(name) && supervisor.state(name).health === "unhealthy";
  }

  #stopMending(name: string): void {
    this.#mending.get(name)?.();
    this.#mending.delete(name);
  }

  #recovered(name: string): void {
    const { os } = this.#parts;
    this.#restarts.delete(name);
    const news: AlertNews = {
      event: "recovered",
      service: name,
      ...this.#now(),
      text: "is well again",
    };
    const stays = this.#degraded.has(name) ? "degraded" : undefined;
    for (const { group } of this.#sections.values()) group.recovered(news, os.nowMs(), stays);
    this.#setTimer();
  }

  #newsOf(name: string, event: AlertNews["event"], text: string): AlertNews {
    const { supervisor, lastLines } = this.#parts;
    const lines = lastLines(name, supervisor.state(name).lastPid);
    return { event, service: name, ...this.#now(), text, ...(lines.length === 0 ? {} : { lines }) };
  }

  #tellOf(name: string, event: AlertNews["event"], text: string): void {
    this.#tell(this.#newsOf(name, event, text));
  }

  /** `of`: a service that the news are about, where their name is that of several. */
  #tell(news: AlertNews, of = news.service): void {
    for (const section of this.#sections.values()) this.#tellBy(section, news, of);
    this.#setTimer();
  }

  #tellBy({ group }: Section, news: AlertNews, of = news.service): void {
    const { os } = this.#parts;
    if (!group.tells(news)) return;
    if (of !== undefined && !this.#concerns(group.config, of)) return;
    group.add(news, os.nowMs());
  }

  #concerns({ services }: AlertConfig, name: string): boolean {
    if (services.includes("*")) return true;
    const known = [this.#parts.supervisor.config(name)];
    return services.some((word) => {
      try {
        return selectServices([word], known).length > 0;
      } catch (error) {
        if (error instanceof UnknownServiceError) return false;
        throw error;
      }
    });
  }

  #now() {
    return { wallMs: this.#parts.os.wallMs() };
  }

  // What is sent.

  #setTimer(): void {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    const { os } = this.#parts;
    const nowMs = os.nowMs();
    const dues = [...this.#sections.values()].map(({ group }) => group.dueMs(nowMs) ?? Infinity);
    const dueMs = Math.min(...dues, Infinity);
    if (dueMs === Infinity) return;
    this.#cancelTimer = os.setTimer(Math.max(0, dueMs - nowMs), () => {
      this.#sendDue();
      this.#setTimer();
    });
  }

  #sendDue(): void {
    const nowMs = this.#parts.os.nowMs();
    for (const section of this.#sections.values()) {
      if ((section.group.dueMs(nowMs) ?? Infinity) <= nowMs) this.#send(section);
    }
  }

  #flush(): void {
    for (const section of this.#sections.values()) this.#send(section);
  }

  #send({ group, sender }: Section): void {
    const news = group.take(this.#parts.os.nowMs());
    if (news.length > 0) sender.send(this.#message(group, news));
  }

  #message({ config }: AlertGroup, news: Parameters<typeof formatAlert>[0]["news"]): AlertMessage {
    const alert = config.name.replace(/\.alert$/, "");
    const { host } = this.#parts;
    return formatAlert({ alert, host, ...this.#now(), news }, config);
  }
}

/** How long the container's end waits for messages, whatever is left of the time to stop in. */
const LEAST_WAIT_MS = 500;
const LAST_WAIT_MS = 5000;
