/** The Markdown that this folder writes, as plain lines for a terminal of 80 columns. */
import { formatGlossary, wrapHelp } from "../commands/options.ts";
import { splitBlocks, tableEntries } from "./markdown.ts";

/** Formats Markdown: a table becomes a list of its first column, links and marks become words. */
export function formatForTerminal(markdown: string): string[] {
  return splitBlocks(markdown).flatMap((block, index) => [
    ...(index === 0 ? [] : [""]),
    ...formatBlock(block),
  ]);
}

function formatBlock(block: string): string[] {
  if (block.startsWith("```")) return block.split("\n").slice(1, -1).map((line) => `  ${line}`);
  if (block.startsWith("|")) return formatTable(block);
  if (block.startsWith("- ")) {
    return block.split(/^- /m).slice(1).flatMap((item) => formatGlossary([["-", plain(item)]]));
  }
  return wrapHelp(plain(block.replace(/^#+ /, "")));
}

/** Longer first cells have a line of their own. */
const TAG_MAX = 24;

function formatTable(block: string): string[] {
  const entries = tableEntries(block).map(([tag, text]) => [plain(tag), plain(text)] as const);
  if (entries.every(([tag]) => tag.length <= TAG_MAX)) return formatGlossary(entries);
  return entries.flatMap(([tag, text]) => [`  ${tag}`, ...formatGlossary([["", text]])]);
}

const INLINE = /``\s?(.+?)\s?``|`([^`]+)`|\[([^\]]+)\]\([^)\s]+\)|\*\*?([^*\s][^*]*)\*\*?/g;

function plain(markdown: string): string {
  return markdown.trim().replace(/\s*\n\s*/g, " ")
    .replace(INLINE, (_, long, code, label, stress) => long ?? code ?? label ?? stress)
    .replace(/\\([\\|*_[\]`])/g, "$1");
}
