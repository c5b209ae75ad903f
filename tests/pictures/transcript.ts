/**
 * What a terminal has shown, from the first line to the last: rows of cells that know when they
 * came. Understands what programs write line by line: text, CR, LF, BS, TAB, colours, clearing to
 * the end of the line. A cell that is written again forgets what it was. Whatever moves the cursor
 * elsewhere is refused rather than drawn wrongly.
 */

/** The colours of the first eight codes of SGR. */
export const COLOURS = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
] as const;

export type Colour = typeof COLOURS[number];

export interface Style {
  readonly colour?: Colour;
  readonly bold?: true;
  readonly faint?: true;
  /** Colours of text and background are exchanged. */
  readonly reverse?: true;
}

export interface Cell {
  readonly char: string;
  readonly style: Style;
  /** When it was written, since the start of the recording. */
  readonly atMs: number;
}

/** A piece of output and when it came. */
export interface Piece {
  readonly text: string;
  readonly atMs: number;
}

const TAB_WIDTH = 8;
const PLAIN: Style = {};

/** A control sequence, a control character, or a run of text. */
const TOKEN = new RegExp(
  [
    String.raw`\x1b\[(?<parameters>[?\d;]*)(?<final>[a-zA-Z])`,
    String.raw`(?<control>[\x00-\x1f\x7f])`,
    String.raw`(?<text>[^\x00-\x1f\x7f]+)`,
  ].join("|"),
  "gu",
);

/** Collects what a terminal of some width is written. */
export class Transcript {
  readonly columns: number;
  readonly rows: Cell[][] = [[]];
  #column = 0;
  #style: Style = PLAIN;

  constructor(columns: number) {
    this.columns = columns;
  }

  /**
   * Takes a piece; a control sequence must be whole in it. @throws {Error} for what is not
   * understood.
   */
  write({ text, atMs }: Piece): void {
    for (const { groups } of text.matchAll(TOKEN)) {
      const { final, parameters = "", control, text: run = "" } = groups ?? {};
      if (final !== undefined) this.#control(final, parameters);
      else if (control !== undefined) this.#move(control, atMs);
      else for (const char of run) this.#put(char, atMs);
    }
  }

  get #row(): Cell[] {
    return this.rows.at(-1) ?? [];
  }

  #put(char: string, atMs: number): void {
    if (this.#column === this.columns) this.#newRow();
    const row = this.#row;
    while (row.length < this.#column) row.push({ char: " ", style: PLAIN, atMs });
    row[this.#column] = { char, style: this.#style, atMs };
    this.#column++;
  }

  #newRow(): void {
    this.rows.push([]);
    this.#column = 0;
  }

  #move(control: string, atMs: number): void {
    switch (control) {
      case "\n":
        return this.#newRow();
      case "\r":
        this.#column = 0;
        return;
      case "\b":
        this.#column = Math.max(0, this.#column - 1);
        return;
      case "\t":
        do this.#put(" ", atMs); while (this.#column % TAB_WIDTH !== 0);
        return;
      case "\x07":
        return;
      default:
        throw new Error(`Cannot show the control character ${JSON.stringify(control)}`);
    }
  }

  #control(final: string, parameters: string): void {
    if (final === "m") {
      this.#style = styleAfter(this.#style, parameters);
    } else if (final === "K" && (parameters === "" || parameters === "0")) {
      this.#row.length = Math.min(this.#row.length, this.#column);
    } else if (!parameters.startsWith("?")) {
      throw new Error(`Cannot show the control sequence CSI ${parameters}${final}`);
    }
  }
}

function styleAfter(style: Style, parameters: string): Style {
  let { colour, bold, faint, reverse } = style;
  for (const code of parameters.split(";").map(Number)) {
    if (code === 0) [colour, bold, faint, reverse] = [undefined, undefined, undefined, undefined];
    else if (code === 1) bold = true;
    else if (code === 2) faint = true;
    else if (code === 7) reverse = true;
    else if (code === 22) [bold, faint] = [undefined, undefined];
    else if (code === 39) colour = undefined;
    else if (code >= 30 && code <= 37) colour = COLOURS[code - 30];
    else throw new Error(`Cannot show SGR ${code}`);
  }
  return {
    ...(colour === undefined ? {} : { colour }),
    ...(bold === undefined ? {} : { bold }),
    ...(faint === undefined ? {} : { faint }),
    ...(reverse === undefined ? {} : { reverse }),
  };
}

/**
 * Turns what a program has drawn on the whole screen, each time from its upper left corner, into pages
 * of a transcript: the window jumps from one to the next. What else was written is left out.
 */
export function pagesOf(pieces: readonly Piece[], rows: number): Piece[] {
  const pages: Piece[] = [];
  let page = "";
  let startMs: number | undefined;
  const end = () => {
    if (startMs === undefined) return;
    // deno-lint-ignore no-control-regex -- what clears or hides something
    const lines = page.replace(/\x1b\[(?:[KJ]|\?\d+[hl])/g, "").split("\r\n").slice(0, rows);
    const text = [...lines, ...Array(rows - lines.length).fill("")].join("\r\n");
    pages.push({ text: pages.length === 0 ? text : `\r\n${text}`, atMs: startMs });
  };
  for (const { text, atMs } of pieces) {
    const [rest = "", ...drawings] = text.split("\x1b[?1049l")[0]?.split("\x1b[H") ?? [];
    page += rest;
    for (const drawing of drawings) {
      end();
      page = drawing;
      startMs = atMs;
    }
  }
  end();
  return pages;
}

/** Shortens every pause between two pieces to at most `longestMs`. */
export function shortenPauses(pieces: readonly Piece[], longestMs: number): Piece[] {
  let cutMs = 0;
  let beforeMs = 0;
  return pieces.map(({ text, atMs }) => {
    cutMs += Math.max(0, atMs - beforeMs - longestMs);
    beforeMs = atMs;
    return { text, atMs: atMs - cutMs };
  });
}
