/**
 * One try of a probe, of whatever kind: it asks the system, and tells what it saw. A try that takes
 * longer than it may has not passed; what it started is killed with its group, and it is over only
 * when that is gone. Passive probes (listen, file, log) touch neither the service nor the network.
 */
import { SIGNAL } from "../../base/signals.ts";
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import type { Probe, ServiceConfig, WaitTarget } from "../../config/model.ts";
import type { Child, Os, OutputPipe } from "../../door/os.ts";
import { ProbeOutput } from "./probe_output.ts";
import { ReadPace } from "./read_pace.ts";
import type { CommandOptions } from "../services/launcher.ts";
import type { CommandListener } from "../services/running.ts";

/** Called once, with what was seen where the probe did not pass. */
export type Outcome = (seen: string | undefined) => void;

export interface ProbeTriesParts {
  readonly os: Pick<Os, "kill" | "setTimer" | "takePipe">;
  /**
   * Tries a target once: undefined where it answered, else what was seen instead. Never rejects.
   */
  reach(target: WaitTarget, timeoutMs: number): Promise<string | undefined>;
  /** Calls back with the first line of a service's output in which the pattern is found. */
  watchOutput(service: string, pattern: RegExp, callback: () => void): () => void;
  /** Whether a process of the service listens on a port: undefined, or what was seen instead. */
  seekListener(config: ServiceConfig, port: number): string | undefined;
  /** Runs a command for a service, see `ServiceProcesses.runFor`. */
  runFor(
    service: string,
    argv: readonly string[],
    listener: CommandListener,
    options: CommandOptions,
  ): number | undefined;
}

/** A sign that the service gives once, on its output or on a descriptor. */
interface SignWatch {
  isMet: boolean;
  /** Told when the sign comes, where a try waits for it. */
  waiting: (() => void) | undefined;
  /** Where it comes on a descriptor. */
  readonly pipe: OutputPipe | undefined;
  cancel: () => void;
}

/** A sign that another incarnation goes on to watch for. */
export interface SignHandover {
  readonly name: string;
  readonly isMet: boolean;
  readonly descriptor?: number;
}

const NEWLINE = 10;

export class ProbeTries {
  readonly #parts: ProbeTriesParts;
  readonly #signs = new Map<string, SignWatch>();

  constructor(parts: ProbeTriesParts) {
    this.#parts = parts;
  }

  /** Begins to watch for signs that may come at any time from the launch on. */
  launched(config: ServiceConfig, probe: Probe, child: Child): void {
    this.forget(config.name);
    const isGiven = probe.kind === "fd"
      ? child.ready !== undefined
      : probe.kind === "log" && (child.stdout ?? child.stderr) !== undefined;
    if (isGiven) this.#watch(config, probe, child.ready);
  }

  #watch(config: ServiceConfig, probe: Probe, pipe: OutputPipe | undefined): SignWatch {
    const watch: SignWatch = { isMet: false, waiting: undefined, pipe, cancel: () => {} };
    const met = () => {
      watch.isMet = true;
      watch.waiting?.();
    };
    if (pipe !== undefined) watch.cancel = watchNewline(pipe, this.#pace(), met);
    if (probe.kind === "log") {
      watch.cancel = this.#parts.watchOutput(config.name, new RegExp(probe.pattern), met);
    }
    this.#signs.set(config.name, watch);
    return watch;
  }

  /** The signs that are watched for. */
  handOver(): SignHandover[] {
    return [...this.#signs].map(([name, { isMet, pipe }]) => ({
      name,
      isMet,
      ...(pipe === undefined || pipe.descriptor < 0 ? {} : { descriptor: pipe.descriptor }),
    }));
  }

  /** Goes on to watch for a sign: only its service's output or descriptor can give it. */
  takeOver(config: ServiceConfig, probe: Probe, { isMet, descriptor }: SignHandover): void {
    const pipe = descriptor === undefined ? undefined : this.#parts.os.takePipe(descriptor);
    const watch = this.#watch(config, probe, pipe);
    watch.isMet = isMet;
  }

  /** Gives up what `launched` began. */
  forget(service: string): void {
    this.#signs.get(service)?.cancel();
    this.#signs.delete(service);
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
      case "fd":
        return this.#sign(config.name, outcome);
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

  /** Waits without a time limit of its own: the sign comes when it comes. */
  #sign(service: string, outcome: Outcome): (() => void) | undefined {
    const watch = this.#signs.get(service);
    if (watch === undefined || watch.isMet) {
      outcome(watch === undefined ? "its output is not captured" : undefined);
      return undefined;
    }
    let isActive = true;
    watch.waiting = () => {
      if (isActive) outcome(undefined);
    };
    return () => isActive = false;
  }

  #exec(
    config: ServiceConfig,
    argv: readonly string[],
    timeoutMs: number,
    outcome: Outcome,
  ): (() => void) | undefined {
    const { os, runFor } = this.#parts;
    const output = new ProbeOutput(this.#pace());
    let end: "exit" | "timeout" | "cancelled" = "exit";
    let isOver = false;
    let cancelTimer = () => {};
    const over = (describe: () => string | undefined) => {
      isOver = true;
      cancelTimer();
      output.finish(() => {
        if (end === "timeout") outcome(`no answer within ${timeoutMs / 1000} s`);
        else if (end === "exit") outcome(describe());
      });
    };
    const pid = runFor(config.name, argv, {
      failed: (problem) => over(() => problem),
      exited: (status) => over(() => describeResult(status, output.lastLine)),
    }, { capture: output, separate: true });
    if (pid === undefined) return undefined;
    const kill = (why: "timeout" | "cancelled") => {
      end = why;
      // Its last words may still be read when its number is somebody else's.
      if (!isOver) os.kill(-pid, SIGNAL.SIGKILL);
    };
    cancelTimer = os.setTimer(timeoutMs, () => kill("timeout"));
    return () => kill("cancelled");
  }

  #pace(): ReadPace {
    const { os } = this.#parts;
    return new ReadPace((delayMs, callback) => os.setTimer(delayMs, callback));
  }
}

/** s6 has services say it so: a newline on a descriptor that they may close after it. */
function watchNewline(pipe: OutputPipe, pace: ReadPace, met: () => void): () => void {
  let isOpen = true;
  const close = () => {
    if (isOpen) pipe.close();
    isOpen = false;
    pace.end();
  };
  const take = (bytes: Uint8Array) => {
    if (isOpen && bytes.includes(NEWLINE)) met();
    return isOpen ? pace.after(bytes.length) : undefined;
  };
  pipe.start(take, () => isOpen = false);
  return close;
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
