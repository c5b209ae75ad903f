/** From a checked section to services: one, or as many as `instances` says. */
import { shortName } from "../base/service_name.ts";
import { DURATION_MAX_MS } from "../base/duration.ts";
import { SIGNAL } from "../base/signals.ts";
import { buildCrontab, type CrontabContext } from "./build_crontab.ts";
import type { Defaults } from "./build_settings.ts";
import { INSTANCES_MAX, SURGE_MAX } from "./directive.ts";
import { rowReader } from "./directive_row.ts";
import type { ServiceSection } from "./directives.ts";
import { GROUP_ROWS } from "./directives_group.ts";
import { HOOK_ROWS } from "./directives_hooks.ts";
import { LIFE_ROWS } from "./directives_life.ts";
import { PROCESS_ROWS } from "./directives_process.ts";
import { RESTART_ROWS } from "./directives_restart.ts";
import { SECRET_ROWS } from "./directives_secrets.ts";
import { TRIGGER_ROWS } from "./directives_triggers.ts";
import { WATCH_ROWS } from "./directives_renewal.ts";
import { ROLL_ROWS } from "./directives_roll.ts";
import { readConfinement, type SandboxParsers } from "./confinement.ts";
import type { Environment } from "./environment/environment.ts";
import { type NamedIdentity, readIdentity, withGroups } from "./identity.ts";
import { parseListenSpec } from "./listen_address.ts";
import type { RestartPolicy, ServiceConfig, ServiceHooks, ServiceType } from "./model.ts";
import type { Identity } from "../base/identity.ts";
import { checkTriggers } from "./check_triggers.ts";
import { present } from "./present.ts";
import type { Problems } from "./source/problems.ts";
import { readCron } from "./read_cron.ts";
import { readOwn } from "./own.ts";
import { readRecycle } from "./recycle.ts";
import { readAfter, readEdges, refuseReservedName } from "./references.ts";
import type { PrintedNumber } from "./section.ts";
import { parseLocalTime, secondsToMs } from "./values.ts";
import { checkWatch, readWatch } from "./watch.ts";

/** What building a service needs besides its section. */
export interface ServiceContext extends CrontabContext {
  /** Whether a section of that name exists. */
  readonly isService: (name: string) => boolean;
  /** With `--disable-services`, services exist and are disabled. */
  readonly disableServices: boolean;
  readonly sandboxParsers: () => SandboxParsers;
  /** What CHAPERONE_PROFILE names. */
  readonly profiles: ReadonlySet<string>;
}

/** Default time limits of a start, as 0.3.9 prints them. */
const PROCESS_TIMEOUT: Readonly<Record<ServiceType, PrintedNumber>> = {
  simple: { value: 30, text: "30.0" },
  oneshot: { value: 60, text: "60.0" },
  forking: { value: 30, text: "30.0" },
  notify: { value: 300, text: "300" },
  cron: { value: 30, text: "30.0" },
  inetd: { value: 30, text: "30.0" },
};

/** What makes a service one of several that a section declares. */
interface Copy {
  readonly instance?: number;
  /** The word of `for_each`. */
  readonly each?: string;
  readonly isSpare?: true;
}

const readProcess = rowReader<ServiceConfig>()(PROCESS_ROWS);
const readGroup = rowReader<ServiceConfig>()(GROUP_ROWS);
const readLife = rowReader<ServiceConfig>()(LIFE_ROWS);
const readSecrets = rowReader<ServiceConfig>()(SECRET_ROWS);
const readHookTimes = rowReader<ServiceConfig>()(HOOK_ROWS);
const readWatchTimes = rowReader<ServiceConfig>()(WATCH_ROWS);
const readRoll = rowReader<ServiceConfig>()(ROLL_ROWS);
const readTriggers = rowReader<ServiceConfig>()(TRIGGER_ROWS);
const readRestart = rowReader<RestartPolicy>()(RESTART_ROWS);

