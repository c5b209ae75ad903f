/**
 * What is different between two configurations, in the words of the directives. Says of each
 * difference whether a running service can take it over; knows nothing of what runs.
 */
import type { DirectiveName } from "./directives.ts";
import type { Config, LoggingConfig, ServiceConfig, Settings } from "./model.ts";

/** A section that is not as it was. */
export interface SectionChange {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  /** Which directives differ, in the order of the model; empty unless changed. */
  readonly directives: readonly string[];
}

export interface ServiceChange extends SectionChange {
  /** Which variables of its environment are defined differently. */
  readonly variables: readonly string[];
  /** Whether only a new process takes the change over. */
  readonly needsRestart: boolean;
}

export interface SettingChange {
  readonly directive: string;
  /** False: only a new start of chaperone takes it over. */
  readonly isLive: boolean;
}

export interface ConfigDiff {
  readonly services: readonly ServiceChange[];
  /** How many services are the same in both. */
  readonly unchangedCount: number;
  readonly loggings: readonly SectionChange[];
  readonly settings: readonly SettingChange[];
}

/** How a field of the model is told: by its directive, or by those of its own fields. */
interface Field {
  readonly directive: DirectiveName | Readonly<Record<string, DirectiveName>>;
  /** A running process goes on with it: it is looked at only when something happens. */
  readonly isLive?: true;
}

const live = (directive: Field["directive"]): Field => ({ directive, isLive: true });
const fixed = (directive: Field["directive"]): Field => ({ directive });

/**
 * Fields without a directive of their own are undefined. The type makes sure that none is missing.
 */
type Fields<T> = Readonly<Record<keyof T, Field | undefined>>;

const ACCOUNT: Readonly<Record<string, DirectiveName>> = {
  uid: "uid",
  gid: "gid",
  groups: "groups",
  userName: "uid",
  home: "uid",
};

const SERVICE_FIELDS: Fields<ServiceConfig> = {
  name: undefined,
  type: fixed("type"),
  command: fixed("command"),
  argv: fixed("command"),
  enabled: live("enabled"),
  optional: live("optional"),
  directory: fixed("directory"),
  identity: fixed(ACCOUNT),
  missingUser: fixed("uid"),
  environment: undefined,
  envFiles: fixed("env_file"),
  envFromFile: fixed("env_from_file"),
  stdin: fixed("stdin"),
  stdout: fixed("stdout"),
  stderr: fixed("stderr"),
  setpgrp: fixed("setpgrp"),
  pidfile: fixed("pidfile"),
  processTimeoutMs: live("process_timeout"),
  processTimeoutText: live("process_timeout"),
  startupPauseMs: live("startup_pause"),
  idleDelayMs: live("idle_delay"),
  restart: live({
    when: "restart",
    limit: "restart_limit",
    delayMs: "restart_delay",
    backoffMaxMs: "restart_backoff",
    windowMs: "restart_window",
    noRetry: "no_retry_codes",
    onGiveUp: "on_give_up",
  }),
  success: live("success_codes"),
  exitKills: live("exit_kills"),
  ignoreFailures: live("ignore_failures"),
  groups: live("service_groups"),
  after: live("after"),
  before: live("before"),
  killSignal: live("kill_signal"),
  stopSequence: live("stop_sequence"),
  stopTimeoutMs: live("stop_timeout"),
  stopCommand: live("stop_command"),
  reloadCommand: live("reload_command"),
  reloadSignal: live("reload_signal"),
  waitFor: live("wait_for"),
  waitTimeoutMs: live("wait_timeout"),
  umask: fixed("umask"),
  nice: fixed("nice"),
  oomScoreAdj: fixed("oom_score_adj"),
  limits: fixed("limits"),
  ready: fixed("ready"),
  health: fixed("health"),
  watchdogMs: fixed("watchdog"),
  cron: fixed({
    interval: "interval",
    timezone: "timezone",
    days: "type",
    overlap: "overlap",
    jitterMs: "jitter",
    runTimeoutMs: "run_timeout",
    onFailure: "on_failure",
  }),
  input: fixed("command"),
  port: fixed("port"),
  maxInstances: fixed("max_instances"),
  listen: fixed("listen"),
  onDemand: fixed("on_demand"),
  instance: undefined,
  multiline: fixed("multiline"),
  readLevels: fixed("read_levels"),
  debug: live("debug"),
  origin: undefined,
};

