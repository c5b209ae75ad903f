/** Calendar events of systemd timers as times of cron services, see systemd.time(7). */
import { parseLocalTime } from "../config/values.ts";
import type { DueTimes } from "../config/model.ts";

const NICKNAMES: Readonly<Record<string, string>> = {
  minutely: "* * * * *",
  hourly: "@hourly",
  daily: "@daily",
  weekly: "0 0 * * 1",
  monthly: "@monthly",
  quarterly: "0 0 1 1,4,7,10 *",
  semiannually: "0 0 1 1,7 *",
  yearly: "@yearly",
  annually: "@yearly",
};

const DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun";
const DAY_NAME = new RegExp(`(${DAYS})[a-z]*`, "gi");
const EVENT = new RegExp(
  `^(?:((?:${DAYS})[a-z,.-]*)\\s*)?` +
    String.raw`(?:(?:(?:\*|\d{4})-)?([\d*/,.]+)-([\d*/,.]+)\s*)?` +
    String.raw`(?:([\d*/,.]+):([\d*/,.]+)(?::([\d*/,.]+))?)?$`,
  "i",
);

/** Returns the times and the time zone of a calendar event; `undefined` where cron has none. */
export function calendarTimes(event: string): DueTimes | undefined {
  const zone = /\s+(UTC|[A-Z][A-Za-z_]+\/[A-Za-z_/]+)$/.exec(event);
  const text = (zone === null ? event : event.slice(0, zone.index)).trim();
  const timezone = zone?.[1] === undefined ? {} : { timezone: zone[1] };
  const onceAt = parseLocalTime(text);
  if (onceAt !== undefined) return { onceAt, ...timezone };
  const interval = NICKNAMES[text.toLowerCase()] ?? fieldsOf(text);
  return interval === undefined ? undefined : { interval, ...timezone };
}

function fieldsOf(text: string): string | undefined {
  const match = EVENT.exec(text);
  // A year would make it happen once, or never.
  if (match === null || text === "" || /\d{4}-/.test(text)) return undefined;
  const [, days, month = "*", day = "*", hour = "0", minute = "0", second = "0"] = match;
  const weekday = days === undefined
    ? "*"
    : daysOf(days.replace(DAY_NAME, (_, name: string) => name.toLowerCase()).replace(/,$/, ""));
  // Both would have to match for systemd; cron takes either.
  if (weekday !== "*" && day !== "*") return undefined;
  const fields = [minute, hour, day, month, weekday];
  if (!/^0+$/.test(second)) fields.push(second);
  return fields.map(fieldOf).join(" ");
}

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** The week of systemd ends with Sunday, that of cron begins with it. */
function daysOf(text: string): string {
  return text.split(",").map((part) => {
    const [first = "", last] = part.split("..");
    if (last === undefined) return part;
    return last === "sun" ? WEEK.slice(WEEK.indexOf(first)).join(",") : `${first}-${last}`;
  }).join(",");
}

/** `00/15` counts from 0, `1..5` is a range. */
function fieldOf(text: string): string {
  return text.replaceAll("..", "-").replace(/\b0+(\d)/g, "$1");
}