/** Builds what a service section declares. */
export function buildServices(section: ServiceSection, context: ServiceContext): ServiceConfig[] {
  const stem = shortName(section.name);
  refuseReservedName(section, stem, context.problems);
  const named = readUser(section, context);
  if (section.word("type") === "crontab") {
    return buildCrontab(section, context, named, (name, user, line) => {
      return buildService(section, name, user, context, { instance: line });
    });
  }
  if (section.has("file")) {
    const message = `file of ${section.name} has no effect without 'type: crontab'`;
    context.problems.warn(message, section.placeOf("file"));
  }
  if (section.has("for_each")) return buildForEach(section, named, context);
  if (section.has("instances")) return buildInstances(section, named, context);
  for (const name of ["max_unavailable", "max_surge", "canary"] as const) {
    if (!section.has(name)) continue;
    const message = `${name} of ${section.name} has no effect without instances`;
    context.problems.warn(message, section.placeOf(name));
  }
  return [buildService(section, section.name, named, context)];
}

function buildInstances(
  section: ServiceSection,
  named: NamedIdentity,
  context: ServiceContext,
): ServiceConfig[] {
  const environment = deriveEnvironment(section, section.name, named.own, context.defaults);
  const count = section.whole("instances", environment, 1, INSTANCES_MAX) ?? 1;
  const surge = section.whole("max_surge", environment, 1, SURGE_MAX) ?? 0;
  const built = Array.from({ length: count + surge }, (_, index) => {
    const name = `${shortName(section.name)}.${index + 1}.service`;
    const copy = { instance: index + 1, ...(index < count ? {} : { isSpare: true } as const) };
    return buildService(section, name, named, context, copy);
  });
  if (surge === 0 && built[0]?.maxUnavailable === 0) {
    section.fail(
      "max_unavailable",
      "max_unavailable: 0 needs a max_surge: nothing could be restarted",
    );
  }
  return built;
}

function buildForEach(
  section: ServiceSection,
  named: NamedIdentity,
  context: ServiceContext,
): ServiceConfig[] {
  if (section.has("instances")) {
    section.fail("instances", `for_each and instances of ${section.name} cannot go together`);
  }
  const environment = deriveEnvironment(section, section.name, named.own, context.defaults);
  const texts = section.texts("for_each", environment) ?? [];
  const words = texts.flatMap((text) => text.split(/\s+/)).filter((word) => word !== "");
  if (words.length > INSTANCES_MAX) {
    section.fail("for_each", `for_each of ${section.name} has more than ${INSTANCES_MAX} words`);
    return [];
  }
  const made = new Map<string, string>();
  return words.flatMap((each) => {
    const name = `${shortName(section.name)}.${each.replace(/[^\w.-]/g, "-")}.service`;
    const former = made.get(name);
    if (former !== undefined) {
      const whose = `the one for '${former}'`;
      section.fail("for_each", `the service for '${each}' has the name of ${whose}, '${name}'`);
      return [];
    }
    made.set(name, each);
    return [buildService(section, name, named, context, { each })];
  });
}

function readUser(section: ServiceSection, context: ServiceContext): NamedIdentity {
  const { environment, identity } = context.defaults;
  const named = readIdentity(section, environment, context.accounts, identity);
  if (named.missingUser !== undefined && section.flag("optional") !== true) {
    section.fail("uid", `specified user ('${named.missingUser}') does not exist`);
  }
  return named;
}

function deriveEnvironment(
  section: ServiceSection,
  name: string,
  identity: Identity | undefined,
  defaults: Defaults,
  { instance, each }: Copy = {},
): Environment {
  return defaults.environment.derive({
    inherit: section.strings("env_inherit"),
    identity,
    set: section.stringMap("env_set"),
    unset: section.strings("env_unset"),
    constants: {
      _CHAP_SERVICE: name,
      ...(instance === undefined ? {} : { _CHAP_INSTANCE: String(instance) }),
      ...(each === undefined ? {} : { _CHAP_EACH: each }),
    },
  });
}

