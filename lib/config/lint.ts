/**
 * Looks for what loads and yet cannot work, or not as its author must have meant it. Each rule has
 * a name that reports carry. Pure: what lies outside of the configuration comes in as facts.
 */
import type { SourcePosition } from "../base/errors.ts";
import { lintCommand } from "./lint_command.ts";
import { lintLogging } from "./lint_logging.ts";
import { lintOrder } from "./lint_order.ts";
import type { Config, ServiceConfig } from "./model.ts";

/** How much a finding matters: an `error` keeps the container or a service from working. */
export type LintLevel = "error" | "warning" | "note";

/** The rules, and what each looks for. */
export const LINT_RULES = {
  "cannot-start": "A service lacks what its type needs to start.",
  "missing-executable": "The program of a service is not there.",
  "missing-file": "A file or directory that a service needs is not there.",
  "exit-kills": "exit_kills cannot fire, or makes another directive pointless.",
  "dead-directive": "A directive has no effect where it stands.",
  "unreachable-service": "A service waits for something that never comes.",
  "unknown-reference": "A service waits for a name that nothing has.",
  "repeated-key": "A section or directive stands twice in one place; the last one counts.",
  "nothing-starts": "No service is enabled.",
  "shell-hides-signals": "A shell stays between chaperone and the program.",
  "no-shell": "A command holds what only a shell understands, and none runs it.",
  "daemonizes": "A program puts itself into the background, where its service counts as ended.",
  "log-selects-nothing": "A logging section cannot match any record.",
  "log-writes-nowhere": "A logging section has no destination.",
  "output-lost": "What a service prints is written nowhere.",
} as const;

export type LintRule = keyof typeof LINT_RULES;

/** One finding of the linter. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly level: LintLevel;
  /** Name of the section with suffix; absent where it concerns none. */
  readonly section?: string;
  readonly message: string;
  /** Where the section begins. */
  readonly position?: SourcePosition;
}

/** What a selector takes. */
export interface SelectorFacts {
  /** Whether there is no record that it takes. */
  readonly selectsNothing: (selector: string) => boolean;
  /** Whether it may take what a service of this name prints on a stream. */
  readonly takesOutput: (selector: string, program: string, stream: "stdout" | "stderr") => boolean;
}

/** What the linter may know of the world. What is absent is not checked. */
export interface LintFacts {
  readonly selectors?: SelectorFacts;
  /** Looks a program up as a launch would. */
  readonly findExecutable?: (
    word: string,
    pathVariable: string | undefined,
  ) => "found" | "not-executable" | "missing";
  readonly exists?: (path: string) => boolean;
  /** Reads the configuration files of programs. */
  readonly readText?: (path: string) => string | undefined;
}

/** What a rule calls to tell of something. */
export type Report = (
  rule: LintRule,
  level: LintLevel,
  section: { readonly name: string; readonly origin?: SourcePosition | undefined } | undefined,
  message: string,
) => void;

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
  // Copies of one service would all be told the same.
  const services = config.services.filter(({ instance = 1 }) => instance === 1);
  for (const service of services) {
    lintService(service, report);
    if (!service.enabled) continue;
    lintCommand(service, facts, report);
    lintFiles(service, facts, report);
  }
  lintOrder(services, config.services, report);
  lintLogging(config, services, facts.selectors, report);
  return findings;
}

function lintService(service: ServiceConfig, report: Report): void {
  const { name, type } = service;
  const dead = (directive: string, why: string) =>
    report("dead-directive", "warning", service, `${name}: ${directive} has no effect ${why}`);
  if (service.enabled && type === "cron" && service.cron === undefined) {
    report("cannot-start", "error", service, `${name}: a cron service needs an interval`);
  }
  if (service.enabled && type === "inetd" && service.port === undefined) {
    report("cannot-start", "error", service, `${name}: an inetd service needs a port`);
  }
  if (service.port !== undefined && type !== "inetd") dead("port", `for type ${type}`);
  if (service.maxInstances !== undefined && type !== "inetd") {
    dead("max_instances", `for type ${type}`);
  }
  const staysUp = type === "simple" || type === "notify" || type === "forking";
  if (!staysUp) {
    if (service.health !== undefined) dead("health", `for type ${type}`);
    if (service.watchdogMs !== undefined) dead("watchdog", `for type ${type}`);
    if (type !== "cron" && service.restart.when !== "never") dead("restart", `for type ${type}`);
  }
  if (service.onDemand && service.listen.length === 0) dead("on_demand", "without listen");
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

function lintFiles(service: ServiceConfig, facts: LintFacts, report: Report): void {
  const { name, argv, optional, environment, directory } = service;
  const word = argv[0] ?? "";
  const found = facts.findExecutable?.(word, environment.value("PATH"));
  if (found !== undefined && found !== "found") {
    const what = found === "missing" ? "not found" : "not executable";
    report(
      "missing-executable",
      optional ? "note" : "error",
      service,
      `${name}: executable '${word}' ${what}${optional ? ", so the service is disabled" : ""}`,
    );
  }
  if (facts.exists === undefined) return;
  // Others may be made by a service that starts before this one.
  if (directory !== undefined && !facts.exists(directory)) {
    report("missing-file", "warning", service, `${name}: directory '${directory}' does not exist`);
  }
  for (const path of service.envFiles) {
    if (facts.exists(path)) continue;
    report("missing-file", "warning", service, `${name}: env_file '${path}' does not exist`);
  }
}
