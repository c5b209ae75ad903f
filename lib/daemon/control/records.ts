/** The commands that show what has happened, and with -f what happens: logs and events. */
import type { AnswerOf } from "../../commands/answers.ts";
import { parseDuration } from "../../base/duration.ts";
import { shortName } from "../../base/service_name.ts";
import { outputOf } from "../../service/flight/flight_life.ts";
import type { RecentLine } from "../logging/log_ring.ts";
import { recentOutput } from "../logging/recent_output.ts";
import type { ServiceEvent } from "../services/service_history.ts";
import {
  CommandError,
  type ControlCall,
  type ControlContext,
  mayHandle,
  namedServices,
  PermissionError,
  visibleServices,
} from "./context.ts";
import { formatJson } from "./overview.ts";
import { formerLife } from "./post_mortem.ts";

interface ServiceLine extends RecentLine {
  readonly service: string;
}

/** Without -n, -f begins with this many lines. */
const FOLLOW_LINES = 10;
/** A line without an end is shown in pieces of this size. */
const LINE_MAX_BYTES = 64 * 1024;

/** Writes recent output, and with -f what follows until the client leaves. */
export async function logs(command: ControlCall<"logs">): Promise<void> {
  const { context, call, session } = command;
  if ((call.options.grep ?? call.options.level) !== undefined) {
    throw new CommandError(
      "--grep and --level are for telchap itself, which filters what it is sent",
    );
  }
  if (call.options.previous) return await writeFormerLines(command);
  const names = readableServices(command);
  const { follow, json, since } = call.options;
  const isAll = since !== undefined || call.options.current;
  const fallback = follow && !isAll ? FOLLOW_LINES : Infinity;
  const count = parseCount(call.options["lines"], fallback);
  const sinceMs = parseSince(since, context.os.wallMs());
  const format = json ? formatJson<AnswerOf<"logs">> : lineFormat(names);
  // One line a service is kept in memory at most: sorting is bounded by the rings.
  const lines = names
    .flatMap((service) =>
      recentOutput(context.ring, service)
        .filter(({ wallMs }) => !call.options.current || wallMs >= startedMs(context, service))
        .map((line): ServiceLine => ({ service, ...line }))
    )
    .filter((line) => line.wallMs >= sinceMs)
    .sort((a, b) => a.wallMs - b.wallMs);
  const shown = takeLast(lines, count);
  if (shown.length > 0) session.write(shown.map((line) => `${format(line)}\n`).join(""));
  if (follow) await followLogs(command, new Set(names), format);
}

/** Writes what is recorded of the output of the life before this one. */
async function writeFormerLines(command: ControlCall<"logs">): Promise<void> {
  const { call: { options }, session } = command;
  if (options.follow || options.current) {
    throw new CommandError("what --previous shows is over: it goes with neither -f nor --current");
  }
  const life = await formerLife(command, 1);
  const names = new Set(command.call.operands.map(shortName));
  const sinceMs = parseSince(options.since, command.context.os.wallMs());
  const all = outputOf(life)
    .filter(({ service }) => names.size === 0 || names.has(shortName(service)))
    .filter(({ wallMs }) => wallMs >= sinceMs);
  const count = parseCount(options.lines, Infinity);
  const shown = takeLast(all, count);
  const format = options.json
    ? formatJson<AnswerOf<"logs">>
    : lineFormat([...new Set(shown.map((s) => s.service))]);
  session.write(shown.map((line) => `${format({ ...line, stream: "stdout" })}\n`).join(""));
}

/** When a service was last launched, by the wall clock; never: everything is later. */
function startedMs({ supervisor, os }: ControlContext, service: string): number {
  const { launchedMs } = supervisor.state(service);
  return launchedMs === undefined ? -Infinity : os.wallMs() - (os.nowMs() - launchedMs);
}

