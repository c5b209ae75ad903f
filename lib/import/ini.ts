/** Reads the two dialects of INI files that are converted: supervisord's and systemd's. */

/** One section with its settings in order; a name may occur more than once. Lines count from 1. */
export interface IniSection {
  readonly name: string;
  readonly entries: readonly (readonly [name: string, value: string, line: number])[];
}

/** How a dialect differs. */
export interface IniDialect {
  /** What begins a comment after a blank within a line, if anything does. */
  readonly inlineComment?: string;
  /** What continues a value: that the next line is indented, or a backslash at the end. */
  readonly continuation: "indent" | "backslash";
}

/** Says what of a source is not understood, and where. */
export type TellLine = (line: number, text: string) => void;

/** Reads a text; lines that make no sense are reported and left out. */
export function parseIni(text: string, dialect: IniDialect, tell: TellLine): IniSection[] {
  const sections: { name: string; entries: [string, string, number][] }[] = [];
  for (const { line, number } of logicalLines(text, dialect)) {
    const header = /^\[([^\]]+)\]/.exec(line);
    if (header !== null) {
      sections.push({ name: header[1] ?? "", entries: [] });
      continue;
    }
    const entry = /^([^=:]+?)\s*[=:]\s*([\s\S]*)$/.exec(line);
    const section = sections.at(-1);
    if (entry === null || section === undefined) tell(number, line);
    else section.entries.push([entry[1] ?? "", (entry[2] ?? "").trim(), number]);
  }
  return sections;
}

interface LogicalLine {
  line: string;
  /** Of its first line. */
  readonly number: number;
}

function logicalLines(text: string, dialect: IniDialect): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open = false;
  for (const [index, raw] of text.replaceAll("\r\n", "\n").split("\n").entries()) {
    if (/^\s*[#;]/.test(raw)) continue;
    const line = withoutComment(raw, dialect);
    const continues = dialect.continuation === "indent"
      ? /^\s+\S/.test(raw) && lines.length > 0
      : open;
    const content = line.trim().replace(/\\$/, dialect.continuation === "backslash" ? "" : "\\");
    const last = lines.at(-1);
    if (continues && last !== undefined) last.line += ` ${content.trim()}`;
    else if (content !== "") lines.push({ line: content, number: index + 1 });
    open = dialect.continuation === "backslash" && /\\$/.test(line);
  }
  return lines;
}

function withoutComment(line: string, { inlineComment }: IniDialect): string {
  if (inlineComment === undefined) return line;
  const at = line.search(new RegExp(`\\s${inlineComment}`));
  return at < 0 ? line : line.slice(0, at);
}

/** Returns what `parse` makes of a value; where that is nothing, the value is refused. */
export function parseValue<T>(
  text: string | undefined,
  parse: (text: string) => T | undefined,
  refuse: (text: string) => void,
): T | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) refuse(text);
  return value;
}

/** The settings of a section by name, the last one counts; what nobody asked for is left. */
export class IniReader {
  readonly #left: Map<string, string>;
  readonly #lines: ReadonlyMap<string, number>;
  readonly #tell: TellLine;

  constructor({ entries }: IniSection, tell: TellLine = () => {}) {
    this.#left = new Map(entries.map(([name, value]) => [name, value]));
    this.#lines = new Map(entries.map(([name, _value, line]) => [name, line]));
    this.#tell = tell;
  }

  /** As `take`, what `parse` makes of it; where that is nothing, it is reported with its line. */
  read<T>(name: string, parse: (text: string) => T | undefined): T | undefined {
    return parseValue(this.take(name), parse, (text) => this.refuse(name, text));
  }

  /** Tells that a value, which was taken, is not understood. */
  refuse(name: string, text: string): void {
    this.#tell(this.#lines.get(name) ?? 1, `${name} = ${text}`);
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
