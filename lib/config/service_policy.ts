/** What a service section says about restarts, stopping, cron and resources. */
import type { Environment } from "./environment/environment.ts";
import type { CronPolicy, ExitMatch, ResourceLimit, RestartPolicy, StopStep } from "./model.ts";
import { secondsToMs } from "./build_settings.ts";
import { present } from "./optional.ts";
import { parseDuration } from "../base/duration.ts";
import { parseSignal, SIGNAL, signalName } from "../base/signals.ts";
import type { Section } from "./section.ts";
import { didYouMean } from "../base/suggest.ts";
import {
  parseAnySignal,
  parseExitMatch,
  parseLimit,
  parseStopStep,
  parseTimezone,
  RESOURCE_NAMES,
} from "./values.ts";

/** EX_CONFIG of sysexits.h: another attempt would read the same configuration. */
const NO_RETRY_DEFAULT: readonly ExitMatch[] = [{ kind: "code", code: 78 }];

const EXIT_ZERO: ExitMatch = { kind: "code", code: 0 };

const RESTART_LIMIT = 5;
const RESTART_DELAY_S = 3;
const RESTART_WINDOW_MS = 60_000;

/** Reads `restart` and all that begins with it. */
export function readRestart(section: Section, environment: Environment): RestartPolicy {
  return present<RestartPolicy>({
    when: restartWhen(section),
    // A negative limit never ran out in 0.3.9.
    limit: Math.max(section.number("restart_limit")?.value ?? RESTART_LIMIT, 0),
    delayMs: secondsToMs(section.number("restart_delay")?.value ?? RESTART_DELAY_S),
    backoffMaxMs: section.durationMs("restart_backoff", environment),
    windowMs: section.durationMs("restart_window", environment) ?? RESTART_WINDOW_MS,
    noRetry: section.parsedList("no_retry_codes", environment, parseExitMatch) ?? NO_RETRY_DEFAULT,
    onGiveUp: section.choice("on_give_up", environment) ?? "fail",
  });
}

function restartWhen(section: Section): RestartPolicy["when"] {
  const flag = section.flag("restart");
  if (flag !== undefined) return flag ? "on-failure" : "never";
  return (section.word("restart") as RestartPolicy["when"] | undefined) ?? "never";
}

/** Reads `success_codes`; exit code 0 is always among them. */
export function readSuccess(section: Section, environment: Environment): readonly ExitMatch[] {
  const listed = section.parsedList("success_codes", environment, parseExitMatch) ?? [];
  const others = listed.filter((match) => match.kind !== "code" || match.code !== 0);
  return [EXIT_ZERO, ...others];
}

/** Reads `kill_signal`, which 0.3.9 wants as a full name or a number in quotes. */
export function readKillSignal(section: Section): number {
  const text = section.literal("kill_signal");
  if (text === undefined) return SIGNAL.SIGTERM;
  const signal = parseSignal(text);
  if (signal !== undefined) return signal;
  const meant = parseAnySignal(text);
  const hint = meant === undefined
    ? didYouMean(text, Object.keys(SIGNAL))
    : `; did you mean '${signalName(meant)}'?`;
  section.fail("kill_signal", `Invalid signal specifier: ${text}${hint}`);
  return SIGNAL.SIGTERM;
}

/** Reads `stop_sequence`: every step but the last says how long to wait after it. */
export function readStopSequence(
  section: Section,
  environment: Environment,
): readonly StopStep[] | undefined {
  const steps = section.parsedList("stop_sequence", environment, parseStopStep);
  if (steps === undefined) return undefined;
  const isSound = steps.length > 0 && steps.slice(0, -1).every((step) => step.waitMs !== undefined);
  if (isSound) return steps;
  return section.unexpected(
    "stop_sequence",
    steps.map((step) => signalName(step.signal)).join(", "),
  );
}

/** Reads what only cron services use. */
export function readCron(
  section: Section,
  environment: Environment,
  interval: string,
): CronPolicy {
  return present<CronPolicy>({
    interval,
    timezone: section.parsed("timezone", environment, parseTimezone),
    overlap: section.choice("overlap", environment) ?? "skip",
    jitterMs: section.durationMs("jitter", environment) ?? 0,
    // 0 is without limit.
    runTimeoutMs: section.durationMs("run_timeout", environment) || undefined,
    onFailure: section.command("on_failure", environment),
  });
}

/** Reads `limits`. */
export function readLimits(section: Section, environment: Environment): readonly ResourceLimit[] {
  const limits: ResourceLimit[] = [];
  for (const [name, text] of section.fields("limits", environment) ?? []) {
    const resource = name.toLowerCase().replace(/^rlimit_/, "");
    if (!RESOURCE_NAMES.includes(resource)) {
      const path = `data['${section.name}']['limits']['${name}']`;
      const hint = didYouMean(resource, RESOURCE_NAMES) ||
        `; expected one of ${RESOURCE_NAMES.join(", ")}`;
      section.fail("limits", `extra keys not allowed @ ${path}${hint}`);
      continue;
    }
    const limit = typeof text === "string" ? parseLimitOf(resource, text) : undefined;
    if (limit === undefined) section.unexpected("limits", String(text), name);
    else limits.push(limit);
  }
  return limits;
}

/** CPU time may be given as a duration; the kernel counts it in seconds. */
function parseLimitOf(resource: string, text: string): ResourceLimit | undefined {
  const limit = parseLimit(resource, text);
  if (limit !== undefined || resource !== "cpu") return limit;
  const ms = parseDuration(text);
  const seconds = Math.ceil((ms ?? 0) / 1000);
  return ms === undefined ? undefined : { resource, soft: seconds, hard: seconds };
}
