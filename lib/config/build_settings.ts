/** From the section `settings` to the settings, their environment, and defaults for the others. */
import type { Accounts } from "../base/accounts.ts";
import { DURATION_MAX_MS } from "../base/duration.ts";
import { AccountError, resolveGroup, resolveIdentity } from "./accounts.ts";
import type { Environment } from "./environment/environment.ts";
import { readId, readIdentity } from "./identity.ts";
import type { Settings } from "./model.ts";
import type { Identity } from "../base/identity.ts";
import { present } from "./optional.ts";
import type { Problems } from "./source/problems.ts";
import type { PrintedNumber, Section } from "./section.ts";
import { readSignals } from "./signal_rules.ts";
import { absolutePath, parseAddress, parseMode, parseSize } from "./values.ts";

/** What the command line and the surroundings say about settings. */
export interface SettingsOptions {
  /** Value of `--user` or the user that `--create-user` made. */
  readonly user?: string | undefined;
  readonly ignoreFailures?: boolean | undefined;
  /** False overrides any configuration. */
  readonly enableSyslog?: boolean | undefined;
  /** The variable CHAPERONE_CONSOLE: the look of the container's stdout, over any configuration. */
  readonly console?: string | undefined;
}

/** What other sections take over from the settings. */
export interface Defaults {
  readonly environment: Environment;
  readonly identity?: Identity;
  /** The account of `--user`, which the command on the command line runs as. */
  readonly userOption?: Identity;
  readonly processTimeout?: PrintedNumber;
  readonly startupPauseMs: number;
  readonly idleDelayMs: number;
  readonly ignoreFailures: boolean;
  readonly debug: boolean;
  readonly logrecHostname?: string;
}

/** Seconds as milliseconds, within what clocks and timers can take. */
export function secondsToMs(seconds: number): number {
  return Math.min(Math.max(seconds * 1000, 0), DURATION_MAX_MS);
}

const CONSOLE_LOOKS = ["plain", "prefix", "json"] as const;

/** Builds the settings. `base` is the environment that chaperone itself received. */
export function buildSettings(
  section: Section,
  base: Environment,
  accounts: Accounts,
  options: SettingsOptions,
  problems: Problems,
): { readonly settings: Settings; readonly defaults: Defaults } {
  const userOption = lookUpOption(accounts, options.user, problems);
  const named = readIdentity(section, base, accounts, undefined, options.user);
  // A missing user of `--user` has been reported without a position.
  if (named.missingUser !== undefined && named.missingUser !== options.user) {
    section.fail("uid", `specified user ('${named.missingUser}') does not exist`);
  }
  const environment = base.derive({
    inherit: section.strings("env_inherit"),
    identity: named.own,
    set: section.stringMap("env_set"),
    unset: section.strings("env_unset"),
  });
  const ignoreFailures = options.ignoreFailures || section.flag("ignore_failures") === true;
  const defaults = present<Defaults>({
    environment,
    identity: named.identity,
    userOption,
    processTimeout: section.number("process_timeout"),
    startupPauseMs: secondsToMs(section.number("startup_pause")?.value ?? 0.5),
    idleDelayMs: secondsToMs(section.number("idle_delay")?.value ?? 1),
    ignoreFailures,
    debug: section.flag("debug") ?? false,
    logrecHostname: section.expanded("logrec_hostname", environment) || undefined,
  });
  const settings = readSettings(section, environment, accounts, options, problems);
  return { settings: present<Settings>({ ...settings, identity: named.identity }), defaults };
}

function lookUpOption(
  accounts: Accounts,
  user: string | undefined,
  problems: Problems,
): Identity | undefined {
  if (user === undefined) return undefined;
  try {
    return resolveIdentity(accounts, user);
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    problems.add(error.message);
    return undefined;
  }
}

function readSettings(
  section: Section,
  environment: Environment,
  accounts: Accounts,
  options: SettingsOptions,
  problems: Problems,
): Settings {
  const timeout = section.number("shutdown_timeout") ?? { value: 8, text: "8" };
  // 0 acts as half a second in 0.3.9.
  const shutdown = timeout.value > 0 ? timeout : { value: 0.5, text: "0.5" };
  return present<Settings>({
    shutdownTimeoutMs: secondsToMs(shutdown.value),
    shutdownTimeoutText: shutdown.text,
    detectExit: section.flag("detect_exit") ?? true,
    enableSyslog: options.enableSyslog !== false && (section.flag("enable_syslog") ?? true),
    statusIntervalMs: secondsToMs(section.number("status_interval")?.value ?? 30),
    ignoreFailures: options.ignoreFailures || section.flag("ignore_failures") === true,
    drainMs: section.durationMs("drain", environment) ?? 0,
    console: consoleLook(options.console, problems) ??
      section.choice("console", environment) ?? "plain",
    http: section.parsedSource("http", environment, parseAddress),
    controlUid: readId(section, "control_uid", environment, (text) => {
      return resolveIdentity(accounts, text).uid;
    }) ?? 0,
    controlGid: readId(section, "control_gid", environment, (text) => {
      return resolveGroup(accounts, text);
    }),
    controlMode: section.parsedSource("control_mode", environment, parseMode),
    runDir: section.parsed("run_dir", environment, absolutePath),
    logLineMaxBytes: section.parsed("log_line_max", environment, lineMax) ?? LINE_MAX_DEFAULT_BYTES,
    signals: readSignals(section, environment),
  });
}

const LINE_MAX_DEFAULT_BYTES = 64 * 1024;

/** Shorter pieces than a datagram's usual kilobyte would tear ordinary lines apart. */
const LINE_MAX_LOWEST_BYTES = 1024;
const LINE_MAX_HIGHEST_BYTES = 16 * 1024 * 1024;

function lineMax(text: string): number | undefined {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < LINE_MAX_LOWEST_BYTES) return undefined;
  return bytes <= LINE_MAX_HIGHEST_BYTES ? bytes : undefined;
}

function consoleLook(
  word: string | undefined,
  problems: Problems,
): Settings["console"] | undefined {
  if (!word) return undefined;
  const look = CONSOLE_LOOKS.find((known) => known === word);
  if (look === undefined) {
    const known = CONSOLE_LOOKS.join(", ");
    problems.add(`invalid value of the variable CHAPERONE_CONSOLE: '${word}'; expected ${known}`);
  }
  return look;
}
