/** Unit files of systemd as settings, see systemd.syntax(7). */
import { type IniSection, parseIni } from "./ini.ts";
import { expandSpecifiers, type UnitName, unitName } from "./systemd_command.ts";

/** A unit file. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
}

/** A unit, its own section named after its kind. */
export interface Unit {
  readonly name: UnitName;
  readonly unit: UnitSettings;
  readonly own: UnitSettings;
}

/** Reads a unit file. */
export function readUnit({ path, text }: UnitFile): Unit {
  const name = unitName(path);
  const sections = parseIni(text, { continuation: "backslash" });
  const of = (wanted: string) =>
    new UnitSettings(sections.filter((section) => section.name === wanted), name);
  const kind = name.full.slice(name.full.lastIndexOf(".") + 1);
  return { name, unit: of("Unit"), own: of(kind.charAt(0).toUpperCase() + kind.slice(1)) };
}

/** The settings of a section, lists of which an empty value empties. */
export class UnitSettings {
  readonly #values = new Map<string, string[]>();
  readonly #unknown = new Set<string>();

  constructor(sections: readonly IniSection[], name: UnitName) {
    for (const [key, value] of sections.flatMap((section) => section.entries)) {
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

  /** Specifiers that were left as they stand, such as `%H`. */
  get unknownSpecifiers(): ReadonlySet<string> {
    return this.#unknown;
  }

  /** What was not asked for. */
  get rest(): readonly string[] {
    return [...this.#values].flatMap(([key, values]) => values.map((value) => `${key}=${value}`));
  }
}
