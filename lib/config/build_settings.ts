/** From the section `settings` to the settings, their environment, and defaults for the others. */
import type { Accounts } from "../base/accounts.ts";
import { AccountError, resolveGroup, resolveIdentity } from "./resolve_identity.ts";
import { rowReader } from "./directive_row.ts";
import type { SettingsSection } from "./directives.ts";
import { SETTINGS_ROWS } from "./directives_settings.ts";
import { readConfinement, type SandboxParsers } from "./confinement.ts";
import type { Environment } from "./environment/environment.ts";
import { readId, readIdentity } from "./identity.ts";
import type { ConfinementConfig } from "./sandbox_model.ts";
import type { OwnedPlace, Settings } from "./model.ts";
import { readOwn } from "./own.ts";
import type { Identity } from "../base/identity.ts";
import { present } from "./present.ts";
import type { Problems } from "./source/problems.ts";
import type { PrintedNumber } from "./section.ts";
import { secondsToMs } from "./values.ts";

/** What the command line and the surroundings say about settings. */
export interface SettingsOptions {
  /** Value of `--user` or the user that `--create-user` made. */
  readonly user?: string | undefined;
  readonly ignoreFailures?: boolean | undefined;
  /** False overrides any configuration. */
  readonly enableSyslog?: boolean | undefined;
  /** The variable CHAPERONE_CONSOLE: the look of the container's stdout, over any configuration. */
  readonly console?: string | undefined;
  readonly sandboxParsers: () => SandboxParsers;
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
  readonly confinement: ConfinementConfig;
  readonly own?: readonly OwnedPlace[];
  readonly redact: boolean;
  readonly debug: boolean;
  readonly logrecHostname?: string;
}

const readAlone = rowReader<Settings>()(SETTINGS_ROWS);

const CONSOLE_LOOKS = ["plain", "prefix", "json"] as const;

/** Builds the settings. `base` is the environment that chaperone itself received. */
export function buildSettings(
  section: SettingsSection,
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
    confinement: readConfinement(section, environment, options.sandboxParsers),
    own: readOwn(section, environment, { accounts, isShared: true }),
    redact: section.flag("redact") ?? false,
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
  section: SettingsSection,
  environment: Environment,
  accounts: Accounts,
  options: SettingsOptions,
  problems: Problems,
): Settings {
  const timeout = section.number("shutdown_timeout") ?? { value: 8, text: "8" };
  // 0 acts as half a second in 0.3.9.
  const shutdown = timeout.value > 0 ? timeout : { value: 0.5, text: "0.5" };
  return present<Settings>({
    ...readAlone(section, environment),
    shutdownTimeoutMs: secondsToMs(shutdown.value),
    shutdownTimeoutText: shutdown.text,
    enableSyslog: options.enableSyslog !== false && (section.flag("enable_syslog") ?? true),
    ignoreFailures: options.ignoreFailures || section.flag("ignore_failures") === true,
    console: consoleLook(options.console, problems) ??
      section.choice("console", environment) ?? "plain",
    controlUid: readId(section, "control_uid", environment, (text) => {
      return resolveIdentity(accounts, text).uid;
    }) ?? 0,
    controlGid: readId(section, "control_gid", environment, (text) => {
      return resolveGroup(accounts, text);
    }),
  });
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
