/**
 * The reference manual out of the tables that drive the program: directives, options, facilities.
 * What no table holds is in lib/manual/reference_texts.ts.
 */
import { formatExitStatus } from "./exit_status.ts";
import { CHAPERONE_OPTIONS } from "../commands/command_line.ts";
import { ENVCP_OPTIONS } from "../commands/envcp_command.ts";
import { HEALTH_OPTIONS } from "../commands/health_command.ts";
import { MCP_OPTIONS } from "../commands/mcp_command.ts";
import { POST_MORTEM_OPTIONS } from "../commands/post_mortem_command.ts";
import { SDNOTIFY_OPTIONS } from "../commands/sdnotify_command.ts";
import { SDNOTIFY_EXEC_OPTIONS } from "../commands/sdnotify_exec_command.ts";
import {
  FORMATS,
  type ListedDirective,
  SECTION_KINDS,
  type SectionKind,
} from "../config/directive.ts";
import { isOfCron, isOfRestart } from "../config/dead_directives.ts";
import { listDirectives } from "../config/directives.ts";
import { LINT_RULES } from "../config/lint/report.ts";
import type { OptionSpec } from "../commands/options.ts";
import { optionsOf, TELCHAP_COMMANDS } from "../commands/telchap_commands.ts";
import { SEVERITIES } from "../base/severities.ts";
import { FACILITIES } from "../log/priorities.ts";
import {
  formatDependencies,
  formatJson,
  formatMessages,
  formatMetricTable,
  formatStates,
} from "./tables.ts";
import { INIT_OPTIONS } from "../commands/init_command.ts";
import {
  COMMAND_LINE,
  ENVIRONMENT_LANGUAGE,
  FILES,
  HOOKS,
  INTRODUCTION,
  RULES_INTRODUCTION,
  SECTION_TEXTS,
  SELECTORS,
  SERVICE_TYPES,
  SIGNALS,
  TELCHAP,
  UTILITIES,
  VARIABLES,
} from "./reference_texts.ts";

/** Generates docs/reference.md. */
export function generateReference(): string {
  const parts = [
    INTRODUCTION,
    FILES,
    ...SECTION_KINDS.map(formatSection),
    SERVICE_TYPES,
    formatStates(),
    formatDependencies(),
    HOOKS,
    ENVIRONMENT_LANGUAGE,
    VARIABLES,
    SELECTORS,
    formatPriorities(),
    formatCommandLine(),
    formatTelchap(),
    formatRules(),
    formatUtilities(),
    formatExitStatus(),
    SIGNALS,
    formatMessages(),
    formatMetricTable(),
    formatJson(),
  ];
  return parts.map((part) => part.trim()).join("\n\n") + "\n";
}

function formatSection(kind: SectionKind): string {
  const { title, text } = SECTION_TEXTS[kind];
  const rows = listDirectives(kind).map((directive) => formatDirective(kind, directive));
  return [`## ${title}`, text.trim(), ...rows].join("\n\n");
}

function formatDirective(kind: SectionKind, directive: ListedDirective): string {
  const { summary, example, detail } = directive.note();
  const facts = [
    `Type: ${describeType(directive)}`,
    directive.isRequired ? "required" : `default: ${formatDefault(directive)}`,
    `expanded: ${formatExpanded(directive)}`,
    `apply: ${formatApplies(kind, directive)}`,
    `since ${directive.since}`,
  ];
  return [
    `### ${kind}: ${directive.name}`,
    [summary, detail].filter((text) => text !== undefined).join(" "),
    facts.join(" · "),
    `\`\`\`yaml\n${formatExample(kind, directive, example)}\n\`\`\``,
  ].join("\n\n");
}

function formatDefault({ default: value }: ListedDirective): string {
  if (value === undefined) return "none";
  // A sentence is not a value.
  return / [a-z]+ [a-z]+ /.test(value) ? value : `\`${value}\``;
}

/** Says when `$(…)` in a value is replaced. */
export function formatExpanded({ expanded, kind }: ListedDirective): string {
  if (expanded === "no") return "no";
  return expanded === "launch" && kind === "string-map" ? "at each launch" : `at ${expanded}`;
}

/** Says how `telchap apply` takes a change over. */
function formatApplies(kind: SectionKind, { applies, decides }: ListedDirective): string {
  if (applies === "live") return "live";
  if (kind === "service") return "restarts the service";
  return decides.length === 0 ? "restarts services" : "at the next start of chaperone";
}

/** Says what YAML may hold, in words. */
export function describeType(directive: ListedDirective): string {
  const words = directive.choices?.map((word) => `\`${word}\``).join(", ");
  switch (directive.kind) {
    case "string":
      return "text";
    case "names":
      return "names separated by commas, or a list of them";
    case "integer":
      return "whole number";
    case "seconds":
    case "whole-seconds":
      return FORMATS.duration.expected;
    case "boolean":
      return "true or false";
    case "boolean-or-string":
      return "true or false, or a text that expands to one";
    case "string-or-integer":
      return "text or whole number";
    case "choice":
      return `one of ${words}`;
    case "boolean-or-choice":
      return `true, false, or one of ${words}`;
    case "string-list":
      return "list of texts";
    case "string-map":
      return "mapping of names to texts";
    case "text":
    case "texts":
    case "text-map":
    case "texts-or-map":
      return words === undefined ? FORMATS[directive.format ?? "text"].expected : `one of ${words}`;
  }
}

