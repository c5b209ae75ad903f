/**
 * `status`: on a terminal an overview that fits it, with names all that is known of these services,
 * and for scripts the table of chaperone 0.3.9.
 */
import type { AnswerOf } from "../../commands/answers.ts";
import { type Look, paint, SGR } from "../../base/ansi.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { describeExit } from "../../base/exit_status.ts";
import type { ServiceState } from "../../service/life/phase.ts";
import { stateLook, stateWord } from "../../service/texts/state_word.ts";
import {
  formatMemory,
  formatOverview,
  type OverviewRow,
} from "../../service/texts/status_overview.ts";
import { formatStatusReport, type StatusRow } from "../../service/texts/status_table.ts";
import {
  type ControlCall,
  type ControlContext,
  isKept,
  isLaunched,
  namedServices,
  type Reply,
  visibleServices,
} from "./context.ts";
import { explain, type Explanation, formatExplanation } from "./explanation.ts";
import { readinessOf, statusWord } from "./overview.ts";
import { collectTree, formatTree, type TreeService } from "./tree.ts";

const LAST_LINES = 10;

/** Returns the answer to `status`. */
export function status(command: ControlCall<"status">): Reply<AnswerOf<"status">> {
  const { context, call, session } = command;
  const isNamed = call.operands.length > 0;
  const names = isNamed ? namedServices(command) : visibleServices(command);
  if (isNamed && !call.options.classic) return detail(command, names);
  const rows = names.map((name) => statusRow(context, name));
  const uptimeMs = context.os.nowMs() - context.history.beganMs;
  if (call.options.json) return { text: "", value: statusValue(context, rows, uptimeMs) };
  if (session.columns !== undefined && !call.options.classic) return overview(command, names);
  const lines = formatStatusReport(rows, { version: context.version, uptimeMs });
  return (session.colour ? lines.map(paintRow) : lines).join("\n");
}

function statusRow(context: ControlContext, name: string): StatusRow {
  const state = context.supervisor.state(name);
  const { phase, lastPid, enabled } = state;
  return {
    // The number of a process that has ended stays until the service is reset or stopped.
    pid: phase.kind === "down" ? undefined : lastPid,
    name,
    enabled,
    status: statusWord(context, name),
    note: describeNote(state) ?? context.schedules?.note(name),
  };
}

/** What the service has told of itself. */
function describeNote({ note, announced, health }: ServiceState): string | undefined {
  const parts = [note, announced, health === "unhealthy" ? health : undefined];
  return parts.filter((part) => part !== undefined).join("; ") || undefined;
}

function statusValue(context: ControlContext, rows: readonly StatusRow[], uptimeMs: number) {
  const { supervisor, history, os } = context;
  const services = rows.map((row) => {
    const state = supervisor.state(row.name);
    return {
      ...row,
      pid: row.pid ?? null,
      note: row.note ?? null,
      phase: state.phase.kind,
      state: stateWord(supervisor.config(row.name).type, state),
      sinceSecs: (os.nowMs() - history.sinceMs(row.name)) / 1000,
      launched: isLaunched(context, row.name),
      kept: isKept(context, row.name),
      restarts: state.restartsTotal,
      health: state.health ?? null,
    };
  });
  const { recorder, version } = context;
  const stateDir = recorder?.place ?? null;
  const { ready, text: readiness } = readinessOf(context);
  return { version, uptimeSecs: uptimeMs / 1000, ready, readiness, stateDir, services };
}

/** Colours the word of the state and moves nothing. */
function paintRow(line: string): string {
  return line.replace(
    /^(\S+ +\S+ +(?:true|false) +)(\S+)/,
    (_, head: string, word: string) => head + paint(word, lookOfWord(word)),
  );
}

