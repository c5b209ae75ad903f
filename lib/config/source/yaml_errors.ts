/**
 * What is wrong with a text that is no YAML, in the words of who writes it. The parser's own words
 * are about its grammar; where it cannot be told what was meant, they stay.
 */
import { findUnclosed } from "./yaml_layout.ts";

/** What the parser found, and where in the text. */
export interface SyntaxFinding {
  readonly message: string;
  readonly offset: number;
}

/** Later syntax errors are mostly consequences of earlier ones. */
const TOLD_MAX = 3;

/** How values begin that mean something else in YAML than their author meant. */
const NEEDS_QUOTES = new RegExp(
  "^(?:Plain value cannot start with|Unexpected (?:alias|scalar) at node end|Alias cannot be an empty" +
    "|Not a YAML token|Block scalar header includes extra|Unexpected flow-(?:seq|map)-end)",
);
/** Up to the sign that a value on the line begins with. */
const BEFORE_SIGN = /^[^#]*?(?:: +|^ *- +)(?=[*@%&!|>`[{\]}'"])/;
/** The same within brackets, where a line has many values. */
const BEFORE_LAST_SIGN = /^(?:.*(?:: +|, *)| *)(?=[*@%&!|>`[{\]}'"])/;

/** A file of supervisord, systemd or the like begins with a name in brackets on a line of its own. */
const OTHER_FORMAT = /^(?:\s*[#;].*\n|\s*\n)*\s*\[[\w:.@ -]+\][ \t]*(?:[#;].*)?\n/;
const CONVERTS = "this looks like a file of supervisord or systemd; `chaperone --init` converts " +
  "these (--from-supervisord, --from-systemd)";

/** What the parser makes of the rest of a value that it has given up. */
const CONSEQUENCE = /in YAML stream|^Implicit map keys|^Missing , or :/;

/** What the parser says of layout, and what that is for who wrote it. */
const PLAIN_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /^All (?:mapping|sequence) items must start at/,
    "this line is indented differently from the lines around it",
  ],
  [/^Implicit map keys need to be followed by/, "a ':' is missing after this name"],
  [/^Missing ,/, "a ',' is missing before this"],
];

/** Explains at most the first few findings, one for each place. */
export function explainSyntax(text: string, findings: readonly SyntaxFinding[]): SyntaxFinding[] {
  const unclosed = findUnclosed(text);
  if (
    unclosed !== undefined &&
    findings.some(({ message }) => /^(?:Flow|Missing closing) /.test(message))
  ) {
    // Where the parser notices that, much has been read since, and told as the consequence.
    return [{ message: `${text.charAt(unclosed)} is not closed`, offset: unclosed }];
  }
  const explained = findings.map((finding) => explain(text, finding));
  const isFirst = ({ offset }: SyntaxFinding, at: number) =>
    explained.findIndex((other) => other.offset === offset) === at &&
    !(at > 0 && CONSEQUENCE.test(findings[at]?.message ?? ""));
  return explained.filter(isFirst).slice(0, TOLD_MAX);
}

function explain(text: string, { message, offset }: SyntaxFinding): SyntaxFinding {
  if (OTHER_FORMAT.test(text)) return { message: CONVERTS, offset: 0 };
  if (NEEDS_QUOTES.test(message)) {
    const start = findSign(text, offset);
    if (start !== undefined) return { message: quotesNeeded(text.charAt(start)), offset: start };
  }
  if (message.startsWith("Implicit keys need to be on a single line")) {
    return { message: "a ':' is missing on this line, after the name", offset };
  }
  const escape = /^Invalid escape sequence (\\.)/.exec(message)?.[1];
  if (escape !== undefined) {
    const advice = `${escape} means nothing between double quotes; use single quotes instead`;
    return { message: advice, offset };
  }
  if (message.startsWith("Block collections are not allowed within flow")) {
    const isDash = text.charAt(offset) === "-";
    const advice = isDash
      ? "within [ ] and { } no '-' stands before the items of a list"
      : "a ',' is missing, or a text that holds ': ' is not in quotes";
    return { message: advice, offset };
  }
  const plain = PLAIN_WORDS.find(([pattern]) => pattern.test(message))?.[1];
  if (plain !== undefined) return { message: plain, offset };
  if (message.startsWith("Nested mappings are not allowed")) {
    return {
      message: "a value holds ': ', or the line after it is indented too far; " +
        "with ': ' in it, it must be in quotes",
      offset,
    };
  }
  if (message.startsWith("Unexpected block-seq-ind on same line")) {
    const advice =
      "a list begins on the line below its key; a text that begins with - must be in quotes";
    return { message: advice, offset };
  }
  if (message.startsWith("Unexpected scalar at node end")) {
    return { message: "this follows a value that has ended; quotes or a ':' are missing", offset };
  }
  return { message, offset };
}

/** Returns where the value begins, up to a place in it, that needs quotes. */
function findSign(text: string, offset: number): number | undefined {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const before = BEFORE_SIGN.exec(text.slice(lineStart, offset + 1))?.[0];
  if (before === undefined) return undefined;
  let start = lineStart + before.length;
  // A bracket that is still open there is no part of the value: it stands within.
  while (start < offset && findUnclosed(text.slice(start, offset)) === 0) {
    const within = BEFORE_LAST_SIGN.exec(text.slice(start + 1, offset + 1))?.[0];
    if (within === undefined) break;
    start += 1 + within.length;
  }
  return start;
}

/** Says that a value cannot begin so. */
export function quotesNeeded(sign: string): string {
  if (/['"]/.test(sign)) {
    return `text follows the closing ${sign}; put the whole value between other quotes`;
  }
  return `a value that begins with ${sign} must be in quotes`;
}
