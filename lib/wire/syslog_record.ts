/**
 * What arrived on /dev/log, as offsets into the bytes it arrived in.
 *
 * Four shapes are understood, the first exactly as chaperone 0.3.9 does:
 *
 *     <PRI>Mmm dd hh:mm:ss [HOST ]TAG REST           RFC 3164 as programs write it
 *     <PRI>YYYY-MM-DDThh:mm:ss… [HOST ]TAG REST      the same with an RFC 3339 date
 *     <PRI>1 TIME HOST APP PROCID MSGID SD [MSG]     RFC 5424
 *     <PRI>[TAG: ]TEXT                               anything else with a PRI (RFC 3164 4.3.2)
 *
 * What has no valid PRI is a format error, kept whole. Nothing here throws, allocates or makes a
 * string; one record is filled again and again and is valid until the next `parse`. Bytes from 0x80
 * on are carried through. Knows neither selectors nor output.
 */
import {
  BEGINS_TAG,
  hasControl,
  IS_DIGIT,
  IS_SPACE,
  IS_TAG,
  IS_WORD,
  isOf,
} from "./byte_classes.ts";
import { isNil, skipField, skipIsoDate, skipWord } from "./record_fields.ts";
import { skipStructuredData } from "./structured_data.ts";

/** Which of the shapes a record has. */
export type RecordShape = "rfc3164" | "iso" | "rfc5424" | "undated" | "malformed";

/** The number under which every facility above `local7` is kept. */
export const UNKNOWN_FACILITY = 24;

/** The priority of records that could not be parsed: `syslog.err`. */
export const FORMAT_ERROR_PRIORITY = 5 * 8 + 3;

const BLANK = 0x20;
const SLASH = 0x2f;
const COLON = 0x3a;
const LESS = 0x3c;
const GREATER = 0x3e;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const DASH = 0x2d;

/** `<191>` is the longest priority that RFC 3164 and RFC 5424 allow, and the largest. */
const PRIORITY_MAX_BYTES = 5;

/** One received record. Offsets point into `bytes`; an absent field has start and end alike. */
export class SyslogRecord {
  /** What it was parsed from; owned by the caller. */
  bytes: Uint8Array = new Uint8Array(0);
  shape: RecordShape = "malformed";
  /** Facility * 8 + severity; facility 24 stands for every unknown one. */
  priority = FORMAT_ERROR_PRIORITY;
  /** The whole record, trailing white space removed. */
  start = 0;
  end = 0;
  /** Whether there is a control character between `start` and `end` (TAB is none). */
  hasControl = false;
  /** The date text of RFC 3164 and ISO shapes, the time field of RFC 5424; absent where undated. */
  dateStart = 0;
  dateEnd = 0;
  hostStart = 0;
  hostEnd = 0;
  /** Program, absent where nothing says it; without the directories of an absolute path. */
  tagStart = 0;
  tagEnd = 0;
  /** What follows the tag up to `end`: `[12]: text`, `: text`, ` text`. RFC 5424: unused. */
  restStart = 0;
  pidStart = 0;
  pidEnd = 0;
  /** The text without tag and pid, up to `end`. */
  messageStart = 0;
  messageIdStart = 0;
  messageIdEnd = 0;
  /** Structured data, brackets included. */
  dataStart = 0;
  dataEnd = 0;

  #text: string | undefined;

  /**
   * Fills the record from one piece, which holds no NUL. False where nothing but blanks is in it.
   */
  parse(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.#text = undefined;
    this.hostStart = this.hostEnd = 0;
    this.pidStart = this.pidEnd = 0;
    this.messageIdStart = this.messageIdEnd = 0;
    this.dataStart = this.dataEnd = 0;
    while (end > start && isOf(bytes[end - 1], IS_SPACE)) end--;
    this.start = start;
    this.end = end;
    if (start === end) return false;
    this.hasControl = hasControl(bytes, start, end);
    if (!this.#parseFields()) this.#markMalformed();
    return true;
  }

  /** Tells whether the tag equals `lowerCaseName` in any case. */
  programIs(lowerCaseName: Uint8Array): boolean {
    const { bytes, tagStart, tagEnd } = this;
    if (this.shape === "malformed") return lowerCaseName.length === 1 && lowerCaseName[0] === 0x3f;
    if (tagEnd - tagStart !== lowerCaseName.length) return false;
    for (let i = 0; i < lowerCaseName.length; i++) {
      const byte = bytes[tagStart + i] as number;
      const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
      if (lower !== lowerCaseName[i]) return false;
    }
    return true;
  }

  /** The whole record as text; made on first use. */
  rawText(): string {
    this.#text ??= decoder.decode(this.bytes.subarray(this.start, this.end));
    return this.#text;
  }

  #markMalformed(): void {
    this.shape = "malformed";
    this.priority = FORMAT_ERROR_PRIORITY;
    this.hostStart = this.hostEnd = 0;
    this.dateStart = this.dateEnd = this.start;
    this.tagStart = this.tagEnd = this.start;
    this.restStart = this.messageStart = this.start;
    this.pidStart = this.pidEnd = 0;
    this.messageIdStart = this.messageIdEnd = 0;
    this.dataStart = this.dataEnd = 0;
  }

