/** What logging sections take and where it goes. */
import { shortName } from "../../base/service_name.ts";
import type { Report, SelectorFacts } from "./report.ts";
import type { Config, LoggingConfig, ServiceConfig } from "../model.ts";
import { isCollector } from "../remote_address.ts";

/** Checks the logging sections, and whether they take what services print. */
export function lintLogging(
  config: Config,
  services: readonly ServiceConfig[],
  selectors: SelectorFacts | undefined,
  report: Report,
): void {
  for (const logging of config.loggings) {
    lintDestinations(logging, report);
    if (!logging.enabled || selectors?.selectsNothing(logging.selector) !== true) continue;
    const message = `${logging.name}: the selector '${logging.selector}' matches no record`;
    report("log-selects-nothing", "warning", logging, message);
  }
  if (selectors === undefined) return;
  const writing = config.loggings.filter((logging) => logging.enabled && hasDestination(logging));
  for (const service of services) {
    if (service.enabled) lintOutput(service, writing, selectors, report);
  }
}

function hasDestination(logging: LoggingConfig): boolean {
  return logging.stdout || logging.stderr || logging.file !== undefined ||
    logging.syslogHost !== undefined;
}

function lintDestinations(logging: LoggingConfig, report: Report): void {
  const { name } = logging;
  if (logging.enabled && !hasDestination(logging)) {
    const message = `${name}: has no destination: stdout, stderr, file or syslog_host`;
    report("log-writes-nowhere", "warning", logging, message);
  }
  const dead = (directive: string, why: string) =>
    report("dead-directive", "warning", logging, `${name}: ${directive} has no effect ${why}`);
  if (logging.file === undefined) {
    if (logging.overwrite) dead("overwrite", "without file");
    if (logging.required) dead("required", "without file");
    if (logging.rotateSizeBytes !== undefined) dead("rotate_size", "without file");
    if (logging.rotateEvery !== undefined) dead("rotate_every", "without file");
  } else if (
    logging.rotateCompress && logging.rotateSizeBytes === undefined &&
    logging.rotateEvery === undefined
  ) dead("rotate_compress", "without rotate_size or rotate_every");
  const { syslogHost, stdout, stderr, file } = logging;
  const isSecured = syslogHost?.transport === "tls" || syslogHost?.transport === "otlp+https";
  if (logging.tlsCaFile !== undefined && !isSecured) {
    dead("tls_ca_file", "without a tls:// or otlp+https:// receiver");
  }
  const isOnlyCollector = syslogHost !== undefined && isCollector(syslogHost) && !stdout &&
    !stderr && file === undefined;
  if (isOnlyCollector && logging.format !== "text") dead("format", "for a collector");
  if (logging.extended && logging.format !== "text") {
    dead("extended", `with format ${logging.format}`);
  }
}

function lintOutput(
  service: ServiceConfig,
  loggings: readonly LoggingConfig[],
  selectors: SelectorFacts,
  report: Report,
): void {
  const program = shortName(service.name);
  const lost = (["stdout", "stderr"] as const).filter((stream) =>
    service[stream] === "log" &&
    !loggings.some(({ selector }) => selectors.takesOutput(selector, program, stream))
  );
  if (lost.length === 0) return;
  const message = `${service.name}: no logging section writes its ${lost.join(" and ")}`;
  report("output-lost", "note", service, message);
}
