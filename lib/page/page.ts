/**
 * The page at `/`: everything about the container on one sheet, readable as it is. Scripts and
 * styles come from the same server; nothing of it is written into the page, so that a strict policy
 * can forbid that.
 */
import { formatHumanDuration } from "../base/duration.ts";
import { shortName } from "../base/service_name.ts";
import { renderCronTimeline } from "./cron_timeline.ts";
import { renderGraphSvg } from "./graph_svg.ts";
import { isFiltered, type LogFilter, NO_FILTER, renderLogFilter } from "./log_filter.ts";
import { escapeText, formatSize, formatTime, plainText } from "./markup.ts";
import type { ContainerReport, LogLine, ServiceReport } from "./report.ts";
import { type Tone, toneOf } from "./tone.ts";

/** What a browser may do with the page: nothing but to load these parts of it. */
export const PAGE_POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The same for a page with forms, whose buttons lead back to the server that the page is from. */
export const CONTROL_POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'");

/** Where the page's style sheet and script are, and where a reader signs in. */
export const STYLE_PATH = "/page.css";
export const SCRIPT_PATH = "/page.js";
export const SIGN_IN_PATH = "/sign-in";

/** A picture of more than this shows nothing but a tangle, and takes its time. */
const GRAPH_SERVICES_MAX = 120;
const GRAPH_EDGES_MAX = 800;

const REFRESH_SECONDS = 5;

/** What depends on who looks, and at what. */
export interface PageOptions {
  /** What `lines` were chosen by. */
  readonly filter?: LogFilter;
  /** Whether a reader who may not see the log can sign in. */
  readonly canSignIn?: boolean;
}

/** Renders the page. Without `lines`, the reader may not see what services write. */
export function renderPage(
  report: ContainerReport,
  lines: readonly LogLine[] | undefined,
  { filter = NO_FILTER, canSignIn = false }: PageOptions = {},
): string {
  const signIn = lines === undefined && canSignIn ? signInLink("/") : "";
  return renderDocument(report, escapeText(plainText(report.hostname)), [
    live("header", "summary", renderSummary(report, signIn)),
    "<main>",
    live("section", "services", renderServices(report.services)),
    live("section", "graph", renderGraph(report.services)),
    live("section", "cron", renderCron(report)),
    ...logParts(lines, filter, {
      title: "Log<small>the last lines of all services, times are UTC</small>",
      hidden: "What services write is shown to those only who may control chaperone.",
      none: "Nothing has been written yet.",
      className: "log",
      head: ({ service }) => `<b>${nameText(service)}</b>`,
    }),
    "</main>",
  ]);
}

/** A link to where a reader signs in, and comes back from to a page of this server. */
export function signInLink(back: string): string {
  return `<a class="sign-in" href="${SIGN_IN_PATH}?to=${encodeURIComponent(back)}">Sign in</a>`;
}

/** Makes a whole document of markup: `title` and `parts` are escaped already. */
export function renderDocument(
  report: ContainerReport,
  title: string,
  parts: readonly string[],
): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>`,
    `<title>${title} – chaperone</title>`,
    `<link rel="stylesheet" href="${STYLE_PATH}">`,
    `<script src="${SCRIPT_PATH}" defer></script>`,
    "</head>",
    "<body>",
    ...parts,
    renderFooter(report),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** A part that the script exchanges as a whole. */
export function live(element: string, id: string, content: string): string {
  return `<${element} id="${id}" data-live>\n${content}\n</${element}>`;
}

function renderSummary(report: ContainerReport, signIn: string): string {
  const { readiness, services, own } = report;
  const verdict: [Tone, string] = readiness.ready
    ? ["good", "Ready"]
    : readiness.why === undefined
    ? ["bad", "Not ready"]
    : ["busy", readiness.why === "starting" ? "Starting" : "Shutting down"];
  const enabled = services.filter((service) => service.enabled);
  const ready = enabled.filter((service) => service.unready === undefined);
  const memory = services.reduce((sum, { usage }) => sum + (usage?.memoryBytes ?? 0), 0);
  const restarts = services.reduce((sum, service) => sum + service.restarts, 0);
  const dropped = report.sinks.reduce((sum, sink) => sum + sink.dropped, 0);
  const facts: [string, string][] = [
    ["Services ready", `${ready.length} of ${enabled.length}`],
    ["Uptime", formatHumanDuration(report.uptimeMs)],
    ["Restarts", String(restarts)],
    ["Memory of services", formatSize(memory)],
    ...(own === undefined
      ? []
      : [["Memory of chaperone", formatSize(own.memoryBytes)] as [string, string]]),
    ...(dropped === 0 ? [] : [["Log records dropped", String(dropped)] as [string, string]]),
  ];
  return [
    `<div class="top"><h1>${escapeText(plainText(report.hostname))}</h1>` +
    `<span class="pill verdict tone-${verdict[0]}">${verdict[1]}</span>${signIn}</div>`,
    ...renderUnready(report),
    '<dl class="facts">',
    ...facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`),
    "</dl>",
  ].join("\n");
}

