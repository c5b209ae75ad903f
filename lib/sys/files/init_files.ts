/** The files that `--init` reads and writes: it replaces none. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { readTextFile } from "./files.ts";
import { throwingSystemError, toSystemError } from "../libc/system_failure.ts";

/** Larger files are data and no service definitions. */
const TREE_FILE_MAX_BYTES = 256 * 1024;
const TREE_ENTRIES_MAX = 10_000;
const TREE_MAX_BYTES = 4 * 1024 * 1024;

/** Before the umask. */
const NEW_FILE_MODE = 0o644;

/** Makes a directory and those above it. @throws {SystemError} */
export function makeDirectory(path: string): void {
  throwingSystemError("mkdir", path, () => Deno.mkdirSync(path, { recursive: true }));
}

/**
 * Writes a file; false where something of that name exists, a link among them. @throws
 * {SystemError}
 */
export function writeNewFile(path: string, text: string): boolean {
  try {
    Deno.writeTextFileSync(path, text, { createNew: true, mode: NEW_FILE_MODE });
    return true;
  } catch (error) {
    const failure = toSystemError(error, "open", path);
    if (failure instanceof SystemError && failure.errno === ERRNO.EEXIST) return false;
    throw failure;
  }
}

/** Whether there is anything at a path, be it a link that leads nowhere. */
export function isTaken(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false; // ENOENT; what else keeps a file from being made shows when it is written.
  }
}

/** Whether a path leads to /dev/null. */
export function isNullDevice(path: string): boolean {
  try {
    return Deno.realPathSync(path) === "/dev/null";
  } catch {
    return false; // ENOENT: who reads it says so.
  }
}

/**
 * Reads the files below a directory by their paths within it; links to files are followed, those to
 * directories are not.
 *
 * @throws {SystemError} also where there is far more than defines services.
 */
export function readTree(directory: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const open = [""];
  let entryCount = 0;
  let charCount = 0;
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const folder = `${directory}/${below}`;
    const entries = throwingSystemError("readdir", folder, () => Deno.readDirSync(folder));
    for (const entry of entries) {
      const path = below + entry.name;
      const text = entry.isDirectory ? undefined : readSmall(`${directory}/${path}`);
      if (entry.isDirectory) open.push(`${path}/`);
      if (text !== undefined) files.set(path, text);
      charCount += text?.length ?? 0;
      if (++entryCount > TREE_ENTRIES_MAX || charCount > TREE_MAX_BYTES) throw tooMuch(directory);
    }
  }
  return files;
}

function tooMuch(directory: string): SystemError {
  const note =
    `more than ${TREE_ENTRIES_MAX} files or ${TREE_MAX_BYTES / 1024 / 1024} MiB are below ` +
    "it: it defines no services";
  return new SystemError("read", ERRNO.EFBIG, directory, note);
}

function readSmall(path: string): string | undefined {
  try {
    return readTextFile(path, TREE_FILE_MAX_BYTES);
  } catch {
    return undefined; // A file that is not ours to read, is larger, or is none.
  }
}
