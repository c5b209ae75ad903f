/**
 * The container as a whole: brings the services up, notices when nothing is left, and takes
 * everything down in reverse order of dependency within one budget. After `boot` nothing but
 * `finish` ends it.
 */
import { SIGNAL } from "../../base/signals.ts";
import type { Config } from "../../config/model.ts";
import { COMMAND_NAME, shortName } from "../../base/service_name.ts";
import type { Family } from "../../service/family.ts";
import { type Failure, isPending, isSettled, type Phase } from "../../service/life/phase.ts";
import { areAsleep } from "../../service/what_is_left.ts";
import { commandCause } from "../../service/ending/command_failure.ts";
import { exitCause, type ShutdownCause } from "../../service/ending/exit_causes.ts";
import { type ContainerPhase, hasReached } from "../../service/container_phase.ts";
import type { Journal } from "../logging/journal.ts";
import type { Os } from "../../door/os.ts";
import { IdleExit } from "./idle_exit.ts";
import { HeldEnd } from "./held_end.ts";
import { type IdleHandover, IdleStart } from "./idle_start.ts";
import { NothingLeft, type NothingLeftHandover } from "./nothing_left.ts";
import { OrderedStop } from "./ordered_stop.ts";
import { settleProgram, withPlace } from "../services/program_check.ts";
import type { Supervisor } from "../services/supervisor.ts";
import type { SupervisorListener } from "../services/supervisor_parts.ts";

/** After the services: how long other processes may take to end after SIGTERM, at the least. */
const LAST_TERM_MS = 1000;
/**
 * After SIGKILL to everything: how long the kernel is given before chaperone leaves all the same.
 */
const LAST_KILL_MS = 2000;

export interface ContainerParts {
  readonly config: Config;
  readonly family: Family;
  readonly os: Os;
  readonly journal: Journal;
  /** Called once with the cause when the last process is gone. */
  readonly finish: (cause: ShutdownCause) => void;
  /** Called once when all start attempts have been made and none was a system failure. */
  readonly booted: () => void;
  /** Called once when the end begins: readiness is over. */
  readonly ending: (cause: ShutdownCause) => void;
}

/** The container as another incarnation takes it over. */
export interface ContainerHandover extends IdleHandover, NothingLeftHandover {
  readonly isBooting: boolean;
  /** Services whose first start is under way. */
  readonly starting: readonly string[];
}