const UNREADY_SHOWN = 8;

function renderUnready({ readiness }: ContainerReport): string[] {
  const { unready } = readiness;
  if (unready.length === 0) return [];
  const items = unready.slice(0, UNREADY_SHOWN).map(({ name, why }) =>
    `<li><b>${nameText(name)}</b> ${escapeText(plainText(why))}</li>`
  );
  const left = unready.length - items.length;
  return [
    '<ul class="unready">',
    ...items,
    ...(left > 0 ? [`<li>and ${left} more</li>`] : []),
    "</ul>",
  ];
}

const SERVICE_COLUMNS: readonly [label: string, isNumber: boolean][] = [
  ["Service", false],
  ["State", false],
  ["Up for", true],
  ["PID", true],
  ["Restarts", true],
  ["CPU", true],
  ["Memory", true],
  ["Lines", true],
  ["Note", false],
];

function renderServices(services: readonly ServiceReport[]): string {
  const head = SERVICE_COLUMNS.map(([label, isNumber]) =>
    `<th scope="col"${isNumber ? ' class="number"' : ""}>${label}</th>`
  );
  return [
    `<h2>Services</h2>`,
    '<div class="panel"><table class="services">',
    `<thead><tr>${head.join("")}</tr></thead>`,
    "<tbody>",
    ...services.map(renderService),
    "</tbody></table></div>",
  ].join("\n");
}

function renderService(service: ServiceReport): string {
  const { usage, lines, upMs, pid, restarts } = service;
  const tone = toneOf(service);
  const numbers: [string, string][] = [
    ["Up for", upMs === undefined ? "" : formatHumanDuration(upMs)],
    ["PID", pid === undefined ? "" : String(pid)],
    ["Restarts", restarts === 0 ? "" : String(restarts)],
    [
      "CPU",
      usage === undefined || usage.cpuSeconds === 0
        ? ""
        : formatHumanDuration(usage.cpuSeconds * 1000),
    ],
    ["Memory", usage === undefined || usage.processes === 0 ? "" : formatSize(usage.memoryBytes)],
    ["Lines", lines.stdout + lines.stderr === 0 ? "" : String(lines.stdout + lines.stderr)],
  ];
  return `<tr${service.enabled ? "" : ' class="off"'}>` +
    `<td class="name"><a href="${servicePath(service.name)}">${
      nameText(service.name)
    }</a><small>${service.type}</small></td>` +
    `<td><span class="pill tone-${tone}">${service.state}</span></td>` +
    numbers.map(([label, text]) => `<td class="number" data-label="${label}">${text}</td>`).join(
      "",
    ) +
    `<td class="note${tone === "bad" ? " tone-bad" : ""}">${
      escapeText(noteText(service))
    }</td></tr>`;
}

function noteText(service: ServiceReport): string {
  if (service.note !== undefined) return plainText(service.note);
  if (service.waitsFor.length > 0 && service.phase === "waiting") {
    return `waits for ${service.waitsFor.map((name) => plainText(shortName(name))).join(", ")}`;
  }
  if (service.phase === "up" || service.lastExit === undefined) return "";
  return service.lastExit;
}

/** Where the page of a service is. */
export function servicePath(name: string): string {
  return `/service/${encodeURIComponent(shortName(name))}`;
}

/** The name of a service as markup. */
export function nameText(name: string): string {
  return escapeText(plainText(shortName(name)));
}

function renderGraph(services: readonly ServiceReport[]): string {
  const title = "<h2>Dependencies</h2>";
  const edges = services.reduce((sum, { prerequisites }) => sum + prerequisites.length, 0);
  if (services.length > GRAPH_SERVICES_MAX || edges > GRAPH_EDGES_MAX) {
    const text =
      `${services.length} services with ${edges} dependencies are too many for a picture.`;
    return `${title}<div class="panel"><p class="quiet">${text}</p></div>`;
  }
  if (edges === 0) {
    return `${title}<div class="panel"><p class="quiet">No service waits for another.</p></div>`;
  }
  const svg = renderGraphSvg(
    services.map((service) => ({
      name: service.name,
      prerequisites: service.prerequisites,
      state: service.state,
      tone: toneOf(service),
    })),
  );
  return `${title}<div class="panel picture">${svg}</div>`;
}

