/**
 * The manual pages, man(7), out of the tables that drive the programs. What no table holds is in
 * lib/manual/man_texts.ts, and shared with the reference in lib/manual/reference_texts.ts.
 */
import { formatExitStatus } from "./exit_status.ts";
import { VERSION } from "../base/version.ts";
import { CHAPERONE_OPTIONS, chaperoneSynopsis } from "../commands/command_line.ts";
import { type ListedDirective, SECTION_KINDS, type SectionKind } from "../config/directive.ts";
import { listDirectives } from "../config/directives.ts";
import { ENVCP_OPTIONS, ENVCP_SYNOPSIS } from "../commands/envcp_command.ts";
import { HEALTH_OPTIONS, HEALTH_SYNOPSIS } from "../commands/health_command.ts";
import { INIT_OPTIONS, initSynopsis } from "../commands/init_command.ts";
import { LINT_RULES } from "../config/lint/report.ts";
import { MCP_OPTIONS, MCP_SYNOPSIS } from "../commands/mcp_command.ts";
import type { OptionSpec } from "../commands/options.ts";
import { POST_MORTEM_OPTIONS, POST_MORTEM_SYNOPSIS } from "../commands/post_mortem_command.ts";
import { SDNOTIFY_OPTIONS, SDNOTIFY_SYNOPSIS } from "../commands/sdnotify_command.ts";
import {
  SDNOTIFY_EXEC_OPTIONS,
  SDNOTIFY_EXEC_SYNOPSIS,
} from "../commands/sdnotify_exec_command.ts";
import { optionsOf, TELCHAP_COMMANDS } from "../commands/telchap_commands.ts";
import { formatSynopsis } from "../commands/telchap_help.ts";
import * as pages from "./man_texts.ts";
import { describeType, formatExpanded, formatPriorities } from "./reference.ts";
import {
  ENVIRONMENT_LANGUAGE,
  FILES,
  RULES_INTRODUCTION,
  SECTION_TEXTS,
  SELECTORS,
  SERVICE_TYPES,
  SIGNALS,
  VARIABLES,
} from "./reference_texts.ts";
import {
  bold,
  escapeLiteral,
  formatHeading,
  formatItem,
  formatMarkdown,
  formatPlain,
  formatProse,
  italic,
} from "./roff.ts";

/**
 * The parts of a line of usage: what is typed as it stands, what stands for something, the rest.
 */
const USAGE_PART = new RegExp(
  [
    /(?<typed>^[a-z][a-z-]*(?: [a-z][a-z-]*)*|^\/\S+|--?[a-z][a-z-]*)/,
    /(?<placeholder><[\w ]+>|[A-Z][A-Z:-]*|unix:PATH)/,
    /(?<other>[a-z]+|.)/,
  ].map((part) => part.source).join("|"),
  "g",
);

/** A page, before its head and its references. */
interface Page {
  readonly name: string;
  readonly section: 1 | 5 | 8;
  /** What it is, in a few words: whatis(1) shows them. */
  readonly title: string;
  readonly synopsis: readonly string[];
  readonly body: readonly string[];
  readonly seeAlso: readonly string[];
}

const CHAPERONE: Page = {
  name: "chaperone",
  section: 8,
  title: "init and service supervisor of a container",
  synopsis: [
    ...chaperoneSynopsis("chaperone"),
    ...initSynopsis("chaperone"),
    ...POST_MORTEM_SYNOPSIS,
    ...MCP_SYNOPSIS,
  ],
  body: [
    section("Description", pages.CHAPERONE_DESCRIPTION),
    heading("Options"),
    ...formatOptionGroups(CHAPERONE_OPTIONS),
    formatItem(bold("--licenses"), formatPlain("Print whose work is in this program and exit.")),
    section("Writing a configuration", pages.INIT_DESCRIPTION),
    ...INIT_OPTIONS.map(formatOption),
    section("After the end", pages.POST_MORTEM_DESCRIPTION),
    ...POST_MORTEM_OPTIONS.map(formatOption),
    section("Tools for agents", pages.MCP_DESCRIPTION),
    ...MCP_OPTIONS.map(formatOption),
    formatMarkdown(formatExitStatus()),
    formatMarkdown(SIGNALS),
    section("Environment", pages.CHAPERONE_ENVIRONMENT),
    section("Files", pages.CHAPERONE_FILES),
    section("Examples", pages.CHAPERONE_EXAMPLES),
  ],
  seeAlso: ["chaperone.d(5)", "telchap(1)", "chaperone-health(1)", "envcp(1)", "sdnotify(1)"],
};

