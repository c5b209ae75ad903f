/** From a checked section to services: one, or as many as `instances` says. */
import { shortName } from "../base/service_name.ts";
import { DURATION_MAX_MS } from "../base/duration.ts";
import { SIGNAL } from "../base/signals.ts";
import type { Accounts } from "../base/accounts.ts";
import { buildCrontab } from "./build_crontab.ts";
import { type Defaults, secondsToMs } from "./build_settings.ts";
import type { Environment } from "./environment/environment.ts";
import { type NamedIdentity, readIdentity, withGroups } from "./identity.ts";
import { parseListen, parseListenSpec } from "./listen_address.ts";
import type { ServiceConfig, ServiceType, StreamTarget } from "./model.ts";
import type { Identity } from "../base/identity.ts";
import { checkTriggers } from "./check_triggers.ts";
import { present } from "./optional.ts";
import { readHealth, readReady } from "./probes.ts";
import type { Problems } from "./source/problems.ts";
import { isReservedName, readAfter, readBefore, readGroups } from "./references.ts";
import type { PrintedNumber, Section } from "./section.ts";
import {
  readCron,
  readKillSignal,
  readLimits,
  readRestart,
  readStopSequence,
  readSuccess,
} from "./service_policy.ts";
import {
  parseAnySignal,
  parseBoolean,
  parseMode,
  parseRegExp,
  parseWaitTarget,
  parseWhole,
} from "./values.ts";