function renderCron(report: ContainerReport): string {
  const timeline = renderCronTimeline(report);
  if (timeline === undefined) return "";
  const rows = report.services.flatMap(({ name, cron }) => {
    if (cron === undefined) return [];
    const { history, nextWallMs } = cron;
    const last = history.runs.findLast((run) => run.durationMs !== undefined);
    const cells: [string, string][] = [
      ["Next", nextWallMs === undefined ? "never" : formatNext(nextWallMs - report.nowWallMs)],
      ["Last took", last?.durationMs === undefined ? "" : formatHumanDuration(last.durationMs)],
      ["Runs", String(history.started)],
      ["Failed", history.failed === 0 ? "" : String(history.failed)],
      ["Skipped", history.skipped === 0 ? "" : String(history.skipped)],
      ["Missed", history.missed === 0 ? "" : String(history.missed)],
      ["Caught up", history.caughtUp === 0 ? "" : String(history.caughtUp)],
    ];
    return [
      `<tr><td class="name">${nameText(name)}<small>${
        escapeText(plainText(cron.interval))
      }</small></td>` +
      cells.map(([label, text]) => `<td class="number" data-label="${label}">${text}</td>`).join(
        "",
      ) +
      "</tr>",
    ];
  });
  const head = ["Next", "Last took", "Runs", "Failed", "Skipped", "Missed", "Caught up"];
  return [
    "<h2>Schedule<small>times are UTC</small></h2>",
    `<div class="panel"><div class="picture">${timeline}</div>`,
    '<table class="schedule"><thead><tr><th scope="col">Service</th>' +
    head.map((label) => `<th scope="col" class="number">${label}</th>`).join("") +
    "</tr></thead><tbody>",
    ...rows,
    "</tbody></table></div>",
  ].join("\n");
}

/** Says how far away something due is. */
export function formatNext(inMs: number): string {
  return inMs <= 0 ? "now" : `in ${formatHumanDuration(inMs)}`;
}

/** How a log is shown. */
export interface LogShape {
  /** Markup. */
  readonly title: string;
  /** What stands in its place for who may not see it, and where there is none. */
  readonly hidden: string;
  readonly none: string;
  readonly className: string;
  /** Markup between the time of a line and its text. */
  readonly head: (line: LogLine) => string;
}

/** A log with its filter, which stands outside of what the script exchanges. */
export function logParts(
  lines: readonly LogLine[] | undefined,
  filter: LogFilter,
  { title, hidden, none, className, head }: LogShape,
): string[] {
  const rows = (lines ?? []).map((line) =>
    `<p class="${line.stream}"><time datetime="${new Date(line.wallMs).toISOString()}">${
      formatTime(line.wallMs)
    }</time>${head(line)}<span>${escapeText(plainText(line.text))}</span></p>`
  );
  const why = lines === undefined ? hidden : isFiltered(filter) ? "No line is like that." : none;
  const panel = rows.length === 0
    ? `<div class="panel"><p class="quiet">${why}</p></div>`
    // The style sheet shows the end of it first, where there is more than fits.
    : `<div class="panel ${className}" tabindex="0"><div>\n${rows.join("\n")}\n</div></div>`;
  return [
    `<h2 class="of-log">${title}</h2>`,
    ...(lines === undefined ? [] : [renderLogFilter(filter)]),
    live("section", "log", panel),
  ];
}

function renderFooter(report: ContainerReport): string {
  const places = ["/status", "/metrics", "/readyz", "/livez"];
  return `<footer>${places.map((path) => `<a href="${path}">${path}</a>`).join("")}` +
    // Another incarnation may be another version.
    `<span>chaperone <span id="version" data-live>${escapeText(report.version)}</span>, ` +
    `<span id="connection">as of ${formatTime(report.nowWallMs)} UTC</span></span>` +
    // The script, which gives them their meaning, shows them.
    '<span id="keys" hidden>Keys: <kbd>j</kbd> <kbd>k</kbd> choose a service, <kbd>Enter</kbd> its ' +
    "page, <kbd>u</kbd> back to all, <kbd>/</kbd> search the log</span></footer>";
}
