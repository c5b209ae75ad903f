/** Reads the two dialects of INI files that are converted: supervisord's and systemd's. */

/** One section with its settings in order; a name may occur more than once. */
export interface IniSection {
  readonly name: string;
  readonly entries: readonly (readonly [name: string, value: string])[];
}

/** How a dialect differs. */
export interface IniDialect {
  /** What begins a comment after a blank within a line, if anything does. */
  readonly inlineComment?: string;
  /** What continues a value: that the next line is indented, or a backslash at the end. */
  readonly continuation: "indent" | "backslash";
}

/** Reads a text; lines that make no sense are left out. */
export function parseIni(text: string, dialect: IniDialect): IniSection[] {
  const sections: { name: string; entries: [string, string][] }[] = [];
  for (const line of logicalLines(text, dialect)) {
    const header = /^\[([^\]]+)\]/.exec(line);
    if (header !== null) {
      sections.push({ name: header[1] ?? "", entries: [] });
      continue;
    }
    const entry = /^([^=:]+?)\s*[=:]\s*([\s\S]*)$/.exec(line);
    if (entry !== null) sections.at(-1)?.entries.push([entry[1] ?? "", (entry[2] ?? "").trim()]);
  }
  return sections;
}

function logicalLines(text: string, dialect: IniDialect): string[] {
  const lines: string[] = [];
  let open = false;
  for (const raw of text.replaceAll("\r\n", "\n").split("\n")) {
    if (/^\s*[#;]/.test(raw)) continue;
    const line = withoutComment(raw, dialect);
    const continues = dialect.continuation === "indent"
      ? /^\s+\S/.test(raw) && lines.length > 0
      : open;
    const content = line.trim().replace(/\\$/, dialect.continuation === "backslash" ? "" : "\\");
    if (continues) lines[lines.length - 1] += ` ${content.trim()}`;
    else if (content !== "") lines.push(content);
    open = dialect.continuation === "backslash" && /\\$/.test(line);
  }
  return lines;
}

function withoutComment(line: string, { inlineComment }: IniDialect): string {
  if (inlineComment === undefined) return line;
  const at = line.search(new RegExp(`\\s${inlineComment}`));
  return at < 0 ? line : line.slice(0, at);
}

/** The settings of a section by name, the last one counts; what nobody asked for is left. */
export class IniReader {
  readonly #left: Map<string, string>;

  constructor(section: IniSection) {
    this.#left = new Map(section.entries);
  }

  take(name: string): string | undefined {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  /** What was not taken. */
  get rest(): readonly (readonly [name: string, value: string])[] {
    return [...this.#left];
  }
}
