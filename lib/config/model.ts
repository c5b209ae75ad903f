/**
 * The checked, frozen configuration: what loading produces and every other folder reads.
 * Times are milliseconds, whatever the files say; names carry their suffix (`web.service`).
 */
import type { LaunchedService } from "./launched.ts";
import type { AlertConfig } from "./alert_model.ts";
import type { CanaryRule, RecycleRules, WatchRule } from "./renewal_model.ts";
import type { WrittenSections } from "./source/written.ts";
import type { Identity } from "../base/identity.ts";
import type { RemoteAddress } from "./remote_address.ts";
import type { GroupLimits } from "./group_model.ts";
import type { ConfinementConfig } from "./sandbox_model.ts";
import type { Diagnostic } from "../base/errors.ts";
import type { Environment } from "./environment/environment.ts";

export type ServiceType = "simple" | "oneshot" | "forking" | "notify" | "cron" | "inetd";

/** Where a stream of a service goes: records, chaperone's own stream, or nowhere. */
export type StreamTarget = "log" | "inherit" | "null";

/** What about a prerequisite is awaited. Without one, what 'started' means for its type. */
export type AfterCondition = "started" | "ready" | "completed";

export interface AfterReference {
  /** A service name with suffix, a group name, or CONSOLE. */
  readonly name: string;
  readonly condition?: AfterCondition;
}

/** What more than an order a service may say of another one. */
export type EdgeKind = "requires" | "wants" | "follows";

export interface EdgeReference extends AfterReference {
  readonly kind: EdgeKind;
}

/** An exit code or a signal, as `success_codes` and `no_retry_codes` list them. */
export type ExitMatch =
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "signal"; readonly signal: number };

export interface RestartPolicy {
  readonly when: "never" | "on-failure" | "always";
  /** 0 is unlimited. */
  readonly limit: number;
  readonly delayMs: number;
  /** The delay doubles up to this; absent: it stays the same. */
  readonly backoffMaxMs?: number;
  /** The counter refills once a restarted service has stayed started for this long. */
  readonly windowMs: number;
  readonly noRetry: readonly ExitMatch[];
  readonly onGiveUp: "fail" | "shutdown" | "ignore";
}

/**
 * One step of `stop_sequence`; `waitMs` absent on the last: wait for what is left of the budget.
 */
export interface StopStep {
  readonly signal: number;
  readonly waitMs?: number;
}

export interface ResourceLimit {
  /** RLIMIT name in lower case without the prefix: `nofile`. */
  readonly resource: string;
  /** `Infinity` is unlimited. */
  readonly soft: number;
  /** Absent: it stays what chaperone has, and the soft one is at most that. */
  readonly hard?: number;
}

export type WaitTarget =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly text: string }
  | { readonly kind: "http"; readonly url: string; readonly text: string }
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "unix"; readonly path: string; readonly text: string };

export type Probe =
  | { readonly kind: "exec"; readonly argv: readonly string[] }
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "listen"; readonly port: number }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "log"; readonly pattern: string }
  | { readonly kind: "fd"; readonly fd: number };

export interface ReadyProbe {
  readonly probe: Probe;
  /** The longest pause between two tries; at first they come sooner. */
  readonly intervalMs: number;
  /** How long readiness may take in all; absent: `process_timeout`. */
  readonly timeoutMs?: number;
}

export interface HealthProbe {
  readonly probe: Probe;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
  readonly action: "restart" | "shutdown" | "none";
}

/** When a cron service is due: by an interval, or once. */
export interface DueTimes {
  /** As configured, after expansion; absent with `onceAt`. */
  readonly interval?: string;
  /** The local time of its only run: `2026-12-24T18:00`, perhaps with seconds. */
  readonly onceAt?: string;
  readonly timezone?: string;
  /**
   * How two day fields go together, see service/schedule/cron_grammar.ts; absent: as croniter has
   * it.
   */
  readonly days?: "crontab";
}

export interface CronPolicy extends DueTimes {
  readonly overlap: "skip" | "queue" | "kill" | "parallel";
  readonly jitterMs: number;
  /** Makes up for jobs that were due while no chaperone was there. */
  readonly catchUp?: "once" | "all";
  /** How old those may be. */
  readonly catchUpWindowMs?: number;
  readonly runTimeoutMs?: number;
  readonly onFailure?: readonly string[];
}

