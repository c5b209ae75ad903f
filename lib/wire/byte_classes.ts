/** What each byte of a text in syslog's shapes may be: one look in a table. */

const BLANK = 0x20;

/** In UTF-8 the control characters U+0080 to U+009F, which terminals obey, too, begin with it. */
export const C1_LEAD = 0xc2;

export const IS_DIGIT = 1;
export const IS_WORD = 2;
/** Ends a tag or a host. */
export const IS_STOP = 4;
/** What Python's `str.rstrip` removes, as far as ASCII goes. */
export const IS_SPACE = 8;
/** Not printed as it is. */
const IS_CONTROL = 16;
/**
 * May stand in the tag of a record without date, and begin it; other such text would be no
 * program's.
 */
export const IS_TAG = 32;
export const BEGINS_TAG = 64;

const CLASS_OF = makeClasses();

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256);
  for (let byte = 0; byte < 128; byte++) {
    const character = String.fromCharCode(byte);
    let bits = 0;
    if (/\d/.test(character)) bits |= IS_DIGIT;
    if (/\w/.test(character)) bits |= IS_WORD;
    if (/[ :[]/.test(character)) bits |= IS_STOP;
    if (byte === BLANK || (byte >= 9 && byte <= 13) || (byte >= 28 && byte <= 31)) bits |= IS_SPACE;
    if ((byte < BLANK && byte !== 9) || byte === 127) bits |= IS_CONTROL;
    if (/[\w./@+-]/.test(character)) bits |= IS_TAG;
    if (/[A-Za-z_/]/.test(character)) bits |= BEGINS_TAG;
    classes[byte] = bits;
  }
  for (let byte = 128; byte < 256; byte++) classes[byte] = IS_TAG | BEGINS_TAG;
  classes[C1_LEAD] = IS_CONTROL | IS_TAG | BEGINS_TAG;
  return classes;
}

/**
 * Tells whether a byte is a control character that must not reach a terminal or a log line, or may
 * begin one: `C1_LEAD` is also in harmless text.
 */
export function isControl(byte: number): boolean {
  return ((CLASS_OF[byte] as number) & IS_CONTROL) !== 0;
}

/** Tells whether a byte is of one of these classes; none where there is no byte. */
export function isOf(byte: number | undefined, classes: number): boolean {
  return byte !== undefined && ((CLASS_OF[byte] as number) & classes) !== 0;
}

/** Whether there is such a byte in a part of a text. */
export function hasControl(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (isControl(bytes[i] as number)) return true;
  }
  return false;
}