/** What else a section needs to load with this directive in it. */
function companions(kind: SectionKind, { name }: ListedDirective): readonly string[] {
  const lines: string[] = [];
  if (kind === "logging") return loggingCompanions(name);
  if (kind === "alert") {
    return /^(?:command|webhook|file)$/.test(name) ? [] : ["webhook: https://ntfy.example.com/ops"];
  }
  if (name === "file" && kind === "service") return ["type: crontab"];
  if (name === "user_column") return ["type: crontab", "file: /etc/crontab"];
  if (kind === "service" && name !== "command") lines.push("command: /usr/local/bin/app");
  if (kind === "service" && name === "type") lines.splice(0, 1, "command: /usr/local/bin/prepare");
  if (name === "gid" || name === "groups") lines.push("uid: www-data");
  if (kind === "service" && isOfCron(name)) lines.push("type: cron");
  if (isOfCron(name) && name !== "interval" && name !== "once_at") lines.push("interval: '@daily'");
  if (name === "port") lines.push("type: inetd");
  if (name === "max_instances") lines.push("type: inetd", "port: 8123");
  if (/^(?:max_unavailable|max_surge|canary)$/.test(name)) lines.push("instances: 3");
  if (name === "pidfile") lines.push("type: forking");
  if (name.startsWith("watch_")) lines.push("watch: {/etc/app.conf: restart}");
  if (name === "on_demand" || name === "idle_timeout") lines.push("listen: '8080'");
  if (name === "watchdog") lines.push("type: notify");
  if (isOfRestart(name)) lines.push("restart: true");
  return lines;
}

/** A destination, where the directive is none itself. */
function loggingCompanions(name: string): readonly string[] {
  if (/^(?:stdout|stderr|file|syslog_host)$/.test(name)) return [];
  if (name === "gid") return ["file: /var/log/app.log", "uid: www-data"];
  if (name === "rotate_compress" || name === "rotate_keep") {
    return ["file: /var/log/app.log", "rotate_size: 10M"];
  }
  if (/^(?:rotate_|overwrite|required|uid)/.test(name)) return ["file: /var/log/app.log"];
  if (name.startsWith("tls_")) return ["syslog_host: tls://logs.example.com:6514"];
  return [name === "queue_size" ? "syslog_host: tcp://logs.example.com:601" : "stdout: true"];
}

/** Formats a whole section that shows a directive and loads. */
export function formatExample(
  kind: SectionKind,
  directive: ListedDirective,
  example: string,
): string {
  const name = kind === "settings" ? kind : `app.${kind}`;
  const lines = [...companions(kind, directive), `${directive.name}: ${example}`];
  return [`${name}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Lists what selectors may name. */
export function formatPriorities(): string {
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  return [
    `Priorities, the worst first: ${
      code(SEVERITIES)
    }. \`error\` and \`warning\` are understood, too.`,
    "",
    `Facilities: ${code(FACILITIES)}. \`clock\` is \`cron\`.`,
  ].join("\n");
}

function formatCommandLine(): string {
  return [
    COMMAND_LINE.trim(),
    "",
    formatOptionTable(CHAPERONE_OPTIONS),
    "",
    "`chaperone --init [options] [source…]` writes a starting configuration instead of running one.",
    "`--init` must be the first argument.",
    "",
    formatOptionTable(INIT_OPTIONS),
  ].join("\n");
}

function formatTelchap(): string {
  const rows = TELCHAP_COMMANDS.map((command) => {
    const options = optionsOf(command).filter(({ name }) => name !== "help").map((
      { name, argument },
    ) => argument === undefined ? `--${name}` : `--${name} ${argument}`);
    const access = command.name === "loglevel" ? "read, write with a level" : command.access;
    const cells = [`\`${command.name}\``, codes(options), access, escapeCell(command.help)];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    TELCHAP.trim(),
    "",
    "| command | options | access | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function formatUtilities(): string {
  const tables: Readonly<Record<string, readonly OptionSpec[]>> = {
    envcp: ENVCP_OPTIONS,
    sdnotify: SDNOTIFY_OPTIONS,
    "sdnotify-exec": SDNOTIFY_EXEC_OPTIONS,
    "chaperone health": HEALTH_OPTIONS,
    "chaperone post-mortem": POST_MORTEM_OPTIONS,
    "chaperone mcp": MCP_OPTIONS,
  };
  const parts = Object.entries(tables).map(([name, options]) =>
    `### ${name}\n\n${formatOptionTable(options)}`
  );
  return [UTILITIES.trim(), ...parts].join("\n\n");
}

function codes(texts: readonly string[]): string {
  return texts.map((text) => `\`${text}\``).join(" ");
}

function formatRules(): string {
  const rows = Object.entries(LINT_RULES).map(([rule, text]) =>
    `| \`${rule}\` | ${escapeCell(text)} |`
  );
  return [
    "### telchap check: rules",
    "",
    RULES_INTRODUCTION.trim(),
    "",
    "| rule | what it tells |",
    "| --- | --- |",
    ...rows,
  ].join("\n");
}

function formatOptionTable(table: readonly OptionSpec[]): string {
  const rows = table.map((spec) => {
    const letter = spec.letter === undefined ? "" : `-${spec.letter}, `;
    const argument = spec.argument === undefined ? "" : ` ${spec.argument}`;
    return `| \`${letter}--${spec.name}${argument}\` | ${escapeCell(spec.help)} |`;
  });
  return ["| option | meaning |", "| --- | --- |", ...rows].join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\*/g, "\\*");
}
