/**
 * Keeps programs that change accounts apart, by the convention of the shadow tools (useradd,
 * groupadd, passwd): whoever manages to link(2) a file that contains his process id to
 * `/etc/passwd.lock` owns /etc/passwd, and likewise for the other files. link(2) is atomic and
 * fails where the name exists. The tools take lckpwdf(3) too, an fcntl lock on /etc/.pwd.lock, but
 * never without these links, so that the links alone keep them out. What takes lckpwdf(3) alone is
 * the change of a password through PAM, which has no place in the start of a container.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { readTextFile, removeFile } from "../files/files.ts";
import { pause } from "../libc/clock.ts";
import { throwingSystemError } from "../libc/system_failure.ts";

/** As long as lckpwdf(3) waits. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 100;

/**
 * Runs `action` while the files at `paths` are locked, and unlocks them whatever happens.
 * @throws {SystemError} EAGAIN where somebody holds a lock for 15 seconds.
 */
export async function withAccountLock<T>(
  paths: readonly string[],
  action: () => T,
): Promise<T> {
  const held: string[] = [];
  try {
    for (const path of paths) {
      await lock(path);
      held.push(path);
    }
    return action();
  } finally {
    for (const path of held.reverse()) removeFile(`${path}.lock`);
  }
}

async function lock(path: string): Promise<void> {
  const own = `${path}.${Deno.pid}`;
  throwingSystemError(
    "open",
    own,
    () => Deno.writeTextFileSync(own, `${Deno.pid}`, { mode: 0o600 }),
  );
  try {
    for (let waitedMs = 0; !tryLink(own, `${path}.lock`); waitedMs += RETRY_MS) {
      if (waitedMs >= PATIENCE_MS) throw new SystemError("link", ERRNO.EAGAIN, `${path}.lock`);
      await pause(RETRY_MS);
    }
  } finally {
    removeFile(own);
  }
}

function tryLink(own: string, lockPath: string): boolean {
  try {
    throwingSystemError("link", lockPath, () => Deno.linkSync(own, lockPath));
    return true;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== ERRNO.EEXIST) throw error;
  }
  // A container that was killed leaves its lock behind. Its process ids come again when it is
  // started anew, so that our own id in the file is a stale one too.
  const holder = Number.parseInt(readTextFile(lockPath) ?? "", 10);
  if (holder > 0 && holder !== Deno.pid && isAlive(holder)) return false;
  removeFile(lockPath);
  return false;
}

function isAlive(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false; // ENOENT: there is no such process.
  }
}