function buildService(
  section: ServiceSection,
  name: string,
  named: NamedIdentity,
  context: ServiceContext,
  copy: Copy = {},
): ServiceConfig {
  const { defaults } = context;
  const environment = deriveEnvironment(section, name, named.own, defaults, copy);
  section.checkEnvironment(environment);
  const word = section.word("type") ?? "simple";
  const type = (word === "crontab" ? "cron" : word) as ServiceType;
  const identity = withGroups(section, environment, context.accounts, named.identity);
  const service = present<ServiceConfig>({
    ...readProcess(section, environment),
    ...readGroup(section, environment),
    ...readLife(section, environment),
    ...readSecrets(section, environment),
    redact: section.flag("redact") ?? defaults.redact,
    ...readHookTimes(section, environment),
    ...readWatchTimes(section, environment),
    recycle: readRecycle(section, environment),
    watch: readWatch(section, environment),
    ...readRoll(section, environment),
    ...readTriggers(section, environment),
    hooks: readHooks(section, environment),
    ...readCommand(section, environment),
    ...defaults.confinement,
    ...readConfinement(section, environment, context.sandboxParsers),
    ...readTimes(section, type, defaults),
    own: allOwn(section, environment, context),
    name,
    type,
    ...readEnabled(section, environment, context, copy),
    identity,
    missingUser: named.missingUser,
    environment,
    restart: present<RestartPolicy>(readRestart(section, environment)),
    ignoreFailures: section.flag("ignore_failures") ?? defaults.ignoreFailures,
    after: readAfter(section, context.isService),
    edges: readEdges(section, context.isService),
    cron: readInterval(section, environment, type),
    instance: copy.instance,
    isSpare: copy.isSpare,
    section: name === section.name ? undefined : section.name,
    debug: section.flag("debug") ?? defaults.debug,
    origin: section.origin,
  });
  warnAbout(service, section, context.problems);
  checkTriggers(service, section, context);
  return service;
}

function readEnabled(
  section: ServiceSection,
  environment: Environment,
  { profiles, disableServices }: ServiceContext,
  { isSpare }: Copy,
) {
  if (isSpare) {
    return { enabled: false, withoutProfile: "it is a spare, which restarts of the others start" };
  }
  const isEnabled = section.boolean("enabled", environment) !== false && !disableServices;
  const own = section.names("profiles");
  if (own.length === 0 || own.some((name) => profiles.has(name))) return { enabled: isEnabled };
  const active = profiles.size === 0 ? "is not set" : `names ${[...profiles].join(", ")}`;
  return {
    enabled: false,
    withoutProfile: `it belongs to the profile ${own.join(", ")}, and CHAPERONE_PROFILE ${active}`,
  };
}

/** Absent where there is none, as for most services. */
function readHooks(section: ServiceSection, environment: Environment): ServiceHooks | undefined {
  const hooks = present<ServiceHooks>({
    onStart: section.command("on_start", environment),
    onReady: section.command("on_ready", environment),
    onStop: section.command("on_stop", environment),
  });
  return Object.keys(hooks).length === 0 ? undefined : hooks;
}

/** What the settings give to somebody comes first. */
function allOwn(
  section: ServiceSection,
  environment: Environment,
  { accounts, defaults }: ServiceContext,
) {
  const own = readOwn(section, environment, { accounts, isShared: false });
  return own === undefined ? defaults.own : [...defaults.own ?? [], ...own];
}

function readCommand(section: ServiceSection, environment: Environment) {
  const command = section.expanded("command", environment) ?? "";
  return { command, argv: section.split("command", command) ?? [] };
}

