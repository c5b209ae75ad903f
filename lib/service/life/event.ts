/** What can happen to a service, and what it can ask for in return. */
import type { ExitStatus } from "../../base/exit_status.ts";
import type { DueMoment } from "./job.ts";
import type { Failure } from "./phase.ts";
import type { StopCause } from "./stop_reason.ts";

/** As shells and the launcher say it of a program that could not be executed. */
const NOT_EXECUTED = 127;

/** Processes of the service other than its own one, as found at the moment of the event. */
type Strays = readonly number[];

/** When a command of a service's own runs. */
export type HookName = "on_start" | "on_ready" | "on_stop";

export type Event =
  /** Somebody wants it up. `force` first ends what is there. */
  | { readonly kind: "start"; readonly force?: boolean }
  /**
   * It is to go down, because somebody asked, because the container ends, or to make room for
   * another configuration of it. Killed after `budgetMs`.
   */
  | {
    readonly kind: "stop";
    readonly cause: StopCause;
    readonly budgetMs: number;
    readonly strays: Strays;
    /** What a renewal is for: `/etc/app.conf has changed`. */
    readonly why?: string;
    /** Why it stays down then, until what it requires is back. */
    readonly because?: string;
    /** Those that require it are being stopped, and `above-gone` tells when they are gone. */
    readonly isAwaited?: true;
  }
  /** Forgets how it ended, so that it can be started again. What is armed has `strays` ended. */
  | { readonly kind: "reset"; readonly strays?: Strays }
  | { readonly kind: "enable" }
  /** `because`: nobody asked for it. */
  | { readonly kind: "disable"; readonly because?: string }
  /** All it depends on is there; IDLE services wait until `idleUntilMs`. */
  | { readonly kind: "prerequisites-ready"; readonly idleUntilMs?: number }
  | { readonly kind: "prerequisite-failed"; readonly failure: Failure }
  /** What it requires has failed, is stopped or disabled. */
  | { readonly kind: "requirement-missing"; readonly text: string }
  /** Nobody who requires it is left: it may be stopped. */
  | { readonly kind: "above-gone" }
  /** Nobody is connected to it any more. */
  | { readonly kind: "drained" }
  /** The schedule has been set up, or the sockets listen. */
  | { readonly kind: "armed" }
  | { readonly kind: "arm-failed"; readonly text: string; readonly errno?: number }
  /** The schedule of a cron service has come to a moment; its job starts after `delayMs`. */
  | {
    readonly kind: "due";
    readonly delayMs: number;
    readonly isLast: boolean;
    /** The moment, for the record of the run. */
    readonly due?: DueMoment;
  }
  /**
   * Somebody wants a cron or oneshot service to run now, once; the ticket tells this run from
   * others.
   */
  | { readonly kind: "run-asked"; readonly ticket: number }
  /** Somebody connects to a socket of a service that starts on demand. */
  | { readonly kind: "demanded" }
  /** Nobody has been connected for its `idle_timeout`. */
  | { readonly kind: "idle"; readonly strays: Strays }
  /** What `wait_for` names answers. */
  | { readonly kind: "external-ready" }
  | { readonly kind: "external-failed"; readonly text: string }
  /** There is a process. With `isLaunching` it is not the program yet. */
  | { readonly kind: "spawned"; readonly pid: number; readonly isLaunching?: true }
  | { readonly kind: "spawn-failed"; readonly text: string; readonly errno?: number }
  /** The process has become its program, or could not and is no more. */
  | { readonly kind: "launched"; readonly pid: number }
  | {
    readonly kind: "launch-failed";
    readonly pid: number;
    readonly text: string;
    readonly errno?: number;
    readonly strays: Strays;
  }
  | {
    readonly kind: "exited";
    readonly pid: number;
    readonly status: ExitStatus;
    readonly strays: Strays;
    /**
     * The living process of the service that its pidfile names in place of the one that has ended.
     */
    readonly successor?: number;
  }
  /** The deadline of the phase has come. */
  | { readonly kind: "deadline"; readonly strays: Strays }
  /** The pidfile was looked at: the number in it, and whether that process lives. */
  | {
    readonly kind: "pidfile";
    readonly present: boolean;
    readonly pid?: number;
    readonly alive: boolean;
    /** Why the file cannot be read, or that process cannot be the service's own. */
    readonly problem?: string;
    /** Looked for where this was the last look. */
    readonly strays?: Strays;
  }
  /** The process of `on_stop`; then its end, without a process where it could not be started. */
  | { readonly kind: "hook-started"; readonly pid: number }
  | { readonly kind: "hook-ended"; readonly pid?: number }
  /** READY=1. */
  | { readonly kind: "ready" }
  /** MAINPID=: the process, and whether it exists and may be the service's own. */
  | { readonly kind: "main-pid"; readonly pid: number }
  /** ERRNO= or BUSERROR=: counts as an exit although the process may live. */
  | {
    readonly kind: "reported";
    readonly status: ExitStatus;
    readonly errno?: number;
    readonly strays: Strays;
  }
  /** STATUS=; empty takes it back. */
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "announced"; readonly what: "reloading" | "stopping" }
  /** EXTEND_TIMEOUT_USEC=: the deadline of a start or stop is no earlier than this from now. */
  | { readonly kind: "extend-timeout"; readonly ms: number }
  /** WATCHDOG_USEC=. */
  | { readonly kind: "set-watchdog"; readonly ms: number }
  /** WATCHDOG=1. */
  | { readonly kind: "alive" }
  /** WATCHDOG=trigger: the service itself asks for what a missed watchdog leads to. */
  | { readonly kind: "watchdog-trigger"; readonly strays: Strays }
  /** A try of the `ready` probe: what it saw where it did not pass. */
  | { readonly kind: "probed"; readonly seen?: string }
  /** The `health` probe has failed as often in a row as it may; or it passes, at first or again. */
  | { readonly kind: "unhealthy"; readonly seen: string; readonly strays: Strays }
  | { readonly kind: "healthy" };

