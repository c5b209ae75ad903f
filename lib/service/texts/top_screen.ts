/** What `telchap top` draws: a head, a list that scrolls, and the keys. */
import { paint, SGR } from "../../base/ansi.ts";
import { shortName } from "../../base/service_name.ts";
import { formatAge, formatMemory, truncate } from "./status_overview.ts";
import { TOP_KEYS, type TopSort, type TopView } from "./top_view.ts";

/** A process as it was seen. */
export interface TopProcess {
  readonly pid: number;
  readonly depth: number;
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly command: string;
}

/** A service as it was seen. */
export interface TopService {
  /** Null: processes that belong to no service. */
  readonly name: string | null;
  readonly state: string;
  readonly sinceMs: number | undefined;
  readonly restarts: number;
  readonly memoryBytes: number;
  readonly cpuMs: number;
  readonly processes: readonly TopProcess[];
}

/** One look at the container. */
export interface TopSample {
  /** By a monotonic clock. */
  readonly atMs: number;
  readonly version: string;
  readonly uptimeMs: number;
  readonly services: readonly TopService[];
}

export interface TopSize {
  readonly columns: number;
  readonly rows: number;
}

/** Head and foot: what the list cannot have. */
const HEAD_LINES = 3;
const FOOT_LINES = 1;

const WIDE_COLUMNS = 100;

/** Formats the list, which may be longer than the screen. `before` is the look before this one. */
export function formatTopList(
  sample: TopSample,
  before: TopSample | undefined,
  view: TopView,
): TopLine[] {
  const share = shareSince(sample, before);
  const entries = sample.services.map((service) => ({
    service,
    cpu: share(service.cpuMs, findService(before, service.name)?.cpuMs),
  }));
  const sorted = entries.sort((a, b) => compare[view.sort](a, b));
  if (view.isReversed) sorted.reverse();
  return sorted.flatMap(({ service, cpu }) => [
    serviceLine(service, cpu),
    ...(view.showsProcesses ? service.processes : []).map((process) =>
      processLine(process, share(process.cpuMs, findProcess(before, process.pid)?.cpuMs))
    ),
  ]);
}

/** A line of the list, in columns. */
export interface TopLine {
  readonly cpu: string;
  readonly memory: string;
  readonly time: string;
  readonly restarts: string;
  readonly age: string;
  readonly state: string;
  readonly text: string;
}

interface Entry {
  readonly service: TopService;
  readonly cpu: number;
}

const byName = (a: Entry, b: Entry) =>
  (a.service.name ?? "\uffff") < (b.service.name ?? "\uffff") ? -1 : 1;

const compare: Readonly<Record<TopSort, (a: Entry, b: Entry) => number>> = {
  cpu: (a, b) => b.cpu - a.cpu || b.service.memoryBytes - a.service.memoryBytes || byName(a, b),
  memory: (a, b) => b.service.memoryBytes - a.service.memoryBytes || byName(a, b),
  restarts: (a, b) => b.service.restarts - a.service.restarts || byName(a, b),
  name: byName,
};

/** Returns what calculates the share of one processor since the look before, in percent. */
function shareSince(sample: TopSample, before: TopSample | undefined) {
  const elapsedMs = before === undefined ? 0 : sample.atMs - before.atMs;
  return (cpuMs: number, pastMs: number | undefined): number =>
    pastMs === undefined || elapsedMs <= 0 ? 0 : Math.max(0, (cpuMs - pastMs) / elapsedMs * 100);
}

function findService(sample: TopSample | undefined, name: string | null) {
  return sample?.services.find((service) => service.name === name);
}

function findProcess(sample: TopSample | undefined, pid: number): TopProcess | undefined {
  for (const { processes } of sample?.services ?? []) {
    const found = processes.find((process) => process.pid === pid);
    if (found !== undefined) return found;
  }
  return undefined;
}

function serviceLine(service: TopService, cpu: number): TopLine {
  const { name, state, sinceMs, restarts, memoryBytes, cpuMs, processes } = service;
  const runs = processes.length > 0;
  return {
    cpu: runs ? cpu.toFixed(1) : "",
    memory: runs ? formatMemory(memoryBytes) : "",
    time: runs ? formatCpuTime(cpuMs) : "",
    restarts: restarts === 0 ? "" : String(restarts),
    age: sinceMs === undefined ? "" : formatAge(sinceMs),
    state,
    text: name === null ? "(no service)" : shortName(name),
  };
}

