/** Carries out what lib/service asks for. Decides nothing; what fails becomes an event. */
import { SIGNAL } from "../../base/signals.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Effect, Event } from "../../service/life/event.ts";
import type { ExternalWatch } from "./external_watch.ts";
import type { JournalLevel } from "../logging/journal.ts";
import { describeLaunchProblem } from "./launch_request.ts";
import { Hooks } from "./hooks.ts";
import type { Launcher } from "./launcher.ts";
import type { Os } from "../../door/os.ts";
import type { Ownership } from "./ownership.ts";
import { NO_SUCH_PROCESS } from "./claims.ts";
import type { ProcessTable } from "./process_table.ts";
import type { ServiceEntry } from "./service_entry.ts";
import type { SupervisorListener } from "./supervisor_parts.ts";
import type { Triggers } from "./triggers.ts";

export interface EffectsParts {
  readonly os: Os;
  readonly externals: ExternalWatch;
  readonly ownership: Ownership;
  readonly listener: SupervisorListener;
  readonly processes: ProcessTable;
  readonly launcher: Launcher;
  readonly triggers?: () => Triggers | undefined;
  readonly killGroup?: (service: string) => void;
  log(entry: ServiceEntry, level: JournalLevel, text: string): void;
  /** Tells a service something that happens later. */
  dispatch(name: string, event: Event): void;
  /** Has the service take an event before all else that is queued: none can meet it mid-launch. */
  answer(entry: ServiceEntry, event: Event): void;
}

/** What a pid file holds, or why it cannot be read. */
interface PidfileText {
  readonly text?: string | undefined;
  readonly unreadable?: string;
}

