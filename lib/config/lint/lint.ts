/**
 * Looks for what loads and yet cannot work, or not as its author must have meant it. Each rule has
 * a name that reports carry. Pure: what lies outside of the configuration comes in as facts.
 */
import { lintCommand } from "./lint_command.ts";
import { lintLogging } from "./lint_logging.ts";
import { lintOrder } from "./lint_order.ts";
import { lintWritten } from "./lint_written.ts";
import type { LintFacts, LintFinding, LintLevel, Report } from "./report.ts";
import type { Config, ServiceConfig } from "../model.ts";

/** Checks a configuration that has loaded. Findings come in the order of the sections. */
export function lintConfig(config: Config, facts: LintFacts): readonly LintFinding[] {
  const findings: LintFinding[] = [];
  const report: Report = (rule, level, section, message) => {
    const finding = {
      rule,
      level,
      message,
      ...(section === undefined ? {} : { section: section.name }),
      ...(section?.origin === undefined ? {} : { position: section.origin }),
    };
    findings.push(finding);
  };
  for (const repeat of config.repeats) {
    findings.push({ rule: "repeated-key", level: "warning", ...repeat });
  }
  const services = firstOfEach(config.services);
  for (const service of services) {
    lintService(service, config, report);
    lintWritten(service, config, report);
    if (!service.enabled) continue;
    lintInterval(service, facts, report);
    lintCommand(service, facts, report);
    lintFiles(service, config, { facts, report });
    const lacking = facts.lackingLimits?.(service);
    if (lacking !== undefined) {
      report("dead-directive", "note", service, `${service.name}: ${lacking}`);
    }
  }
  for (const service of config.services) {
    // The lines of a crontab have only the rest of their section in common.
    if (!isOfCrontab(service) || !service.enabled || services.includes(service)) continue;
    lintInterval(service, facts, report);
    lintCommand(service, facts, report);
  }
  lintOrder(services, config.services, report);
  lintLogging(config, services, facts.selectors, report);
  return findings;
}

/** Leaves further copies of a service, and lines of a crontab, out: all would be told the same. */
function firstOfEach(services: readonly ServiceConfig[]): readonly ServiceConfig[] {
  const seen = new Set<string>();
  return services.filter(({ name, section = name }) => {
    return !seen.has(section) && seen.add(section);
  });
}

function isOfCrontab({ cron }: ServiceConfig): boolean {
  return cron?.days === "crontab";
}

function lintInterval({ cron, ...service }: ServiceConfig, facts: LintFacts, report: Report): void {
  if (cron === undefined) return;
  for (const oddity of facts.scheduleOddities?.(cron) ?? []) {
    report("odd-interval", "warning", service, `${service.name}: ${oddity}`);
  }
}

function lintService(service: ServiceConfig, { written }: Config, report: Report): void {
  const { name, type, section = name, cron: { overlap } = {} } = service;
  const dead = (directive: string, why: string) => {
    // What all services take over need not mean something for each.
    if (written.get(section)?.get(directive)?.isDefault) return;
    report("dead-directive", "warning", service, `${name}: ${directive} has no effect ${why}`);
  };
  if (service.enabled && type === "cron" && service.cron === undefined) {
    report(
      "cannot-start",
      "error",
      service,
      `${name}: a cron service needs an interval, or once_at`,
    );
  }
  if (service.enabled && !service.argv[0]) {
    report("cannot-start", "error", service, `${name}: its command is empty`);
  }
  const isUnreachable = service.port === undefined && service.listen.length === 0;
  if (service.enabled && type === "inetd" && isUnreachable) {
    report("cannot-start", "error", service, `${name}: an inetd service needs a port, or listen`);
  }
  if (service.port !== undefined && type !== "inetd") dead("port", `for type ${type}`);
  if (service.maxInstances !== undefined && type !== "inetd" && overlap !== "parallel") {
    dead("max_instances", type === "cron" ? "without overlap: parallel" : `for type ${type}`);
  }
  const staysUp = type === "simple" || type === "notify" || type === "forking";
  if (!staysUp) {
    if (service.health !== undefined) dead("health", `for type ${type}`);
    if (service.watchdogMs !== undefined) dead("watchdog", `for type ${type}`);
    if (type !== "cron" && service.restart.when !== "never") dead("restart", `for type ${type}`);
  }
  if (service.reloadCommand !== undefined && service.reloadSignal !== undefined) {
    dead("reload_signal", "with reload_command");
  }
  if (type === "forking" && service.pidfile === undefined && service.restart.when !== "never") {
    dead("restart", "for type forking without pidfile");
  }
  lintExitKills(service, report);
}

function lintExitKills(service: ServiceConfig, report: Report): void {
  if (!service.exitKills) return;
  const { name, type } = service;
  const tell = (message: string) => report("exit-kills", "warning", service, `${name}: ${message}`);
  if (type === "inetd") {
    tell("exit_kills cannot fire for type inetd, which has no process of its own");
  }
  if (!service.enabled) tell("exit_kills cannot fire, since the service is disabled");
  if (service.restart.when !== "never") {
    tell("restart has no effect with exit_kills: the container ends instead");
  }
}

