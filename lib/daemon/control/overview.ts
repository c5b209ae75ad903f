/** The commands that show services side by side: status, dependencies, graph, blame, names. */
import { formatBootReport, reportBoot } from "../../service/texts/boot_report.ts";
import { formatDependencyChart, shortName } from "../../service/texts/dependency_chart.ts";
import { formatGraph, type GraphFormat } from "../../service/texts/dependency_graph.ts";
import { mainPid, type ServiceState } from "../../service/life/phase.ts";
import { describeStatus } from "../../service/service_status.ts";
import { formatStatusReport, type StatusRow } from "../../service/texts/status_table.ts";
import type { ControlCall, ControlContext } from "./context.ts";

/** Returns the state of a service in a word. */
export function statusWord(context: ControlContext, name: string): string {
  const { supervisor } = context;
  const config = supervisor.config(name);
  const state = supervisor.state(name);
  return describeStatus({
    type: config.type,
    state,
    jobRuns: state.phase.kind === "armed" && mainPid(state.phase) !== undefined,
    startable: state.phase.kind === "down" && supervisor.pendingPrerequisites(name).length === 0,
    restartLimit: config.restart.limit,
  });
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

/** Returns the answer to `status`. */
export function status({ context, call, session }: ControlCall): string {
  const rows = [...context.supervisor.names()].map((name) => statusRow(context, name));
  const uptimeMs = context.os.nowMs() - context.history.beganMs;
  if (call.options["json"]) {
    const services = rows.map((row) => ({
      ...row,
      pid: row.pid ?? null,
      note: row.note ?? null,
      phase: context.supervisor.state(row.name).phase.kind,
      restarts: context.supervisor.state(row.name).restartsTotal,
    }));
    return formatJson({ version: context.version, uptimeSecs: uptimeMs / 1000, services });
  }
  const lines = formatStatusReport(rows, { version: context.version, uptimeMs });
  return (session.colour ? lines.map(paintRow) : lines).join("\n");
}

const RED = "\x1b[31m";
const GREEN = "\x1b[32m";
const YELLOW = "\x1b[33m";
const PLAIN = "\x1b[0m";

/** Colours the word of the state and moves nothing. */
function paintRow(line: string): string {
  return line.replace(
    /^(\S+ +\S+ +(?:true|false) +)(\S+)/,
    (_, head: string, word: string) => `${head}${colourOf(word)}${word}${PLAIN}`,
  );
}

function colourOf(word: string): string {
  if (/^(running|started|ready|waiting)$/.test(word)) return GREEN;
  if (/^(exit\(|SIG|signal)/.test(word)) return RED;
  return /^(starting|activating)$/.test(word) ? YELLOW : "";
}

/** Returns the answer to `dependencies`. */
export function dependencies({ context, call }: ControlCall): string {
  const { family } = context;
  if (!call.options["json"]) return formatDependencyChart(family).join("\n");
  return formatJson({
    services: family.startOrder.map((name) => ({ name, after: family.prerequisites(name) })),
  });
}

/** Returns the answer to `graph`. */
export function graph(command: ControlCall): string {
  const { context, call } = command;
  if (call.options["json"]) return dependencies(command);
  const formats: GraphFormat[] = ["dot", "mermaid", "svg"];
  const format = formats.find((name) => call.options[name]) ?? "text";
  return formatGraph(context.family, (name) => statusWord(context, name), format).join("\n");
}

/** Returns the answer to `blame`. */
export function blame({ context, call }: ControlCall): string {
  const { history, family } = context;
  const report = reportBoot(history.starts, family, history.beganMs);
  return call.options["json"] ? formatJson(report) : formatBootReport(report).join("\n");
}

/** Returns what can be completed to: services, then groups. */
export function names({ context }: ControlCall): string {
  const { supervisor } = context;
  const services = [...supervisor.names()];
  const groups = new Set(services.flatMap((name) => supervisor.config(name).groups));
  return [...services.map(shortName), ...groups].join("\n");
}

/** Formats a value for programs; one line, so that `-f` output can be split. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value);
}
