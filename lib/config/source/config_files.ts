/** Finds and reads the files of a configuration, by the rules of 0.3.9. */
import { SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { shownPath } from "../../base/path_text.ts";
import type { Problems } from "./problems.ts";

/** The files that loading may look at. */
export interface ConfigFiles {
  /** Follows symbolic links; a pipe or a device is `other`. @throws {SystemError} */
  stat(path: string): "file" | "directory" | "other" | undefined;
  /** Names of all entries, hidden ones too, in any order. @throws {SystemError} */
  list(directory: string): readonly string[];
  /**
   * The text of a file; waits for nobody, but for the pipe that the command line names.
   * @throws {SystemError}
   */
  read(path: string, how?: { readonly isNamed?: boolean }): string;
  /**
   * The text of a file that a service of this user names, and that the user may have made.
   * @throws {SystemError} also where it is not a regular file.
   */
  readFor(path: string, user: Identity | undefined): string;
  /**
   * The text of a file that says what runs as which user.
   * @throws {SystemError} also where others than root can change it.
   */
  readRoots(path: string): string;
}

/** A file that was read. */
export interface ConfigText {
  readonly name: string;
  readonly text: string;
}

/** More text than this in all is refused, to stay within memory and time. */
export const TOTAL_MAX_CHARS = 4 * 1024 * 1024;

/**
 * Returns where the configuration lies: `option` below the home of the user that was named on the
 * command line, or below `/`, unless it is absolute.
 */
export function resolveConfigPath(option: string, home: string | undefined): string {
  if (option.startsWith("/")) return option;
  const base = home || "/";
  return base.endsWith("/") ? `${base}${option}` : `${base}/${option}`;
}

/** Returns what `_CHAP_CONFIG_DIR` holds: everything before the last slash, as Python's dirname. */
export function configDirectory(path: string): string {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent.replace(/\/+$/, "") || "/";
}

/**
 * Reads a file whatever its name, or the `.conf` and `.yaml` files of a directory in byte order of
 * their names. `undefined` where the path does not exist, which is not an error.
 */
export function readConfigFiles(
  path: string,
  files: ConfigFiles,
  problems: Problems,
): readonly ConfigText[] | undefined {
  try {
    const kind = files.stat(path);
    if (kind === undefined) return undefined;
    const isNamed = kind !== "directory";
    const names = isNamed ? [path] : listConfigFiles(path, files, problems);
    return readAll(names, files, { problems, isNamed });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    problems.add(`cannot read the configuration: ${error.message}`);
    return [];
  }
}

/** Names that are meant as those of a configuration, and are not, as in 0.3.9. */
const NEARLY_CONFIG = /\.(?:yml|conf|yaml)$/i;

/** Lists the files of a configuration directory in the order in which they are read. */
export function listConfigFiles(
  directory: string,
  files: ConfigFiles,
  problems: Problems,
): string[] {
  const base = directory.endsWith("/") ? directory : `${directory}/`;
  const all = files.list(directory);
  const names = all.filter((name) => /\.(conf|yaml)$/.test(name));
  for (const name of all.filter((name) => NEARLY_CONFIG.test(name) && !names.includes(name))) {
    problems.warn(`'${shownPath(base + name)}' is not read: names end in .conf or .yaml`);
  }
  return sortNames(names).map((name) => base + name).filter((path) => {
    const kind = files.stat(path);
    // Editors mark an open file by a hidden link that leads nowhere, such as `.#web.conf`.
    const isLock = kind === undefined && path.startsWith(`${base}.`);
    // To open a pipe would wait until somebody writes into it.
    if (kind === "other") problems.warn(`'${shownPath(path)}' is not read: it is not a file`);
    return kind !== "directory" && kind !== "other" && !isLock;
  });
}

/** Sorts names by their bytes. */
export function sortNames(names: readonly string[]): string[] {
  const encoder = new TextEncoder();
  const keyed = names.map((name) => ({ name, bytes: encoder.encode(name) }));
  return keyed.sort((a, b) => compareBytes(a.bytes, b.bytes)).map(({ name }) => name);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function readAll(
  names: readonly string[],
  files: ConfigFiles,
  { problems, isNamed }: { readonly problems: Problems; readonly isNamed: boolean },
): readonly ConfigText[] {
  const texts: ConfigText[] = [];
  let total = 0;
  for (const name of names) {
    try {
      const text = files.read(name, { isNamed });
      total += text.length;
      if (total > TOTAL_MAX_CHARS) {
        problems.add(`the configuration is too large: more than 4 MiB up to '${name}'`);
        return [];
      }
      texts.push({ name, text });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      problems.add(`cannot read the configuration: ${error.message}`);
    }
  }
  return texts;
}
