/** What a document shows of a program's output, beside what the program has printed. */
import { readProjectFile } from "../../unit/manual/documents.ts";
import type { NamespaceRun } from "./namespace.ts";
import { waitUntil } from "./output.ts";

/** A part of a block marked `console`: a command, and lines that it prints. */
export interface Shown {
  /** Absent: the lines are those of the container itself. */
  readonly command?: string;
  readonly lines: readonly string[];
}

/** Returns the sections of a document by their headings of the second level. */
export function sectionsOf(path: string): ReadonlyMap<string, string> {
  const sections = new Map<string, string>();
  const parts = readProjectFile(path).split(/^## (?=[^\n]+$)/m).slice(1);
  for (const part of parts) {
    const end = part.indexOf("\n");
    sections.set(part.slice(0, end), part.slice(end + 1));
  }
  return sections;
}

/** Returns the texts of the blocks of a section that are marked with a language. */
export function blocksOf(section: string, language: string): readonly string[] {
  const fences = section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return [...fences].filter((match) => match[1] === language).map((match) => match[2] ?? "");
}

/** Returns what a section shows, in its order. */
export function shownIn(section: string): readonly Shown[] {
  return blocksOf(section, "console").flatMap((block) => {
    const parts: { command?: string; lines: string[] }[] = [];
    for (const line of block.trimEnd().split("\n")) {
      const command = /^[$#] (.*)$/.exec(line)?.[1];
      if (command !== undefined) parts.push({ command, lines: [] });
      else if (parts.length === 0) parts.push({ lines: [line] });
      else parts.at(-1)?.lines.push(line);
    }
    return parts;
  });
}

/** What is another in each run: numbers of processes, how long something took, how large it is. */
const MASKS: readonly (readonly [shown: RegExp, printed: string])[] = [
  [/\\\[\d+\\\]/g, "\\[\\d+\\]"],
  [/\b(process|pid) \d+/gi, "$1 \\d+"],
  [/\b\d+(?:\\\.\d+)? ?(?:ms|s|min|KiB|MiB)\b/g, "[\\d.]+ ?\\w+"],
  [/\b\d{4}-\d\d-\d\dT/g, "[\\d-]+T"],
  [/ {2,}/g, " +"],
  [/…/g, ".*"],
];

/**
 * Returns what a printed line looks like for a document that shows `line`. The document may leave
 * out its head, up to the process, and `…` stands for anything.
 */
export function shownPattern(line: string): RegExp {
  let source = line.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  for (const [shown, printed] of MASKS) source = source.replace(shown, printed);
  return new RegExp(`(?:^|: |\\| ) *${source} *$`);
}

/** A command may wait for something itself. */
const LIMIT_MS = 60_000;

/**
 * Waits until the container has printed what is shown, or the command prints it; a command without
 * lines succeeds.
 */
export async function expectAnswer(run: NamespaceRun, { command, lines }: Shown): Promise<void> {
  if (command === undefined) {
    for (const line of lines) await run.waitForLine(shownPattern(line));
    return;
  }
  let printed = "";
  await waitUntil(
    async () => {
      const { code, stdout, stderr } = await run.exec(["sh", "-c", command], { limitMs: LIMIT_MS });
      printed = stdout + stderr;
      if (lines.length === 0) return code === 0 || undefined;
      const rest = printed.split("\n");
      const isThere = (line: string) => {
        const at = rest.findIndex((each) => shownPattern(line).test(each));
        if (at >= 0) rest.splice(0, at + 1);
        return at >= 0;
      };
      return lines.every(isThere) || undefined;
    },
    () => `${command} to print what the page shows:\n${lines.join("\n")}\nIt printed:\n${printed}`,
    LIMIT_MS,
  );
}
