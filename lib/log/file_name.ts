/**
 * The name of a dated log file: strftime(3) over a whole path, in local time, C locale.
 * Conversions as glibc and Python know them; an unknown one is kept as written.
 */
import { localOffsetMs } from "../base/local_zone.ts";
import { formatOffset } from "./timestamp.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY_MS = 86_400_000;

/** A moment in local time. */
interface Moment {
  /** Its UTC fields are those of local time. */
  readonly date: Date;
  readonly offsetMs: number;
}

/** Expands the conversions of `template`; `%%` is a percent sign, a percent sign at the end too. */
export function formatFileName(template: string, wallMs: number): string {
  if (!template.includes("%")) return template;
  const offsetMs = localOffsetMs(wallMs);
  return formatTime(template, { date: new Date(wallMs + offsetMs), offsetMs });
}

function formatTime(template: string, moment: Moment): string {
  return template.replace(/%([-_0^]?)([a-zA-Z%])/g, (whole, flag: string, conversion: string) => {
    const text = convert(conversion, moment);
    return text === undefined ? whole : applyFlag(text, flag);
  });
}

/** The flags of glibc: no padding, blanks, zeros, upper case. */
function applyFlag(text: string, flag: string): string {
  if (flag === "^") return text.toUpperCase();
  if (flag === "" || !/^[ \d]+$/.test(text)) return text;
  const digits = text.replace(/^[ 0]+(?=\d)/, "");
  if (flag === "-") return digits;
  return digits.padStart(text.length, flag === "_" ? " " : "0");
}

function convert(conversion: string, moment: Moment): string | undefined {
  return convertDate(conversion, moment) ?? convertTime(conversion, moment);
}

function convertDate(conversion: string, moment: Moment): string | undefined {
  const { date } = moment;
  const [year, month, day] = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
  ] as const;
  const weekday = date.getUTCDay();
  switch (conversion) {
    case "Y":
      return String(year);
    case "C":
      return pad(Math.floor(year / 100), 2);
    case "y":
      return pad(year % 100, 2);
    case "m":
      return pad(month + 1, 2);
    case "B":
      return MONTHS[month];
    case "b":
    case "h":
      return MONTHS[month]?.slice(0, 3);
    case "d":
      return pad(day, 2);
    case "e":
      return String(day).padStart(2);
    case "j":
      return pad(dayOfYear(date) + 1, 3);
    case "A":
      return DAYS[weekday];
    case "a":
      return DAYS[weekday]?.slice(0, 3);
    case "u":
      return String(weekday === 0 ? 7 : weekday);
    case "w":
      return String(weekday);
    case "U":
      return pad(Math.floor((dayOfYear(date) + 7 - weekday) / 7), 2);
    case "W":
      return pad(Math.floor((dayOfYear(date) + 7 - (weekday + 6) % 7) / 7), 2);
    case "G":
      return String(isoWeek(date).year);
    case "g":
      return pad(isoWeek(date).year % 100, 2);
    case "V":
      return pad(isoWeek(date).week, 2);
    case "D":
    case "x":
      return formatTime("%m/%d/%y", moment);
    case "F":
      return formatTime("%Y-%m-%d", moment);
    default:
      return undefined;
  }
}

function convertTime(conversion: string, moment: Moment): string | undefined {
  const { date, offsetMs } = moment;
  const hour = date.getUTCHours();
  switch (conversion) {
    case "H":
      return pad(hour, 2);
    case "k":
      return String(hour).padStart(2);
    case "I":
      return pad((hour + 11) % 12 + 1, 2);
    case "l":
      return String((hour + 11) % 12 + 1).padStart(2);
    case "M":
      return pad(date.getUTCMinutes(), 2);
    case "S":
      return pad(date.getUTCSeconds(), 2);
    case "f":
      return pad(date.getUTCMilliseconds() * 1000, 6);
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "P":
      return hour < 12 ? "am" : "pm";
    case "s":
      return String(Math.floor((date.getTime() - offsetMs) / 1000));
    case "R":
      return formatTime("%H:%M", moment);
    case "T":
    case "X":
      return formatTime("%H:%M:%S", moment);
    case "r":
      return formatTime("%I:%M:%S %p", moment);
    case "c":
      return formatTime("%a %b %e %H:%M:%S %Y", moment);
    case "z":
      return formatOffset(offsetMs).replace(":", "");
    case "n":
      return "\n";
    case "t":
      return "\t";
    case "%":
      return "%";
    default:
      return undefined;
  }
}

function dayOfYear(date: Date): number {
  const today = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  return Math.round((today - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS);
}

/** ISO 8601: the week belongs to the year that its Thursday lies in. */
function isoWeek(date: Date): { year: number; week: number } {
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursdayMs = Date.UTC(
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate() - weekday + 3,
  );
  const year = new Date(thursdayMs).getUTCFullYear();
  return { year, week: Math.floor((thursdayMs - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