/** Whoever may not control sees what services write that run as the same user. */
function readableServices(command: ControlCall): string[] {
  const { context, call, session } = command;
  const all = call.operands.length > 0 ? namedServices(command) : visibleServices(command);
  const readable = all.filter((name) => mayHandle(context, name, session.caller));
  if (call.operands.length > 0 && readable.length < all.length) {
    throw new PermissionError("what a service writes is for its own user and for root");
  }
  return readable;
}

/** Reads the number of `-n`. @throws {CommandError} */
export function parseCount(text: string | true | undefined, fallback: number): number {
  if (typeof text !== "string") return fallback;
  if (!/^\d{1,9}$/.test(text)) {
    throw new CommandError(`not a number of lines: '${text}'; write one as in -n 20`);
  }
  return Number(text);
}

/** Returns the last `count`, which may be 0. */
export function takeLast<T>(list: readonly T[], count: number): readonly T[] {
  return list.slice(Math.max(0, list.length - count));
}

function parseSince(text: string | true | undefined, nowMs: number): number {
  if (typeof text !== "string") return -Infinity;
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) {
    throw new CommandError(`not a time: '${text}'; write 10m, 1h30m or 2026-01-31T04:00`);
  }
  return atMs;
}

function lineFormat(names: readonly string[]): (line: ServiceLine) => string {
  if (names.length === 1) return ({ text }) => text;
  const width = names.reduce((longest, name) => Math.max(longest, shortName(name).length), 0);
  return ({ service, text }) => `${shortName(service).padEnd(width)} | ${text}`;
}

async function followLogs(
  { context, session }: ControlCall,
  names: ReadonlySet<string>,
  format: (line: ServiceLine) => string,
): Promise<void> {
  const unfinished = new Map<string, { decoder: TextDecoder; text: string }>();
  const stop = context.ring.observe((service, source, bytes) => {
    if (!names.has(service) || source.stream === "chaperone") return;
    const key = `${service} ${source.stream} ${source.pid}`;
    const state = unfinished.get(key) ?? { decoder: new TextDecoder(), text: "" };
    const parts = (state.text + state.decoder.decode(bytes, { stream: true })).split("\n");
    const rest = parts.pop() as string;
    if (rest.length > LINE_MAX_BYTES) parts.push(rest);
    state.text = rest.length > LINE_MAX_BYTES ? "" : rest;
    // Processes come and go; what is kept are their unfinished lines only.
    if (state.text === "") unfinished.delete(key);
    else unfinished.set(key, state);
    const lines = parts.map((text) => text.trimEnd()).filter((text) => text !== "");
    const { wallMs, pid, stream } = source;
    if (lines.length === 0) return;
    session.write(
      lines.map((text) => `${format({ service, wallMs, pid, stream, text })}\n`).join(""),
    );
  });
  await session.gone;
  stop();
}

/** Writes what has happened to services, and with -f what happens until the client leaves. */
export async function events(command: ControlCall): Promise<void> {
  const { context, call, session } = command;
  const names = new Set(
    call.operands.length > 0 ? namedServices(command) : visibleServices(command),
  );
  const isAll = call.operands.length === 0 && session.caller.mayLook;
  // A service that another configuration adds is among all of them.
  const isShown = (event: ServiceEvent) => isAll || names.has(event.service);
  const format = call.options["json"] ? formatJson<AnswerOf<"events">> : formatEvent;
  const count = parseCount(call.options["lines"], Infinity);
  const past = context.history.events.filter(isShown);
  const shown = takeLast(past, count);
  if (shown.length > 0) session.write(shown.map((event) => `${format(event)}\n`).join(""));
  if (!call.options["follow"]) return;
  const stop = context.history.observe((event) => {
    if (isShown(event)) session.write(`${format(event)}\n`);
  });
  await session.gone;
  stop();
}

function formatEvent(event: ServiceEvent): string {
  const { wallMs, service, from, to, detail } = event;
  const time = new Date(wallMs).toISOString();
  const text = `${time} ${shortName(service)} ${from} -> ${to}`;
  return detail === "" ? text : `${text} (${detail})`;
}
