/** What there is to say about one service, as a value: collected for `why` and `status NAME`. */
import type { AnswerOf } from "../../commands/answers.ts";
import { describeErrno } from "../../base/errors.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { shortName } from "../../base/service_name.ts";
import { describeProbe } from "../../service/life/probe_text.ts";
import { isDraining, type Phase, type ServiceState } from "../../service/life/phase.ts";
import { decideRestart } from "../../service/life/restart_policy.ts";
import { type PlainOrder, sendsSignal } from "../../service/service_order.ts";
import { stateWord } from "../../service/texts/state_word.ts";
import type { LastExit, ServiceOrder } from "../services/service_history.ts";
import { recentOutput } from "../logging/recent_output.ts";
import { type ControlCall, type ControlContext, isKept, isLaunched, mayHandle } from "./context.ts";
import { statusWord } from "./overview.ts";
import { formatTime, zoneOf } from "./zoned_time.ts";

/** The answer to `why --json`. */
export type Explanation = AnswerOf<"why">;

/** Collects it; `lineCount` of the last lines, where the caller may see any. */
export function explain(
  { context, session }: Pick<ControlCall, "context" | "session">,
  name: string,
  lineCount: number,
): Explanation {
  const { supervisor, os, history, schedules } = context;
  const state = supervisor.state(name);
  const { phase } = state;
  const last = history.lastExit(name);
  const order = history.lastOrder(name);
  const config = supervisor.config(name);
  const nowMs = os.nowMs();
  const nextRunMs = schedules?.nextDueMs(name);
  const lines = mayHandle(context, name, session.caller)
    ? recentOutput(context.ring, name).slice(-lineCount)
    : [];
  return {
    service: name,
    type: config.type,
    enabled: state.enabled,
    disabledBecause: state.disabledBecause ??
      (state.enabled ? null : config.withoutProfile ?? null),
    status: statusWord(context, name),
    state: stateWord(config.type, state),
    launched: isLaunched(context, name),
    kept: isKept(context, name),
    phase: phase.kind,
    sinceSecs: (nowMs - history.sinceMs(name)) / 1000,
    pid: "pid" in phase ? phase.pid ?? null : null,
    waitsFor: waitsFor(context, name, phase),
    roll: context.rollOf(config) ?? null,
    staysDown: phase.kind === "down" ? phase.because ?? null : null,
    failure: phase.kind === "failed" ? phase.failure.text : null,
    errno: phase.kind === "failed" ? phase.failure.errno ?? null : null,
    reportedErrno: state.reportedErrno ?? null,
    lastExit: describeLastExit(last),
    ranSecs: last.ranMs === undefined ? null : last.ranMs / 1000,
    isOthersSignal: last.lastStatus?.kind === "signaled" && !last.lastStatus.outOfMemory &&
      last.lastCause === undefined && !(order !== undefined && sendsSignal(order.what)),
    lastOrder: order === undefined ? null : describeOrder(context, order),
    ...restartFacts(config.restart, state),
    restartPolicy: config.restart.when,
    nextAttemptSecs: phase.kind === "backoff" ? Math.max(0, phase.deadlineMs - nowMs) / 1000 : null,
    nextRun: nextRunMs === undefined ? null : new Date(nextRunMs).toISOString(),
    outlook: describeOutlook(context, name, state),
    readyProbe: config.ready === undefined ? null : describeProbe(config.ready.probe),
    healthProbe: describeHealth(context, name, state),
    health: state.health ?? null,
    note: state.note ?? null,
    lastLines: lines.map(({ text }) => text),
  };
}

function restartFacts(
  restart: { readonly when: string; readonly limit: number },
  { restartsUsed, restartsTotal, gaveUp }: ServiceState,
) {
  const used = gaveUp?.used ?? restartsUsed;
  const isLimited = restart.when !== "never" && restart.limit > 0;
  return {
    restartsUsed: used,
    restartsLeft: isLimited ? Math.max(0, restart.limit - used) : null,
    restartsTotal,
    gaveUp: gaveUp?.reason ?? null,
  };
}

/**
 * A stop that nobody asked for and that is not a verdict on the service is that of all, or an
 * exchange.
 */
function describeOrder(
  { container }: ControlContext,
  order: ServiceOrder,
): Explanation["lastOrder"] {
  const fallback = container.phase === "running" ? "telchap apply" : "the end of the container";
  const at = new Date(order.wallMs).toISOString();
  return { what: order.what, by: order.by ?? fallback, at };
}

