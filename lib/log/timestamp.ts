/**
 * The current time and the times of records as text, in local time.
 * Works out one second at a time and keeps the result, since most records share it.
 * Names no clock: one is handed in, in milliseconds since 1970 with fractions.
 */
import { fromLocalTime, localOffsetMs } from "../base/local_zone.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Length of `Mmm dd hh:mm:ss`. */
export const CLASSIC_DATE_BYTES = 15;

/** Length of `YYYY-MM-DDThh:mm:ss.uuuuuu+hh:mm`. */
export const ISO_TIME_BYTES = 32;

const FRACTION_AT = 20;

/** The time at which records are taken in, and the times that they state themselves. */
export class LogClock {
  readonly #wallMs: () => number;
  readonly #now = new SecondText();
  readonly #stated = new SecondText();
  #nowMs = NaN;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** Lets the time go on: what is asked for until the next call is one and the same moment. */
  advance(): void {
    this.#nowMs = NaN;
  }

  /** Milliseconds since 1970; the clock is read on the first use after `advance`. */
  get nowMs(): number {
    if (Number.isNaN(this.#nowMs)) this.#nowMs = this.#wallMs();
    return this.#nowMs;
  }

  /** Returns `Mmm dd hh:mm:ss`, the day padded with a blank; valid until the next call. */
  classicNow(): Uint8Array {
    return this.#now.classic(this.nowMs);
  }

  /** Returns `YYYY-MM-DDThh:mm:ss.uuuuuu+hh:mm`; valid until the next call. */
  isoNow(): Uint8Array {
    return this.#now.iso(this.nowMs);
  }

  /** As `classicNow`, for the time that a record states. */
  classicOf(statedMs: number): Uint8Array {
    return this.#stated.classic(statedMs);
  }

  /** As `isoNow`, for the time that a record states. */
  isoOf(statedMs: number): Uint8Array {
    return this.#stated.iso(statedMs);
  }
}

/** The dates of one second as text, kept until another second is asked for. */
class SecondText {
  #second = NaN;
  readonly #classic = new Uint8Array(CLASSIC_DATE_BYTES);
  readonly #iso = new Uint8Array(ISO_TIME_BYTES);

  classic(wallMs: number): Uint8Array {
    this.#enter(Math.floor(wallMs / 1000));
    return this.#classic;
  }

  iso(wallMs: number): Uint8Array {
    const second = Math.floor(wallMs / 1000);
    this.#enter(second);
    // Rounded, since a double holds a present time in milliseconds to a quarter of a microsecond.
    let micros = Math.min(999_999, Math.round((wallMs - second * 1000) * 1000));
    for (let i = FRACTION_AT + 5; i >= FRACTION_AT; i--) {
      this.#iso[i] = 0x30 + micros % 10;
      micros = Math.floor(micros / 10);
    }
    return this.#iso;
  }

  #enter(second: number): void {
    if (second === this.#second) return;
    this.#second = second;
    const offsetMs = localOffsetMs(second * 1000);
    const date = new Date(second * 1000 + offsetMs);
    const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
    const time = clock.map(two).join(":");
    const day = String(date.getUTCDate());
    put(this.#classic, `${MONTHS[date.getUTCMonth()]} ${day.padStart(2)} ${time}`);
    const year = String(date.getUTCFullYear()).padStart(4, "0");
    const ymd = `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
    put(this.#iso, `${ymd}T${time}.000000${formatOffset(offsetMs)}`);
  }
}

/** Formats how far local time is ahead of UTC: `+02:00`. Seconds, as before 1972, are left out. */
export function formatOffset(offsetMs: number): string {
  const minutes = Math.trunc(offsetMs / 60_000);
  const whole = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

/**
 * Returns the time that an RFC 3339 date says, or NaN where there is no such date. A date without
 * zone is local. `bytes` from `start` to `end` have the shape that lib/wire accepts.
 */
export function parseIsoTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 19) return NaN;
  const field = (at: number, digits: number) => {
    let value = 0;
    for (let i = 0; i < digits; i++) value = value * 10 + (bytes[start + at + i] as number) - 0x30;
    return value;
  };
  const [year, month, day] = [field(0, 4), field(5, 2), field(8, 2)] as const;
  const [hour, minute, second] = [field(11, 2), field(14, 2), field(17, 2)] as const;
  if (month < 1 || month > 12 || day < 1 || day > 31) return NaN;
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  let at = start + 19;
  let fractionMs = 0;
  if (bytes[at] === 0x2e || bytes[at] === 0x2c) {
    let unit = 100;
    for (at++; at < end && isDigit(bytes[at] as number); at++, unit /= 10) {
      fractionMs += ((bytes[at] as number) - 0x30) * unit;
    }
  }
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second) + fractionMs;
  return at >= end ? fromLocalTime(wallMs) : wallMs - parseOffsetMs(bytes, at, end);
}

function parseOffsetMs(bytes: Uint8Array, start: number, end: number): number {
  let digits = 0;
  for (let i = start + 1; i < end; i++) {
    const byte = bytes[i] as number;
    if (isDigit(byte)) digits = digits * 10 + byte - 0x30;
  }
  const minutes = Math.floor(digits / 100) * 60 + digits % 100;
  return (bytes[start] === 0x2d ? -minutes : minutes) * 60_000;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function put(target: Uint8Array, text: string): void {
  for (let i = 0; i < target.length; i++) target[i] = text.charCodeAt(i);
}
