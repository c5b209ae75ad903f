/** How many columns of a terminal a text takes: some characters have two, some none. */

/** What UAX 11 calls wide or fullwidth, and emoji. Where a terminal knows better, less is shown. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Marks on the character before, joiners and marks of direction. */
const COMBINED = /[\p{Mn}\p{Me}\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]/u;

const PLAIN = /^[\x20-\x7e]*$/;

/** Counts the columns of a text of one line without control characters. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const char of text) columns += columnsOfOne(char);
  return columns;
}

function columnsOfOne(char: string): number {
  if (COMBINED.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Shortens a text to so many columns, and says so by an ellipsis. */
export function fitColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns <= 0) return "";
  let fitted = "";
  let left = columns - 1;
  for (const char of text) {
    left -= columnsOfOne(char);
    if (left < 0) break;
    fitted += char;
  }
  return `${fitted}…`;
}

/** Fills a text with blanks up to so many columns. */
export function padColumns(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}
