/** Finds the directory for sockets that only this chaperone uses. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { throwingSystemError, toSystemError } from "../libc/system_failure.ts";

/** Owner only: what is inside lets one act as chaperone. */
const MODE = 0o700;
/** Others may pass through to what is theirs by name, and cannot list. */
const PASSAGE_MODE = 0o711;

function candidates(): string[] {
  const userDir = Deno.env.get("XDG_RUNTIME_DIR");
  return [
    "/run/chaperone",
    ...(userDir?.startsWith("/") ? [`${userDir}/chaperone`] : []),
    `/tmp/chaperone-${Deno.uid() ?? 0}`,
  ];
}

/**
 * Creates the directory, or takes an existing one if it is ours: in /tmp anybody can be first.
 * @throws {SystemError} EPERM where it belongs to another user or is a link, EROFS, EACCES, …
 */
function prepare(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: MODE });
  } catch (error) {
    const failure = toSystemError(error, "mkdir", path);
    if (!(failure instanceof SystemError) || failure.errno !== ERRNO.EEXIST) throw failure;
  }
  const info = Deno.lstatSync(path);
  if (!info.isDirectory || info.uid !== Deno.uid()) {
    throw new SystemError("mkdir", ERRNO.EPERM, path);
  }
  // Also tells whether the file system can be written: mkdir of an existing one does not.
  const probe = Deno.makeTempDirSync({ dir: path });
  Deno.removeSync(probe);
  const mode = (info.mode ?? 0) & 0o777;
  if (mode !== MODE && mode !== PASSAGE_MODE) Deno.chmodSync(path, MODE);
}

/**
 * Returns chaperone's run directory, made ready: `configured`, or the first usable one of
 * `/run/chaperone`, `$XDG_RUNTIME_DIR/chaperone` and `/tmp/chaperone-UID`.
 * @throws {SystemError} why the last one could not be used.
 */
export function prepareRunDir(configured?: string): string {
  let failure: unknown;
  for (const path of configured === undefined ? candidates() : [configured]) {
    try {
      prepare(path);
      return path;
    } catch (error) {
      failure = toSystemError(error, "mkdir", path);
      if (!(failure instanceof SystemError)) throw failure;
    }
  }
  throw failure;
}

/**
 * Makes a directory in the run directory for sockets that other users reach by name: they may pass
 * through both, and list neither. Returns its path.
 * @throws {SystemError}
 */
export function preparePassage(runDir: string, name: string): string {
  const path = `${runDir}/${name}`;
  prepare(path);
  allowPassage(path);
  allowPassage(runDir);
  return path;
}

/** Lets other users reach by name what is in a directory, and not list it. @throws {SystemError} */
export function allowPassage(path: string): void {
  throwingSystemError("chmod", path, () => Deno.chmodSync(path, PASSAGE_MODE));
}
