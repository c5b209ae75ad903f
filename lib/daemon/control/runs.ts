/** `runs`: the history of cron services. */
import type { AnswerOf } from "../../commands/answers.ts";
import { formatHumanDuration } from "../../base/duration.ts";
import { describeExit } from "../../base/exit_status.ts";
import { shortName } from "../../base/service_name.ts";
import { NO_RUNS, type RunHistory, type RunRecord } from "../../service/schedule/run_history.ts";
import { scheduleOf } from "../../service/schedule/schedule.ts";
import type { TimeZone } from "../../service/schedule/time_zone.ts";
import type { CronPolicy } from "../../config/model.ts";
import { CommandError, type ControlCall, namedServices, visibleServices } from "./context.ts";
import { formatJson } from "./overview.ts";
import { parseCount, takeLast } from "./records.ts";
import { formatTime, zoneOf } from "./zoned_time.ts";

/** A start this late after its moment is shown: by jitter, overlap or what it waited for. */
const LATE_MS = 1000;

interface ServiceRuns {
  readonly service: string;
  readonly zone: TimeZone;
  readonly history: RunHistory;
  readonly nextWallMs: number | undefined;
  /** The time of its only run, where that is past. */
  readonly pastOnceAt: string | undefined;
}

/** Returns the answer to `runs`. */
export function runs(command: ControlCall): string {
  const { context, call } = command;
  const { supervisor, schedules, os } = context;
  const named = call.operands.length > 0 ? namedServices(command) : visibleServices(command);
  const crons = named.filter((name) => supervisor.config(name).type === "cron");
  if (call.operands.length > 0 && crons.length === 0) {
    throw new CommandError("only cron services have runs");
  }
  const count = parseCount(call.options["lines"], Infinity);
  const found = crons.map((service): ServiceRuns => {
    const history = schedules?.history(service) ?? NO_RUNS;
    const { cron } = supervisor.config(service);
    return {
      service,
      zone: zoneOf(cron?.timezone),
      history: { ...history, runs: takeLast(history.runs, count) },
      nextWallMs: schedules?.nextDueMs(service),
      pastOnceAt: cron && isPast(cron, os.wallMs()) ? cron.onceAt : undefined,
    };
  });
  if (call.options["json"]) {
    return formatJson<AnswerOf<"runs">>(
      found.map(({ service, history, nextWallMs }) => ({
        service,
        ...history,
        nextWallMs: nextWallMs ?? null,
      })),
    );
  }
  return found.flatMap(formatRuns).join("\n");
}

function isPast(policy: CronPolicy, nowWallMs: number): boolean {
  return policy.onceAt !== undefined && scheduleOf(policy).next(nowWallMs) === undefined;
}

function formatRuns({ service, zone, history, nextWallMs, pastOnceAt }: ServiceRuns): string[] {
  const { started, asked, failed, missed, skipped, caughtUp } = history;
  const byHand = asked === 0 ? "" : ` (${asked} by hand)`;
  const none = pastOnceAt === undefined ? "-" : `none, once_at ${pastOnceAt} is past`;
  const next = nextWallMs === undefined ? none : formatTime(nextWallMs, zone);
  return [
    `${shortName(service)}: ${started} runs${byHand}, ${failed} failed, ${missed} missed, ` +
    `${skipped} skipped${caughtUp === 0 ? "" : `, ${caughtUp} caught up`}; next ${next}`,
    ...history.runs.map((run) => formatRun(run, zone)),
  ];
}

function formatRun(run: RunRecord, zone: TimeZone): string {
  const { startWallMs, durationMs, exit, cause, asked, former } = run;
  const took = durationMs === undefined ? "" : ` after ${formatHumanDuration(durationMs)}`;
  const open = former ? "ended with the container" : "is under way";
  const end = exit === undefined ? open : `${describeExit(exit)}${took}`;
  const life = former ? ", in an earlier life" : "";
  const byHand = asked ? ", by hand" : "";
  const why = cause === undefined ? "" : ` (${cause})`;
  return `  ${formatTime(startWallMs, zone)}  ${end}${why}${byHand}${life}${dueText(run, zone)}`;
}

/** A run that started on time needs no word. */
function dueText({ dueWallMs, caughtUp, startWallMs }: RunRecord, zone: TimeZone): string {
  if (dueWallMs === undefined) return "";
  if (caughtUp) return `, caught up: it was due ${formatTime(dueWallMs, zone)}`;
  const lateMs = startWallMs - dueWallMs;
  return lateMs < LATE_MS ? "" : `, due ${formatHumanDuration(lateMs)} before`;
}
