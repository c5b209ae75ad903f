/**
 * Reads the texts of new directives: sizes, signals, limits, addresses. Each function returns
 * `undefined` for a text that it cannot read; what to say about that is decided elsewhere.
 */
import { ALERT_EVENTS, type AlertEvent, type RestartsRule } from "./alert_model.ts";
import { DURATION_MAX_MS, parseDuration } from "../base/duration.ts";
import { parsePosixZone } from "../base/posix_zone.ts";
import { isZoneOfV8 } from "../base/zone_name.ts";
import { parseSignal } from "../base/signals.ts";
import type { ExitMatch, RateLimit, ResourceLimit, StopStep, WaitTarget } from "./model.ts";

/** Reads `4096`, `64K`, `10M`, `1.5G`, `10MiB` as bytes. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?) *([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const power = " KMGT".indexOf((match[2] || " ").toUpperCase());
  const bytes = Math.round(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** As `parseSize`, of what would be of no use as 0. */
export function parsePositiveSize(text: string): number | undefined {
  return parseSize(text) || undefined;
}

/** As `parseDuration`, of what would be of no use as 0. */
export function parsePositiveDuration(text: string): number | undefined {
  return parseDuration(text) || undefined;
}

/** Reads `150%` as 150. */
export function parsePercent(text: string): number | undefined {
  const percent = Number(/^(\d{1,6}(?:\.\d+)?) *%$/.exec(text.trim())?.[1]);
  return percent > 0 ? percent : undefined;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Reads the size that a line may have. Shorter pieces than a datagram's usual kilobyte would tear
 * ordinary lines apart.
 */
export function parseLineMax(text: string): number | undefined {
  return parseSizeWithin(text, KIB, 16 * MIB);
}

/**
 * Reads how much of the past is kept. Less would not hold one life; all of it is read at once by
 * whoever asks for it.
 */
export function parseStateSize(text: string): number | undefined {
  return parseSizeWithin(text, 64 * KIB, 64 * MIB);
}

function parseSizeWithin(text: string, lowest: number, highest: number): number | undefined {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= lowest && bytes <= highest ? bytes : undefined;
}

/** Reads what an alert tells: a word, or `restarts>N/TIME`. */
export function parseAlertWord(text: string): AlertEvent | RestartsRule | undefined {
  const rule = /^restarts *> *(\d{1,6}) *\/ *(.+)$/.exec(text.trim());
  if (rule === null) return ALERT_EVENTS.find((event) => event === text.trim());
  const withinMs = parseDuration(rule[2] ?? "");
  return withinMs === undefined || withinMs <= 0
    ? undefined
    : { moreThan: Number(rule[1]), withinMs };
}

/** Reads the URL of a web server. */
export function parseWebUrl(text: string): string | undefined {
  const trimmed = text.trim();
  return isHttpUrl(trimmed) ? trimmed : undefined;
}

/** Returns seconds as milliseconds, within what clocks and timers can take. */
export function secondsToMs(seconds: number): number {
  return Math.min(Math.max(seconds * 1000, 0), DURATION_MAX_MS);
}

/** Reads a whole number within bounds. */
export function parseWhole(text: string, lowest: number, highest: number): number | undefined {
  if (!/^[-+]?\d+$/.test(text.trim())) return undefined;
  const value = Number(text);
  return value >= lowest && value <= highest ? value : undefined;
}

/** Reads `0022`, `022` or `0o22`; a number without the leading 0 would not be meant as octal. */
export function parseMode(text: string): number | undefined {
  const match = /^0o?([0-7]{0,4})$/.exec(text.trim());
  return match === null ? undefined : parseInt(match[1] || "0", 8);
}

/** Reads an exit code or a signal name. */
export function parseExitMatch(text: string): ExitMatch | undefined {
  const code = parseWhole(text, 0, 255);
  if (code !== undefined) return { kind: "code", code };
  const signal = parseSignal(text);
  return signal === undefined ? undefined : { kind: "signal", signal };
}

/** Reads `QUIT 8s` or `KILL`. */
export function parseStopStep(text: string): StopStep | undefined {
  const [name, ...wait] = text.trim().split(/\s+/);
  const signal = parseSignal(name ?? "");
  if (signal === undefined) return undefined;
  if (wait.length === 0) return { signal };
  const waitMs = parseDuration(wait.join(" "));
  return waitMs === undefined ? undefined : { signal, waitMs };
}

/** The names that `limits` accepts, see setrlimit(2). */
export const RESOURCE_NAMES: readonly string[] = [
  "as",
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
];

/**
 * Reads `1024`, `1024:4096`, `64M` or `unlimited` as the limit of a resource; `1024:` is the soft
 * one alone, as prlimit(1) has it. CPU time may also be a duration.
 */
export function parseLimit(resource: string, text: string): ResourceLimit | undefined {
  const limit = parsePair(resource, text.trim().split(":"));
  if (limit !== undefined || resource !== "cpu") return limit;
  const ms = parseDuration(text);
  if (ms === undefined) return undefined;
  // The kernel counts it in seconds.
  const seconds = Math.ceil(ms / 1000);
  return { resource, soft: seconds, hard: seconds };
}

function parsePair(resource: string, parts: readonly string[]): ResourceLimit | undefined {
  if (parts.length > 2) return undefined;
  const soft = parseLimitValue(parts[0] ?? "");
  if (soft !== undefined && parts[1] === "") return { resource, soft };
  const hard = parseLimitValue(parts[1] ?? parts[0] ?? "");
  if (soft === undefined || hard === undefined || soft > hard) return undefined;
  return { resource, soft, hard };
}

function parseLimitValue(text: string): number | undefined {
  return /^(unlimited|infinity)$/i.test(text) ? Infinity : parseSize(text);
}

/** A TCP address. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `db:5432` or `[::1]:80`; with `defaultHost`, a bare port as well. */
export function parseHostPort(text: string, defaultHost?: string): HostPort | undefined {
  const match = /^(?:(\[[0-9a-f:.%]+\]|[^\s:/[\]]+):)?(\d+)$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, written, number = ""] = match;
  if (written?.startsWith("[") && !isIpv6(written)) return undefined;
  const host = written?.replace(/^\[|\]$/g, "") ?? defaultHost;
  const port = parseWhole(number, 1, 65535);
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** Tells whether `[…]` holds an address of IPv6, perhaps with a zone. */
function isIpv6(bracketed: string): boolean {
  return URL.canParse(`http://${bracketed.replace(/%\d+(?=\])/, "")}`);
}

/** Tells whether `text` is a URL of HTTP. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
}

/** Reads one target of `wait_for`. */
export function parseWaitTarget(text: string): WaitTarget | undefined {
  const trimmed = text.trim();
  if (isHttpUrl(trimmed)) return { kind: "http", url: trimmed, text: trimmed };
  const match = /^(tcp:\/\/|file:|unix:)(.+)$/.exec(trimmed);
  if (match === null) return undefined;
  const rest = match[2] ?? "";
  if (match[1] === "tcp://") {
    const address = parseHostPort(rest);
    return address && { kind: "tcp", ...address, text: trimmed };
  }
  const path = rest.replace(/^\/\/(?=\/)/, "");
  if (!path.startsWith("/")) return undefined;
  return { kind: match[1] === "file:" ? "file" : "unix", path, text: trimmed };
}

const PERIOD_MS = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;

/** Reads `100`, `100/s`, `90/m` or `2/h`: so many records in each period. */
export function parseRate(text: string): RateLimit | undefined {
  const match = /^(\d+(?:\.\d+)?)(?: *\/ *(s|m|min|h))?$/.exec(text.trim());
  if (match === null || Number(match[1]) === 0) return undefined;
  const period = (match[2] ?? "s") as keyof typeof PERIOD_MS;
  return { count: Number(match[1]), periodMs: PERIOD_MS[period] };
}

/** Returns `text` where it is the name of a time zone, or a zone as TZ has it. */
export function parseTimezone(text: string): string | undefined {
  const name = text.replace(/^:/, "");
  return parsePosixZone(name) !== undefined || isZoneOfV8(name) ? text : undefined;
}

/** Reads `2026-12-24T18:00` or `2026-12-24 18:00:30`, and returns it with a T. */
export function parseLocalTime(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)$/.exec(text.trim());
  if (match === null) return undefined;
  const local = `${match[1]}T${match[2]}`;
  const atMs = Date.parse(`${local}Z`);
  // February 30 would be a day of March.
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(local) ? local : undefined;
}

/** Compiles a regular expression; `undefined` where it is none. */
export function parseRegExp(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Reads a boolean as 0.3.9 does after expansion; the empty text is false. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (["y", "true", "yes", "on"].includes(word)) return true;
  return ["", "n", "no", "false", "off"].includes(word) ? false : undefined;
}

/** Returns `text` where it is an absolute path. */
export function absolutePath(text: string): string | undefined {
  return text.startsWith("/") ? text : undefined;
}

/** Reads true, false or an absolute path. */
export function parseHttpControl(text: string): boolean | string | undefined {
  return parseBoolean(text) ?? absolutePath(text);
}

/** Reads true, false or a regular expression. */
export function parseMultiline(text: string): boolean | RegExp | undefined {
  return parseBoolean(text) ?? parseRegExp(text);
}
