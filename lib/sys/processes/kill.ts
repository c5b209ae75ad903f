/** Signals to others. A number that was never set, or is none, reaches nobody. */
import { ERRNO } from "../../base/errors.ts";
import type { HeldKill, HeldProcess } from "../../door/os.ts";
import { lastErrno, libc, SYSCALL } from "../libc/libc.ts";
import type { Poller } from "../libc/poller.ts";

/** From linux/pidfd.h; since Linux 6.9. */
const PIDFD_SIGNAL_PROCESS_GROUP = 4;

/**
 * To kill(2), 0 and -1 are no process but many; what is not an `int` would become another number.
 */
function isTarget(pid: number): boolean {
  return pid !== 0 && pid !== -1 && pid === (pid | 0);
}

/** Sends a signal. A process that may not be signalled (EPERM) exists all the same. */
export function kill(pid: number, signal: number): boolean {
  if (!isTarget(pid)) return false;
  return libc().kill(pid, signal) === 0 || lastErrno() !== ERRNO.ESRCH;
}

/**
 * Sends a signal to a process that others may reap: see `Os.killHeld`. Without a descriptor to hold
 * it (Linux before 5.3, an old seccomp filter) there is a moment between the question and the
 * signal.
 */
export function killHeld(pid: number, signal: number, how: HeldKill): boolean {
  if (pid <= 0 || !isTarget(pid)) return false;
  const { syscallPidfd, close } = libc();
  const fd = syscallPidfd(SYSCALL.pidfdOpen, pid, 0, null, 0);
  if (fd < 0) {
    if (lastErrno() === ERRNO.ESRCH || !how.isMeant()) return false;
    return (how.group === true && kill(-pid, signal)) || kill(pid, signal);
  }
  try {
    if (!how.isMeant()) return false;
    if (how.group === true && sendToGroup(fd, pid, signal)) return true;
    return send(fd, pid, signal);
  } finally {
    close(fd);
  }
}

const POLLIN = 1;

/** `struct pollfd`: int fd, short events, short revents. */
const pollfd = new DataView(new ArrayBuffer(8));

/** A descriptor of a process becomes readable as it ends, whoever is to reap it. */
function hasEnded(fd: number): boolean {
  pollfd.setInt32(0, fd, true);
  pollfd.setInt16(4, POLLIN, true);
  return libc().poll(pollfd, 1n, 0) > 0;
}

/** Holds a process by a descriptor that is held already: see `Os.takeHeld`. */
export function takeHeld(pid: number, descriptor: number): HeldProcess {
  return {
    descriptor,
    isAlive: () => !hasEnded(descriptor),
    signal(signal, { group }) {
      if (hasEnded(descriptor)) return false;
      return (group && sendToGroup(descriptor, pid, signal)) || send(descriptor, pid, signal);
    },
    close: () => void libc().close(descriptor),
  };
}

/** Holds a process: see `Os.hold`. */
export function hold(pid: number): HeldProcess | undefined {
  if (pid <= 0 || !isTarget(pid)) return undefined;
  const fd = libc().syscallPidfd(SYSCALL.pidfdOpen, pid, 0, null, 0);
  return fd < 0 ? undefined : takeHeld(pid, fd);
}

/**
 * Calls back once a process has ended, until what is returned is called; undefined where it cannot
 * be held.
 */
export function watchEnd(
  poller: Poller,
  pid: number,
  onEnd: () => void,
): (() => void) | undefined {
  const held = hold(pid);
  if (held === undefined) return undefined;
  try {
    poller.add(held.descriptor, onEnd);
  } catch {
    held.close();
    return undefined; // ENOSPC: the user watches as much as it may.
  }
  return () => {
    poller.remove(held.descriptor);
    held.close();
  };
}

/** A kernel that knows the call and not this use of it says EINVAL. */
function sendToGroup(fd: number, pid: number, signal: number): boolean {
  const { syscallPidfd } = libc();
  const flags = PIDFD_SIGNAL_PROCESS_GROUP;
  if (syscallPidfd(SYSCALL.pidfdSendSignal, fd, signal, null, flags) === 0) return true;
  return lastErrno() !== ERRNO.ESRCH && kill(-pid, signal);
}

/** A filter may know pidfd_open(2) and not this: it says EPERM, as a foreign process does. */
function send(fd: number, pid: number, signal: number): boolean {
  const { syscallPidfd } = libc();
  if (syscallPidfd(SYSCALL.pidfdSendSignal, fd, signal, null, 0) === 0) return true;
  return lastErrno() !== ERRNO.ESRCH && kill(pid, signal);
}
