/** Draws when scheduled services ran and when they are due, as SVG. */
import { formatHumanDuration } from "../base/duration.ts";
import { shortName } from "../base/service_name.ts";
import { fitColumns } from "../base/text_columns.ts";
import type { RunRecord } from "../service/schedule/run_history.ts";
import { escapeText, formatMoment, plainText } from "./markup.ts";
import type { ContainerReport, CronReport } from "./report.ts";

const WIDTH_PX = 1000;
const LABEL_PX = 150;
const ROW_PX = 30;
const AXIS_PX = 24;
const BAR_PX = 12;
const BAR_MIN_PX = 4;
const LABEL_COLUMNS = 19;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/**
 * How much of the past is shown: the shortest of these that holds all known runs, else the longest.
 */
const SPANS_MS = [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS];
/** The part of the width that is still to come. */
const FUTURE_SHARE = 0.3;
const TICKS = 6;

/** What is in sight, by the wall clock. */
interface Window {
  readonly fromMs: number;
  readonly nowMs: number;
  readonly toMs: number;
}

/** A scheduled service. */
interface Row {
  readonly name: string;
  readonly cron: CronReport;
}

/** Draws one row for each scheduled service; undefined where there is none. */
export function renderCronTimeline(report: ContainerReport): string | undefined {
  const rows = report.services.flatMap(({ name, cron }) =>
    cron === undefined ? [] : [{ name, cron }]
  );
  if (rows.length === 0) return undefined;
  const { nowWallMs } = report;
  const window = chooseWindow(rows.map(({ cron }) => cron), nowWallMs);
  const heightPx = rows.length * ROW_PX + AXIS_PX;
  const now = xAt(window, nowWallMs);
  return [
    `<svg class="timeline" role="img" aria-label="Runs of scheduled services" ` +
    `viewBox="0 0 ${WIDTH_PX} ${heightPx}" width="${WIDTH_PX}" height="${heightPx}">`,
    `<desc>${escapeText(rows.map((row) => describeRow(row, nowWallMs)).join(" "))}</desc>`,
    ...drawAxis(window, rows.length * ROW_PX),
    ...rows.flatMap((row, at) => drawRow(row, at * ROW_PX, window)),
    `<path class="now" d="M${now} 0V${rows.length * ROW_PX}"><title>now</title></path>`,
    "</svg>",
  ].join("\n");
}

function chooseWindow(crons: readonly CronReport[], nowMs: number): Window {
  const starts = crons.flatMap(({ history }) => history.runs.map((run) => run.startWallMs));
  const dues = crons.flatMap(({ nextWallMs }) => nextWallMs === undefined ? [] : [nextWallMs]);
  const past = starts.map((startMs) => nowMs - startMs);
  // The nearest due moment of all should be in sight, too.
  const nearest = Math.min(...dues) - nowMs;
  const wanted = Math.max(0, ...past, Number.isFinite(nearest) ? nearest / FUTURE_SHARE : 0);
  const spanMs = SPANS_MS.find((candidate) => candidate >= wanted) ?? SPANS_MS.at(-1) as number;
  return { fromMs: nowMs - spanMs, nowMs, toMs: nowMs + spanMs * FUTURE_SHARE };
}

/** To half a pixel. */
function xAt({ fromMs, toMs }: Window, wallMs: number): number {
  const share = (wallMs - fromMs) / (toMs - fromMs);
  return Math.round(2 * (LABEL_PX + share * (WIDTH_PX - LABEL_PX))) / 2;
}

const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12, 24, 48].map((hours) => hours * HOUR_MS),
];

function drawAxis(window: Window, y: number): string[] {
  const spanMs = window.toMs - window.fromMs;
  const stepMs = STEPS_MS.find((step) => spanMs / step <= TICKS + 2) ?? STEPS_MS.at(-1) as number;
  const parts: string[] = [];
  for (let at = Math.ceil(window.fromMs / stepMs) * stepMs; at < window.toMs; at += stepMs) {
    const x = xAt(window, at);
    if (x > WIDTH_PX - 20) continue;
    parts.push(
      `<path class="grid" d="M${x} 0V${y + 4}"/>`,
      `<text class="tick" x="${x}" y="${y + 18}">${tickLabel(at, stepMs)}</text>`,
    );
  }
  return parts;
}

