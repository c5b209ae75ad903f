/**
 * From a section of `type: crontab` to the cron services that the lines of its file stand for. The
 * rest of the section holds for each of them.
 */
import { shortName } from "../base/service_name.ts";
import type { Accounts } from "../base/accounts.ts";
import { type Diagnostic, SystemError } from "../base/errors.ts";
import { AccountError, resolveIdentity } from "./resolve_identity.ts";
import type { Defaults } from "./build_settings.ts";
import { type CrontabEntry, parseCrontab } from "./crontab.ts";
import type { Environment } from "./environment/environment.ts";
import type { NamedIdentity } from "./identity.ts";
import type { ServiceConfig } from "./model.ts";
import type { CheckInterval } from "./interval_check.ts";
import type { ConfigFiles } from "./source/config_files.ts";
import type { Problems } from "./source/problems.ts";
import type { ServiceSection } from "./directives.ts";
import { readCron } from "./read_cron.ts";

/** What building a service needs besides its section, and what the lines of a crontab need. */
export interface CrontabContext {
  readonly defaults: Defaults;
  readonly accounts: Accounts;
  readonly problems: Problems;
  readonly files: Pick<ConfigFiles, "readFor" | "readRoots">;
  readonly checkInterval?: CheckInterval | undefined;
  /** Whether chaperone may run services as other users. */
  readonly isRoot: boolean;
}

/** Builds a service out of the section alone, under a name and as a user. */
type BuildOne = (name: string, user: NamedIdentity, line: number) => ServiceConfig;

/** What cron(8) gives a command, whatever the environment that it was started in. */
const FIXED = { SHELL: "/bin/sh", PATH: "/usr/bin:/bin" };
/** What of the container's environment is nevertheless taken over: who chaperone is, and where. */
const KEPT = ["HOME", "USER", "LOGNAME", "TZ", "LANG", "LC_*"];

/** Builds a service for each line, named after the line: `jobs.12.service`. */
export function buildCrontab(
  section: ServiceSection,
  context: CrontabContext,
  named: NamedIdentity,
  buildOne: BuildOne,
): ServiceConfig[] {
  const { defaults, problems, files, checkInterval, isRoot } = context;
  const path = section.expanded("file", defaults.environment) ?? "";
  if (!path.startsWith("/")) {
    section.fail(
      "file",
      `'file' of ${section.name} is not an absolute path; for example file: /etc/crontab`,
    );
    return [];
  }
  const system = section.boolean("user_column", defaults.environment) ?? isSystemCrontab(path);
  // Whoever may write it must not keep the others from starting.
  const isUsers = isRoot && !system && (named.identity?.uid ?? 0) !== 0;
  let text: string;
  try {
    text = system && isRoot ? files.readRoots(path) : files.readFor(path, named.identity);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const place = section.placeOf("file");
    if (isUsers) problems.warn(`${section.name} has no jobs: ${error.message}`, place);
    else problems.add(error.message, place);
    return [];
  }
  const crontab = parseCrontab(text, {
    file: path,
    system,
    ...(checkInterval === undefined ? {} : { check: checkInterval }),
  });
  if (isUsers) problems.warnAll(crontab.errors);
  else problems.addAll(crontab.errors);
  problems.warnAll(crontab.warnings);
  const stem = shortName(section.name);
  return crontab.entries.map((entry) => {
    const user = userOf(entry, path, context, named);
    const base = buildOne(`${stem}.${entry.line}.service`, user, entry.line);
    return applyEntry(section, context, base, entry);
  });
}

function isSystemCrontab(path: string): boolean {
  return path === "/etc/crontab" || path.startsWith("/etc/cron.d/");
}

function userOf(
  entry: CrontabEntry,
  file: string,
  { accounts, problems, isRoot }: CrontabContext,
  named: NamedIdentity,
): NamedIdentity {
  if (entry.user === undefined) return named;
  const position: Diagnostic["position"] = { file, line: entry.line, column: 1 };
  if (!isRoot) {
    const message = `runs as chaperone itself, which is not root, instead of as '${entry.user}'`;
    problems.warnAll([{ message, position }]);
    return {};
  }
  try {
    const own = resolveIdentity(accounts, entry.user, undefined);
    return { identity: own, own };
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    problems.addAll([{ message: error.message, position }]);
    return {};
  }
}

function applyEntry(
  section: ServiceSection,
  { defaults }: CrontabContext,
  base: ServiceConfig,
  entry: CrontabEntry,
): ServiceConfig {
  const { interval, timezone, command, argv, input = "" } = entry;
  return {
    ...base,
    type: "cron",
    command,
    argv,
    input,
    cron: {
      ...readCron(section, base.environment, { interval, days: "crontab" }),
      ...(timezone === undefined ? {} : { timezone }),
    },
    environment: environmentOf(section, defaults.environment, base, entry),
  };
}

/**
 * Returns the fixed environment of cron(8) with the settings of the crontab. What the section sets
 * itself comes on top, and what its `env_inherit` names is taken over besides.
 */
function environmentOf(
  section: ServiceSection,
  outer: Environment,
  base: ServiceConfig,
  entry: CrontabEntry,
): Environment {
  const own = base.identity;
  const level = {
    identity: own,
    set: section.stringMap("env_set"),
    constants: { _CHAP_SERVICE: base.name, _CHAP_INSTANCE: String(entry.line) },
  };
  const inherit = [...KEPT, ...section.strings("env_inherit") ?? []];
  return outer.derive({ inherit, ...level }).withFileEntries({ ...FIXED, ...entry.environment });
}