function readTimes(section: ServiceSection, type: ServiceType, defaults: Defaults) {
  const timeout = section.number("process_timeout") ?? defaults.processTimeout ??
    PROCESS_TIMEOUT[type];
  const pause = section.number("startup_pause")?.value;
  return {
    // 0 is no limit, as in restart_limit.
    processTimeoutMs: timeout.value === 0 ? DURATION_MAX_MS : secondsToMs(timeout.value),
    processTimeoutText: timeout.text,
    startupPauseMs: pause === undefined ? defaults.startupPauseMs : secondsToMs(pause),
    idleDelayMs: defaults.idleDelayMs,
  };
}

/** Undefined without a time, and for other types. */
function readInterval(section: ServiceSection, environment: Environment, type: ServiceType) {
  const interval = section.expanded("interval", environment);
  const onceAt = section.parsedSource("once_at", environment, parseLocalTime);
  const cron = readCron(section, environment, { interval, onceAt });
  if (section.has("interval") && section.has("once_at")) {
    section.fail("once_at", `once_at and interval of ${section.name} cannot go together`);
  }
  const isDue = interval !== undefined || section.has("once_at");
  return type === "cron" && isDue ? cron : undefined;
}

/** In the name of the section: what it says is told once, however many services it makes. */
function warnAbout(service: ServiceConfig, section: ServiceSection, problems: Problems): void {
  const { name } = section;
  const { type, listen, onDemand } = service;
  if (type === "forking" && service.exitKills && service.pidfile === undefined) {
    problems.warn(
      `${name} has exit_kills, which a forking service without pidfile cannot honour`,
      section.placeOf("exit_kills"),
    );
  }
  if (onDemand && listen.length === 0) {
    problems.warn(
      `on_demand of ${name} has no effect without listen`,
      section.placeOf("on_demand"),
    );
  }
  checkWatch(service, section, problems);
  if (service.idleTimeoutMs !== undefined) checkIdleTimeout(service, section, problems);
  if (type === "cron" && listen.length > 0) {
    problems.warn(`listen of ${name} has no effect in a cron service`, section.placeOf("listen"));
  }
  if (type === "inetd" && listen.some(isDatagram)) {
    section.fail("listen", "an inetd service cannot listen for datagrams, only for connections");
  }
}

function checkIdleTimeout(
  { type, listen }: ServiceConfig,
  section: ServiceSection,
  problems: Problems,
): void {
  const isOwn = type === "simple" || type === "notify" || type === "forking";
  if (listen.length === 0 || !isOwn) {
    const why = isOwn ? "without listen" : `for type ${type}`;
    const message = `idle_timeout of ${section.name} has no effect ${why}`;
    problems.warn(message, section.placeOf("idle_timeout"));
  } else if (listen.some(isDatagram)) {
    section.fail(
      "idle_timeout",
      "a service that listens for datagrams has no connections to count",
    );
  }
}

function isDatagram(listen: string): boolean {
  const kind = parseListenSpec(listen)?.address.kind;
  return kind === "udp" || kind === "unix-dgram";
}

/** The command of the command line. */
export interface ConsoleCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether the container ends with it. */
  readonly exitKills: boolean;
  readonly interactive: boolean;
  readonly taskMode: boolean;
}

/** Builds the service CONSOLE out of the command on the command line. */
export function buildConsole(
  command: ConsoleCommand,
  section: ServiceSection,
  context: ServiceContext,
): ServiceConfig {
  const { userOption, identity } = context.defaults;
  const base = buildService(
    section,
    section.name,
    present<NamedIdentity>({ identity: userOption ?? identity, own: userOption }),
    { ...context, disableServices: false },
  );
  const expand = (word: string) => section.expandText(word, base.environment) ?? word;
  const argv = [command.command, ...command.args].map(expand);
  return {
    ...base,
    command: argv.join(" "),
    argv,
    groups: ["IDLE"],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    killSignal: command.interactive ? SIGNAL.SIGHUP : SIGNAL.SIGTERM,
    setpgrp: !command.interactive,
    exitKills: command.exitKills,
    ignoreFailures: !command.taskMode,
    // It writes to the terminal itself: nothing passes through chaperone.
    redact: base.redact === true && !command.interactive,
  };
}
