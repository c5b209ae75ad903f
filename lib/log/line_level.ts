/**
 * The level that a line of a service's output states at its head, without regular expressions,
 * strings or objects, since every line that services print is asked. What is understood:
 *
 *     <3>text                                   sd-daemon(3)
 *     {"level":"error",…}                       JSON: the first member with a level's name, see LEVEL_KEYS;
 *                                               a word, or a number as syslog, pino or Monolog has it
 *     ERROR text   Error: text   [warn] text    a word in capitals, before a colon or in brackets
 *     level=warn …   time=… level=warn …        logfmt
 *
 * Before a word or bracket there may be a date, a zone, one thing in brackets and colours:
 * `2026/01/05 10:11:12 [warn] …`, `10:11:12.345 [main] ERROR …`. Words that are no levels, and
 * words of a sentence such as `Error handling is on`, state nothing.
 */

/** What has no level of its own. */
export const NO_LEVEL = -1;

/** How many bytes `<N>` takes, which is not part of the text. */
export const LEVEL_PREFIX_BYTES = 3;

/** Where a JSON object has its level further behind, it is not looked for. */
const JSON_SCAN_BYTES = 4096;

/**
 * The longest date that is passed over: `[2026-01-05T10:11:12.123456789+02:00`, and some blanks.
 */
const DATE_SCAN_BYTES = 44;

const TAB = 0x09;
const ESCAPE = 0x1b;
const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const LOWER = 0x20;
const LETTER_M = 0x6d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const WORDS: Readonly<Record<number, readonly string[]>> = {
  0: ["emerg", "emergency"],
  1: ["alert"],
  2: ["crit", "critical", "fatal", "ftl", "panic", "pnc", "dpanic"],
  3: ["err", "error", "severe"],
  4: ["warn", "warning", "wrn"],
  5: ["notice", "note"],
  6: ["info", "inf", "information", "informational", "log"],
  7: ["debug", "dbg", "trace", "trc", "verbose", "fine", "finer", "finest"],
};

/** Longer words are no levels. */
const WORD_MAX_BYTES = 13;

/** Members that hold a level: of most loggers, Serilog, python-json-logger, Monolog, ECS. */
const LEVEL_KEYS = ["level", "severity", "lvl", "@l", "levelname", "level_name", "log.level"];

/** Logfmt: what states a level, and what may stand before it. */
const LEVEL_NAMES = ["level", "lvl", "severity"];
const TIME_NAMES = ["time", "ts", "timestamp", "t"];

const HASH_START = 7;

const SEVERITY_OF = new Map(
  Object.entries(WORDS).flatMap(([severity, words]) =>
    words.map((word): [number, number] => [hashText(word), Number(severity)])
  ),
);
const IS_LEVEL_KEY = new Set(LEVEL_KEYS.map(hashText));
const IS_LEVEL_NAME = new Set(LEVEL_NAMES.map(hashText));
const IS_TIME_NAME = new Set(TIME_NAMES.map(hashText));

function hashText(text: string): number {
  let hash = HASH_START;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i) | 0;
  return hash;
}

/** What a line may be that begins with a byte. */
const PLAIN = 0;
const WORD = 1;
const DATE = 2;
const BRACKET = 3;
const OTHER = 4;

const KIND_OF = makeKinds();

function makeKinds(): Uint8Array {
  const kinds = new Uint8Array(256);
  for (const word of [...Object.values(WORDS).flat(), ...LEVEL_NAMES, ...TIME_NAMES]) {
    kinds[word.charCodeAt(0)] = WORD;
    kinds[word.toUpperCase().charCodeAt(0)] = WORD;
  }
  kinds.fill(DATE, ZERO, NINE + 1);
  kinds[OPEN] = BRACKET;
  kinds[LESS] = kinds[OPEN_BRACE] = kinds[ESCAPE] = OTHER;
  return kinds;
}

/**
 * Returns the severity, 0 for emerg to 7 for debug, that a line states; `NO_LEVEL` where it does
 * not.
 */
export function readLevel(bytes: Uint8Array, start: number, end: number): number {
  switch (KIND_OF[bytes[start] as number]) {
    case PLAIN:
      return NO_LEVEL;
    case WORD:
      return readWord(bytes, start, end, false);
    case DATE:
      return readDated(bytes, start, end);
    case BRACKET:
      return isDigit(bytes[start + 1])
        ? readDated(bytes, start, end)
        : readBracket(bytes, start, end);
    default:
      return readOther(bytes, start, end);
  }
}

