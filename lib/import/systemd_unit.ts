/** Unit files of systemd as settings, see systemd.syntax(7). */
import { type IniSection, parseIni, parseValue } from "./ini.ts";
import { expandSpecifiers, type UnitName, unitName } from "./systemd_command.ts";

/** A unit file. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
}

/** A unit, its own section named after its kind. */
export interface Unit {
  readonly name: UnitName;
  /** Lines that are no settings, and where they stand. */
  readonly lost: readonly string[];
  readonly unit: UnitSettings;
  readonly own: UnitSettings;
}

/** Reads a unit file. */
export function readUnit({ path, text }: UnitFile): Unit {
  const name = unitName(path);
  const lost: string[] = [];
  const sections = parseIni(
    text,
    { continuation: "backslash" },
    (line, what) => lost.push(`${what} (${path}:${line})`),
  );
  const of = (wanted: string) =>
    new UnitSettings(sections.filter((section) => section.name === wanted), name, path);
  const kind = name.full.slice(name.full.lastIndexOf(".") + 1);
  return { name, lost, unit: of("Unit"), own: of(kind.charAt(0).toUpperCase() + kind.slice(1)) };
}

/** The settings of a section, lists of which an empty value empties. */
export class UnitSettings {
  readonly #values = new Map<string, string[]>();
  readonly #unknown = new Set<string>();
  /** The last line of each setting. */
  readonly #lines = new Map<string, number>();
  readonly #refused: string[] = [];
  readonly #path: string;

  constructor(sections: readonly IniSection[], name: UnitName, path: string) {
    this.#path = path;
    for (const [key, value, line] of sections.flatMap((section) => section.entries)) {
      this.#lines.set(key, line);
      const expanded = expandSpecifiers(value, name, (specifier) => this.#unknown.add(specifier));
      this.#values.set(key, value === "" ? [] : [...this.#values.get(key) ?? [], expanded]);
    }
  }

  all(key: string): readonly string[] {
    const values = this.#values.get(key) ?? [];
    this.#values.delete(key);
    return values;
  }

  last(key: string): string | undefined {
    return this.all(key).at(-1);
  }

  /** As `last`, what `parse` makes of it; where that is nothing, the value is among `refused`. */
  read<T>(key: string, parse: (text: string) => T | undefined): T | undefined {
    return parseValue(this.last(key), parse, (text) => this.refuse(key, text));
  }

  /** Notes that a value, which was taken, is not understood. */
  refuse(key: string, text: string): void {
    this.#refused.push(`${key}=${text} (${this.#path}:${this.#lines.get(key) ?? 1})`);
  }

  /** What was asked for and is not understood, with its place. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Specifiers that were left as they stand, such as `%H`. */
  get unknownSpecifiers(): ReadonlySet<string> {
    return this.#unknown;
  }

  /** What was not asked for. */
  get rest(): readonly string[] {
    return [...this.#values].flatMap(([key, values]) => values.map((value) => `${key}=${value}`));
  }
}