export class Effects {
  readonly #parts: EffectsParts;
  readonly #hooks: Hooks;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
    this.#hooks = new Hooks(parts);
  }

  /** Carries out one effect; where it has an answer, that is the next event of the service. */
  perform(entry: ServiceEntry, effect: Effect): void {
    const { listener, externals, ownership, processes, launcher, triggers, log, answer } =
      this.#parts;
    const { name } = entry.config;
    switch (effect.kind) {
      case "log":
        return log(entry, effect.level, effect.text);
      case "launch":
        return answer(entry, launcher.launch(entry));
      case "arm":
        return answer(entry, this.#tryArm(entry));
      case "job-skipped":
        return triggers?.()?.jobSkipped(name);
      case "signal":
        processes.signal(entry, effect.pid, effect.signal);
        // The process first: its end is then known to be one that chaperone has brought about.
        if (effect.signal === SIGNAL.SIGKILL) this.#parts.killGroup?.(name);
        return;
      case "run-stop-command":
        return this.#runStopCommand(entry);
      case "run-hook": {
        const event = this.#hooks.run(entry, effect.hook);
        return event === undefined ? undefined : answer(entry, event);
      }
      case "signal-hook":
        return void processes.signalHelper(entry, effect.pid, effect.signal);
      case "read-pidfile":
        return answer(entry, this.#readPidfile(entry, effect.isLast));
      case "remove-pidfile":
        return this.#removePidfile(entry);
      case "attach":
        return processes.attach(entry, effect.pid);
      case "watch-external":
        return this.#watchExternal(entry);
      case "unwatch-external":
        ownership.cancel(name);
        return externals.unwatch(name);
      case "start-failed":
        return listener.startFailed(name, effect.failure);
      case "kill-system":
        return listener.killSystem(effect.exitCode, effect.reason, name);
      case "gave-up":
        return listener.gaveUp(name, effect.failure);
      case "stopped":
        return listener.stopped(name, effect.tookMs, effect.killed);
      default:
        return effect satisfies never;
    }
  }

  /** Begins anew what a service that was taken over waits for outside. */
  goOn(entry: ServiceEntry): void {
    const { phase } = entry.state;
    if (phase.kind === "waiting" && phase.awaiting === "external") this.#watchExternal(entry);
  }

  /** What is awaited may be the disk that is then given away. */
  #watchExternal({ config }: ServiceEntry): void {
    const { externals, ownership, dispatch } = this.#parts;
    const failed = (text: string) => dispatch(config.name, { kind: "external-failed", text });
    const ready = () =>
      ownership.prepare(config, (failure) => {
        if (failure === undefined) dispatch(config.name, { kind: "external-ready" });
        else failed(`${config.name}: ${failure}`);
      });
    externals.watch(config, ready, failed);
  }

  #tryArm(entry: ServiceEntry): Event {
    try {
      this.#parts.triggers?.()?.arm(entry.config);
      return { kind: "armed" };
    } catch (error) {
      return { kind: "arm-failed", ...describeLaunchProblem(error) };
    }
  }

  #runStopCommand(entry: ServiceEntry): void {
    const { config } = entry;
    const { processes, launcher, log } = this.#parts;
    const failed = (problem: string) => {
      log(entry, "warn", `${config.name} stop_command cannot be started: ${problem}`);
      const { phase } = entry.state;
      // It may have ended meanwhile, and been started again.
      if (phase.kind !== "stopping" || phase.pid === undefined) return;
      processes.signal(entry, phase.pid, config.killSignal);
    };
    launcher.runFor(entry, config.stopCommand ?? [], { failed, exited: () => {} });
  }

  #readPidfile(entry: ServiceEntry, isLast: boolean): Event {
    const { processes } = this.#parts;
    const { text, pid, unreadable } = this.#look(entry);
    const problem = pid === undefined ? unreadable : this.#problemOf(entry, pid);
    return {
      kind: "pidfile",
      present: text !== undefined,
      ...(pid === undefined ? {} : { pid }),
      alive: pid !== undefined && problem !== NO_SUCH_PROCESS,
      ...(problem === undefined ? {} : { problem }),
      ...(isLast ? { strays: processes.straysOf(entry) } : {}),
    };
  }

  /**
   * The living process of the service that its pidfile names, now that its main process has ended.
   */
  successor(entry: ServiceEntry, gone: number): number | undefined {
    const { config: { pidfile }, state: { phase } } = entry;
    const isFollowed = phase.kind === "up" ||
      (phase.kind === "starting" && phase.awaiting === "probe");
    if (pidfile === undefined || !isFollowed) return undefined;
    const { pid } = this.#look(entry);
    if (pid === undefined || pid === gone || this.#problemOf(entry, pid) !== undefined) return;
    return this.#parts.processes.isMember(entry, pid) ? pid : undefined;
  }

  /** Why the process in the pidfile is not the service's main one; undefined where it is. */
  #problemOf(entry: ServiceEntry, pid: number): string | undefined {
    const { os, processes } = this.#parts;
    const problem = processes.claims.problem(entry, pid);
    if (problem !== undefined || entry.formerPidfile === undefined) return problem;
    const isFormer = os.fileStamp(entry.config.pidfile ?? "") === entry.formerPidfile;
    return isFormer ? "the file was there before this launch" : undefined;
  }

  #look(
    entry: ServiceEntry,
  ): PidfileText & { readonly pid?: number } {
    const read = this.#tryRead(entry.config);
    const isNumber = read.text !== undefined && /^\s*\d+\s*$/.test(read.text);
    return isNumber ? { ...read, pid: Number(read.text) } : read;
  }

  /** What a service leaves at a path is its own affair, and so is that it cannot be read. */
  #tryRead({ pidfile = "", identity }: ServiceConfig): PidfileText {
    try {
      return { text: this.#parts.os.readTextFile(pidfile, identity) };
    } catch (error) {
      return { text: "", unreadable: describeLaunchProblem(error).text };
    }
  }

  #removePidfile(entry: ServiceEntry): void {
    const { pidfile, identity } = entry.config;
    if (pidfile !== undefined) this.#parts.os.removeFile(pidfile, identity);
  }
}
