/**
 * One try of a probe, of whatever kind: it asks the system, and tells what it saw. A try that takes
 * longer than it may has not passed; what it started is killed with its group, and it is over only when
 * that is gone. Passive probes (listen, file, log) touch neither the service nor the network.
 */
import { SIGNAL } from "../base/signals.ts";
import { describeExit, type ExitStatus } from "../base/exit_status.ts";
import type { Probe, ServiceConfig, WaitTarget } from "../config/model.ts";
import type { Os } from "./os.ts";
import { ProbeOutput } from "./probe_output.ts";
import type { CommandOptions } from "./supervisor.ts";
import { describeLaunchProblem } from "./launch.ts";

/** Called once, with what was seen where the probe did not pass. */
export type Outcome = (seen: string | undefined) => void;

export interface ProbeTriesParts {
  readonly os: Pick<Os, "kill" | "setTimer">;
  /** Tries a target once: undefined where it answered, else what was seen instead. Never rejects. */
  reach(target: WaitTarget, timeoutMs: number): Promise<string | undefined>;
  /** Calls back with the first line of a service's output in which the pattern is found. */
  watchOutput(service: string, pattern: RegExp, callback: () => void): () => void;
  /** Whether a process of the service listens on a port: undefined, or what was seen instead. */
  seekListener(config: ServiceConfig, port: number): string | undefined;
  /** Runs a command for a service, see `Supervisor.runFor`. @throws {SystemError} */
  runFor(
    service: string,
    argv: readonly string[],
    onExit: (status: ExitStatus) => void,
    options: CommandOptions,
  ): number;
}

interface LineWatch {
  met: boolean;
  /** Told when the line comes, where a try waits for it. */
  waiting: (() => void) | undefined;
  readonly cancel: () => void;
}

export class ProbeTries {
  readonly #parts: ProbeTriesParts;
  readonly #lines = new Map<string, LineWatch>();

  constructor(parts: ProbeTriesParts) {
    this.#parts = parts;
  }

  /** Begins to watch what cannot be asked for later: the service is being launched. */
  prepare(config: ServiceConfig, probe: Probe): void {
    this.forget(config.name);
    if (probe.kind !== "log") return;
    const watch: LineWatch = {
      met: false,
      waiting: undefined,
      cancel: this.#parts.watchOutput(config.name, new RegExp(probe.pattern), () => {
        watch.met = true;
        watch.waiting?.();
      }),
    };
    this.#lines.set(config.name, watch);
  }

  /** Gives up what `prepare` began. */
  forget(service: string): void {
    this.#lines.get(service)?.cancel();
    this.#lines.delete(service);
  }

  /**
   * Tries once. The result, present unless the outcome was told before the return, cancels the try
   * without telling anybody.
   */
  attempt(
    config: ServiceConfig,
    probe: Probe,
    timeoutMs: number,
    outcome: Outcome,
  ): (() => void) | undefined {
    switch (probe.kind) {
      case "exec":
        return this.#exec(config, probe.argv, timeoutMs, outcome);
      case "http":
      case "tcp":
      case "file":
        return this.#reach(targetOf(probe), timeoutMs, outcome);
      case "listen":
        outcome(this.#parts.seekListener(config, probe.port));
        return undefined;
      case "log":
        return this.#line(config.name, outcome);
      case "fd":
        outcome(`readiness through descriptor ${probe.fd} is not supported`);
        return undefined;
      default:
        return probe satisfies never;
    }
  }

  #reach(target: WaitTarget, timeoutMs: number, outcome: Outcome): () => void {
    let isActive = true;
    this.#parts.reach(target, timeoutMs).then((seen) => {
      if (isActive) outcome(seen);
    });
    return () => isActive = false;
  }

  /** Waits without a time limit of its own: the line comes when it comes. */
  #line(service: string, outcome: Outcome): (() => void) | undefined {
    const watch = this.#lines.get(service);
    if (watch === undefined || watch.met) {
      outcome(watch === undefined ? "no output is captured" : undefined);
      return undefined;
    }
    watch.waiting = () => outcome(undefined);
    return () => watch.waiting = undefined;
  }

  #exec(
    config: ServiceConfig,
    argv: readonly string[],
    timeoutMs: number,
    outcome: Outcome,
  ): (() => void) | undefined {
    const { os, runFor } = this.#parts;
    const output = new ProbeOutput();
    let end: "exit" | "timeout" | "cancelled" = "exit";
    let pid: number;
    try {
      pid = runFor(config.name, argv, (status) => {
        cancelTimer();
        output.finish();
        if (end === "timeout") outcome(`no answer within ${timeoutMs / 1000} s`);
        else if (end === "exit") outcome(describeResult(status, output.lastLine));
      }, { capture: output, separate: true });
    } catch (error) {
      outcome(describeLaunchProblem(error).text);
      return undefined;
    }
    const kill = (why: "timeout" | "cancelled") => {
      end = why;
      os.kill(-pid, SIGNAL.SIGKILL);
    };
    const cancelTimer = os.setTimer(timeoutMs, () => kill("timeout"));
    return () => kill("cancelled");
  }
}

function targetOf(probe: Extract<Probe, { kind: "http" | "tcp" | "file" }>): WaitTarget {
  switch (probe.kind) {
    case "http":
      return { kind: "http", url: probe.url, text: probe.url };
    case "tcp":
      return { kind: "tcp", host: probe.host, port: probe.port, text: "" };
    case "file":
      return { kind: "file", path: probe.path, text: probe.path };
    default:
      return probe satisfies never;
  }
}

function describeResult(status: ExitStatus, lastLine: string): string | undefined {
  if (status.kind === "exited" && status.code === 0) return undefined;
  return lastLine === "" ? describeExit(status) : `${describeExit(status)}, ${lastLine}`;
}