/** A file, or a directory with all that is in it, and whose it is to be. */
export interface OwnedPlace {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** As it is written, for messages. */
  readonly owner: string;
  /** Of the settings: for all services, and once in the life of the container. */
  readonly isShared: boolean;
}

/** A secret by the name of its variable, and the file that holds it. */
export interface SecretFile {
  readonly name: string;
  readonly path: string;
}

/** Commands that run when something happens to a service. */
export interface ServiceHooks {
  readonly onStart?: readonly string[];
  readonly onReady?: readonly string[];
  readonly onStop?: readonly string[];
}

export interface ServiceConfig extends ConfinementConfig, GroupLimits {
  /** With the suffix `.service`, or CONSOLE. */
  readonly name: string;
  readonly type: ServiceType;
  /** The expanded text of `command`, and its words. The first word is not yet looked up. */
  readonly command: string;
  readonly argv: readonly string[];
  readonly enabled: boolean;
  readonly optional: boolean;
  readonly directory?: string;
  /** Who runs it; absent: as chaperone itself. */
  readonly identity?: Identity;
  /**
   * An `optional` service may name a user that does not exist, as long as its executable is
   * missing.
   */
  readonly missingUser?: string;
  /** Expanded at each launch, see `Environment.launch`. */
  readonly environment: Environment;
  readonly envFiles: readonly string[];
  readonly envFromFile: boolean;
  /** What is given to its owner before a start; absent: nothing. */
  readonly own?: readonly OwnedPlace[];
  /** What its processes are handed in memory; absent: nothing. */
  readonly secrets?: readonly SecretFile[];
  /** Whether its secrets are masked in what it writes; absent: no. */
  readonly redact?: boolean;
  /** What its own process reads: nothing, or what chaperone could read. */
  readonly stdin: "null" | "inherit";
  readonly stdout: StreamTarget;
  readonly stderr: StreamTarget;
  readonly setpgrp: boolean;
  readonly pidfile?: string;
  readonly processTimeoutMs: number;
  /** As written or defaulted, for messages that print it (`60.0`, `300`, `2`). */
  readonly processTimeoutText: string;
  readonly startupPauseMs: number;
  readonly idleDelayMs: number;
  readonly restart: RestartPolicy;
  readonly success: readonly ExitMatch[];
  readonly exitKills: boolean;
  readonly ignoreFailures: boolean;
  readonly groups: readonly string[];
  readonly after: readonly AfterReference[];
  readonly before: readonly string[];
  /** Absent: none. */
  readonly edges?: readonly EdgeReference[];
  /** Why it never starts: what it requires is declared nowhere. */
  readonly lacks?: string;
  readonly killSignal: number;
  readonly stopSequence?: readonly StopStep[];
  /** Absent: what the shutdown budget gives it. */
  readonly stopTimeoutMs?: number;
  readonly stopCommand?: readonly string[];
  /** How long a stop waits for open connections to end; absent: it waits for none. */
  readonly drainTimeoutMs?: number;
  /** What then tells the process to take no new ones. */
  readonly drainSignal?: number;
  readonly reloadCommand?: readonly string[];
  readonly reloadSignal?: number;
  readonly hooks?: ServiceHooks;
  readonly hookTimeoutMs: number;
  /** Absent: it runs as long as it likes. */
  readonly recycle?: RecycleRules;
  /** How many instances may be away while they are restarted; absent: one, with spares none. */
  readonly maxUnavailable?: number;
  /** How many are restarted first and watched before the others are. */
  readonly canary?: CanaryRule;
  /** Only a restart of the other instances starts it, in the place of those that are away. */
  readonly isSpare?: true;
  /** Absent: none. */
  readonly watch?: readonly WatchRule[];
  readonly watchDebounceMs: number;
  readonly watchPollMs: number;
  readonly waitFor: readonly WaitTarget[];
  readonly waitTimeoutMs: number;
  readonly umask?: number;
  readonly nice?: number;
  readonly oomScoreAdj?: number;
  readonly limits: readonly ResourceLimit[];
  readonly ready?: ReadyProbe;
  readonly health?: HealthProbe;
  readonly watchdogMs?: number;
  readonly cron?: CronPolicy;
  /** What its process reads from stdin, whatever `stdin` says. */
  readonly input?: string;
  readonly port?: number;
  readonly maxInstances?: number;
  readonly listen: readonly string[];
  readonly onDemand: boolean;
  /** Absent: it never sleeps. */
  readonly idleTimeoutMs?: number;
  /** Which of `instances` this is, from 1; absent for a service without instances. */
  readonly instance?: number;
  /** The section that declares it, where that declares several and has another name. */
  readonly section?: string;
  /** Why it is not enabled although its section says so: no active profile, a spare. */
  readonly withoutProfile?: string;
  readonly multiline: boolean | RegExp;
  /** A line of its output that states a level at its head has that level. */
  readonly readLevels: boolean;
  readonly debug: boolean;
  /** Position of the section; absent where no file declares it. */
  readonly origin?: Diagnostic["position"];
}

