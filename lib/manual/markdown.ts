/** The Markdown that this folder writes, taken apart: blocks, and tables as lists of entries. */

/** Splits a text into headings, paragraphs, lists, tables and blocks of code. */
export function splitBlocks(markdown: string): string[] {
  const joined: string[] = [];
  let open: string[] = [];
  for (const block of markdown.trim().split(/\n(?:\s*\n)+/)) {
    open.push(block);
    // A block of code may hold empty lines.
    const fences = open.join("\n").match(/^```/gm)?.length ?? 0;
    if (fences % 2 === 1) continue;
    joined.push(open.join("\n\n"));
    open = [];
  }
  return [...joined, ...open];
}

/**
 * Returns a table as the entries of its first column, each with a text: the second cell, and those
 * after it behind their headings.
 */
export function tableEntries(block: string): readonly (readonly [tag: string, text: string])[] {
  const [head = [], , ...rows] = block.split("\n").map(splitRow);
  return rows.map(([tag = "", first = "", ...others]) => {
    const rest = others.map((cell, at) => [head[at + 2] ?? "", cell] as const)
      .filter(([, cell]) => /\w/.test(cell))
      .map(([title, cell]) => `${capitalize(title)}: ${cell}`);
    return [tag, [first, ...rest].map(asSentence).join(" ")];
  });
}

/** Splits at the bars that no backslash protects. */
function splitRow(line: string): string[] {
  return line.replace(/^\||\|$/g, "").split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function asSentence(text: string): string {
  const sentence = capitalize(text);
  return text === "" || /[.!?]$/.test(text) ? sentence : `${sentence}.`;
}