function processLine(process: TopProcess, cpu: number): TopLine {
  const { pid, depth, memoryBytes, cpuMs, command } = process;
  return {
    cpu: cpu.toFixed(1),
    memory: formatMemory(memoryBytes),
    time: formatCpuTime(cpuMs),
    restarts: "",
    age: "",
    state: "",
    text: `${"  ".repeat(depth + 1)}${pid} ${command}`,
  };
}

/** Formats processor time: `0:12.34`. */
export function formatCpuTime(cpuMs: number): string {
  const minutes = Math.floor(cpuMs / 60_000);
  return `${minutes}:${((cpuMs % 60_000) / 1000).toFixed(2).padStart(5, "0")}`;
}

/** How many lines of the list a terminal shows. */
export function listRows({ rows }: TopSize): number {
  return Math.max(1, rows - HEAD_LINES - FOOT_LINES);
}

/** Draws the whole screen: `rows` lines at most, none wider than it. */
export function drawTop(
  sample: TopSample,
  list: readonly TopLine[],
  shape: { readonly view: TopView; readonly size: TopSize; readonly colour: boolean },
): string[] {
  const { view, size, colour } = shape;
  const fit = (text: string) => truncate(tame(text), size.columns);
  const look = (text: string, sgr: typeof SGR.bold | typeof SGR.reverse) =>
    colour ? paint(text, sgr) : text;
  const head = [look(fit(headline(sample)), SGR.bold), fit(summary(sample, list, view, size))];
  if (view.showsHelp) {
    const keys = TOP_KEYS.map(([key, text]) => fit(`  ${key.padEnd(18)}${text}`));
    return [...head, "", ...keys.slice(0, listRows(size))].slice(0, size.rows);
  }
  const isWide = size.columns >= WIDE_COLUMNS;
  const titles = formatLine(titlesOf(view), isWide);
  const from = Math.min(view.offset, Math.max(0, list.length - listRows(size)));
  const body = list.slice(from, from + listRows(size))
    .map((line) => fit(formatLine(line, isWide)));
  const padding = Array.from({ length: listRows(size) - body.length }, () => "");
  return [
    ...head,
    look(fit(titles).padEnd(size.columns), SGR.reverse),
    ...body,
    ...padding,
    fit(FOOT),
  ].slice(0, size.rows);
}

const FOOT = "q end  h help  sort: c m n r  i turn round  t processes  ↑↓ scroll";

function headline({ version, uptimeMs, services }: TopSample): string {
  const own = services.filter(({ name }) => name !== null);
  const counts = [...Map.groupBy(own, ({ state }) => state)]
    .sort(([a], [b]) => rankOf(a) - rankOf(b));
  const states = counts.map(([state, some]) => `${some.length} ${state}`).join(", ");
  const noun = own.length === 1 ? "service" : "services";
  return `chaperone ${version}, up ${formatAge(uptimeMs)}, ${own.length} ${noun}: ${states}`;
}

/** What needs somebody comes first, what needs nobody last: the line may be cut. */
function rankOf(state: string): number {
  if (/^(failed|given up|unhealthy|restarting)$/.test(state)) return 0;
  return /^(disabled|completed|ended)$/.test(state) ? 2 : 1;
}

function summary(
  { services }: TopSample,
  list: readonly TopLine[],
  view: TopView,
  size: TopSize,
): string {
  const memoryBytes = services.reduce((sum, service) => sum + service.memoryBytes, 0);
  const processes = services.reduce((sum, service) => sum + service.processes.length, 0);
  const used = `${processes} processes, ${formatMemory(memoryBytes)}`;
  if (list.length <= listRows(size)) return used;
  const from = Math.min(view.offset, list.length - listRows(size));
  return `${used}, lines ${from + 1} to ${from + listRows(size)} of ${list.length}`;
}

function titlesOf({ sort, isReversed }: TopView): TopLine {
  const mark = isReversed ? "^" : "v";
  const title = (text: string, of: TopSort) => of === sort ? `${text}${mark}` : text;
  return {
    cpu: title("CPU%", "cpu"),
    memory: title("MEMORY", "memory"),
    time: "TIME",
    restarts: title("RST", "restarts"),
    age: "FOR",
    state: "STATE",
    text: title("SERVICE", "name"),
  };
}

function formatLine(line: TopLine, isWide: boolean): string {
  return [
    line.cpu.padStart(6),
    line.memory.padStart(8),
    ...(isWide ? [line.time.padStart(9)] : []),
    line.restarts.padStart(4),
    line.age.padStart(7),
    line.state.padEnd(10),
    line.text,
  ].join("  ").trimEnd();
}

/** What processes call themselves must not steer the terminal. */
function tame(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is to be replaced
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}
