/**
 * What there is to say of the times of a service that can be used, and yet may not mean what their
 * author thinks.
 */
import type { CronPolicy } from "../../config/model.ts";
import { type CronFields, type DayRule, parseInterval } from "./cron_grammar.ts";
import { pastText } from "./catch_up.ts";
import { scheduleOf } from "./schedule.ts";
import { ScheduleError } from "./schedule_error.ts";

/** Returns sentences about the times of a policy, by the wall clock. */
export function scheduleOddities(policy: CronPolicy, nowWallMs: number): readonly string[] {
  const { interval, onceAt, catchUp } = policy;
  if (onceAt === undefined) return intervalOddities(interval ?? "", policy);
  const isPast = scheduleOf(policy).next(nowWallMs) === undefined;
  if (!isPast || catchUp !== undefined) return [];
  return [pastText(policy)];
}

/** Returns sentences; none for an interval that cannot be used, of which others tell. */
export function intervalOddities(
  interval: string,
  options: { readonly days?: DayRule } = {},
): readonly string[] {
  try {
    const parsed = parseInterval(interval, options.days);
    if (parsed.kind !== "calendar") return [];
    const isCrontab = options.days === "crontab";
    const days = isCrontab ? [] : dayOddities(interval, parsed.fields);
    const steps = parsed.fields.longSteps.filter((step) => !(isCrontab && isSundayIdiom(step)));
    return [...steps.map(describeLongStep), ...days];
  } catch (error) {
    if (error instanceof ScheduleError) return [];
    throw error;
  }
}

/** For cron(8), `1-7 * *\/7` is the first Sunday of the month: the star makes both fields count. */
function isSundayIdiom({ field, item }: CronFields["longSteps"][number]): boolean {
  return field === "day of week" && item === "*/7";
}

function describeLongStep({ field, item, value }: CronFields["longSteps"][number]): string {
  const step = item.slice(item.indexOf("/") + 1);
  return `${field} '${item}' is ${value} alone, since a step of ${step} leads beyond the field`;
}

/** Where cron(8), which reads `type: crontab`, would take the two day fields otherwise. */
function dayOddities(interval: string, fields: CronFields): string[] {
  const [, , day = "", , weekday = ""] = interval.trim().split(/\s+/);
  if (fields.dayRule !== "either" || !(day.startsWith("*") || weekday.startsWith("*"))) return [];
  return [
    `day of month '${day}' and day of week '${weekday}': it runs when either matches, where ` +
    "cron(8), and type: crontab, ask for both",
  ];
}
