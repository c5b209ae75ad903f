/**
 * The name of a dated log file: strftime(3) over a whole path, in local time, C locale.
 * Conversions as glibc and Python know them; an unknown one is kept as written.
 */
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

/** Expands the conversions of `template`; `%%` is a percent sign, a percent sign at the end too. */
export function formatFileName(template: string, wallMs: number): string {
  if (!template.includes("%")) return template;
  return formatTime(template, new Date(wallMs));
}

function formatTime(template: string, date: Date): string {
  return template.replace(/%([-_0^]?)([a-zA-Z%])/g, (whole, flag: string, conversion: string) => {
    const text = convert(conversion, date);
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

function convert(conversion: string, date: Date): string | undefined {
  return convertDate(conversion, date) ?? convertTime(conversion, date);
}

function convertDate(conversion: string, date: Date): string | undefined {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()] as const;
  const weekday = date.getDay();
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
      return formatTime("%m/%d/%y", date);
    case "F":
      return formatTime("%Y-%m-%d", date);
    default:
      return undefined;
  }
}

function convertTime(conversion: string, date: Date): string | undefined {
  const hour = date.getHours();
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
      return pad(date.getMinutes(), 2);
    case "S":
      return pad(date.getSeconds(), 2);
    case "f":
      return pad(date.getMilliseconds() * 1000, 6);
    case "p":
      return hour < 12 ? "AM" : "PM";
    case "P":
      return hour < 12 ? "am" : "pm";
    case "s":
      return String(Math.floor(date.getTime() / 1000));
    case "R":
      return formatTime("%H:%M", date);
    case "T":
    case "X":
      return formatTime("%H:%M:%S", date);
    case "r":
      return formatTime("%I:%M:%S %p", date);
    case "c":
      return formatTime("%a %b %e %H:%M:%S %Y", date);
    case "z":
      return formatOffset(date).replace(":", "");
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
  const today = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((today - Date.UTC(date.getFullYear(), 0, 1)) / DAY_MS);
}

/** ISO 8601: the week belongs to the year that its Thursday lies in. */
function isoWeek(date: Date): { year: number; week: number } {
  const weekday = (date.getDay() + 6) % 7;
  const thursdayMs = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate() - weekday + 3);
  const year = new Date(thursdayMs).getUTCFullYear();
  return { year, week: Math.floor((thursdayMs - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
