/** From a checked section to one logging section. */
import type { Accounts } from "../base/accounts.ts";
import type { Defaults } from "./build_settings.ts";
import { rowReader } from "./directive_row.ts";
import type { LoggingSection } from "./directives.ts";
import { LOGGING_ROWS } from "./directives_logging.ts";
import { readIdentity } from "./identity.ts";
import type { LoggingConfig } from "./model.ts";
import { present } from "./present.ts";
import type { Problems } from "./source/problems.ts";
import { refuseReservedName } from "./references.ts";

/** What building a logging section needs besides the section. */
export interface LoggingContext {
  readonly defaults: Defaults;
  readonly accounts: Accounts;
  readonly problems: Problems;
  /** With `--no-console-log`, no section writes to stdout or stderr. */
  readonly noConsoleLog: boolean;
}

const readAlone = rowReader<LoggingConfig>()(LOGGING_ROWS);

/** Builds a logging section. */
export function buildLogging(section: LoggingSection, context: LoggingContext): LoggingConfig {
  const { defaults, problems } = context;
  refuseReservedName(section, section.name.slice(0, -".logging".length), problems);
  const named = readIdentity(section, defaults.environment, context.accounts, defaults.identity);
  if (named.missingUser !== undefined) {
    section.fail("uid", `specified user ('${named.missingUser}') does not exist`);
  }
  const environment = defaults.environment.derive({ identity: named.own });
  section.checkEnvironment(environment);
  const home = named.identity?.home;
  return present<LoggingConfig>({
    ...readAlone(section, environment),
    name: section.name,
    selector: section.expanded("selector", environment) || "*.*",
    stdout: section.flag("stdout") === true && !context.noConsoleLog,
    stderr: section.flag("stderr") === true && !context.noConsoleLog,
    file: joinHome(section.expanded("file", environment) || undefined, home),
    logrecHostname: section.expanded("logrec_hostname", environment) || defaults.logrecHostname,
    identity: named.identity,
    origin: section.origin,
  });
}

function joinHome(file: string | undefined, home: string | undefined): string | undefined {
  if (file === undefined || home === undefined || file.startsWith("/")) return file;
  return home.endsWith("/") ? `${home}${file}` : `${home}/${file}`;
}
