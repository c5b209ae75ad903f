/** `why`: what there is to say about one service. */
import { formatHumanDuration } from "../../base/duration.ts";
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { shortName } from "../../base/service_name.ts";
import type { Phase, ServiceState } from "../../service/life/phase.ts";
import { decideRestart } from "../../service/life/restart_policy.ts";
import type { ControlCall, ControlContext } from "./context.ts";
import { CommandError, listNames, mayHandle, namedServices } from "./context.ts";
import { formatJson, statusWord } from "./overview.ts";
import { recentOutput } from "./records.ts";

const LAST_LINES = 5;

/** The answer as a value. */
export interface WhyReport {
  readonly service: string;
  readonly enabled: boolean;
  readonly status: string;
  readonly phase: Phase["kind"];
  readonly sinceSecs: number;
  readonly waitsFor: readonly string[];
  readonly failure: string | null;
  readonly lastExit: string | null;
  readonly restartsUsed: number;
  /** Null: no limit, or no restarts at all. */
  readonly restartsLeft: number | null;
  readonly restartPolicy: string;
  readonly nextAttemptSecs: number | null;
  /** When a cron service runs next. */
  readonly nextRun: string | null;
  /** What a further abnormal exit would lead to. */
  readonly outlook: string;
  readonly lastLines: readonly string[];
}

/** Returns the answer to `why`. */
export function why(command: ControlCall): string {
  const { context, call, session } = command;
  const names = namedServices(command);
  const [name] = names;
  if (name === undefined || (names.length > 1 && call.options["json"])) {
    throw new CommandError(`more than one service is meant: ${listNames(names)}`);
  }
  if (call.options["json"]) return formatJson(explain(context, name, session.caller));
  return names.flatMap((each) => formatWhy(explain(context, each, session.caller))).join("\n");
}

function explain(
  context: ControlContext,
  name: string,
  caller: ControlCall["session"]["caller"],
): WhyReport {
  const { supervisor, os, history, schedules } = context;
  const state = supervisor.state(name);
  const { phase } = state;
  const { restart } = supervisor.config(name);
  const nowMs = os.nowMs();
  const nextRunMs = schedules?.nextDueMs(name);
  const isLimited = restart.when !== "never" && restart.limit > 0;
  const lines = mayHandle(context, name, caller)
    ? recentOutput(context, name).slice(-LAST_LINES)
    : [];
  return {
    service: name,
    enabled: state.enabled,
    status: statusWord(context, name),
    phase: phase.kind,
    sinceSecs: (nowMs - history.sinceMs(name)) / 1000,
    waitsFor: waitsFor(context, name, phase),
    failure: phase.kind === "failed" ? phase.failure.text : null,
    lastExit: state.lastStatus === undefined ? null : describeExit(state.lastStatus),
    restartsUsed: state.restartsUsed,
    restartsLeft: isLimited ? Math.max(0, restart.limit - state.restartsUsed) : null,
    restartPolicy: restart.when,
    nextAttemptSecs: phase.kind === "backoff" ? Math.max(0, phase.deadlineMs - nowMs) / 1000 : null,
    nextRun: nextRunMs === undefined ? null : new Date(nextRunMs).toISOString(),
    outlook: describeOutlook(context, name, state),
    lastLines: lines.map(({ text }) => text),
  };
}

function waitsFor(context: ControlContext, name: string, phase: Phase): string[] {
  switch (phase.kind) {
    case "waiting":
      if (phase.awaiting === "prerequisites") {
        return context.supervisor.pendingPrerequisites(name).map(shortName);
      }
      if (phase.awaiting === "idle") return ["the idle delay"];
      return context.supervisor.config(name).waitFor.map(({ text }) => text);
    case "starting":
      return [AWAITED[phase.awaiting]];
    case "stopping":
      return ["the end of its processes"];
    default:
      return [];
  }
}

const AWAITED: Readonly<Record<Extract<Phase, { kind: "starting" }>["awaiting"], string>> = {
  pause: "startup_pause to pass",
  exit: "its process to end",
  pidfile: "its pidfile",
  ready: "READY=1",
  probe: "its ready probe",
};

/** Asks the very policy that the supervisor acts on. */
function describeOutlook(context: ControlContext, name: string, state: ServiceState): string {
  const { restart } = context.supervisor.config(name);
  if (!state.enabled) return "it is disabled: no restart";
  const status: ExitStatus = state.lastStatus ?? { kind: "exited", code: 1 };
  const failing: ExitStatus = status.kind === "exited" && status.code === 0
    ? { kind: "exited", code: 1 }
    : status;
  const history = { status: failing, normal: false, upMs: 0, used: state.restartsUsed };
  const decision = decideRestart(restart, history, 0);
  switch (decision.kind) {
    case "retry": {
      const left = decision.left === Infinity ? "without limit" : `then ${decision.left} left`;
      return `restart after ${formatHumanDuration(decision.delayMs)} (${left})`;
    }
    case "give-up":
      return `given up: ${decision.reason}; on_give_up: ${restart.onGiveUp}`;
    case "none":
      return "no restart (restart: false)";
    default:
      return decision satisfies never;
  }
}

function formatWhy(report: WhyReport): string[] {
  const line = (label: string, text: string) => `${`${label}:`.padEnd(16)}${text}`;
  const since = formatHumanDuration(report.sinceSecs * 1000);
  return [
    line("Service", report.service),
    line("State", `${report.status} (${report.phase}) for ${since}`),
    ...(report.enabled ? [] : [line("Enabled", "no")]),
    ...(report.waitsFor.length === 0 ? [] : [line("Waits for", report.waitsFor.join(", "))]),
    ...(report.failure === null ? [] : [line("Failure", report.failure)]),
    ...(report.lastExit === null ? [] : [line("Last exit", report.lastExit)]),
    line("Restarts", formatRestarts(report)),
    ...(report.nextAttemptSecs === null
      ? []
      : [line("Next attempt", `in ${formatHumanDuration(report.nextAttemptSecs * 1000)}`)]),
    ...(report.nextRun === null ? [] : [line("Next run", report.nextRun)]),
    line("If it fails", report.outlook),
    ...(report.lastLines.length === 0 ? [] : ["Last output:"]),
    ...report.lastLines.map((text) => `  ${text}`),
  ];
}

function formatRestarts(report: WhyReport): string {
  if (report.restartPolicy === "never") return "never";
  const left = report.restartsLeft === null ? "no limit" : `${report.restartsLeft} left`;
  return `${report.restartsUsed} used, ${left} (${report.restartPolicy})`;
}
