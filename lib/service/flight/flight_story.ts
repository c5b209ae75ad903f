/** A life of the container as people read it: why it ended, what led there, what was running. */
import { describeExit } from "../../base/exit_status.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { shortName } from "../../base/service_name.ts";
import { type FlightLife, guessBreakOff } from "./flight_life.ts";
import type { FlightReading, FlightRecord } from "./flight_record.ts";

/** How much the story contains. */
export interface StoryLimits {
  /** Events that led to the end. */
  readonly events: number;
  /** Last lines of each process that failed. */
  readonly lines: number;
}

const WHOLE: StoryLimits = { events: 40, lines: 20 };
/** Shorter stories for the message of a termination, tried in this order. */
const SHORTER: readonly StoryLimits[] = [
  { events: 20, lines: 20 },
  { events: 12, lines: 10 },
  { events: 6, lines: 5 },
  { events: 3, lines: 2 },
  { events: 1, lines: 0 },
];

/** These come with every start and stop. */
const ORDINARY_STATES = new Set([
  ...["waiting", "launching", "starting", "stopping", "finishing", "down", "armed"],
]);

/** What an armed service is, as its detail says. */
const ARMED_WORDS = new Set(["scheduled", "listening", "run once"]);

/** What a phase is called where nobody knows the code. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  up: "up",
  // Of a version that did not tell which.
  armed: "scheduled or listening",
  backoff: "waiting for its restart",
  stopping: "being stopped",
  finishing: "running its on_stop",
  done: "has ended in order",
};

/**
 * Tells a life, one element a line. `reading` says what could not be read; the present life has no
 * end yet.
 */
export function tellLife(
  life: FlightLife,
  reading: Pick<FlightReading, "damaged" | "foreign"> = { damaged: 0, foreign: 0 },
  { isPresent = false }: { readonly isPresent?: boolean } = {},
): string[] {
  return [
    headLine(life),
    isPresent ? "It goes on." : endLine(life),
    "",
    ...eventLines(life, WHOLE),
    "",
    ...runningLines(life),
    ...gapLines(life, reading),
  ];
}

/** Tells why a life ends in at most `mostBytes`, for whoever looks at the container from outside. */
export function tellEnd(life: FlightLife, mostBytes: number): string {
  const encoder = new TextEncoder();
  const head = life.end === undefined
    ? "chaperone: no end"
    : `chaperone: exit ${life.end.exitCode}: ${life.end.reason}`;
  for (const limits of SHORTER) {
    const text = [head, ...eventLines(life, limits), ...runningLines(life)].join("\n") + "\n";
    if (encoder.encode(text).length <= mostBytes) return text;
  }
  // The bytes of a character that was cut in two would be read as nonsense.
  return new TextDecoder().decode(encoder.encode(head).subarray(0, mostBytes - 1))
    .replace(/\uFFFD$/, "");
}

function headLine({ begin, fromMs, toMs }: FlightLife): string {
  const span = `${formatTime(fromMs)} to ${formatTime(toMs)} ` +
    `(${formatHumanDuration(Math.max(0, toMs - fromMs))})`;
  if (begin === undefined) return `${span}; its beginning is not kept any more`;
  const count = begin.services === 1 ? "1 service" : `${begin.services} services`;
  return `${span}: chaperone ${begin.version} on ${begin.host}, ${count}, ` +
    `configuration ${begin.config}`;
}

function endLine(life: FlightLife): string {
  const { end } = life;
  if (end !== undefined) return `It ended with status ${end.exitCode}: ${end.reason}`;
  return `It broke off: ${guessBreakOff(life)}`;
}

function eventLines(life: FlightLife, { events, lines }: StoryLimits): string[] {
  const readyAt = life.records.findIndex(({ kind }) => kind === "ready");
  const told = life.records.filter((record, at) =>
    isTold(record) && !(at < readyAt && record.kind === "state" && record.to === "up")
  );
  const shown = told.slice(-events);
  if (shown.length === 0) return ["Nothing out of the ordinary had happened."];
  const left = told.length - shown.length;
  const head = left === 0 ? "What led there:" : `What led there (${left} before left out):`;
  return [head, ...shown.flatMap((record) => eventLine(record, lines))];
}

