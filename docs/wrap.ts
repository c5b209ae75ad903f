/**
 * Wraps what is prose in a document at 100 columns. Tables, code, headings, HTML and definitions of
 * links stay as they are, and so does each paragraph that fits already.
 */

const WIDTH = 100;

/** Lines that are no prose, or end a paragraph. */
const NO_PROSE = /^\s*(?:\||#{1,6} |<|\[[^\]]+\]: |:?-{3,}|={3,})/;
const FENCE = /^\s*(?:```|~~~)/;
/** What a list item or a quotation begins with. */
const MARKER = /^\s*(?:(?:[-*+]|\d+[.)]) +|> ?)/;
/** A word that would be something else at the beginning of a line. */
const NO_BEGINNING = /^(?:[-+*=|#>]|\d+[.)]$)/;
/** A piece that stays in one line: code, and whatever holds no blank. */
const PIECE = /(?:`[^`]*`|[^\s`])+/g;

/** Splits a text where it may be broken. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (const [piece] of text.matchAll(PIECE)) {
    if (NO_BEGINNING.test(piece) && pieces.length > 0) pieces.push(`${pieces.pop()} ${piece}`);
    else pieces.push(piece);
  }
  return pieces;
}

function fill(lines: readonly string[]): string[] {
  const [first = ""] = lines;
  const marker = MARKER.exec(first)?.[0] ?? /^\s*/.exec(first)?.[0] ?? "";
  const isQuotation = marker.trim() === ">";
  const hang = isQuotation ? marker : " ".repeat(marker.length);
  const text = lines.map((line, index) =>
    index === 0 || isQuotation ? line.slice(marker.length) : line.trim()
  ).join(" ");
  const filled: string[] = [];
  let line = marker.trimEnd();
  let gap = marker.slice(line.length);
  for (const piece of piecesOf(text)) {
    if (gap === " " && line.length + 1 + piece.length > WIDTH && line !== marker.trimEnd()) {
      filled.push(line);
      line = hang + piece;
    } else line += gap + piece;
    gap = " ";
  }
  return [...filled, line];
}

/** Whether a line cannot be joined with others without changing what is shown. */
function standsAlone(line: string): boolean {
  return NO_PROSE.test(line) || line.trim() === "" || /(?: {2}|\\)$/.test(line);
}

/** Returns the document with its prose wrapped. */
export function wrapMarkdown(document: string): string {
  const wrapped: string[] = [];
  let paragraph: string[] = [];
  let isCode = false;
  const end = () => {
    const isTooWide = paragraph.some((line) => line.length > WIDTH);
    const hasOddCode = paragraph.join("\n").split("`").length % 2 === 0;
    wrapped.push(...isTooWide && !hasOddCode ? fill(paragraph) : paragraph);
    paragraph = [];
  };
  for (const line of document.split("\n")) {
    const isFence = FENCE.test(line);
    if (isFence || isCode || standsAlone(line)) {
      end();
      wrapped.push(line);
      if (isFence) isCode = !isCode;
      continue;
    }
    const continuesQuotation = line.startsWith(">") && paragraph.at(0)?.startsWith(">");
    if (MARKER.test(line) && continuesQuotation !== true) end();
    paragraph.push(line);
  }
  end();
  return wrapped.join("\n");
}