/** Whether another service starts before this one, and may make what this one needs. */
function comesAfterAnother(
  { name, groups, after, edges = [] }: ServiceConfig,
  services: readonly ServiceConfig[],
): boolean {
  if (after.length + edges.length > 0 || groups.includes("IDLE")) return true;
  const names = new Set([name, ...groups]);
  return services.some((other) =>
    other.enabled && (other.before.some((target) => names.has(target)) ||
      (other.groups.includes("INIT") && !groups.includes("INIT")))
  );
}

function lintFiles(
  service: ServiceConfig,
  { services }: Config,
  { facts, report }: { readonly facts: LintFacts; readonly report: Report },
): void {
  const { name, optional, directory } = service;
  lintExecutables(service, facts, report);
  if (facts.exists === undefined) return;
  if (directory !== undefined && !facts.exists(directory)) {
    report("missing-file", "warning", service, `${name}: directory '${directory}' does not exist`);
  }
  const mayBeMade = comesAfterAnother(service, services) || optional || service.ignoreFailures;
  for (const path of service.envFiles) {
    if (facts.exists(path)) continue;
    const level = mayBeMade ? "warning" : "error";
    report("missing-file", level, service, `${name}: env_file '${path}' does not exist`);
  }
  for (const { name: secret, path } of service.secrets ?? []) {
    if (facts.exists(path)) continue;
    const text = `${name}: secret ${secret} is not there: '${path}' does not exist`;
    report("missing-file", mayBeMade ? "warning" : "note", service, text);
  }
  lintSandbox(service, facts.exists, report);
  lintArguments(service, facts, report);
}

/** What is not there when the service starts, is not in its sandbox. */
function lintSandbox(
  service: ServiceConfig,
  exists: NonNullable<LintFacts["exists"]>,
  report: Report,
): void {
  for (const kind of ["read", "write", "execute"] as const) {
    for (const path of service.sandbox?.[kind] ?? []) {
      if (path.includes("*") || exists(path)) continue;
      const text =
        `${service.name}: sandbox names '${path}' to ${kind}, which does not exist: it is ` +
        "skipped";
      report("missing-file", "warning", service, text);
    }
  }
}

function lintExecutables(service: ServiceConfig, facts: LintFacts, report: Report): void {
  const { name, argv, optional, environment, directory } = service;
  const tell = (level: LintLevel, word: string, after: (isMissing: boolean) => string) => {
    const found = facts.findExecutable?.(word, environment.value("PATH"), directory);
    if (found === undefined || found === "found") return;
    const what = found === "missing" ? "not found" : "not executable";
    const message = `${name}: executable '${word}' ${what}${after(found === "missing")}`;
    report("missing-executable", level, service, message);
  };
  const [word] = argv;
  if (word) {
    tell(optional ? "note" : "error", word, (isMissing) => {
      if (optional) return ", so the service is disabled";
      return isMissing ? shellWordAdvice(word) : "";
    });
  }
  for (const [directive, other] of Object.entries(otherCommands(service))) {
    if (other?.[0] !== undefined) tell("warning", other[0], () => ` (${directive})`);
  }
}

/** What else a service runs, by directive. */
function otherCommands(
  { stopCommand, reloadCommand, hooks, cron, ready, health }: ServiceConfig,
): Readonly<Record<string, readonly string[] | undefined>> {
  const probe = (of: typeof ready | typeof health) =>
    of?.probe.kind === "exec" ? of.probe.argv : undefined;
  return {
    stop_command: stopCommand,
    reload_command: reloadCommand,
    on_start: hooks?.onStart,
    on_ready: hooks?.onReady,
    on_stop: hooks?.onStop,
    on_failure: cron?.onFailure,
    ready: probe(ready),
    health: probe(health),
  };
}

/** What to write in the place of a first word that only a shell understands. */
function shellWordAdvice(word: string): string {
  if (word === "cd") return "; directory says where a command runs";
  if (/^\w+=/.test(word)) return "; variables are set by env_set";
  const isOfShells = /^(?:source|\.|export|set|exec|if|while|for|ulimit|umask|trap)$/.test(word);
  return isOfShells ? "; write /bin/sh -c '…'" : "";
}

/** A service with a user runs in that user's home, which those who write WORKDIR do not expect. */
function lintArguments(
  { name, argv, directory, identity, origin }: ServiceConfig,
  { exists, workingDirectory }: LintFacts,
  report: Report,
): void {
  const home = identity?.home;
  if (workingDirectory === undefined || directory !== undefined || home === undefined) return;
  if (home === workingDirectory || exists?.(home) !== true) return;
  const stray = argv.slice(1).find((word) =>
    /^[\w.][\w./-]*$/.test(word) && exists(`${workingDirectory}/${word}`) &&
    !exists(`${home}/${word}`)
  );
  if (stray === undefined) return;
  const message = `${name}: '${stray}' is in ${workingDirectory}, and the service runs in ` +
    `${home}, the home of its user; write directory: ${workingDirectory}`;
  report("working-directory", "warning", { name, origin }, message);
}