export class Container implements SupervisorListener {
  readonly #parts: ContainerParts;
  #supervisor!: Supervisor;
  #phase: ContainerPhase = "booting";
  #cause: ShutdownCause | undefined;
  /** Services whose first start is still under way. */
  readonly #starting = new Set<string>();
  readonly #idle: IdleStart;
  readonly #idleExit: IdleExit;
  readonly #nothingLeft: NothingLeft;
  #orderedStop: OrderedStop | undefined;
  #cancelTimer: () => void = () => {};
  #stopBeganMs = 0;
  /** How starts failed, as it was told. */
  readonly #toldStarts = new Map<string, string>();
  readonly #held = new HeldEnd();

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.#idle = new IdleStart(parts);
    this.#nothingLeft = new NothingLeft(parts.journal);
    this.#idleExit = new IdleExit({
      os: parts.os,
      timeoutMs: () => parts.config.settings.idleExitMs,
      areAsleep: () => this.#isAsleep(),
      end: (cause) => this.#end(cause, { isAsked: false }),
    });
  }

  /** Hands over the supervisor, which in turn needs this object at its birth. */
  use(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
  }

  get phase(): ContainerPhase {
    return this.#phase;
  }

  /** Starts all enabled services. Those that cannot be started at all are settled first. */
  boot(): void {
    const { family, config } = this.#parts;
    for (const name of family.startOrder) {
      const problem = this.checkExecutable(name);
      if (problem) return this.#cannotStart(name, problem);
    }
    const isEnabled = (name: string) => this.#supervisor.state(name).enabled;
    for (const name of family.startOrder) {
      const what = isEnabled(name)
        ? "enabled, queueing start request"
        : "not enabled, will be skipped";
      this.#message("debug", `service ${name} ${what}`);
    }
    const enabled = family.startOrder.filter(isEnabled);
    if (enabled.length === 0 && config.services.length > 0) return this.#nothingToStart();
    for (const name of enabled) this.#starting.add(name);
    for (const name of enabled) {
      if (this.#phase === "booting") this.#supervisor.dispatch(name, { kind: "start" });
    }
    this.#checkBooted();
  }

  /** What another incarnation needs to know of it; undefined where the container ends. */
  handOver(): ContainerHandover | undefined {
    if (hasReached(this.#phase, "draining")) return undefined;
    return {
      isBooting: this.#phase === "booting",
      starting: [...this.#starting],
      ...this.#nothingLeft.handOver(),
      ...this.#idle.handOver(),
    };
  }

  /** Goes on where another incarnation has stopped, in place of `boot`. */
  takeOver(left: ContainerHandover): void {
    for (const name of left.starting) this.#starting.add(name);
    this.#nothingLeft.takeOver(left);
    this.#idle.takeOver(left);
    if (!left.isBooting) this.#enter("running");
  }

  /** Sees whether what was taken over has changed anything for the container as a whole. */
  goOn(): void {
    this.#checkBooted();
    this.#idleExit.check();
    this.#checkNothingLeft();
  }

  /** Ends the container. The first cause stays; a second forced request cuts the wait short. */
  shutdown(cause: ShutdownCause, isTold = false): void {
    if (hasReached(this.#phase, "draining")) {
      if (cause.forced) this.#killEverything();
      return;
    }
    this.#end(cause, { isTold });
  }

  /** Where nothing was asked, 0.3.9's words for a request would mislead, and the last line follows. */
  #end(cause: ShutdownCause, { isAsked = true, isTold = false } = {}): void {
    this.#cause = cause;
    const former = `Request made to kill system.${cause.forced ? " (forced)" : ""}`;
    if (isAsked) this.#message("debug", former);
    this.#message(isTold || !isAsked ? "debug" : "info", `the container ends: ${cause.reason}`);
    this.#enter("draining");
    this.#supervisor.holdStarts();
    this.#parts.ending(cause);
    this.#cancelPendingStarts();
    const { drainMs } = this.#parts.config.settings;
    if (drainMs <= 0 || cause.forced) return this.#stopServices();
    this.#wait(drainMs, () => this.#stopServices());
  }

  /**
   * Holds back that the container ends because nothing is left or because of these services, while
   * they are stopped and tried with another configuration.
   */
  holdEnd(names: ReadonlySet<string>): void {
    this.#held.hold(names);
  }

  /**
   * Ends that. What one of the services would have led to happens where the configuration stays.
   */
  releaseEnd(stays: boolean): void {
    const cause = this.#held.release();
    if (stays && cause !== undefined) return this.shutdown(cause);
    this.#checkLeft();
  }

  /** Holds back that the container ends because nothing is left, until more services are there. */
  holdEndUntil(launched: Promise<void>): void {
    void this.#held.until(launched).then(() => this.#checkLeft());
  }

  // What the supervisor tells.

  transition(name: string, before: Phase, after: Phase): void {
    const isExcused = this.#supervisor.config(name).ignoreFailures;
    this.#nothingLeft.note(name, { before, after, isExcused });
    if (hasReached(this.#phase, "draining") && isPending(after)) {
      return this.#supervisor.stop(name, "shutdown", 0);
    }
    if (isSettled(after) && this.#starting.delete(name)) this.#checkBooted();
    if (this.#phase === "stopping") this.#orderedStop?.changed(name, after);
    this.#idleExit.check();
  }

  startFailed(name: string, failure: Failure): void {
    this.#toldStarts.set(name, failure.text);
    if (this.#phase === "booting" && this.#starting.has(name)) {
      return this.#systemFailure(name, failure);
    }
    if (hasReached(this.#phase, "draining")) return;
    const { text } = failure;
    this.#message("debug", `queued start (for ${shortName(name)}) failed: ${text}`);
    this.#message("err", text.includes(name) ? text : `${name} was not started: ${text}`);
  }

  /** Whether a failed start was told in these words. */
  hasTold(name: string, text: string): boolean {
    return this.#toldStarts.get(name) === text;
  }

  killSystem(exitCode: number, reason: string, name: string): void {
    this.#endBecauseOf(name, { exitCode, reason });
  }

  gaveUp(name: string, failure: Failure): void {
    const { onGiveUp } = this.#supervisor.config(name).restart;
    this.#message("err", `${name} is given up: ${failure.givenUp}`);
    if (onGiveUp !== "shutdown") return;
    this.#endBecauseOf(name, { exitCode: failure.exitCode, reason: failure.text });
  }

  #endBecauseOf(name: string, cause: ShutdownCause): void {
    if (!this.#held.holdsBack(name, cause)) this.shutdown(cause);
  }

  stopped(name: string, tookMs: number, killed: boolean): void {
    if (killed) {
      this.#message("info", `${name} did not stop in ${seconds(tookMs)} s and was killed`);
    } else if (hasReached(this.#phase, "stopping") && tookMs >= 1000) {
      this.#message("info", `${name} took ${seconds(tookMs)} s to stop`);
    }
  }

  processGone(): void {
    if (this.#phase === "killing") {
      if (!this.#anyProcess()) this.#gone();
      return;
    }
    this.#checkLeft();
  }

  #checkLeft(): void {
    this.#checkNothingLeft();
    this.#idleExit.check();
  }

  idleUntilMs(name: string): number | undefined {
    return this.#idle.untilMs(this.#supervisor.config(name));
  }

  // Start.

  /** See `settleProgram`. */
  checkExecutable(name: string): Failure | undefined {
    return settleProgram(name, { supervisor: this.#supervisor, ...this.#parts });
  }

  #nothingToStart(): void {
    this.#nothingLeft.noteNone();
    this.#enter("running");
    this.#parts.booted();
    this.#checkNothingLeft();
  }

  #checkBooted(): void {
    if (this.#phase !== "booting" || this.#starting.size > 0) return;
    this.#enter("running");
    this.#parts.booted();
    this.#checkLeft();
  }

  #cannotStart(name: string, failure: Failure): void {
    if (name !== COMMAND_NAME) return this.#systemFailure(name, failure);
    const cause = commandCause(this.#supervisor.config(name).argv[0] ?? "", failure);
    this.#message("err", cause.reason);
    this.shutdown(cause, true);
  }

  /** What is told names the service. */
  #systemFailure(name: string, failure: Failure): void {
    const { text, formerText = text } = failure;
    this.#message("debug", `system startup cancelled due to error: ${formerText}`);
    const who = text.includes(name) ? "" : `${name}: `;
    const what = who + withPlace(name, text, this.#supervisor);
    this.#message("err", `the start-up is cancelled: ${what}`);
    const errno = failure.errno === undefined ? {} : { errno: failure.errno };
    this.shutdown({ ...exitCause("startFailed", { what }, failure.exitCode), ...errno }, true);
  }

  // The end by itself.

  /** Ends the container when no process is left and none is to come. */
  #checkNothingLeft(): void {
    if (this.#phase !== "running" || this.#held.isHeld) return;
    if (!this.#parts.config.settings.detectExit) return;
    if (this.#anyProcess()) return;
    const cause = this.#nothingLeft.look(this.#supervisor);
    if (cause !== undefined) this.#end(cause, { isAsked: false });
  }

  /** Whether only a connection can start anything. */
  #isAsleep(): boolean {
    if (this.#phase !== "running" || this.#held.isHeld || this.#anyProcess()) return false;
    const supervisor = this.#supervisor;
    return areAsleep([...supervisor.names()].map((name) => ({
      type: supervisor.config(name).type,
      phase: supervisor.state(name).phase,
    })));
  }

  // The way down.

  #cancelPendingStarts(): void {
    for (const name of this.#supervisor.names()) {
      if (isPending(this.#supervisor.state(name).phase)) {
        this.#supervisor.stop(name, "shutdown", 0);
      }
    }
  }

  #stopServices(): void {
    this.#enter("stopping");
    const { os, family, config } = this.#parts;
    this.#stopBeganMs = os.nowMs();
    this.#orderedStop = new OrderedStop({
      supervisor: this.#supervisor,
      family,
      os,
      deadlineMs: this.#stopBeganMs + config.settings.shutdownTimeoutMs,
      done: () => this.#stopOthers(),
    });
    // One that SIGKILL does not end, asleep in a file system that hangs, must not hold up the rest.
    this.#wait(config.settings.shutdownTimeoutMs + LAST_KILL_MS, () => this.#killEverything());
    this.#orderedStop.begin();
  }

  /** The services are gone: everything else that runs is asked to end. */
  #stopOthers(): void {
    if (hasReached(this.#phase, "killing")) return;
    this.#enter("killing");
    const { os, config } = this.#parts;
    if (!this.#anyProcess()) {
      this.#message("debug", "No processes remain when attempting to kill system, just stop.");
      return this.#gone();
    }
    os.killAll(SIGNAL.SIGTERM);
    const leftMs = this.#stopBeganMs + config.settings.shutdownTimeoutMs - os.nowMs();
    this.#wait(Math.max(LAST_TERM_MS, leftMs), () => this.#killEverything());
  }

  #killEverything(): void {
    if (this.#phase === "gone") return;
    if (!hasReached(this.#phase, "killing")) this.#enter("killing");
    const { os, config } = this.#parts;
    const { shutdownTimeoutText } = config.settings;
    this.#message("debug", `Some processes remain after ${shutdownTimeoutText}secs.  Forcing kill`);
    this.#message("info", "some processes are left and are killed");
    os.killAll(SIGNAL.SIGKILL);
    this.#wait(LAST_KILL_MS, () => this.#gone());
  }

  #gone(): void {
    if (this.#phase === "gone") return;
    this.#cancelTimer();
    this.#enter("gone");
    this.#message("debug", "Final termination phase.");
    this.#parts.finish(this.#cause ?? exitCause("allEnded"));
  }

  #enter(phase: ContainerPhase): void {
    if (hasReached(this.#phase, phase)) {
      throw new Error(`cannot go from ${this.#phase} back to ${phase}`);
    }
    this.#phase = phase;
  }

  #wait(delayMs: number, callback: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.os.setTimer(delayMs, callback);
  }

  /** Asks the system only where nothing is known to run. */
  #anyProcess(): boolean {
    return this.#supervisor.processes.runningCount > 0 || this.#parts.os.hasChildren();
  }

  #message(level: "err" | "warn" | "info" | "debug", text: string): void {
    this.#parts.journal.write({ level, text });
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
