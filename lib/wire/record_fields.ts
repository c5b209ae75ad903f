/** Steps over the fields of a record of syslog. Each returns the offset after what it has passed. */
import { IS_DIGIT, IS_STOP, isOf } from "./byte_classes.ts";

const BLANK = 0x20;
const COLON = 0x3a;
const DASH = 0x2d;

/** Steps over what a tag or a host may hold. */
export function skipWord(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && !isOf(bytes[at], IS_STOP)) at++;
  return at;
}

/** Steps over all up to a blank. */
export function skipField(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== BLANK) at++;
  return Math.min(at, end);
}

/** Whether a field of RFC 5424 is `-`: absent. */
export function isNil(bytes: Uint8Array, start: number, end: number): boolean {
  return end === start + 1 && bytes[start] === DASH;
}

/** `d` a digit, `T` the letter or a blank; all else stands for itself. */
const ISO_SHAPE = [..."dddd-dd-ddTdd:dd:dd"].map((character) => character.charCodeAt(0));

/** Returns the offset after a date as RFC 3339 writes it, zone optional; or -1. */
export function skipIsoDate(bytes: Uint8Array, at: number, end: number): number {
  if (at + ISO_SHAPE.length > end) return -1;
  for (let i = 0; i < ISO_SHAPE.length; i++) {
    const wanted = ISO_SHAPE[i] as number;
    const byte = bytes[at + i] as number;
    if (wanted === 0x64) {
      if (byte < 0x30 || byte > 0x39) return -1;
    } else if (byte !== wanted && !(wanted === 0x54 && byte === BLANK)) {
      return -1;
    }
  }
  return skipZone(bytes, skipFraction(bytes, at + ISO_SHAPE.length, end), end);
}

function skipFraction(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || (bytes[at] !== 0x2e && bytes[at] !== 0x2c)) return at;
  let i = at + 1;
  while (i < end && isOf(bytes[i], IS_DIGIT)) i++;
  return i;
}

/** Skips `Z`, `+hh:mm`, `+hhmm` or nothing. */
function skipZone(bytes: Uint8Array, at: number, end: number): number {
  const sign = at < end ? bytes[at] : undefined;
  if (sign === 0x5a) return at + 1;
  if (sign !== 0x2b && sign !== DASH) return at;
  let digits = 0;
  let i = at + 1;
  for (; i < end && digits < 4; i++) {
    if (isOf(bytes[i], IS_DIGIT)) digits++;
    else if (bytes[i] !== COLON || digits !== 2) return -1;
  }
  return digits === 4 ? i : -1;
}
