/** From a checked section to one logging section. */
import type { SourcePosition } from "../base/errors.ts";
import type { Accounts } from "../base/accounts.ts";
import type { Defaults } from "./build_settings.ts";
import type { Environment } from "./environment/environment.ts";
import { readIdentity } from "./identity.ts";
import type { LoggingConfig } from "./model.ts";
import { present } from "./optional.ts";
import type { Problems } from "./source/problems.ts";
import { isReservedName } from "./references.ts";
import type { Section } from "./section.ts";
import { absolutePath, parseRate, parseSize, parseWhole } from "./values.ts";

/** What building a logging section needs besides the section. */
export interface LoggingContext {
  readonly defaults: Defaults;
  readonly accounts: Accounts;
  readonly problems: Problems;
  /** With `--no-console-log`, no section writes to stdout or stderr. */
  readonly noConsoleLog: boolean;
}

const QUEUE_BYTES = 1024 * 1024;
const ROTATE_KEEP = 7;
const ROTATE_KEEP_MAX = 100_000;

/** Builds a logging section. */
export function buildLogging(section: Section, context: LoggingContext): LoggingConfig {
  const { defaults, problems } = context;
  if (isReservedName(section.name.slice(0, -".logging".length))) {
    problems.add(
      `all-uppercase names such as '${section.name}' are reserved for the system.`,
      section.place,
    );
  }
  const named = readIdentity(section, defaults.environment, context.accounts, defaults.identity);
  if (named.missingUser !== undefined) {
    section.fail("uid", `specified user ('${named.missingUser}') does not exist`);
  }
  const environment = defaults.environment.derive({ identity: named.own });
  section.checkEnvironment(environment);
  const home = named.identity?.home;
  return present<LoggingConfig>({
    name: section.name,
    enabled: section.boolean("enabled", environment) ?? true,
    selector: section.expanded("selector", environment) || "*.*",
    stdout: section.flag("stdout") === true && !context.noConsoleLog,
    stderr: section.flag("stderr") === true && !context.noConsoleLog,
    file: joinHome(section.expanded("file", environment) || undefined, home),
    overwrite: section.flag("overwrite") ?? false,
    required: section.boolean("required", environment),
    syslogHost: readSyslogHost(section, environment),
    extended: section.flag("extended") ?? false,
    logrecHostname: section.expanded("logrec_hostname", environment) || defaults.logrecHostname,
    identity: named.identity,
    ...readRotation(section, environment),
    format: section.choice("format", environment) ?? "text",
    whenFull: section.choice("when_full", environment) ?? "block",
    queueSizeBytes: section.parsed("queue_size", environment, parseSize) ?? QUEUE_BYTES,
    rateLimit: section.parsed("rate_limit", environment, parseRate),
    tlsCaFile: section.parsed("tls_ca_file", environment, absolutePath),
    origin: originOf(section),
  });
}

function readRotation(section: Section, environment: Environment) {
  return {
    rotateSizeBytes: section.sizeBytes("rotate_size", environment),
    rotateEvery: section.choice<NonNullable<LoggingConfig["rotateEvery"]>>(
      "rotate_every",
      environment,
    ),
    rotateKeep: section.parsed(
      "rotate_keep",
      environment,
      (text) => parseWhole(text, 0, ROTATE_KEEP_MAX),
    ) ?? ROTATE_KEEP,
    rotateCompress: section.boolean("rotate_compress", environment) ?? false,
  };
}

function joinHome(file: string | undefined, home: string | undefined): string | undefined {
  if (file === undefined || home === undefined || file.startsWith("/")) return file;
  return home.endsWith("/") ? `${home}${file}` : `${home}/${file}`;
}

const TRANSPORTS = ["udp", "tcp", "tls"];

function readSyslogHost(section: Section, environment: Environment): string | undefined {
  const host = section.expanded("syslog_host", environment)?.trim() || undefined;
  const scheme = host === undefined ? undefined : /^([^/]*):\/\//.exec(host)?.[1];
  if (scheme === undefined || TRANSPORTS.includes(scheme)) return host;
  return section.fail(
    "syslog_host",
    `expected udp://, tcp:// or tls:// in syslog_host, found '${scheme}://'` +
      "; for example syslog_host: tcp://logs.example.com:601",
  );
}

function originOf(section: Section): SourcePosition | undefined {
  return section.place?.file.position(section.place.offset);
}