export type LogFormat = "text" | "json" | "rfc5424";

export interface LoggingConfig {
  /** With the suffix `.logging`. */
  readonly name: string;
  readonly enabled: boolean;
  readonly selector: string;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** strftime template; absolute, or relative to the logging user's home (already joined). */
  readonly file?: string;
  readonly overwrite: boolean;
  /** The container does not start without the file. */
  readonly required?: boolean;
  readonly syslogHost?: RemoteAddress;
  readonly extended: boolean;
  readonly logrecHostname?: string;
  /** Owner of created files and directories. */
  readonly identity?: Identity;
  readonly format: LogFormat;
  readonly rotateSizeBytes?: number;
  readonly rotateEvery?: "hour" | "day" | "week" | "month";
  readonly rotateKeep: number;
  readonly rotateCompress: boolean;
  /**
   * What happens when the destination is slower than its input for longer than the buffer lasts.
   */
  readonly whenFull: "block" | "drop";
  readonly queueSizeBytes: number;
  /** Records that one program may write in each period; absent: unlimited. */
  readonly rateLimit?: RateLimit;
  readonly tlsCaFile?: string;
  /** Position of the section, for errors that only show when it is opened. */
  readonly origin: Diagnostic["position"];
}

/** What a signal to chaperone leads to. Names are those that telchap takes. */
export type SignalAction =
  | { readonly kind: "shutdown" }
  | { readonly kind: "reopen" | "ignore" | "forward" }
  | { readonly kind: "reload" | "restart"; readonly names: readonly string[] }
  | { readonly kind: "signal"; readonly name: string; readonly signal: number };

export interface SignalRule {
  readonly signal: number;
  readonly action: SignalAction;
}

/** So many in each period; the number is above 0 and may be a fraction. */
export interface RateLimit {
  readonly count: number;
  readonly periodMs: number;
}

export interface Settings {
  readonly shutdownTimeoutMs: number;
  /** As written, for messages. */
  readonly shutdownTimeoutText: string;
  readonly detectExit: boolean;
  /** Whether telchap may launch services. */
  readonly launch: boolean;
  readonly enableSyslog: boolean;
  readonly statusIntervalMs: number;
  readonly ignoreFailures: boolean;
  readonly identity?: Identity;
  readonly drainMs: number;
  /** Absent: a container whose services sleep stays. */
  readonly idleExitMs?: number;
  readonly console: "plain" | "prefix" | "json";
  readonly http?: string;
  /** Whether its pages may act; the path of a file: also for those who have the token in it. */
  readonly httpControl: boolean | string;
  readonly controlUid: number;
  /** Absent: no group but root's own. */
  readonly controlGid?: number;
  /** Absent: everybody may connect, and is judged by uid. */
  readonly controlMode?: number;
  readonly runDir?: string;
  /** Where what happened is kept beyond the container's end; absent: in the usual place, if it is there. */
  readonly stateDir?: string;
  readonly stateSizeBytes: number;
  /** How much all log files together may take. */
  readonly logDiskMaxBytes?: number;
  /** How much of a file system log files leave free. */
  readonly logDiskReserveBytes?: number;
  readonly logLineMaxBytes: number;
  readonly signals: readonly SignalRule[];
}

export interface Config {
  readonly settings: Settings;
  /** In file order, CONSOLE last. */
  readonly services: readonly ServiceConfig[];
  readonly loggings: readonly LoggingConfig[];
  /** Those of the services that no file declares. */
  readonly launched: readonly LaunchedService[];
  readonly alerts: readonly AlertConfig[];
  /** What loads but cannot work as written; told once at start. */
  readonly warnings: readonly Diagnostic[];
  /** The merged text, for `--debug`. */
  readonly dump: string;
  /** Keys that stand twice in one place, for `telchap check`. */
  readonly repeats: readonly Diagnostic[];
  /** Each directive as it was written, for `telchap check`. */
  readonly written: WrittenSections;
}
