/**
 * Executes this program anew as the same process, execve(2): children stay children, and descriptors that
 * are marked stay open. Everything else ends, the threads included.
 *
 * No signal may be lost meanwhile. From the exec on all are blocked, and pend; the new image unblocks them
 * once it listens. Before it, other threads of this image would still take them, after JavaScript has run
 * for the last time. So while they are held, SIGTERM and SIGINT start a timer of as many seconds as their
 * number says: alarm(2) may be called by a signal handler, and its timer outlives the exec.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import { addressOfFunction, cString, lastErrno, libc } from "../libc/libc.ts";
import { allocate, environmentList, pointerList } from "../processes/posix_spawn.ts";
import { setBlocked } from "./signals.ts";

/** From bits/sigaction.h and asm-generic/fcntl.h. */
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** `struct sigaction` of glibc: the handler comes first. */
const SIGACTION_BYTES = 152;

const HELD = [SIGNAL.SIGTERM, SIGNAL.SIGINT];

/** Tells the two apart by what is left of their numbers in seconds. */
const MORE_THAN_SIGINT = SIGNAL.SIGINT + 1;

/** Signals that are held back. */
export interface HeldSignals {
  /** Gives them back to those who listened, and returns the one that has come meanwhile. */
  release(): "SIGTERM" | "SIGINT" | undefined;
}

/** Holds SIGTERM and SIGINT back from those who listen. One that came just before is still told. */
export function holdSignals(): HeldSignals {
  const { sigaction } = libc();
  const handler = Deno.UnsafePointer.value(addressOfFunction("alarm"));
  // Without it, one that comes in the last instant is lost.
  const former = handler === 0n ? [] : HELD.map((signal) => {
    const before = allocate(SIGACTION_BYTES);
    sigaction(signal, null, before);
    const held = before.slice();
    new DataView(held.buffer).setBigUint64(0, handler, true);
    sigaction(signal, held, null);
    return { signal, before };
  });
  return {
    release() {
      for (const { signal, before } of former) sigaction(signal, before, null);
      return takeHeldSignal();
    },
  };
}

/** Returns the signal that came while they were held, if any, by this image or the one before it. */
export function takeHeldSignal(): "SIGTERM" | "SIGINT" | undefined {
  const secondsLeft = libc().alarm(0);
  if (secondsLeft === 0) return undefined;
  return secondsLeft >= MORE_THAN_SIGINT ? "SIGTERM" : "SIGINT";
}

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

/** Marks what the image before left open, as all that chaperone opens is marked: closed on exec. */
export function closeOnExec(descriptors: readonly number[]): void {
  for (const fd of descriptors) libc().fcntl(fd, F_SETFD, FD_CLOEXEC);
}