const TELCHAP: Page = {
  name: "telchap",
  section: 1,
  title: "look into a container that chaperone runs, and control it",
  synopsis: [
    "telchap COMMAND [options] [NAME...]",
    "telchap help [COMMAND]",
    "telchap --help | --version",
  ],
  body: [
    section("Description", pages.TELCHAP_DESCRIPTION),
    heading("Commands"),
    ...TELCHAP_COMMANDS.map((command) => {
      const [, ...words] = formatSynopsis(command).split(" ");
      const help = formatPlain(`${command.help} (${command.access})`);
      // All commands have --help; it is said once, above.
      const options = optionsOf(command).filter(({ name }) => name !== "help").map(formatOption);
      const nested = options.length === 0 ? [] : [".RS", ...options, ".RE"];
      const usage = formatUsageLine(words.join(" "));
      const example = [".RS", ".EX", escapeLiteral(command.example), ".EE", ".RE"];
      return [formatItem(usage, help), ...nested, ...example].join("\n");
    }),
    section("Rules of check", RULES_INTRODUCTION),
    ...Object.entries(LINT_RULES).map(([rule, text]) => formatItem(bold(rule), formatPlain(text))),
    section("Exit status", pages.TELCHAP_EXIT_STATUS),
    section("Environment", pages.TELCHAP_ENVIRONMENT),
    section("Files", pages.TELCHAP_FILES),
    section("Examples", pages.TELCHAP_EXAMPLES),
  ],
  seeAlso: ["chaperone(8)", "chaperone.d(5)"],
};