function waitsFor(context: ControlContext, name: string, phase: Phase): string[] {
  const config = context.supervisor.config(name);
  switch (phase.kind) {
    case "waiting":
      if (phase.awaiting === "prerequisites") {
        return context.supervisor.pendingPrerequisites(name).map(shortName);
      }
      if (phase.awaiting === "idle") return ["the idle delay"];
      return [
        ...config.waitFor.map(({ text }) => text),
        ...(config.own ?? []).map(({ path, owner }) => `${path} to be ${owner}'s`),
      ];
    case "starting": {
      if (phase.awaiting !== "probe") return [AWAITED[phase.awaiting]];
      const probe = config.ready === undefined ? "" : ` (${describeProbe(config.ready.probe)})`;
      const seen = phase.seen === undefined ? "" : `, which last saw: ${phase.seen}`;
      return [`${AWAITED.probe}${probe}${seen}`];
    }
    case "stopping":
      return [isDraining(phase) ? "the end of its connections" : "the end of its processes"];
    case "finishing":
      return ["the end of on_stop"];
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

function describeHealth(
  { supervisor }: ControlContext,
  name: string,
  state: ServiceState,
): string | null {
  const { health } = supervisor.config(name);
  if (health === undefined || state.phase.kind !== "up") return null;
  const verdict = state.health ?? "no verdict yet";
  const seen = state.healthSeen === undefined ? "" : `: ${state.healthSeen}`;
  return `${verdict} (${describeProbe(health.probe)})${seen}`;
}

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

const ISO_SECONDS = /\.\d+Z$/;

/** Formats it, one fact a line; what is not so is left out. */
export function formatExplanation({ supervisor }: ControlContext, facts: Explanation): string[] {
  const since = formatHumanDuration(facts.sinceSecs * 1000);
  const enabled = facts.disabledBecause === null ? "no" : `no: ${facts.disabledBecause}`;
  const nextRun = facts.nextRun === null ? null : formatTime(
    Date.parse(facts.nextRun),
    zoneOf(supervisor.config(facts.service).cron?.timezone),
  );
  const lines: [label: string, text: string | null][] = [
    ["Service", facts.service],
    ["State", `${facts.state} (for ${since})`],
    [
      "Configured",
      facts.launched ? `no, launched by telchap${facts.kept ? ", and kept" : ""}` : null,
    ],
    ["Enabled", facts.enabled ? null : enabled],
    ["Says", facts.note],
    ["Waits for", facts.waitsFor.join(", ") || null],
    ["Rolling", facts.roll],
    ["Stays down", facts.staysDown],
    ["Failure", facts.failure],
    ["It reported", facts.reportedErrno === null ? null : describeErrno(facts.reportedErrno)],
    ["Last exit", formatLastExit(facts)],
    [...formatOrder(facts)],
    ["Ready probe", facts.readyProbe],
    ["Health", facts.healthProbe],
    ["Restarts", formatRestarts(facts)],
    ["Given up", facts.gaveUp],
    [
      "Next attempt",
      facts.nextAttemptSecs === null
        ? null
        : `in ${formatHumanDuration(facts.nextAttemptSecs * 1000)}`,
    ],
    ["Next run", nextRun],
    ["If it fails", isOver(facts) ? null : facts.outlook],
  ];
  return [
    ...lines.flatMap(([label, text]) => text === null ? [] : [`${`${label}:`.padEnd(16)}${text}`]),
    ...(facts.lastLines.length === 0 ? [] : ["Last output:"]),
    ...facts.lastLines.map((text) => `  ${text}`),
  ];
}

/** Whether nothing of it runs, so that nothing can fail. */
function isOver({ phase, gaveUp }: Explanation): boolean {
  return gaveUp !== null || phase === "down" || phase === "failed" || phase === "done";
}

/** How its last process ended, and why chaperone ended it, where it did. */
function describeLastExit({ lastStatus, lastCause }: LastExit): string | null {
  if (lastStatus === undefined) return null;
  const text = describeExit(lastStatus);
  return lastCause === undefined ? text : `${text}, ended by chaperone: ${lastCause}`;
}

function formatLastExit({ lastExit, ranSecs, isOthersSignal }: Explanation): string | null {
  if (lastExit === null) return null;
  const after = ranSecs === null ? "" : ` after ${formatHumanDuration(ranSecs * 1000)}`;
  return `${lastExit}${after}${isOthersSignal ? " (chaperone did not send that signal)" : ""}`;
}

const DONE: Readonly<Record<string, string>> = {
  start: "Started by",
  stop: "Stopped by",
  restart: "Restarted by",
  reset: "Reset by",
  reload: "Reloaded by",
  run: "Run by",
  launch: "Launched by",
} satisfies Record<PlainOrder, string>;

function formatOrder({ lastOrder }: Explanation): [label: string, text: string | null] {
  if (lastOrder === null) return ["Order", null];
  const { what, by, at } = lastOrder;
  const when = at.replace(ISO_SECONDS, "Z");
  const label = DONE[what];
  return label === undefined
    ? ["Signalled", `${what}, by ${by}, ${when}`]
    : [label, `${by}, ${when}`];
}

function formatRestarts(facts: Explanation): string {
  if (facts.restartPolicy === "never") return "never";
  const left = facts.restartsLeft === null ? "no limit" : `${facts.restartsLeft} left`;
  const earlier = facts.restartsTotal > facts.restartsUsed ? `, ${facts.restartsTotal} in all` : "";
  return `${facts.restartsUsed} used, ${left} (${facts.restartPolicy})${earlier}`;
}