function isTold(record: FlightRecord): boolean {
  switch (record.kind) {
    case "begin":
    case "output":
    case "end":
      return false;
    case "state":
      return !ORDINARY_STATES.has(record.to);
    case "exit":
      return !record.normal;
    default:
      return true;
  }
}

function eventLine(record: FlightRecord, lines: number): string[] {
  const clock = formatTime(record.atMs).slice("2026-01-31 ".length);
  const output = record.kind === "exit" && lines > 0 ? record.lines?.slice(-lines) ?? [] : [];
  return [`  ${clock}  ${eventText(record)}`, ...output.map((line) => `      | ${line}`)];
}

function eventText(record: FlightRecord): string {
  switch (record.kind) {
    case "state":
      return `${shortName(record.service)}: ${stateText(record.to, record.detail)}`;
    case "exit":
      return exitText(record);
    case "health":
      return `${shortName(record.service)} is ${record.health}` +
        (record.seen === undefined ? "" : `: ${record.seen}`);
    case "order":
      return `${shortName(record.service)}: ${record.what}, asked by ${record.by}`;
    case "signal":
      return `chaperone received ${record.signal}`;
    case "config":
      return `configuration ${record.config} was put in force: ${record.changes.join("; ")}`;
    case "reexec":
      return record.text;
    case "ready":
      return "all services had been started";
    case "ending":
      return `the end began: ${record.reason}`;
    case "left-out":
      return `${record.count} more records of ${shortName(record.service)} left out`;
    case "lost":
      return `${record.count} records could not be written`;
    case "begin":
    case "output":
    case "end":
      return record.kind;
    default:
      return record satisfies never;
  }
}

function exitText(record: Extract<FlightRecord, { kind: "exit" }>): string {
  const { service, status, pid, ranMs, peakBytes, usedBytes, limitBytes } = record;
  const who = pid === undefined ? shortName(service) : `${shortName(service)}[${pid}]`;
  const after = ranMs === undefined ? "" : ` after ${formatHumanDuration(ranMs)}`;
  const peak = peakBytes === undefined ? "" : `; it had ${mebibytes(peakBytes)} MiB at its most`;
  const limit = limitBytes === undefined ? "" : ` of ${mebibytes(limitBytes)}`;
  const used = usedBytes === undefined
    ? ""
    : `; the container used ${mebibytes(usedBytes)}${limit} MiB`;
  return `${who} ${describeExit(status)}${after}${peak}${used}`;
}

function runningLines({ states }: FlightLife): string[] {
  const rows = [...states.values()].filter(({ to }) => to !== "down" && to !== "done");
  if (rows.length === 0) return ["No service was running."];
  const width = Math.max(...rows.map(({ service }) => shortName(service).length));
  return [
    "How services were then:",
    ...rows.map(({ service, to, atMs, detail }) =>
      `  ${shortName(service).padEnd(width)}  ${
        stateText(to, detail, ` since ${formatTime(atMs)}`)
      }`
    ),
  ];
}

function gapLines(
  { begin }: FlightLife,
  { damaged, foreign }: Pick<FlightReading, "damaged" | "foreign">,
): string[] {
  const gaps: string[] = [];
  if (begin === undefined) gaps.push("What happened first has been overwritten.");
  if (damaged > 0) gaps.push(`Not read: ${damaged} torn or damaged records.`);
  if (foreign > 0) gaps.push(`Not read: ${foreign} records of another version of chaperone.`);
  return gaps.length === 0 ? [] : ["", ...gaps];
}

function stateText(phase: string, detail: string, since = ""): string {
  if (phase === "armed" && ARMED_WORDS.has(detail)) return detail + since;
  return `${STATE_WORDS[phase] ?? phase}${since}${detail === "" ? "" : ` (${detail})`}`;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** UTC: whoever reads it may be in another zone than the container was. */
function formatTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("T", " ");
}
