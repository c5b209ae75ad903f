/** What `telchap top` draws: a head, a list with a selected service, its details, the keys. */
import { paint, SGR } from "../../base/ansi.ts";
import { shortName } from "../../base/service_name.ts";
import { inOneLine } from "../../base/shown_text.ts";
import { fitColumns, padColumns } from "../../base/text_columns.ts";
import { formatAge, formatMemory } from "./status_overview.ts";
import { chosenOf, TOP_KEYS, type TopPrompt, type TopSort, type TopView } from "./top_view.ts";

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
  /** `ready`, or why the container is not; undefined: not told. */
  readonly readiness: string | undefined;
  /** How many processes of the machine want a processor, over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly services: readonly TopService[];
}

export interface TopSize {
  readonly columns: number;
  readonly rows: number;
}

/** Head and foot: what the list cannot have. */
const HEAD_LINES = 3;
const FOOT_LINES = 1;
/** The share of what head and foot leave that goes to a service's details. */
const PANE_SHARE = 0.6;

const WIDE_COLUMNS = 100;
/** Below that the load of the last minute has to do. */
const NARROW_COLUMNS = 80;

/** Formats the list, which may be longer than the screen. `before` is the look before this one. */
export function formatTopList(
  sample: TopSample,
  before: TopSample | undefined,
  view: TopView,
): TopLine[] {
  const share = shareSince(sample, before);
  const past = timesOf(before);
  const isListed = ({ name }: TopService) =>
    view.filter === "" || (name !== null && includesText(shortName(name), view.filter));
  const entries = sample.services.filter(isListed).map((service) => ({
    service,
    cpu: share(service.cpuMs, past.ofServices.get(service.name)),
  }));
  const sorted = entries.sort((a, b) => compare[view.sort](a, b));
  if (view.isReversed) sorted.reverse();
  return sorted.flatMap(({ service, cpu }) => [
    serviceLine(service, cpu),
    ...(view.showsProcesses ? service.processes : []).map((process) =>
      processLine(service.name, process, share(process.cpuMs, past.ofProcesses.get(process.pid)))
    ),
  ]);
}

