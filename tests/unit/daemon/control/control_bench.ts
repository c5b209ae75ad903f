/**
 * A container on a table that is controlled as telchap does it. Service `x` runs the program `x`.
 */
import type { Config } from "../../../../lib/config/model.ts";
import type { Caller } from "../../../../lib/base/caller.ts";
import { runControlCommand } from "../../../../lib/daemon/control/control_commands.ts";
import type { ControlContext } from "../../../../lib/daemon/control/context.ts";
import { DelayedShutdown } from "../../../../lib/daemon/control/delayed_shutdown.ts";
import type { RightsReader } from "../../../../lib/door/rights_reader.ts";
import type { ScheduleView } from "../../../../lib/daemon/services/triggers.ts";
import { LogRing } from "../../../../lib/daemon/logging/log_ring.ts";
import { exitCause } from "../../../../lib/service/ending/exit_causes.ts";
import { ServiceHistory } from "../../../../lib/daemon/services/service_history.ts";
import type { RequestTerminal } from "../../../../lib/wire/control_frame.ts";
import { Assembly, configFrom, type Services } from "../assembly.ts";
import { FakeOs } from "../fake_os.ts";

function configOf(services: Services, detectExit: boolean): Config {
  const named = Object.entries(services).map(([name, differing]) =>
    [name, name === "CONSOLE" ? { name, ...differing } : differing] as const
  );
  // Nothing ends by itself while commands are tried.
  const settings = { detectExit };
  return configFrom(Object.fromEntries(named), { startupPauseMs: 0 }, { settings });
}

export const ROOT: Caller = { mayControl: true, mayLook: true, uid: 0 };

/** What a command has answered so far. */
export interface Answer {
  text: string;
  /** Undefined while it is under way. */
  exitCode: number | undefined;
  verdict: string | undefined;
  /** Descriptors that the client was handed. */
  passed: readonly number[];
  /** Resolves at its end. */
  readonly done: Promise<void>;
  /** The client goes away. */
  leave(): void;
}

export class ControlBench extends Assembly {
  readonly os: FakeOs;
  readonly ring = new LogRing(64 * 1024);
  readonly context: ControlContext;
  readonly refusals: string[] = [];
  level: number | undefined;
  /** Of the terminal that shows the answers. */
  columns: number | undefined;
  /** What a command that is to run is given. */
  terminal: RequestTerminal | undefined;
  /** The client is gone, or of before there were such streams. */
  refusesStreams = false;
  schedules: ScheduleView | undefined;
  /** What every process may do. */
  rights: RightsReader = {
    landlockAbi: 6,
    rights: () => ({
      uid: 1000,
      groups: [1000],
      effective: 0n,
      permitted: 0n,
      noNewPrivs: true,
      isFiltered: true,
    }),
    ports: () => [8080],
    writable: () => ["/tmp"],
  };

  constructor(services: Services, { detectExit = false } = {}) {
    const os = new FakeOs();
    super(configOf(services, detectExit), os);
    this.os = os;
    this.context = {
      config: this.current.config,
      family: this.current.family,
      supervisor: this.supervisor,
      container: this.container,
      os,
      journal: this.journal,
      ring: this.ring,
      history: new ServiceHistory(this.supervisor, os),
      delayedShutdown: new DelayedShutdown({
        nowMs: () => os.nowMs(),
        setTimer: (delayMs, callback) => os.setTimer(delayMs, callback),
        act: () => this.container.shutdown(exitCause("asked")),
      }),
      forcedLevel: { get: () => this.level, set: (severity) => this.level = severity },
      roller: () => Promise.resolve(this.roller),
      isApplying: () => false,
      rollOf: (config) => this.roller.describe(config),
      version: "1.2.3",
      refused: ({ uid }, words) => void this.refusals.push(`${uid} ${words.join(" ")}`),
      usage: (pids) =>
        new Map(pids.map((pid) => [pid, { memoryBytes: 1024, cpuMs: 10, command: `p${pid}` }])),
      rightsReader: () => Promise.resolve(this.rights),
    };
  }

  /** Begins a command. */
  begin(line: string, caller: Caller = ROOT): Answer {
    const gone = Promise.withResolvers<void>();
    const answer: Answer = {
      text: "",
      exitCode: undefined,
      verdict: undefined,
      passed: [],
      leave: () => gone.resolve(),
      done: Promise.resolve(),
    };
    const session = {
      caller,
      colour: false,
      columns: this.columns,
      gone: gone.promise,
      terminal: this.terminal,
      passStreams: (descriptors: readonly number[]) => {
        if (this.refusesStreams) return false;
        answer.passed = descriptors;
        return true;
      },
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
}
