/**
 * The page of one service: its log, why it is in its state, what has happened to it, what it has
 * used, and buttons where whoever looks may press them. Without a script it is all there: the log is
 * searched and the buttons are pressed by forms.
 */
import { formatHumanDuration } from "../base/duration.ts";
import { shortName } from "../base/service_name.ts";
import type { PhaseChange } from "./event_text.ts";
import { escapeText, formatMoment, formatSize, plainText } from "./markup.ts";
import type { LogFilter } from "./log_filter.ts";
import {
  formatNext,
  live,
  logParts,
  nameText,
  renderDocument,
  servicePath,
  signInLink,
} from "./page.ts";
import type { ContainerReport, LogLine, ServiceReport } from "./report.ts";
import { toneOf } from "./tone.ts";
import { drawCurve } from "./usage_curve.ts";

/** What a service has used, a value for each minute of the last hour, the present one last. */
export interface UsageCurves {
  /** Bytes; NaN: nobody looked. */
  readonly memory: readonly number[];
  /** Of one processor, 1 is all of it. */
  readonly cpu: readonly number[];
}

/** What may be pressed. */
export const PAGE_ACTIONS = ["start", "restart", "stop", "run"] as const;
/** One of them. */
export type PageAction = (typeof PAGE_ACTIONS)[number];

const ACTION_TEXT: Readonly<Record<PageAction, string>> = {
  start: "Start",
  restart: "Restart",
  stop: "Stop",
  run: "Run now",
};

/** What the page is made of. */
export interface ServicePageParts {
  readonly report: ContainerReport;
  readonly service: ServiceReport;
  /** What it wrote, oldest first; undefined: not for whoever looks. */
  readonly lines: readonly LogLine[] | undefined;
  /** What the lines were chosen by. */
  readonly filter: LogFilter;
  /** What `telchap why` says; undefined: not for whoever looks. */
  readonly why: string | undefined;
  /** What has happened to it, oldest first. */
  readonly events: readonly PhaseChange[];
  readonly curves: UsageCurves;
  /** What proves that a button of this page was pressed; undefined: there are none. */
  readonly key: string | undefined;
  /** Whether whoever looks can sign in to see more. */
  readonly canSignIn: boolean;
}

/** Renders the page. */
export function renderServicePage(parts: ServicePageParts): string {
  const { report, service } = parts;
  return renderDocument(report, nameText(service.name), [
    live("header", "summary", renderHead(parts)),
    "<main>",
    ...logParts(parts.lines, parts.filter, {
      title: "Log<small>the last lines, times are UTC</small>",
      hidden: "What it writes is shown to those only who may control chaperone.",
      none: "It has written nothing yet.",
      className: "log one",
      head: () => "",
    }),
    ...parts.why === undefined ? [] : [live("section", "why", renderWhy(parts.why))],
    live("section", "curves", renderCurves(parts)),
    live("section", "history", renderHistory(parts)),
    "</main>",
  ]);
}

/** Which buttons make sense. */
function actionsFor({ type, phase }: ServiceReport): readonly PageAction[] {
  if (type === "cron") return ["run"];
  if (phase === "down" || phase === "failed" || phase === "done") return ["start"];
  return ["restart", "stop"];
}

function renderHead({ service, report, key, canSignIn }: ServicePageParts): string {
  const { usage, upMs, pid, restarts, lastExit, cron, type } = service;
  const facts: [string, string | undefined][] = [
    ["Type", type],
    ["Up for", upMs === undefined ? undefined : formatHumanDuration(upMs)],
    ["PID", pid === undefined ? undefined : String(pid)],
    ["Restarts", String(restarts)],
    ["Last exit", lastExit],
    ["Memory", usage?.processes ? formatSize(usage.memoryBytes) : undefined],
    [
      "Next run",
      cron?.nextWallMs === undefined ? undefined : formatNext(cron.nextWallMs - report.nowWallMs),
    ],
  ];
  return [
    `<nav><a href="/">${escapeText(plainText(report.hostname))}</a></nav>`,
    `<div class="top"><h1>${nameText(service.name)}</h1>` +
    `<span class="pill verdict tone-${toneOf(service)}">${service.state}</span>` +
    `${key === undefined ? "" : renderButtons(service, key)}` +
    `${canSignIn ? signInLink(servicePath(service.name)) : ""}</div>`,
    '<dl class="facts">',
    ...facts.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [`<div><dt>${name}</dt><dd>${escapeText(plainText(value))}</dd></div>`]
    ),
    "</dl>",
  ].join("\n");
}

/** A form each: a button needs no script, and its key is in no link. */
function renderButtons(service: ServiceReport, key: string): string {
  const forms = actionsFor(service).map((action) =>
    `<form method="post" action="/control/${action}/${
      encodeURIComponent(shortName(service.name))
    }?key=${key}"><button>${ACTION_TEXT[action]}</button></form>`
  );
  return `<div class="actions">${forms.join("")}</div>`;
}

function renderWhy(text: string): string {
  const plain = text.trimEnd().split("\n").map(plainText).join("\n");
  return `<h2>Why</h2><div class="panel"><pre class="why">${escapeText(plain)}</pre></div>`;
}

function renderCurves({ curves: { memory, cpu } }: ServicePageParts): string {
  const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
  return [
    "<h2>Last hour<small>as often as somebody has looked</small></h2>",
    '<div class="panel curves">',
    drawCurve(memory, { title: "Memory", format: formatSize }),
    drawCurve(cpu, { title: "Processor", format: percent }),
    "</div>",
  ].join("\n");
}

function renderHistory({ events, report: { nowWallMs } }: ServicePageParts): string {
  const title = "<h2>History<small>the latest first, times are UTC</small></h2>";
  if (events.length === 0) {
    return `${title}<div class="panel"><p class="quiet">Nothing has happened to it yet.</p></div>`;
  }
  const rows = events.toReversed().map(({ wallMs, from, to, detail }) =>
    `<tr><td><time datetime="${new Date(wallMs).toISOString()}">` +
    `${formatMoment(wallMs, nowWallMs)}</time></td>` +
    `<td>${from} → ${to}</td><td class="note">${escapeText(plainText(detail))}</td></tr>`
  );
  return `${title}<div class="panel"><table class="history"><tbody>${
    rows.join("\n")
  }</tbody></table></div>`;
}
