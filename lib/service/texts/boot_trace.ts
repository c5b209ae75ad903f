/**
 * The start-up in Chrome's trace format, which Perfetto opens: a row for each service, with what it
 * waited for and how long it then took, and one for the critical path. Pure.
 */
import { shortName } from "../../base/service_name.ts";
import type { Family } from "../family.ts";
import { reportBoot, type StartRecord } from "./boot_report.ts";

/** The moments of the start-up; monotonic. */
export interface TracedTime {
  readonly beganMs: number;
  /** What is still on its way has come so far. */
  readonly nowMs: number;
}

/** One bar (`X`) or the name of a row (`M`); times are microseconds since the start-up began. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** chaperone itself, and its row for the critical path; the rows of services follow. */
const PROCESS = 1;
const PATH_ROW = 0;

/** Formats the trace: one JSON object. */
export function formatBootTrace(
  starts: ReadonlyMap<string, StartRecord>,
  family: Family,
  time: TracedTime,
): string {
  const names = family.startOrder.filter((name) => starts.has(name));
  const events = [
    nameOf("process_name", PATH_ROW, "start-up"),
    ...pathEvents(starts, family, time),
    ...names.flatMap((name, at) => {
      const after = family.prerequisites(name).map((each) => shortName(each.name));
      const row = { name, tid: at + 1, after };
      return serviceEvents(row, starts.get(name) as StartRecord, time);
    }),
  ];
  return JSON.stringify({ traceEvents: events, displayTimeUnit: "ms" });
}

function pathEvents(
  starts: ReadonlyMap<string, StartRecord>,
  family: Family,
  { beganMs }: TracedTime,
): TraceEvent[] {
  const { criticalPath } = reportBoot(starts, family, beganMs);
  return [
    nameOf("thread_name", PATH_ROW, "critical path"),
    ...criticalPath.map(({ name, tookMs, readyAfterMs }) =>
      bar(shortName(name), PATH_ROW, { fromMs: readyAfterMs - tookMs, toMs: readyAfterMs })
    ),
  ];
}

/** A service of the trace, and what it had to wait for. */
interface Row {
  readonly name: string;
  readonly tid: number;
  readonly after: readonly string[];
}

function serviceEvents(
  { name, tid, after }: Row,
  { wantedMs, launchedMs, settledMs }: StartRecord,
  { beganMs, nowMs }: TracedTime,
): TraceEvent[] {
  const endMs = settledMs ?? nowMs;
  const since = (fromMs: number, toMs: number) => ({
    fromMs: fromMs - beganMs,
    toMs: toMs - beganMs,
  });
  const waiting = since(wantedMs, launchedMs ?? endMs);
  const state = settledMs === undefined ? { state: "still starting" } : {};
  return [
    nameOf("thread_name", tid, shortName(name)),
    { ...bar("waiting", tid, waiting), args: { after } },
    ...(launchedMs === undefined ? [] : [
      { ...bar(`start ${shortName(name)}`, tid, since(launchedMs, endMs)), args: state },
    ]),
  ];
}

function bar(name: string, tid: number, { fromMs, toMs }: Span): TraceEvent {
  const ts = Math.round(fromMs * 1000);
  const dur = Math.max(0, Math.round(toMs * 1000) - ts);
  return { name, ph: "X", cat: "start-up", pid: PROCESS, tid, ts, dur };
}

function nameOf(what: "process_name" | "thread_name", tid: number, name: string): TraceEvent {
  return { name: what, ph: "M", pid: PROCESS, tid, args: { name } };
}
