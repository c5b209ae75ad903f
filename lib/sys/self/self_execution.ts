/**
 * Executes this program anew as the same process, execve(2): children stay children, and
 * descriptors that are marked stay open. Everything else ends, the threads included.
 *
 * No signal may be lost meanwhile. From the exec on all are blocked, and pend; the new incarnation
 * unblocks them once it listens. Before it, other threads of this incarnation still take them,
 * after JavaScript has run for the last time: they leave them in a pipe that the new incarnation
 * reads, see own_signals.ts.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { F_SETFD, FD_CLOEXEC } from "../libc/fcntl.ts";
import { cString, lastErrno, libc } from "../libc/libc.ts";
import { environmentList, pointerList } from "../processes/posix_spawn.ts";
import { setBlocked } from "./signals.ts";

export interface SelfExecution {
  /** Tried in turn. */
  readonly paths: readonly string[];
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What stays open, under the same numbers. */
  readonly descriptors: readonly number[];
}

/** Does not return unless it fails, and everything is as before then. */
export function executeSelf({ paths, argv, env, descriptors }: SelfExecution): SystemError {
  const { fcntl, execve } = libc();
  const target = paths[0] ?? "";
  const words = pointerList(argv, target);
  const variables = environmentList(env, target);
  const names = paths.map(cString);
  for (const fd of descriptors) fcntl(fd, F_SETFD, 0);
  setBlocked("all");
  let errno: number = ERRNO.ENOENT;
  for (const name of names) {
    execve(name, words, variables);
    errno = lastErrno();
  }
  setBlocked("none");
  closeOnExec(descriptors);
  return new SystemError("execve", errno, target);
}

/**
 * Marks what the incarnation before left open, as all that chaperone opens is marked: closed on
 * exec.
 */
export function closeOnExec(descriptors: readonly number[]): void {
  for (const fd of descriptors) libc().fcntl(fd, F_SETFD, FD_CLOEXEC);
}
