/**
 * Splits a command into words as a POSIX shell would, and quotes words for it.
 * Knows no expansion, no operators and no comments: `#`, `|` and `*` are ordinary.
 */

/** The text cannot be split. The message is the one of chaperone 0.3.9: `No closing quotation`. */
export class WordsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WordsError";
  }
}

const BLANK = " \t\r\n";

/**
 * Splits `text` into words. Quotes join and protect, and may be empty; a backslash protects the
 * next character, between double quotes only `"` and `\`.
 *
 * @throws {WordsError} for an open quotation or a backslash at the end.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (BLANK.includes(text.charAt(at))) {
      at++;
      continue;
    }
    at = readWord(text, at, words);
  }
  return words;
}

/** As `splitWords`; undefined where a quote or a backslash is left open. */
export function wordsIn(text: string): string[] | undefined {
  try {
    return splitWords(text);
  } catch (error) {
    if (error instanceof WordsError) return undefined;
    throw error;
  }
}

/** Appends the word that starts at `start` to `words` and returns where it ends. */
function readWord(text: string, start: number, words: string[]): number {
  let word = "";
  let at = start;
  for (; at < text.length && !BLANK.includes(text.charAt(at)); at++) {
    const char = text.charAt(at);
    if (char === "\\") {
      if (++at === text.length) throw noEscapedCharacter();
      word += text.charAt(at);
    } else if (char === "'" || char === '"') {
      const end = closingQuote(text, at);
      const quoted = text.slice(at + 1, end);
      word += char === '"' ? quoted.replace(/\\(["\\])/g, "$1") : quoted;
      at = end;
    } else {
      word += char;
    }
  }
  words.push(word);
  return at;
}

/** Returns the index of the quote that closes the one at `open`. */
function closingQuote(text: string, open: number): number {
  const quote = text.charAt(open);
  for (let at = open + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === quote) return at;
    if (char === "\\" && quote === '"' && ++at === text.length) throw noEscapedCharacter();
  }
  throw new WordsError("a quote is opened and not closed");
}

function noEscapedCharacter(): WordsError {
  return new WordsError("nothing follows the backslash at its end");
}

/** Quotes `word` so that `splitWords` and a shell read it as one word. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'"'"'`)}'`;
}