const LOGGING_FIELDS: Fields<LoggingConfig> = {
  name: undefined,
  enabled: live("enabled"),
  selector: live("selector"),
  stdout: live("stdout"),
  stderr: live("stderr"),
  file: live("file"),
  overwrite: live("overwrite"),
  required: live("required"),
  syslogHost: live("syslog_host"),
  extended: live("extended"),
  logrecHostname: live("logrec_hostname"),
  identity: live(ACCOUNT),
  format: live("format"),
  rotateSizeBytes: live("rotate_size"),
  rotateEvery: live("rotate_every"),
  rotateKeep: live("rotate_keep"),
  rotateCompress: live("rotate_compress"),
  whenFull: live("when_full"),
  queueSizeBytes: live("queue_size"),
  rateLimit: live("rate_limit"),
  tlsCaFile: live("tls_ca_file"),
  origin: undefined,
};

/**
 * Defaults for sections are no setting of the container: each section says what it makes of them.
 */
const SETTINGS_FIELDS: Fields<Settings> = {
  shutdownTimeoutMs: live("shutdown_timeout"),
  shutdownTimeoutText: live("shutdown_timeout"),
  detectExit: live("detect_exit"),
  enableSyslog: fixed("enable_syslog"),
  statusIntervalMs: fixed("status_interval"),
  ignoreFailures: undefined,
  identity: undefined,
  drainMs: live("drain"),
  console: fixed("console"),
  http: fixed("http"),
  controlUid: fixed("control_uid"),
  controlGid: fixed("control_gid"),
  controlMode: fixed("control_mode"),
  runDir: fixed("run_dir"),
  logLineMaxBytes: fixed("log_line_max"),
  signals: live("signals"),
};

/** Compares two configurations. Sections are listed in their order, those that are gone last. */
export function diffConfigs(before: Config, after: Config): ConfigDiff {
  const services = diffSections(before.services, after.services, changeOfService);
  const kept = services.filter(({ kind }) => kind !== "removed").length;
  return {
    services: services.map((change) => ({ variables: [], needsRestart: true, ...change })),
    unchangedCount: after.services.length - kept,
    loggings: diffSections(before.loggings, after.loggings, (a, b) => {
      const directives = differing(LOGGING_FIELDS, a, b).map(({ directive }) => directive);
      return directives.length === 0 ? undefined : { directives };
    }),
    settings: differing(SETTINGS_FIELDS, before.settings, after.settings),
  };
}

type Difference = Pick<SectionChange, "directives"> & Partial<ServiceChange>;

function diffSections<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  compare: (before: T, after: T) => Difference | undefined,
): (SectionChange & Partial<ServiceChange>)[] {
  const former = new Map(before.map((section) => [section.name, section]));
  const changes: (SectionChange & Partial<ServiceChange>)[] = [];
  for (const section of after) {
    const { name } = section;
    const known = former.get(name);
    former.delete(name);
    if (known === undefined) {
      changes.push({ name, kind: "added", directives: [] });
      continue;
    }
    const difference = compare(known, section);
    if (difference !== undefined) changes.push({ name, kind: "changed", ...difference });
  }
  const removed = [...former.keys()];
  return [
    ...changes,
    ...removed.map((name) => ({ name, kind: "removed", directives: [] } as const)),
  ];
}

function changeOfService(before: ServiceConfig, after: ServiceConfig): Difference | undefined {
  const changes = differing(SERVICE_FIELDS, before, after);
  const variables = before.environment.differences(after.environment);
  if (changes.length + variables.length === 0) return undefined;
  return {
    directives: changes.map(({ directive }) => directive),
    variables,
    needsRestart: variables.length > 0 || changes.some(({ isLive }) => !isLive),
  };
}

/** Returns each directive once; it is live where all its fields are. */
function differing<T extends object>(fields: Fields<T>, before: T, after: T): SettingChange[] {
  const found = new Map<string, boolean>();
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const field = fields[key];
    if (field === undefined || isSame(before[key], after[key])) continue;
    const isLive = field.isLive === true;
    for (const directive of directivesOf(field.directive, before[key], after[key])) {
      found.set(directive, (found.get(directive) ?? true) && isLive);
    }
  }
  return [...found].map(([directive, isLive]) => ({ directive, isLive }));
}

function directivesOf(directive: Field["directive"], before: unknown, after: unknown): string[] {
  if (typeof directive === "string") return [directive];
  const a = (before ?? {}) as Record<string, unknown>;
  const b = (after ?? {}) as Record<string, unknown>;
  return Object.keys(directive).flatMap((key) =>
    isSame(a[key], b[key]) ? [] : directive[key] ?? []
  );
}

/** Compares values of the model: plain data and regular expressions. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof RegExp || b instanceof RegExp) return String(a) === String(b);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Array.isArray(a) === Array.isArray(b) &&
    [...keys].every((key) =>
      isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}
