/** Reads `recycle`: when a service is to be restarted although it runs. */
import { boundedPattern } from "../base/bounded_pattern.ts";
import { parseDuration } from "../base/duration.ts";
import type { Environment } from "./environment/environment.ts";
import type { JobsRule, RecycleRules } from "./renewal_model.ts";
import { present } from "./present.ts";
import type { Section } from "./section.ts";
import { isHttpUrl, parsePercent, parsePositiveSize } from "./values.ts";

const MEMORY_FOR_MS = 30_000;
const CPU_FOR_MS = 5 * 60_000;

/** Shorter peaks are nobody's concern, and would have to be looked for often. */
const FOR_LEAST_MS = 1000;

type Rules = { [Key in keyof RecycleRules]?: RecycleRules[Key] | undefined };

/** Reads it; undefined: a service runs as long as it likes. */
export function readRecycle(
  section: Section<"recycle">,
  environment: Environment,
): RecycleRules | undefined {
  const rules: Rules = {};
  for (const [key, value] of section.fields("recycle", environment) ?? []) {
    const text = String(value).trim();
    const found = parseRule(key, text);
    if (found === undefined) return section.unexpected("recycle", text, key);
    Object.assign(rules, found);
  }
  return Object.keys(rules).length === 0 ? undefined : present<RecycleRules>(rules);
}

function parseRule(key: string, text: string): Rules | undefined {
  switch (key) {
    case "memory": {
      const { value, forMs } = parseFor(text, MEMORY_FOR_MS);
      const bytes = parsePositiveSize(value);
      return bytes === undefined || forMs === undefined ? undefined : { memory: { bytes, forMs } };
    }
    case "cpu": {
      const { value, forMs } = parseFor(text, CPU_FOR_MS);
      const percent = parsePercent(value);
      return percent === undefined || forMs === undefined ? undefined : { cpu: { percent, forMs } };
    }
    case "age": {
      const [age = "", jitter = "0", ...rest] = text.split(/ *(?:\u00b1|\+-|\+\/-) */);
      const [ms, jitterMs] = [parseDuration(age), parseDuration(jitter)];
      const isSound = rest.length === 0 && ms !== undefined && jitterMs !== undefined;
      return isSound && ms >= FOR_LEAST_MS && jitterMs < ms ? { age: { ms, jitterMs } } : undefined;
    }
    case "uptime_jobs": {
      const jobs = parseJobs(text);
      return jobs === undefined ? undefined : { jobs };
    }
    default:
      return undefined;
  }
}

/** Reads `1000 by log PATTERN` and `1000 by http://HOST/PATH`. */
function parseJobs(text: string): JobsRule | undefined {
  const [, number = "", how = ""] = /^(\d{1,12}) +by +(\S.*)$/.exec(text) ?? [];
  const count = Number(number);
  if (count === 0) return undefined;
  if (isHttpUrl(how)) return { kind: "http", count, url: how };
  const pattern = /^log +(.+)$/.exec(how)?.[1];
  if (pattern === undefined || !isPattern(pattern)) return undefined;
  return { kind: "log", count, pattern };
}

function isPattern(source: string): boolean {
  try {
    return boundedPattern(source).isLinear;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Reads `500M for 30s`. */
function parseFor(text: string, otherwiseMs: number): { value: string; forMs: number | undefined } {
  const [value = "", time, ...rest] = text.split(/ +for +/);
  const forMs = time === undefined ? otherwiseMs : parseDuration(time);
  const isSound = rest.length === 0 && forMs !== undefined && forMs >= FOR_LEAST_MS;
  return { value, forMs: isSound ? forMs : undefined };
}
