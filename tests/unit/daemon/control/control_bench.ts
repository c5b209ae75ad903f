/** A container on a table that is controlled as telchap does it. Service `x` runs the program `x`. */
import type { ServiceConfig, Settings } from "../../../../lib/config/model.ts";
import { Container } from "../../../../lib/daemon/container.ts";
import type { Caller } from "../../../../lib/daemon/control_access.ts";
import { runControlCommand } from "../../../../lib/daemon/control_commands.ts";
import type { ControlContext, ScheduleView } from "../../../../lib/daemon/control/context.ts";
import { ExternalWatch } from "../../../../lib/daemon/external_watch.ts";
import type { JournalEntry } from "../../../../lib/daemon/journal.ts";
import { LogRing } from "../../../../lib/daemon/log_ring.ts";
import { ServiceHistory } from "../../../../lib/daemon/service_history.ts";
import { Supervisor } from "../../../../lib/daemon/supervisor.ts";
import { buildFamily } from "../../../../lib/service/family.ts";
import type { ShutdownCause } from "../../../../lib/service/system.ts";
import { serviceConfig } from "../../service/service_config.ts";
import { DEFAULT_SETTINGS } from "../default_settings.ts";
import { FakeOs } from "../fake_os.ts";

/** Nothing ends by itself while commands are tried. */
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, detectExit: false };

export const ROOT: Caller = { mayControl: true, uid: 0 };

/** What a command has answered so far. */
export interface Answer {
  text: string;
  /** Undefined while it is under way. */
  exitCode: number | undefined;
  verdict: string | undefined;
  /** Resolves at its end. */
  readonly done: Promise<void>;
  /** The client goes away. */
  leave(): void;
}

export class ControlBench {
  readonly os = new FakeOs();
  readonly messages: JournalEntry[] = [];
  readonly ring = new LogRing(64 * 1024);
  readonly container: Container;
  readonly supervisor: Supervisor;
  readonly context: ControlContext;
  finished: ShutdownCause | undefined;
  level: number | undefined;
  schedules: ScheduleView | undefined;

  constructor(services: Record<string, Partial<ServiceConfig>>) {
    const configs = Object.entries(services).map(([name, differing]) => {
      const full = name === "CONSOLE" ? name : `${name}.service`;
      return serviceConfig({ name: full, argv: [name], startupPauseMs: 0, ...differing });
    });
    const family = buildFamily(configs);
    const journal = { write: (entry: JournalEntry) => void this.messages.push(entry) };
    const { os } = this;
    const config = {
      settings: SETTINGS,
      services: configs,
      loggings: [],
      warnings: [],
      dump: "",
      repeats: [],
    };
    this.container = new Container({
      config,
      family,
      os,
      journal,
      finish: (cause) => this.finished = cause,
      booted: () => {},
      ending: () => {},
    });
    this.supervisor = new Supervisor({
      services: configs,
      family,
      os,
      journal,
      capture: { attach: () => undefined },
      externals: new ExternalWatch({
        reach: () => Promise.resolve(undefined),
        setTimer: (ms, callback) => os.setTimer(ms, callback),
        nowMs: () => os.nowMs(),
      }),
      listener: this.container,
    });
    this.container.use(this.supervisor);
    this.context = {
      config,
      family,
      supervisor: this.supervisor,
      container: this.container,
      os,
      journal,
      ring: this.ring,
      history: new ServiceHistory(this.supervisor, os),
      forcedLevel: { get: () => this.level, set: (severity) => this.level = severity },
      version: "1.2.3",
      usage: (pids) =>
        new Map(pids.map((pid) => [pid, { memoryBytes: 1024, cpuMs: 10, command: `p${pid}` }])),
    };
  }

  boot(): this {
    this.container.boot();
    return this;
  }

  /** Begins a command. */
  begin(line: string, caller: Caller = ROOT): Answer {
    const gone = Promise.withResolvers<void>();
    const answer: Answer = {
      text: "",
      exitCode: undefined,
      verdict: undefined,
      leave: () => gone.resolve(),
      done: Promise.resolve(),
    };
    const session = {
      caller,
      colour: false,
      gone: gone.promise,
      write: (text: string) => {
        answer.text += text;
        return true;
      },
    };
    const context = this.schedules === undefined
      ? this.context
      : { ...this.context, schedules: this.schedules };
    const words = line.split(" ").filter((word) => word !== "");
    const done = runControlCommand(context, words, session).then((end) => {
      answer.exitCode = end.exitCode;
      answer.verdict = end.verdict;
    });
    return Object.assign(answer, { done });
  }

  /** Carries out a command that ends by itself, and returns what it printed and its exit code. */
  async run(line: string, caller: Caller = ROOT): Promise<[text: string, exitCode: number]> {
    const answer = this.begin(line, caller);
    await answer.done;
    return [answer.text.replace(/\n$/, ""), answer.exitCode ?? -1];
  }

  phase(name: string): string {
    return this.supervisor.state(`${name}.service`).phase.kind;
  }

  isEnabled(name: string): boolean {
    return this.supervisor.state(`${name}.service`).enabled;
  }

  texts(level: string): string[] {
    return this.messages.filter((entry) => entry.level === level).map((entry) => entry.text);
  }
}