function lookOfWord(word: string): Look | undefined {
  if (/^(running|started|ready|waiting)$/.test(word)) return SGR.green;
  if (/^(exit\(|SIG|signal)/.test(word)) return SGR.red;
  return /^(starting|activating)$/.test(word) ? SGR.yellow : undefined;
}

function overview(command: ControlCall<"status">, names: readonly string[]): string {
  const { context, session } = command;
  const { columns = 80, colour } = session;
  const trees = new Map(collectTree(context).map((tree) => [tree.name, tree]));
  const rows = names.map((name) => overviewRow(command, name, trees.get(name)));
  const head = [headline(context), recorderLine(context)];
  return ["", ...head, "", ...formatOverview(rows, { columns, colour }), ""].join("\n");
}

function headline(context: ControlContext): string {
  const { version, os, history, delayedShutdown } = context;
  const verdict = readinessOf(context).text;
  const uptime = formatHumanDuration(os.nowMs() - history.beganMs);
  const { dueMs } = delayedShutdown;
  const end = dueMs === undefined ? "" : `, ends in ${formatHumanDuration(dueMs - os.nowMs())}`;
  return `chaperone ${version}, up ${uptime}, ${verdict}${end}`;
}

/** Whether anything of this life will be known after it. */
function recorderLine({ recorder }: ControlContext): string {
  if (recorder?.place !== undefined) return `recorded in ${recorder.place}, see post-mortem`;
  const why = recorder?.problem ?? "there is no /var/lib/chaperone and no state_dir";
  return `not recorded: ${why}`;
}

function overviewRow(
  command: ControlCall<"status">,
  name: string,
  tree: TreeService | undefined,
): OverviewRow {
  const { supervisor, history, os } = command.context;
  const state = supervisor.state(name);
  const config = supervisor.config(name);
  const facts = explain(command, name, 0);
  return {
    name,
    state: stateWord(config.type, state),
    look: stateLook(state),
    sinceMs: os.nowMs() - history.sinceMs(name),
    restarts: state.restartsTotal,
    memoryBytes: tree?.processes.length ? tree.memoryBytes : undefined,
    health: config.health === undefined ? undefined : state.health ?? "-",
    reason: [
      reasonOf(facts, state, command.context),
      facts.roll === null ? "" : `rolling: ${facts.roll}`,
      isLaunched(command.context, name) ? "not configured" : "",
    ].filter((text) => text !== "").join("; "),
  };
}

/** Says in few words why a service is in its state, else what it says of itself. */
function reasonOf(facts: Explanation, state: ServiceState, context: ControlContext): string {
  const { phase } = state;
  switch (phase.kind) {
    case "waiting":
    case "starting":
      return `waits for ${facts.waitsFor.join(", ")}`;
    case "failed":
      // The text names the service, which stands in front already.
      return facts.gaveUp === null
        ? phase.failure.text.replace(`${facts.service} `, "")
        : gaveUpText(facts);
    case "backoff":
      return `${facts.lastExit ?? "failed"}; again in ${nextText(facts)}`;
    case "down":
      if (facts.gaveUp !== null) return gaveUpText(facts);
      if (facts.staysDown !== null) return facts.staysDown;
      if (facts.disabledBecause !== null) return facts.disabledBecause;
      return facts.lastOrder?.what === "stop" ? `stopped by ${facts.lastOrder.by}` : "";
    case "finishing":
    case "stopping":
      return facts.lastOrder?.what === "stop" ? `by ${facts.lastOrder.by}` : "";
    case "done":
      return describeExit(phase.status);
    case "up":
      return state.health === "unhealthy" ? state.healthSeen ?? "" : state.note ?? "";
    case "armed":
      return armedReason(facts, state, context);
    default:
      return state.note ?? "";
  }
}

function armedReason(facts: Explanation, state: ServiceState, context: ControlContext): string {
  const { nextRun, service } = facts;
  const last = state.lastStatus === undefined ? [] : [`last run ${describeExit(state.lastStatus)}`];
  if (nextRun === null) return context.schedules?.note(service) ?? "";
  const inMs = Math.max(0, Date.parse(nextRun) - context.os.wallMs());
  return [`next in ${formatHumanDuration(inMs)}`, ...last].join("; ");
}

function gaveUpText({ gaveUp, lastExit }: Explanation): string {
  return `${lastExit ?? "failed"}; ${gaveUp}`;
}

function nextText({ nextAttemptSecs }: Explanation): string {
  return formatHumanDuration((nextAttemptSecs ?? 0) * 1000);
}

/** All that is known of services, one after another. */
function detail(
  command: ControlCall<"status">,
  names: readonly string[],
): Reply<AnswerOf<"status">> {
  const trees = new Map(collectTree(command.context).map((tree) => [tree.name, tree]));
  const details = names.map((name) => {
    const facts = explain(command, name, LAST_LINES);
    const { processes = [], memoryBytes = 0, cpuMs = 0 } = trees.get(name) ?? {};
    return { ...facts, memoryBytes, cpuMs, processes };
  });
  const text = details.map((each) => {
    const used = each.processes.length === 0 ? [] : [
      `${"Memory:".padEnd(16)}${formatMemory(each.memoryBytes)} in ${count(each.processes)}`,
      "Processes:",
      ...formatTree([{ ...each, name: each.service }]).slice(2).map((line) =>
        `  ${line.trimEnd()}`
      ),
    ];
    const lines = formatExplanation(command.context, { ...each, lastLines: [] });
    const output = each.lastLines.map((line) => `  ${line}`);
    return [...lines, ...used, ...(output.length === 0 ? [] : ["Last output:"]), ...output]
      .join("\n");
  });
  return { text: text.join("\n\n"), value: { services: details } };
}

function count(processes: readonly unknown[]): string {
  return processes.length === 1 ? "1 process" : `${processes.length} processes`;
}
