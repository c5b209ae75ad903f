/**
 * The Markdown that this folder writes, as man(7) macros: headings, paragraphs, lists, tables,
 * code. A table becomes a list of its first column; what stands in the others is indented below,
 * each cell after the second with its heading. Knows no page and no table of the program.
 */
import { splitBlocks, tableEntries } from "./markdown.ts";

/** What roff would take for its own, or show as another character. */
const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
  "…": "...",
  "–": "\\(en",
  "·": "\\(bu",
};

function escapeWith(text: string, isProse: boolean): string {
  return [...text].map((char, at, all) => {
    // Between words it is a hyphen; before an option it is what is typed.
    if (isProse && char === "-" && /\w/.test(all[at - 1] ?? " ")) return char;
    const known = SPECIAL[char];
    if (known !== undefined) return known;
    const code = char.codePointAt(0) ?? 0;
    return code < 128 ? char : `\\[u${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  }).join("");
}

/** A line must not begin with what begins a request. */
function protectStart(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Escapes a line that is to be typed, or is printed, exactly so. */
export function escapeLiteral(text: string): string {
  return protectStart(escapeWith(text, false));
}

/** Returns a text in bold: what is typed as it stands. */
export function bold(text: string): string {
  return `\\fB${escapeWith(text, false)}\\fR`;
}

/** Returns a text in italics: what is replaced by something else. */
export function italic(text: string): string {
  return `\\fI${escapeWith(text, false)}\\fR`;
}

const INLINE =
  /``\s?(?<long>.+?)\s?``|`(?<code>[^`]+)`|\[(?<label>[^\]]+)\]\((?<target>[^)\s]+)\)|\*(?<stress>[^*\s][^*]*)\*/g;

/** Formats a paragraph; each sentence gets a line of its own, as roff wants it. */
export function formatProse(markdown: string): string {
  const text = markdown.trim().replace(/\s*\n\s*/g, " ");
  let roff = "";
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    roff += escapeWith(unescape(text.slice(at, match.index)), true);
    roff += formatInline(match.groups ?? {});
    at = match.index + match[0].length;
  }
  roff += escapeWith(unescape(text.slice(at)), true);
  return breakSentences(roff);
}

/** Formats a text without markup, as the help of an option is. */
export function formatPlain(text: string): string {
  return breakSentences(escapeWith(text, true));
}

function breakSentences(roff: string): string {
  return roff.split(/(?<=[.?!]\)?) (?=[A-Z\\])/).map(protectStart).join("\n");
}

function formatInline(groups: Readonly<Record<string, string | undefined>>): string {
  const { long, code, label, target, stress } = groups;
  const literal = long ?? code;
  if (literal !== undefined) return bold(literal);
  if (stress !== undefined) return italic(stress);
  // A link within the page leads to a heading, and those are in capitals.
  return escapeWith(target?.startsWith("#") ? (label ?? "").toUpperCase() : label ?? "", true);
}

function unescape(text: string): string {
  return text.replace(/\\([\\|*_[\]`])/g, "$1");
}

/** One entry of a list: what it is about, and what is said of it. */
export function formatItem(tag: string, body: string): string {
  return `.TP\n${tag}\n${body}`;
}

/** Formats lines that are to be shown as they are. */
function formatCode(lines: readonly string[]): string {
  return [".PP", ".RS 4", ".EX", ...lines.map(escapeLiteral), ".EE", ".RE"].join("\n");
}

/**
 * Formats Markdown; headings of the second level become sections, those of the third parts of them.
 */
export function formatMarkdown(markdown: string): string {
  const roff = splitBlocks(markdown).map(formatBlock).join("\n");
  // A heading begins a paragraph itself.
  return roff.replace(/^(\.S[HS] .*\n)\.PP\n/gm, "$1");
}

function formatBlock(block: string): string {
  const heading = /^(#+) (.+)$/.exec(block);
  if (heading) return formatHeading(heading[1]?.length === 2 ? "SH" : "SS", heading[2] ?? "");
  if (block.startsWith("```")) return formatCode(block.split("\n").slice(1, -1));
  if (block.startsWith("|")) return formatTable(block);
  if (block.startsWith("- ")) return formatList(block);
  return `.PP\n${formatProse(block)}`;
}

/** Formats a heading: `SH` begins a section and is in capitals, `SS` a part of one. */
export function formatHeading(macro: "SH" | "SS", title: string): string {
  return `.${macro} ${escapeWith(macro === "SH" ? title.toUpperCase() : title, true)}`;
}

function formatList(block: string): string {
  return block.split(/^- /m).slice(1)
    .map((item) => `.IP \\(bu 2\n${formatProse(item)}`).join("\n");
}

function formatTable(block: string): string {
  return tableEntries(block)
    .map(([tag, text]) => formatItem(formatProse(tag), formatProse(text))).join("\n");
}
