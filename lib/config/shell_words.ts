/**
 * Splits text into words as a POSIX shell does: quotes and backslashes, nothing else.
 * Knows no variables, comments, globs or operators. Same results as Python's shlex.split(),
 * which chaperone 0.3.9 uses.
 */

const BLANK = /\s/;

/**
 * Splits `text` into words.
 * @throws {SyntaxError} `No closing quotation` or `No escaped character`.
 */
export function splitShellWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (BLANK.test(text[at] as string)) {
      at++;
      continue;
    }
    const { word, end } = readWord(text, at);
    words.push(word);
    at = end;
  }
  return words;
}

interface Piece {
  readonly word: string;
  /** Where reading goes on. */
  readonly end: number;
}

function readWord(text: string, start: number): Piece {
  let word = "";
  let at = start;
  while (at < text.length) {
    const char = text[at] as string;
    if (BLANK.test(char)) break;
    if (char === "'" || char === '"') {
      const quoted = readQuoted(text, at);
      word += quoted.word;
      at = quoted.end;
    } else if (char === "\\") {
      if (at + 1 === text.length) throw new SyntaxError("No escaped character");
      word += text[at + 1];
      at += 2;
    } else {
      word += char;
      at++;
    }
  }
  return { word, end: at };
}

/** Between double quotes a backslash is special before `"` and `\` only; between single ones never. */
function readQuoted(text: string, start: number): Piece {
  const quote = text[start];
  let word = "";
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] as string;
    if (char === quote) return { word, end: at + 1 };
    const next = text[at + 1];
    if (quote === '"' && char === "\\" && (next === '"' || next === "\\")) {
      word += next;
      at++;
    } else {
      word += char;
    }
  }
  throw new SyntaxError("No closing quotation");
}