  #parseFields(): boolean {
    const at = this.#parsePriority();
    if (at < 0) return false;
    const afterDate = this.#parseClassicDate(at);
    if (afterDate > 0) {
      this.shape = "rfc3164";
      return this.#parseOrigin(afterDate) || this.#parseText(at, afterDate);
    }
    if (this.bytes[at] === 0x31 && this.bytes[at + 1] === BLANK) {
      return this.#parseRfc5424(at + 2) || this.#parseUndated(at);
    }
    const afterIso = skipIsoDate(this.bytes, at, this.end);
    if (afterIso < 0 || this.bytes[afterIso] !== BLANK) return this.#parseUndated(at);
    this.shape = "iso";
    this.dateStart = at;
    this.dateEnd = afterIso;
    return this.#parseOrigin(afterIso + 1) || this.#parseText(at, afterIso + 1);
  }

  #parseUndated(at: number): boolean {
    this.shape = "undated";
    this.hostStart = this.hostEnd = 0;
    this.dateStart = this.dateEnd = at;
    this.messageIdStart = this.messageIdEnd = 0;
    this.dataStart = this.dataEnd = 0;
    return this.#parseText(at, at);
  }

  /**
   * Parses `[TAG:|TAG[pid]:] TEXT` from `at` on, where the priority that ends before
   * `afterPriority` is a valid one: then facility and severity stand, whatever follows.
   */
  #parseText(afterPriority: number, at: number): boolean {
    if (afterPriority - this.start > PRIORITY_MAX_BYTES) return false;
    if (this.priority >= UNKNOWN_FACILITY * 8) return false;
    const { bytes, end } = this;
    while (at < end && bytes[at] === BLANK) at++;
    const tagEnd = this.#skipStatedTag(at);
    this.pidStart = this.pidEnd = 0;
    if (tagEnd > at) {
      this.#setTag(at, tagEnd);
    } else {
      this.tagStart =
        this.tagEnd =
        this.restStart =
        this.messageStart =
          at;
    }
    return true;
  }

  /** Returns the end of `TAG` in `TAG: ` or `TAG[pid]: `, or `at` where no program is stated. */
  #skipStatedTag(at: number): number {
    const { bytes, end } = this;
    if (at >= end || !isOf(bytes[at], BEGINS_TAG)) return at;
    let tagEnd = at + 1;
    while (tagEnd < end && isOf(bytes[tagEnd], IS_TAG)) tagEnd++;
    const colon = bytes[tagEnd] === OPEN ? this.#skipPid(tagEnd) : tagEnd;
    if (colon >= end || bytes[colon] !== COLON) return at;
    // `https://…` and `C:\…` are no programs.
    return colon + 1 === end || bytes[colon + 1] === BLANK ? tagEnd : at;
  }

  /** Returns the offset after `<PRI>`, or -1. */
  #parsePriority(): number {
    const { bytes, end } = this;
    let at = this.start;
    if (bytes[at++] !== LESS) return -1;
    const first = at;
    let value = 0;
    let byte = bytes[at] as number;
    while (at < end && byte >= 0x30 && byte <= 0x39) {
      // Stays exact for any length: only the last three digits decide the severity.
      value = (value > 999_999 ? 1000 + value % 1000 : value) * 10 + byte - 0x30;
      byte = bytes[++at] as number;
    }
    if (at === first || at >= end || byte !== GREATER) return -1;
    this.priority = value < UNKNOWN_FACILITY * 8 ? value : UNKNOWN_FACILITY * 8 + (value & 7);
    return at + 1;
  }

  /** Returns the offset after `Mmm dd hh:mm:ss `, or -1. */
  #parseClassicDate(at: number): number {
    const { bytes } = this;
    if (at + 16 > this.end) return -1;
    const is = (offset: number, wanted: number) => isOf(bytes[at + offset], wanted);
    if (!is(0, IS_WORD) || !is(1, IS_WORD) || !is(2, IS_WORD) || bytes[at + 3] !== BLANK) return -1;
    if (!is(4, IS_DIGIT) && bytes[at + 4] !== BLANK) return -1;
    if (!is(5, IS_DIGIT) || bytes[at + 6] !== BLANK) return -1;
    if (!is(7, IS_DIGIT) || !is(8, IS_DIGIT) || bytes[at + 9] !== COLON) return -1;
    if (!is(10, IS_DIGIT) || !is(11, IS_DIGIT) || bytes[at + 12] !== COLON) return -1;
    if (!is(13, IS_DIGIT) || !is(14, IS_DIGIT) || bytes[at + 15] !== BLANK) return -1;
    this.dateStart = at;
    this.dateEnd = at + 15;
    return at + 16;
  }

  /** Parses `[HOST ]TAG REST`: the first word is the host if what follows it still parses. */
  #parseOrigin(at: number): boolean {
    const wordEnd = skipWord(this.bytes, at, this.end);
    if (wordEnd === at) return false;
    if (this.bytes[wordEnd] === BLANK && wordEnd < this.end) {
      const tagEnd = skipWord(this.bytes, wordEnd + 1, this.end);
      if (tagEnd > wordEnd + 1 && tagEnd + 1 < this.end) {
        this.hostStart = at;
        this.hostEnd = wordEnd;
        this.#setTag(wordEnd + 1, tagEnd);
        return true;
      }
    }
    if (wordEnd + 1 >= this.end) return false;
    this.#setTag(at, wordEnd);
    return true;
  }

  #setTag(start: number, end: number): void {
    const { bytes } = this;
    this.tagEnd = this.restStart = end;
    this.tagStart = start;
    if (bytes[start] === SLASH) {
      const slash = bytes.lastIndexOf(SLASH, end - 1);
      // A path that ends in a slash has no last component to reduce it to.
      if (slash + 1 < end) this.tagStart = slash + 1;
    }
    let at = end;
    if (bytes[at] === OPEN) at = this.#skipPid(at);
    if (bytes[at] === COLON) at++;
    if (bytes[at] === BLANK) at++;
    this.messageStart = Math.min(at, this.end);
  }

  /** Returns the offset after `[pid]`, or `at` where the bracket holds no number. */
  #skipPid(at: number): number {
    let i = at + 1;
    while (i < this.end && isOf(this.bytes[i], IS_DIGIT)) i++;
    if (i === at + 1 || i >= this.end || this.bytes[i] !== CLOSE) return at;
    this.pidStart = at + 1;
    this.pidEnd = i;
    return i + 1;
  }

  /**
   * Parses RFC 5424 6 from the time field on. Fields hold the offsets 0 to 0 where they are `-`.
   */
  #parseRfc5424(at: number): boolean {
    const { bytes, end } = this;
    this.shape = "rfc5424";
    const timeEnd = skipField(bytes, at, end);
    if (!isNil(bytes, at, timeEnd) && skipIsoDate(bytes, at, timeEnd) !== timeEnd) return false;
    this.dateStart = at;
    this.dateEnd = timeEnd;
    const hostEnd = skipField(bytes, timeEnd + 1, end);
    if (!isNil(bytes, timeEnd + 1, hostEnd)) {
      this.hostStart = timeEnd + 1;
      this.hostEnd = hostEnd;
    }
    const appEnd = skipField(bytes, hostEnd + 1, end);
    this.tagStart = hostEnd + 1;
    this.tagEnd = this.restStart = appEnd;
    const pidEnd = skipField(bytes, appEnd + 1, end);
    if (!isNil(bytes, appEnd + 1, pidEnd)) {
      this.pidStart = appEnd + 1;
      this.pidEnd = pidEnd;
    }
    const idEnd = skipField(bytes, pidEnd + 1, end);
    if (!isNil(bytes, pidEnd + 1, idEnd)) {
      this.messageIdStart = pidEnd + 1;
      this.messageIdEnd = idEnd;
    }
    const empty = timeEnd === at || hostEnd === timeEnd + 1 || appEnd === hostEnd + 1 ||
      pidEnd === appEnd + 1 || idEnd === pidEnd + 1;
    return !empty && this.#parseDataAndMessage(idEnd + 1);
  }

  #parseDataAndMessage(at: number): boolean {
    const { bytes, end } = this;
    if (at >= end) return false;
    let after = at + 1;
    if (bytes[at] !== DASH) {
      after = skipStructuredData(bytes, at, end);
      if (after < 0) return false;
      this.dataStart = at;
      this.dataEnd = after;
    }
    if (after < end && bytes[after] !== BLANK) return false;
    let message = Math.min(after + 1, end);
    // RFC 5424 6.4: a UTF-8 message begins with a byte order mark, which says nothing else.
    const hasMark = message + 3 <= end && bytes[message] === 0xef && bytes[message + 1] === 0xbb &&
      bytes[message + 2] === 0xbf;
    if (hasMark) message += 3;
    this.messageStart = message;
    return true;
  }
}

const decoder = new TextDecoder();