function tickLabel(wallMs: number, stepMs: number): string {
  const text = new Date(wallMs).toISOString();
  return stepMs >= 24 * HOUR_MS ? text.slice(5, 10) : text.slice(11, 16);
}

function drawRow({ name, cron }: Row, top: number, window: Window): string[] {
  const { nowMs } = window;
  const middle = top + ROW_PX / 2;
  const label = plainText(shortName(name));
  const row = [
    `<path class="lane" d="M${LABEL_PX} ${middle}H${WIDTH_PX}"/>`,
    `<text class="row" x="0" y="${middle + 4}"><title>${escapeText(label)}</title>` +
    `${escapeText(fitColumns(label, LABEL_COLUMNS))}</text>`,
    ...sideBySide(cron.history.runs, nowMs).flatMap((bar) => drawRun(bar, middle, window)),
  ];
  const { nextWallMs } = cron;
  if (nextWallMs === undefined || nextWallMs > window.toMs) return row;
  const x = Math.min(WIDTH_PX - 6, xAt(window, nextWallMs));
  return [
    ...row,
    `<circle class="due" cx="${x}" cy="${middle}" r="5">` +
    `<title>due at ${formatMoment(nextWallMs, nowMs)} UTC</title></circle>`,
  ];
}

/** A run as a bar: runs at the same time share the height of their row. */
interface Bar {
  readonly run: RunRecord;
  readonly endMs: number;
  readonly lane: number;
  readonly lanes: number;
}

function sideBySide(runs: readonly RunRecord[], nowMs: number): Bar[] {
  const freeAtMs: number[] = [];
  const bars = runs.map((run) => {
    const openMs = run.former ? 0 : nowMs - run.startWallMs;
    const endMs = run.startWallMs + (run.durationMs ?? openMs);
    const free = freeAtMs.findIndex((atMs) => atMs <= run.startWallMs);
    const lane = free < 0 ? freeAtMs.length : free;
    freeAtMs[lane] = endMs;
    return { run, endMs, lane };
  });
  return bars.map((bar) => ({ ...bar, lanes: freeAtMs.length }));
}

function drawRun({ run, endMs, lane, lanes }: Bar, middle: number, window: Window): string[] {
  if (endMs < window.fromMs) return [];
  const x = Math.max(LABEL_PX, xAt(window, run.startWallMs));
  const widthPx = Math.max(BAR_MIN_PX, xAt(window, endMs) - x);
  const heightPx = Math.max(1, Math.floor(BAR_PX / lanes));
  const top = middle - BAR_PX / 2 + (lane * heightPx) % BAR_PX;
  const isOpen = run.normal === undefined;
  const tone = isOpen ? run.former ? "bad" : "busy" : run.normal ? "good" : "bad";
  return [
    `<rect class="run tone-${tone}" x="${x}" y="${top}" width="${widthPx}" ` +
    `height="${heightPx}" rx="${Math.min(2, heightPx / 2)}">` +
    `<title>${escapeText(describeRun(run, window.nowMs))}</title></rect>`,
  ];
}

/** What a row shows, for those who do not see it. */
function describeRow({ name, cron }: Row, nowMs: number): string {
  const { history: { runs }, nextWallMs } = cron;
  const last = runs.at(-1);
  const past = last === undefined ? "no run" : `last run ${describeRun(last, nowMs)}`;
  const next = nextWallMs === undefined
    ? "none is due"
    : `due at ${formatMoment(nextWallMs, nowMs)} UTC`;
  return `${plainText(shortName(name))}: ${past}; ${next}.`;
}

function describeRun(run: RunRecord, nowMs: number): string {
  const { startWallMs, durationMs, normal, cause, caughtUp, asked, former } = run;
  const open = former ? "ended with the container" : "still running";
  const facts = [
    durationMs === undefined ? open : `took ${formatHumanDuration(durationMs)}`,
    ...(normal === false ? ["failed"] : []),
    ...(caughtUp ? ["caught up"] : []),
    ...(asked ? ["by hand"] : []),
    ...(former ? ["in an earlier life"] : []),
  ];
  const why = cause === undefined ? "" : ` (${cause})`;
  return `${formatMoment(startWallMs, nowMs)} UTC, ${facts.join(", ")}${why}`;
}
