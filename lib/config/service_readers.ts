/** How directives of services are read whose values take more than one step. */
import { describePlace } from "./directive.ts";
import type { Read } from "./directive_row.ts";
import type { ExitMatch, ResourceLimit, RestartPolicy, StopStep } from "./model.ts";
import { DURATION_MAX_MS } from "../base/duration.ts";
import { parseSignal, SIGNAL, signalName } from "../base/signals.ts";
import { didYouMean } from "../base/suggest.ts";
import { parseExitMatch, parseLimit, parseStopStep, parseWhole, RESOURCE_NAMES } from "./values.ts";

const EXIT_ZERO: ExitMatch = { kind: "code", code: 0 };

const RESTART_LIMIT = 5;

/** Reads `restart`, which is a word, or true or false. */
export const readRestart: Read<RestartPolicy["when"]> = (section, _environment, name) => {
  const flag = section.flag(name);
  if (flag !== undefined) return flag ? "on-failure" : "never";
  return (section.word(name) as RestartPolicy["when"] | undefined) ?? "never";
};

/** Reads `catch_up`; `no` is a boolean to YAML. */
export const readCatchUp: Read<"once" | "all" | undefined> = (section, environment, name) => {
  const word = section.parsedSource(name, environment, (text) => {
    if (/^(?:no|false|off)$/i.test(text)) return "no";
    return text === "once" || text === "all" ? text : undefined;
  });
  return word === "no" ? undefined : word;
};

/** Reads `restart_limit`; a negative one never ran out in 0.3.9. */
export const readRestartLimit: Read<number> = (section, _environment, name) =>
  Math.max(section.number(name)?.value ?? RESTART_LIMIT, 0);

/** Reads `success_codes`; exit code 0 is always among them. */
export const readSuccess: Read<readonly ExitMatch[]> = (section, environment, name) => {
  const listed = section.parsedList(name, environment, parseExitMatch) ?? [];
  const others = listed.filter((match) => match.kind !== "code" || match.code !== 0);
  return [EXIT_ZERO, ...others];
};

/** Reads `kill_signal`. */
export const readKillSignal: Read<number> = (section, _environment, name) => {
  const text = section.literal(name);
  if (text === undefined) return SIGNAL.SIGTERM;
  const signal = parseSignal(text);
  if (signal !== undefined) return signal;
  const near = didYouMean(text.toUpperCase().replace(/^(?!SIG)/, "SIG"), Object.keys(SIGNAL));
  const place = describePlace(section.name, name);
  section.fail(
    name,
    `${place} is '${text}', which is not a signal${near || "; for example SIGQUIT"}`,
  );
  return SIGNAL.SIGTERM;
};

/** Reads `stop_timeout`; 0 would be no time at all, so that it can only mean without limit. */
export const readStopTimeout: Read<number | undefined> = (section, environment, name) => {
  const ms = section.durationMs(name, environment);
  return ms === 0 ? DURATION_MAX_MS : ms;
};

/** Reads `stop_sequence`: every step but the last says how long to wait after it. */
export const readStopSequence: Read<readonly StopStep[] | undefined> = (
  section,
  environment,
  name,
) => {
  const steps = section.parsedList(name, environment, parseStopStep);
  if (steps === undefined) return undefined;
  const isSound = steps.length > 0 && steps.slice(0, -1).every((step) => step.waitMs !== undefined);
  if (isSound) return steps;
  return section.unexpected(name, steps.map((step) => signalName(step.signal)).join(", "));
};

/** Reads `port`. */
export const readPort: Read<number | undefined> = (section, environment, name) => {
  const text = section.expanded(name, environment);
  if (text === undefined) return undefined;
  return parseWhole(text, 0, 65535) ??
    section.fail(
      name,
      `'${name}' of ${section.name} is '${text}'; expected a number from 0 to 65535`,
    );
};

/** Reads `limits`. */
export const readLimits: Read<readonly ResourceLimit[]> = (section, environment, directive) => {
  const limits: ResourceLimit[] = [];
  const place = describePlace(section.name, directive);
  for (const [name, text] of section.fields(directive, environment) ?? []) {
    const resource = name.toLowerCase().replace(/^rlimit_/, "");
    if (!RESOURCE_NAMES.includes(resource)) {
      const hint = didYouMean(resource, RESOURCE_NAMES) ||
        `; expected one of ${RESOURCE_NAMES.join(", ")}`;
      section.fail(directive, `unknown limit '${name}' in ${place}${hint}`);
      continue;
    }
    if (limits.some((limit) => limit.resource === resource)) {
      section.fail(directive, `'${name}' in ${place} is the same limit as another one there`);
      continue;
    }
    const limit = typeof text === "string" ? parseLimit(resource, text) : undefined;
    if (limit === undefined) section.unexpected(directive, String(text), name);
    else limits.push(limit);
  }
  return limits;
};