function readOther(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start];
  if (first === LESS) {
    const digit = bytes[start + 1] as number;
    const isPrefix = end - start >= LEVEL_PREFIX_BYTES && digit >= ZERO && digit < ZERO + 8 &&
      bytes[start + 2] === GREATER;
    return isPrefix ? digit - ZERO : NO_LEVEL;
  }
  if (first === OPEN_BRACE) {
    return bytes[end - 1] === CLOSE_BRACE ? readJson(bytes, start, end) : NO_LEVEL;
  }
  const after = skipColour(bytes, start, end);
  // One colour at the head is enough; a second one would be somebody's picture.
  return after === start || bytes[after] === ESCAPE ? NO_LEVEL : readLevel(bytes, after, end);
}

/** Skips `ESC [ … m`; returns `at` where there is none. */
function skipColour(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== ESCAPE || bytes[at + 1] !== OPEN) return at;
  for (let i = at + 2; i < end && i < at + 16; i++) {
    if (bytes[i] === LETTER_M) return i + 1;
  }
  return at;
}

/**
 * Reads `ERROR text`, `error: text`, `level=error`; behind a date a word in small letters is
 * enough.
 */
function readWord(bytes: Uint8Array, start: number, end: number, isDated: boolean): number {
  let hash = HASH_START;
  let isCapital = true;
  let at = start;
  for (; at < end && at - start <= WORD_MAX_BYTES; at++) {
    const byte = bytes[at] as number;
    const lower = byte | LOWER;
    if (lower < 0x61 || lower > 0x7a) break;
    if (byte === lower) isCapital = false;
    hash = Math.imul(hash, 31) + lower | 0;
  }
  const next = at < end ? bytes[at] : BLANK;
  if (next === EQUALS) return readPair(bytes, at + 1, end, hash);
  const isStatement = next === COLON || ((isCapital || isDated) && endsWord(next));
  return isStatement ? SEVERITY_OF.get(hash) ?? NO_LEVEL : NO_LEVEL;
}

/** `INFO | text`, `[date: INFO/MainProcess]`, and the end of a colour. */
function endsWord(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB || byte === COMMA || byte === CLOSE || byte === 0x2f ||
    byte === 0x7c || byte === ESCAPE;
}

/** Reads `level=VALUE`, or passes over `time=VALUE ` before it. */
function readPair(bytes: Uint8Array, at: number, end: number, name: number): number {
  if (IS_LEVEL_NAME.has(name)) {
    return wordSeverity(bytes, bytes[at] === QUOTE ? at + 1 : at, end);
  }
  if (!IS_TIME_NAME.has(name)) return NO_LEVEL;
  let after = at;
  while (after < end && after < at + DATE_SCAN_BYTES && bytes[after] !== BLANK) after++;
  const isLevel = (bytes[after + 1] as number | undefined) === 0x6c || bytes[after + 1] === 0x73;
  return isLevel ? readWord(bytes, after + 1, end, false) : NO_LEVEL;
}

/** The severity of the letters that begin at an offset, whatever follows them. */
function wordSeverity(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let at = start; at < end && at - start <= WORD_MAX_BYTES; at++) {
    const lower = (bytes[at] as number) | LOWER;
    if (lower < 0x61 || lower > 0x7a) break;
    hash = Math.imul(hash, 31) + lower | 0;
  }
  return SEVERITY_OF.get(hash) ?? NO_LEVEL;
}

/** Reads `[warn]`, `[ WARN ]`. */
function readBracket(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (bytes[at] === BLANK && at < start + 4) at++;
  const severity = wordSeverity(bytes, at, end);
  if (severity === NO_LEVEL) return NO_LEVEL;
  while (at < end && isLetter(bytes[at] as number)) at++;
  while (at < end && bytes[at] === BLANK) at++;
  return bytes[at] === CLOSE && at < end ? severity : NO_LEVEL;
}

/** Reads what follows a date: only what has a colon, as times have, is one. */
function readDated(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end, start + DATE_SCAN_BYTES);
  let at = start + 1;
  let hasTime = false;
  for (; at < last; at++) {
    const byte = bytes[at] as number;
    if (byte === COLON) hasTime = true;
    else if (byte === 0x54 || byte === 0x5a) {
      // The T and the Z of RFC 3339 stand after a digit; those of words do not.
      if (!isDigit(bytes[at - 1])) break;
    } else if (byte > COLON || (byte < COMMA && byte !== BLANK && byte !== TAB && byte !== 0x2b)) {
      break;
    }
  }
  if (!hasTime || at >= last) return NO_LEVEL;
  if (bytes[at] === CLOSE) at = skipBlanks(bytes, at + 1, end);
  return readAfterDate(bytes, at, end);
}