/** Whether a text has another one in it, small and large letters alike. */
function includesText(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** The services of a list, in its order. */
export function namesOf(list: readonly TopLine[]): (string | null)[] {
  return list.filter(({ isService }) => isService).map(({ of }) => of);
}

/** A line of the list. */
export interface TopLine extends Columns {
  /** The service that it belongs to. */
  readonly of: string | null;
  /** It is that service's own, not one of its processes. */
  readonly isService: boolean;
}

interface Columns {
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

/** The processor time of each at a look. */
function timesOf(sample: TopSample | undefined) {
  const services = sample?.services ?? [];
  return {
    ofServices: new Map(services.map(({ name, cpuMs }) => [name, cpuMs])),
    ofProcesses: new Map(
      services.flatMap(({ processes }) => processes.map(({ pid, cpuMs }) => [pid, cpuMs])),
    ),
  };
}

function serviceLine(service: TopService, cpu: number): TopLine {
  const { name, state, sinceMs, restarts, memoryBytes, cpuMs, processes } = service;
  const runs = processes.length > 0;
  return {
    of: name,
    isService: true,
    cpu: runs ? cpu.toFixed(1) : "",
    memory: runs ? formatMemory(memoryBytes) : "",
    time: runs ? formatCpuTime(cpuMs) : "",
    restarts: restarts === 0 ? "" : String(restarts),
    age: sinceMs === undefined ? "" : formatAge(sinceMs),
    state,
    text: name === null ? "(no service)" : shortName(name),
  };
}

function processLine(of: string | null, process: TopProcess, cpu: number): TopLine {
  const { pid, depth, memoryBytes, cpuMs, command } = process;
  return {
    of,
    isService: false,
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

/** How many lines the list has, and the details below it, title included. */
export function divideRows(
  { rows }: TopSize,
  { pane }: Pick<TopView, "pane">,
): { readonly list: number; readonly pane: number } {
  const body = Math.max(1, rows - HEAD_LINES - FOOT_LINES);
  const below = pane === "none" ? 0 : Math.min(body - 1, Math.ceil(body * PANE_SHARE));
  return { list: body - below, pane: below };
}

export interface TopShape {
  readonly view: TopView;
  readonly size: TopSize;
  readonly colour: boolean;
  /** The details of the selected service, the newest line last. */
  readonly told: readonly string[];
  /** What the last order was answered; stands where the keys do. */
  readonly message?: string | undefined;
}

/** Draws the whole screen: `rows` lines at most, none wider than it. */
export function drawTop(
  sample: TopSample,
  list: readonly TopLine[],
  shape: TopShape,
): string[] {
  const { view, size, colour } = shape;
  const fit = (text: string) => fitColumns(inOneLine(text), size.columns);
  const look = (text: string, sgr: typeof SGR.bold | typeof SGR.reverse) =>
    colour ? paint(text, sgr) : text;
  const bar = (text: string) => look(padColumns(fit(text), size.columns), SGR.reverse);
  const rows = divideRows(size, view);
  const from = firstLine(list, view, rows.list);
  const extent = { from, count: rows.list, columns: size.columns };
  const head = [look(fit(headline(sample)), SGR.bold), fit(summary(sample, list, extent))];
  if (view.showsHelp) {
    const keys = TOP_KEYS.map(([key, text]) => fit(`  ${key.padEnd(18)}${text}`));
    return [...head, "", ...keys].slice(0, size.rows);
  }
  const isWide = size.columns >= WIDE_COLUMNS;
  const chosen = chosenLine(list, view);
  const body = list.slice(from, from + rows.list).map((line, at) => {
    const text = formatLine(line, isWide);
    // Without colours the mark alone shows it.
    return from + at === chosen ? bar(`>${text.slice(1)}`) : fit(text);
  });
  return [
    ...head,
    bar(formatLine(titlesOf(view), isWide)),
    ...fill(body, rows.list),
    ...rows.pane === 0 ? [] : [
      bar(paneTitle(list, view)),
      ...fill(paneLines(shape, rows.pane - 1).map(fit), rows.pane - 1),
    ],
    fit(footOf(shape)),
  ].slice(0, size.rows);
}

function fill(lines: readonly string[], count: number): string[] {
  return [...lines, ...Array.from({ length: Math.max(0, count - lines.length) }, () => "")];
}

/** Where the service that is chosen stands in the list; -1: nothing is listed. */
function chosenLine(list: readonly TopLine[], view: TopView): number {
  const chosen = chosenOf(view, namesOf(list));
  return list.findIndex(({ of, isService }) => isService && of === chosen);
}

/** The first line that is shown: the one that is chosen is in the middle, as far as can be. */
function firstLine(list: readonly TopLine[], view: TopView, count: number): number {
  const wanted = chosenLine(list, view) - Math.floor(count / 2);
  return Math.max(0, Math.min(wanted, list.length - count));
}

function paneTitle(list: readonly TopLine[], { pane, ...view }: TopView): string {
  const chosen = chosenOf({ pane, ...view }, namesOf(list));
  const name = typeof chosen === "string" ? shortName(chosen) : "no service";
  const what = pane === "log" ? `log of ${name}, as it comes` : `why ${name} is as it is`;
  return view.search === "" ? what : `${what}: lines with '${view.search}'`;
}

/** Of a log the end is shown, of an explanation the beginning. */
function paneLines({ view, told }: TopShape, count: number): readonly string[] {
  const found = view.search === "" ? told : told.filter((line) => includesText(line, view.search));
  if (count === 0) return [];
  return view.pane === "log" ? found.slice(-count) : found.slice(0, count);
}

const FOOT = "q end  h help  ⏎ log  w why  / filter  R restart  S stop  U start  K signal";

function footOf({ view, message }: TopShape): string {
  if (view.prompt !== undefined) return promptText(view.prompt);
  if (message !== undefined) return message;
  return view.filter === "" ? FOOT : `only services with '${view.filter}', Esc: all  ${FOOT}`;
}

function promptText(prompt: TopPrompt): string {
  switch (prompt.kind) {
    case "confirm":
      return `${prompt.order} ${shortName(prompt.service)}? y: yes, any other key: no`;
    case "signal":
      return `signal for ${shortName(prompt.service)}: ${prompt.text}_  Enter: send, Esc: do not`;
    case "filter":
      return `services with: ${prompt.text}_  Enter: keep, Esc: all`;
    case "search":
      return `lines with: ${prompt.text}_  Enter: keep, Esc: all`;
  }
}

function headline({ version, uptimeMs, readiness, services }: TopSample): string {
  const own = services.filter(({ name }) => name !== null);
  const counts = [...Map.groupBy(own, ({ state }) => state)]
    .sort(([a], [b]) => rankOf(a) - rankOf(b));
  const states = counts.map(([state, some]) => `${some.length} ${state}`).join(", ");
  const noun = own.length === 1 ? "service" : "services";
  return [
    `chaperone ${version}`,
    `up ${formatAge(uptimeMs)}`,
    ...(readiness === undefined ? [] : [briefly(readiness)]),
    `${own.length} ${noun}: ${states}`,
  ].join(", ");
}

/** Of many names the first, so that the states of services have a place; the list has all. */
function briefly(readiness: string): string {
  const [first = "", ...others] = readiness.split(", ");
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** What needs somebody comes first, what needs nobody last: the line may be cut. */
function rankOf(state: string): number {
  if (/^(failed|given up|unhealthy|restarting)$/.test(state)) return 0;
  return /^(disabled|completed|ended)$/.test(state) ? 2 : 1;
}

interface Extent {
  readonly from: number;
  readonly count: number;
  readonly columns: number;
}

function summary(
  { services, load }: TopSample,
  list: readonly TopLine[],
  { from, count, columns }: Extent,
): string {
  const memoryBytes = services.reduce((sum, service) => sum + service.memoryBytes, 0);
  const processes = services.reduce((sum, service) => sum + service.processes.length, 0);
  const averages = load.slice(0, columns < NARROW_COLUMNS ? 1 : load.length);
  const used = [
    `${processes} processes`,
    formatMemory(memoryBytes),
    ...(averages.length === 0 ? [] : [`load ${averages.map((each) => each.toFixed(2)).join(" ")}`]),
  ].join(", ");
  if (list.length <= count) return used;
  return `${used}, lines ${from + 1} to ${from + count} of ${list.length}`;
}

function titlesOf({ sort, isReversed }: TopView): Columns {
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

function formatLine(line: Columns, isWide: boolean): string {
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
