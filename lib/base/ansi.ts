/** The few control sequences that chaperone writes to terminals, see console_codes(4). */

/** What selects the look of a text: the parameters of SGR. */
export const SGR = {
  bold: "1",
  faint: "2",
  reverse: "7",
  red: "31",
  green: "32",
  yellow: "33",
  brightRed: "31;1",
} as const;

export type Look = (typeof SGR)[keyof typeof SGR];

/** Ends every look. */
export const PLAIN = "\x1b[0m";

/** Returns the sequence that begins a look. */
export function lookOf(look: Look): string {
  return `\x1b[${look}m`;
}

/** Returns the text in this look; without one, the text itself. */
export function paint(text: string, look: Look | undefined): string {
  return look === undefined ? text : `${lookOf(look)}${text}${PLAIN}`;
}

/** Moves about on the screen. */
export const SCREEN = {
  /** The second screen: what stood on the first comes back with `leave`. */
  enter: "\x1b[?1049h",
  leave: "\x1b[?1049l",
  hideCursor: "\x1b[?25l",
  showCursor: "\x1b[?25h",
  home: "\x1b[H",
  clearLine: "\x1b[K",
  clearBelow: "\x1b[J",
} as const;
