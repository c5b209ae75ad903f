/**
 * Descriptors that others pass over a socket of chaperone's (SCM_RIGHTS, see unix(7)). Nothing here
 * wants them, and closing one can wait for as long as its maker likes: a TCP socket that lingers, a
 * file of a file system that somebody else serves. So the kernel is told to refuse them where it
 * can. Elsewhere, and where a barrier of sd_notify(3) must get through, they are received and
 * closed on a thread.
 */
import { SOL_SOCKET } from "../libc/socket.ts";
import { F_GETPIPE_SZ } from "../libc/fcntl.ts";
import { libc, SYSCALL } from "../libc/libc.ts";
import { statHeld } from "../libc/statx.ts";
import { type ThreadOwner, threadShares } from "../libc/thread_shares.ts";
import { readersMayBeHeld } from "../processes/reads_aside.ts";

/** From sys/socket.h. */
const SO_LINGER = 13;
const SO_PASSRIGHTS = 83;
const SHUT_RD = 0;

/** `struct linger`: do not. A thread reads it. */
const NO_LINGER = new Int32Array(new ArrayBuffer(8));

/**
 * Has the kernel refuse descriptors at a socket, before it is bound: whoever passes one gets EPERM.
 * The connections that it accepts are the same. False where the kernel cannot, before Linux 6.16.
 */
export function refuseDescriptors(fd: number): boolean {
  return libc().setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, new Int32Array([0]), 4) === 0;
}

/**
 * Closes descriptors that somebody else made. The result settles when they are closed, which may be
 * late; undefined where they are already.
 */
export function discardDescriptors(
  fds: readonly number[],
  owner: ThreadOwner,
): Promise<unknown> | undefined {
  const slow = fds.filter((fd) => !closePipe(fd));
  if (slow.length === 0) return undefined;
  const sockets = slow.filter(isSocket);
  const runs = runsOf(slow.filter((fd) => !sockets.includes(fd)));
  return Promise.all([
    ...sockets.map((fd) => closeElsewhere(fd, owner)),
    ...runs.map((run) => closeRun(run, owner)),
  ]);
}

/** Parts numbers, which the kernel gives in ascending order, where one is left out. */
function runsOf(fds: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const fd of fds) {
    const last = runs.at(-1);
    if (last?.at(-1) === fd - 1) last.push(fd);
    else runs.push([fd]);
  }
  return runs;
}

/** Hundreds may come with each message: a thread closes those of consecutive numbers at once. */
async function closeRun(fds: readonly number[], owner: ThreadOwner): Promise<void> {
  const [first = 0, last = first] = [fds[0], fds.at(-1)];
  await threadShares.run(owner, async () => {
    const { syscallRangeLater, closeLater } = libc();
    if (await syscallRangeLater(SYSCALL.closeRange, first, last, 0) === 0) return;
    // Before Linux 5.9, or where a filter of system calls does not know it.
    for (const fd of fds) await closeLater(fd);
  });
}

/** Asks nobody who serves a file system. */
function isSocket(fd: number): boolean {
  return statHeld(fd, "descriptor").kind === "socket";
}

/**
 * What a barrier passes is a pipe, whose sender waits for its end. A pipe is closed at once, unless a
 * process may hold its lock: then even to ask what it is would wait.
 */
function closePipe(fd: number): boolean {
  if (readersMayBeHeld() || libc().fcntl(fd, F_GETPIPE_SZ, 0) < 0) return false;
  libc().close(fd);
  return true;
}

/** Closes a descriptor on a thread: what else is open behind it is not known. */
export async function closeElsewhere(fd: number, owner: ThreadOwner): Promise<void> {
  await threadShares.run(owner, async () => {
    // A socket that lingers does not then, unless its maker is quick. Who writes to it at the moment
    // holds its lock, so this may wait as well.
    if (isSocket(fd)) {
      await libc().setsockoptLater(fd, SOL_SOCKET, SO_LINGER, NO_LINGER, 8);
    }
    await libc().closeLater(fd);
  });
}

/**
 * Ends the reading side of a socket: what others send from here on is refused. What has been sent
 * can still be received, and has to be, since descriptors in it would be closed with the socket.
 */
export function endReceiving(fd: number): void {
  libc().shutdown(fd, SHUT_RD);
}
