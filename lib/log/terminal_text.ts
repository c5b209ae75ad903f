/** Text for somebody's terminal, in which services may have written what steers it. */

// deno-lint-ignore no-control-regex
const COLOUR_OR_CONTROL = /\x1b\[[\d;:]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * Returns the text with each control character as `#ooo`, its octal number; newlines, tabs and
 * colours stay.
 */
export function tameText(text: string): string {
  return text.replace(COLOUR_OR_CONTROL, (found) => {
    const isColour = found.length > 1;
    return isColour ? found : `#${found.charCodeAt(0).toString(8).padStart(3, "0")}`;
  });
}