export type LogLevel = "err" | "warn" | "notice" | "info" | "debug";

export type Effect =
  | { readonly kind: "log"; readonly level: LogLevel; readonly text: string }
  /**
   * Starts the process; answered in the same turn by `spawned` or `spawn-failed`, and, where that
   * said `isLaunching`, later by `launched` or `launch-failed`.
   */
  | { readonly kind: "launch" }
  /** Sets up the schedule or the sockets; answered in the same turn by `armed` or `arm-failed`. */
  | { readonly kind: "arm" }
  /** A job was due and did not run, since another one still does. */
  | { readonly kind: "job-skipped" }
  /** Signals the process with its group. */
  | { readonly kind: "signal"; readonly pid: number; readonly signal: number }
  | { readonly kind: "run-stop-command" }
  /** `on_stop` is answered in the same turn by `hook-started` or `hook-ended`. */
  | { readonly kind: "run-hook"; readonly hook: HookName }
  | { readonly kind: "signal-hook"; readonly pid: number; readonly signal: number }
  /**
   * Looks at the pidfile; answered by `pidfile`. The start fails where the last look finds nobody.
   */
  | { readonly kind: "read-pidfile"; readonly isLast: boolean }
  | { readonly kind: "remove-pidfile" }
  /** Follows the process named in the pidfile from here on. */
  | { readonly kind: "attach"; readonly pid: number }
  /** Begins, or gives up, watching what `wait_for` names. */
  | { readonly kind: "watch-external" }
  | { readonly kind: "unwatch-external" }
  /** A first start failed; while the container starts, that is a system failure. */
  | { readonly kind: "start-failed"; readonly failure: Failure }
  /** Ends the container with this status. */
  | { readonly kind: "kill-system"; readonly exitCode: number; readonly reason: string }
  /** All attempts of the restart policy are spent. */
  | { readonly kind: "gave-up"; readonly failure: Failure }
  /** A stop has come to its end. */
  | { readonly kind: "stopped"; readonly tookMs: number; readonly killed: boolean };

export type EventOf<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** Returns the end of a process that was to end anyway, and did so before it became its program. */
export function asExit({ pid, strays }: EventOf<"launch-failed">): EventOf<"exited"> {
  return { kind: "exited", pid, status: { kind: "exited", code: NOT_EXECUTED }, strays };
}
