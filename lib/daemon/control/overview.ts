/** The commands that show services side by side: dependencies, graph, blame, names. */
import type { AnswerOf } from "../../commands/answers.ts";
import { formatBootReport, reportBoot } from "../../service/texts/boot_report.ts";
import { formatBootTrace } from "../../service/texts/boot_trace.ts";
import { shortName } from "../../base/service_name.ts";
import { formatDependencyChart } from "../../service/texts/dependency_chart.ts";
import { formatGraph } from "../../service/texts/dependency_graph.ts";
import { renderGraphSvg } from "../../page/graph_svg.ts";
import { toneOf } from "../../page/tone.ts";
import { judgeReadiness, whyUnready } from "../../service/container_readiness.ts";
import { mainPid } from "../../service/life/phase.ts";
import { type StateWord, stateWord } from "../../service/texts/state_word.ts";
import { describeStatus } from "../../service/service_status.ts";
import { type ControlCall, type ControlContext, type Reply, visibleServices } from "./context.ts";

/** Returns the state of a service in the word of chaperone 0.3.9, which scripts read. */
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

/** Returns the state of a service in a word that knows stopped from ready. */
export function plainStateWord({ supervisor }: ControlContext, name: string): StateWord {
  return stateWord(supervisor.config(name).type, supervisor.state(name));
}

/** Whether the container is ready, and in words what keeps it from that. */
export function readinessOf(
  { supervisor, container }: ControlContext,
): { ready: boolean; text: string } {
  const services = [...supervisor.names()].map((name) => [name, supervisor.state(name)] as const);
  const { ready, why, unready } = judgeReadiness(container.phase, services);
  const names = unready.map(({ name }) => shortName(name)).join(", ");
  return { ready, text: ready ? "ready" : why ?? `not ready: ${names}` };
}

/** Returns the answer to `dependencies`. */
export function dependencies({ context, call }: ControlCall<"dependencies" | "graph">): string {
  const { family } = context;
  if (!call.options["json"]) return formatDependencyChart(family).join("\n");
  return formatJson<AnswerOf<"dependencies">>({
    services: family.startOrder.map((name) => ({ name, after: family.prerequisites(name) })),
  });
}

/** Returns the answer to `graph`. */
export function graph(command: ControlCall<"graph">): string {
  const { context, call } = command;
  if (call.options.json) return dependencies(command);
  if (call.options.svg) return drawGraph(context);
  const formats = ["dot", "mermaid"] as const;
  const format = formats.find((name) => call.options[name]) ?? "text";
  return formatGraph(context.family, (name) => plainStateWord(context, name), format).join("\n");
}

/** Draws the graph as the page of the status server does, with colours of its own. */
function drawGraph(context: ControlContext): string {
  const { family, supervisor } = context;
  const services = family.startOrder.map((name) => {
    const service = supervisor.state(name);
    const { enabled, phase: { kind: phase } } = service;
    const state = plainStateWord(context, name);
    const tone = toneOf({ state, enabled, phase, unready: whyUnready(service) });
    return { name, prerequisites: family.prerequisites(name), state, tone };
  });
  return renderGraphSvg(services, { standalone: true });
}

/** Returns the answer to `blame`; with `--trace` it is the client that writes the file. */
export function blame({ context, call }: ControlCall<"blame">): string {
  const { history, family, os } = context;
  if (call.options.trace !== undefined) {
    const time = { beganMs: history.beganMs, nowMs: os.nowMs() };
    return formatBootTrace(history.starts, family, time);
  }
  const report = reportBoot(history.starts, family, history.beganMs);
  return call.options.json
    ? formatJson<AnswerOf<"blame">>(report)
    : formatBootReport(report).join("\n");
}

/** Returns what can be completed to: services, then groups. */
export function names(command: ControlCall<"names">): Reply<AnswerOf<"names">> {
  const { supervisor } = command.context;
  const services = visibleServices(command);
  const groups = new Set(services.flatMap((name) => supervisor.config(name).groups));
  const words = [...services.map(shortName), ...groups];
  return { text: words.join("\n"), value: { services, groups: [...groups] } };
}

/** Formats a value for programs; one line, so that `-f` output can be split. */
export function formatJson<Value>(value: Value): string {
  return JSON.stringify(value);
}
