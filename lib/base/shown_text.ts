/** What somebody else has written, as it may be shown: nothing in it steers a terminal. */

/** Returns the text in one line: a blank for each run of control characters. */
export function inOneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is to be replaced
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ");
}

/** Returns the text with a `?` for each character that cannot be seen or ends a line. */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}
