/** Converts sources for tests; every result must load without complaint. */
import { assertEquals } from "@std/assert";
import type { ImportFormat } from "../../../lib/commands/init_command.ts";
import type { Config } from "../../../lib/config/model.ts";
import type { Draft } from "../../../lib/import/draft.ts";
import { convertSources, type ImportSource } from "../../../lib/import/convert.ts";
import { startConfig } from "../../../lib/import/starter.ts";
import { plainValue } from "../manual/documents.ts";
import { loadText } from "../manual/documents.ts";

/** A conversion and what loading makes of it. */
export interface Converted {
  readonly text: string;
  readonly config: Config;
  /** The sections as YAML has them. */
  readonly sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Converts sources by path. */
export function convert(
  format: ImportFormat,
  sources: Readonly<Record<string, ImportSource["content"]>>,
): Converted {
  const list = Object.entries(sources).map(([path, content]) => ({ path, content }));
  return read(convertSources(format, list));
}

/** Loads a configuration that was written, together with its head. */
export function read(draft: Draft): Converted {
  const text = draft.render();
  const config = loadText(`${startConfig(draft)}\n${text}`);
  assertEquals(config.warnings, [], text);
  const sections = (plainValue("converted", text) ?? {}) as Converted["sections"];
  return { text, config, sections };
}

/** Returns values of a section, undefined where it has none. */
export function pick(
  section: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[],
): unknown[] {
  return names.map((name) => section?.[name]);
}

/** Returns the files of a directory. */
export function tree(files: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(files));
}