const CONFIGURATION: Page = {
  name: "chaperone.d",
  section: 5,
  title: "configuration of chaperone",
  synopsis: ["/etc/chaperone.d/*.conf", "/etc/chaperone.d/*.yaml"],
  body: [
    section("Description", pages.CONFIG_DESCRIPTION),
    section("Files and sections", FILES.replace(/^## .*$/m, "")),
    formatMarkdown(pages.DIRECTIVES_INTRODUCTION),
    ...SECTION_KINDS.flatMap(formatDirectives),
    formatMarkdown(SERVICE_TYPES),
    formatMarkdown(ENVIRONMENT_LANGUAGE),
    formatMarkdown(VARIABLES),
    formatMarkdown(SELECTORS),
    formatMarkdown(formatPriorities()),
    section("Files", pages.CONFIG_FILES),
  ],
  seeAlso: ["chaperone(8)", "telchap(1)", "sd_notify(3)", "crontab(5)", "syslog(3)"],
};

const ENVCP: Page = {
  name: "envcp",
  section: 1,
  title: "copy files and expand variables in them",
  synopsis: ENVCP_SYNOPSIS,
  body: [
    section("Description", pages.ENVCP_DESCRIPTION),
    heading("Options"),
    ...ENVCP_OPTIONS.map(formatOption),
    section("Exit status", "0 if everything was copied, else 1."),
    section("Examples", pages.ENVCP_EXAMPLES),
  ],
  seeAlso: ["chaperone(8)", "chaperone.d(5)", "envsubst(1)"],
};

const SDNOTIFY: Page = {
  name: "sdnotify",
  section: 1,
  title: "tell the service manager about a service",
  synopsis: SDNOTIFY_SYNOPSIS,
  body: [
    section("Description", pages.SDNOTIFY_DESCRIPTION),
    heading("Options"),
    ...SDNOTIFY_OPTIONS.map(formatOption),
    section("Exit status", pages.SDNOTIFY_EXIT_STATUS),
    section("Environment", "`NOTIFY_SOCKET` names the socket; without it nothing is sent."),
    section("Examples", pages.SDNOTIFY_EXAMPLES),
  ],
  seeAlso: ["chaperone.d(5)", "sdnotify-exec(1)", "sd_notify(3)", "systemd-notify(1)"],
};

const SDNOTIFY_EXEC: Page = {
  name: "sdnotify-exec",
  section: 1,
  title: "run a command with a notify socket of its own",
  synopsis: SDNOTIFY_EXEC_SYNOPSIS,
  body: [
    section("Description", pages.SDNOTIFY_EXEC_DESCRIPTION),
    heading("Options"),
    ...SDNOTIFY_EXEC_OPTIONS.map(formatOption),
    section("Exit status", pages.SDNOTIFY_EXEC_EXIT_STATUS),
    section("Examples", pages.SDNOTIFY_EXEC_EXAMPLES),
  ],
  seeAlso: ["chaperone.d(5)", "sdnotify(1)", "sd_notify(3)"],
};

const HEALTH: Page = {
  name: "chaperone-health",
  section: 1,
  title: "ask whether a container is ready",
  synopsis: HEALTH_SYNOPSIS,
  body: [
    section("Description", pages.HEALTH_DESCRIPTION),
    heading("Options"),
    ...HEALTH_OPTIONS.map(formatOption),
    section("Exit status", pages.HEALTH_EXIT_STATUS),
    section("Examples", pages.HEALTH_EXAMPLES),
  ],
  seeAlso: ["chaperone(8)", "chaperone.d(5)"],
};

const ALL = [CHAPERONE, TELCHAP, CONFIGURATION, ENVCP, SDNOTIFY, SDNOTIFY_EXEC, HEALTH];

/** Every manual page by the name of its file. */
export const MAN_PAGES: Readonly<Record<string, () => string>> = Object.fromEntries(
  ALL.map((page) => [`${page.name}.${page.section}`, () => formatPage(page)]),
);

function formatPage({ name, section, title, synopsis, body, seeAlso }: Page): string {
  const lines = [
    `.\\" Generated by 'deno task docs'.`,
    `.TH ${name.toUpperCase()} ${section} "" "chaperone ${VERSION}" "chaperone"`,
    // Neither hyphens at the ends of lines nor stretched blanks: both spoil what is to be typed.
    ".nr HY 0",
    ".nh",
    ".ad l",
    heading("Name"),
    `${name.replaceAll("-", "\\-")} \\- ${title}`,
    heading("Synopsis"),
    ".nf",
    ...synopsis.map(formatUsageLine),
    ".fi",
    ...body,
    heading("See also"),
    seeAlso.map((reference) => {
      const [, topic = "", number = ""] = /^(.+)(\(\d\))$/.exec(reference) ?? [];
      return `${bold(topic)}${number}`;
    }).join(",\n"),
  ];
  return lines.join("\n") + "\n";
}

function heading(title: string): string {
  return formatHeading("SH", title);
}

function section(title: string, markdown: string): string {
  return `${heading(title)}\n${formatMarkdown(markdown).replace(/^\.PP\n/, "")}`;
}

/** Formats how something is called. */
function formatUsageLine(line: string): string {
  return [...line.matchAll(USAGE_PART)].map(({ groups }) => {
    const { typed, placeholder, other = "" } = groups ?? {};
    if (typed !== undefined) return bold(typed);
    if (placeholder !== undefined) return italic(placeholder.replace(/[<>]/g, ""));
    return other;
  }).join("");
}

function formatOptionGroups(table: readonly OptionSpec[]): string[] {
  return [...Map.groupBy(table, ({ group }) => group)].flatMap(([group, options]) => [
    formatHeading("SS", group),
    ...options.map(formatOption),
  ]);
}

function formatOption({ name, letter, argument, help }: OptionSpec): string {
  const names = [...(letter === undefined ? [] : [`-${letter}`]), `--${name}`].map(bold).join(", ");
  const tag = argument === undefined ? names : `${names}=${italic(argument)}`;
  return formatItem(tag, formatPlain(help));
}

function formatDirectives(kind: SectionKind): string[] {
  const { title, text } = SECTION_TEXTS[kind];
  return [
    section(title, text),
    ...listDirectives(kind).map(formatDirective),
  ];
}

function formatDirective(directive: ListedDirective): string {
  const { summary, example, detail } = directive.note();
  const value = directive.default;
  const facts = [
    `Type: ${describeType(directive)}`,
    directive.isRequired
      ? "required"
      : value === undefined
      ? "no default"
      : `default: \`${value}\``,
    directive.expanded === "no" ? "not expanded" : `expanded ${formatExpanded(directive)}`,
    `since ${directive.since}`,
  ];
  const text = [summary, detail].filter((part) => part !== undefined).join(" ");
  return [
    formatItem(bold(directive.name), formatProse(text)),
    ".br",
    formatProse(`${facts.join("; ")}.`),
    ...[".RS", ".EX", escapeLiteral(`${directive.name}: ${example}`), ".EE", ".RE"],
  ].join("\n");
}