/** What building a service needs besides its section. */
export interface ServiceContext {
  readonly defaults: Defaults;
  readonly accounts: Accounts;
  readonly problems: Problems;
  /** Whether a section of that name exists. */
  readonly isService: (name: string) => boolean;
  /** With `--disable-services`, services exist and are disabled. */
  readonly disableServices: boolean;
  /** Reads a crontab. @throws {SystemError} */
  readonly readText: (path: string) => string;
  /** Says what is wrong with an interval in a time zone; `undefined`: nothing. */
  readonly checkInterval?:
    | ((
      interval: string,
      timezone?: string,
      options?: { readonly days?: "crontab" },
    ) => string | undefined)
    | undefined;
  /** Whether chaperone may run services as other users. */
  readonly isRoot: boolean;
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

const WAIT_TIMEOUT_MS = 60_000;
const INSTANCES_MAX = 1000;

/** Builds what a service section declares. */
export function buildServices(section: Section, context: ServiceContext): ServiceConfig[] {
  const stem = shortName(section.name);
  if (isReservedName(stem)) {
    context.problems.add(
      `all-uppercase names such as '${section.name}' are reserved for the system.`,
      section.place,
    );
  }
  const { defaults } = context;
  const named = readUser(section, context);
  if (section.word("type") === "crontab") {
    return buildCrontab(section, context, named, (name, user, line) => {
      return buildService(section, name, user, context, line);
    });
  }
  if (section.has("file")) {
    const message = `file of ${section.name} has no effect without 'type: crontab'`;
    context.problems.warn(message, section.placeOf("file"));
  }
  if (!section.has("instances")) return [buildService(section, section.name, named, context)];
  const environment = deriveEnvironment(section, section.name, named.own, defaults);
  const count = section.whole("instances", environment, 1, INSTANCES_MAX) ?? 1;
  return Array.from({ length: count }, (_, index) => {
    const name = `${stem}.${index + 1}.service`;
    if (context.isService(name)) {
      section.fail("instances", `instance '${name}' has the name of another service`);
    }
    return buildService(section, name, named, context, index + 1);
  });
}

function readUser(section: Section, context: ServiceContext): NamedIdentity {
  const { environment, identity } = context.defaults;
  const named = readIdentity(section, environment, context.accounts, identity);
  if (named.missingUser !== undefined && section.flag("optional") !== true) {
    section.fail("uid", `specified user ('${named.missingUser}') does not exist`);
  }
  return named;
}

function deriveEnvironment(
  section: Section,
  name: string,
  identity: Identity | undefined,
  defaults: Defaults,
  instance?: number,
): Environment {
  return defaults.environment.derive({
    inherit: section.strings("env_inherit"),
    identity,
    set: section.stringMap("env_set"),
    unset: section.strings("env_unset"),
    constants: {
      _CHAP_SERVICE: name,
      ...(instance === undefined ? {} : { _CHAP_INSTANCE: String(instance) }),
    },
  });
}

function buildService(
  section: Section,
  name: string,
  named: NamedIdentity,
  context: ServiceContext,
  instance?: number,
): ServiceConfig {
  const { defaults } = context;
  const environment = deriveEnvironment(section, name, named.own, defaults, instance);
  section.checkEnvironment(environment);
  const word = section.word("type") ?? "simple";
  const type = (word === "crontab" ? "cron" : word) as ServiceType;
  const identity = withGroups(section, environment, context.accounts, named.identity);
  const service = present<ServiceConfig>({
    name,
    type,
    ...readCommand(section, environment),
    enabled: !(section.boolean("enabled", environment) === false || context.disableServices),
    optional: section.flag("optional") ?? false,
    directory: section.expanded("directory", environment) || undefined,
    identity,
    missingUser: named.missingUser,
    environment,
    ...readStart(section, environment, type, defaults),
    restart: readRestart(section, environment),
    success: readSuccess(section, environment),
    exitKills: section.flag("exit_kills") ?? false,
    ignoreFailures: section.flag("ignore_failures") ?? defaults.ignoreFailures,
    ...readRelations(section, context),
    ...readStop(section, environment),
    ...readResources(section, environment),
    ...readNetwork(section, environment),
    ready: readReady(section, environment),
    health: readHealth(section, environment),
    cron: readInterval(section, environment, type),
    instance,
    debug: section.flag("debug") ?? defaults.debug,
    origin: section.place?.file.position(section.place.offset),
  });
  warnAbout(service, section, context.problems);
  checkTriggers(service, section, context);
  return service;
}

function readRelations(section: Section, context: ServiceContext) {
  return {
    groups: readGroups(section),
    after: readAfter(section, context.isService),
    before: readBefore(section),
  };
}

function readCommand(section: Section, environment: Environment) {
  const command = section.expanded("command", environment) ?? "";
  return { command, argv: section.split("command", command) ?? [] };
}

function readStart(
  section: Section,
  environment: Environment,
  type: ServiceType,
  defaults: Defaults,
) {
  const timeout = section.number("process_timeout") ?? defaults.processTimeout ??
    PROCESS_TIMEOUT[type];
  const pause = section.number("startup_pause")?.value;
  return {
    envFiles: section.texts("env_file", environment) ?? [],
    envFromFile: section.boolean("env_from_file", environment) ?? false,
    stdin: (section.word("stdin") ?? "null") as ServiceConfig["stdin"],
    stdout: (section.word("stdout") ?? "log") as StreamTarget,
    stderr: (section.word("stderr") ?? "log") as StreamTarget,
    setpgrp: section.flag("setpgrp") ?? true,
    pidfile: section.expanded("pidfile", environment) || undefined,
    // 0 is no limit, as in restart_limit.
    processTimeoutMs: timeout.value === 0 ? DURATION_MAX_MS : secondsToMs(timeout.value),
    processTimeoutText: timeout.text,
    startupPauseMs: pause === undefined ? defaults.startupPauseMs : secondsToMs(pause),
    idleDelayMs: defaults.idleDelayMs,
    waitFor: section.parsedList("wait_for", environment, parseWaitTarget) ?? [],
    waitTimeoutMs: section.durationMs("wait_timeout", environment) ?? WAIT_TIMEOUT_MS,
    multiline: section.parsed("multiline", environment, parseMultiline) ?? false,
    readLevels: section.boolean("read_levels", environment) ?? true,
  };
}

function readStop(section: Section, environment: Environment) {
  return {
    killSignal: readKillSignal(section),
    stopSequence: readStopSequence(section, environment),
    stopTimeoutMs: unlimited(section.durationMs("stop_timeout", environment)),
    stopCommand: section.command("stop_command", environment),
    reloadCommand: section.command("reload_command", environment),
    reloadSignal: section.parsed("reload_signal", environment, parseAnySignal),
    watchdogMs: section.durationMs("watchdog", environment),
  };
}

/** A time of 0 is none at all, so that it can only mean that there is no limit. */
function unlimited(ms: number | undefined): number | undefined {
  return ms === 0 ? DURATION_MAX_MS : ms;
}

function readResources(section: Section, environment: Environment) {
  return {
    umask: section.parsedSource("umask", environment, parseMode),
    nice: section.whole("nice", environment, -20, 19),
    oomScoreAdj: section.whole("oom_score_adj", environment, -1000, 1000),
    limits: readLimits(section, environment),
  };
}

function readNetwork(section: Section, environment: Environment) {
  return {
    port: readPort(section, environment),
    maxInstances: section.whole("max_instances", environment, 1, Number.MAX_SAFE_INTEGER),
    listen: section.parsedList("listen", environment, parseListen) ?? [],
    onDemand: section.boolean("on_demand", environment) ?? false,
  };
}

function readPort(section: Section, environment: Environment): number | undefined {
  const text = section.expanded("port", environment);
  if (text === undefined) return undefined;
  return parseWhole(text, 0, 65535) ??
    section.fail("port", `invalid integer parameter for 'port': '${text}'`);
}

/** Undefined without an interval, and for other types. */
function readInterval(section: Section, environment: Environment, type: ServiceType) {
  const interval = section.expanded("interval", environment);
  const cron = readCron(section, environment, interval ?? "");
  return type === "cron" && interval !== undefined ? cron : undefined;
}

function parseMultiline(text: string): boolean | RegExp | undefined {
  return parseBoolean(text) ?? parseRegExp(text);
}

function warnAbout(service: ServiceConfig, section: Section, problems: Problems): void {
  if (service.type === "forking" && service.exitKills && service.pidfile === undefined) {
    problems.warn(
      `${service.name} has exit_kills, which a forking service without pidfile cannot honour`,
      section.placeOf("exit_kills"),
    );
  }
  const { name, type, listen, onDemand } = service;
  if (onDemand && listen.length === 0) {
    problems.warn(
      `on_demand of ${name} has no effect without listen`,
      section.placeOf("on_demand"),
    );
  }
  if (type === "cron" && listen.length > 0) {
    problems.warn(`listen of ${name} has no effect in a cron service`, section.placeOf("listen"));
  }
  const isDatagram = (text: string) => /^(udp|unix-dgram)$/.test(kindOf(text) ?? "");
  if (type === "inetd" && listen.some(isDatagram)) {
    section.fail("listen", "an inetd service cannot listen for datagrams, only for connections");
  }
}

function kindOf(text: string): string | undefined {
  return parseListenSpec(text)?.address.kind;
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
  section: Section,
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
  };
}