/** Reads `ERROR`, `[warn]`, `UTC [12] ERROR:`, `[main] ERROR`. */
function readAfterDate(bytes: Uint8Array, start: number, end: number): number {
  let at = skipColour(bytes, start, end);
  const found = readEither(bytes, at, end);
  if (found !== NO_LEVEL) return found;
  if (isLetter(bytes[at] as number)) {
    const zoneEnd = skipZone(bytes, at, end);
    if (zoneEnd === at) return NO_LEVEL;
    at = zoneEnd;
  }
  if (bytes[at] === OPEN) {
    const inner = readBracket(bytes, at, end);
    if (inner !== NO_LEVEL) return inner;
    // indexOf() would look through all the lines that were read at once, for each of them.
    const last = at + DATE_SCAN_BYTES;
    while (at < last && bytes[at] !== CLOSE) at++;
    if (bytes[at] !== CLOSE) return NO_LEVEL;
    at = skipBlanks(bytes, at + 1, end);
  }
  return readEither(bytes, skipColour(bytes, at, end), end);
}

function readEither(bytes: Uint8Array, at: number, end: number): number {
  return bytes[at] === OPEN ? readBracket(bytes, at, end) : readWord(bytes, at, end, true);
}

/**
 * Skips up to five capitals and the blanks after them, `UTC `; returns `at` where there are none.
 */
function skipZone(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && i < at + 6 && (bytes[i] as number) >= 0x41 && (bytes[i] as number) <= 0x5a) i++;
  return i === at || i === at + 6 || bytes[i] !== BLANK ? at : skipBlanks(bytes, i, end);
}

function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] === BLANK) at++;
  return at;
}

/**
 * Reads the first member of an object that has a level's name; members of objects inside do not
 * count.
 */
function readJson(bytes: Uint8Array, start: number, end: number): number {
  const last = Math.min(end - 1, start + JSON_SCAN_BYTES);
  let depth = 0;
  for (let at = start + 1; at < last; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      const close = closingQuote(bytes, at + 1, last);
      if (depth === 0) {
        const value = valueAfter(bytes, close + 1, last);
        if (value > 0 && value < last) {
          const isLevel = IS_LEVEL_KEY.has(hashBytes(bytes, at + 1, close));
          const severity = isLevel ? readJsonValue(bytes, value, end) : NO_LEVEL;
          if (severity !== NO_LEVEL) return severity;
        }
      }
      at = close;
    } else if (byte === OPEN_BRACE || byte === OPEN) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE) depth--;
  }
  return NO_LEVEL;
}

function closingQuote(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return end;
}

/**
 * Returns where the value of a member begins whose name has ended, or 0 where a text has. It may be
 * beyond the end.
 */
function valueAfter(bytes: Uint8Array, at: number, end: number): number {
  at = skipBlanks(bytes, at, end);
  if (bytes[at] !== COLON) return 0;
  return skipBlanks(bytes, at + 1, end);
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = Math.imul(hash, 31) + (bytes[i] as number) | 0;
  return hash;
}

/** Reads a word or a number; each ends at the quotation mark or brace behind it. */
function readJsonValue(bytes: Uint8Array, at: number, end: number): number {
  const isText = bytes[at] === QUOTE;
  const start = isText ? at + 1 : at;
  if (isDigit(bytes[start])) return numberSeverity(bytes, start);
  return isText ? wordSeverity(bytes, start, end) : NO_LEVEL;
}

/** 0 to 7 as syslog, 10 to 60 as pino and bunyan, 100 to 600 as Monolog. */
function numberSeverity(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (; isDigit(bytes[at]) && value < 1000; at++) {
    value = value * 10 + (bytes[at] as number) - ZERO;
  }
  if (value < 8) return value;
  if (value < 10 || value > 600) return NO_LEVEL;
  return value < 100 ? pinoSeverity(value) : monologSeverity(value);
}

function pinoSeverity(value: number): number {
  if (value < 30) return 7;
  if (value < 40) return 6;
  if (value < 50) return 4;
  return value < 60 ? 3 : 2;
}

function monologSeverity(value: number): number {
  if (value < 200) return 7;
  if (value < 250) return 6;
  if (value < 300) return 5;
  if (value < 400) return 4;
  if (value < 500) return 3;
  if (value < 550) return 2;
  return value < 600 ? 1 : 0;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isLetter(byte: number): boolean {
  const lower = byte | LOWER;
  return lower >= 0x61 && lower <= 0x7a;
}
