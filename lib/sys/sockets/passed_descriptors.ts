/**
 * Descriptors that others pass over a socket of chaperone's (SCM_RIGHTS, see unix(7)). Nothing here
 * wants them, and closing one can wait for as long as its maker likes: a TCP socket that lingers, a
 * file of a file system that somebody else serves. So the kernel is told to refuse them where it
 * can. Elsewhere, and where a barrier of sd_notify(3) must get through, they are received and
 * closed on a thread.
 */
import { libc } from "../libc/libc.ts";
import { ClosingTurns, type PassedBy } from "./closing_turns.ts";

/** From sys/socket.h and fcntl.h. */
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const SO_PASSRIGHTS = 83;
const SHUT_RD = 0;
const F_GETPIPE_SZ = 1032;

/**
 * Has the kernel refuse descriptors at a socket, before it is bound: whoever passes one gets EPERM.
 * The connections that it accepts are the same. False where the kernel cannot, before Linux 6.16.
 */
export function refuseDescriptors(fd: number): boolean {
  return libc().setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, new Int32Array([0]), 4) === 0;
}

const turns = new ClosingTurns((fd) => {
  // A socket that lingers does not then, unless its maker is quick; for others this means nothing.
  libc().setsockopt(fd, SOL_SOCKET, SO_LINGER, new Int32Array([0, 0]), 8);
  return libc().closeLater(fd);
});

/**
 * Closes descriptors that somebody else made. The result settles when they are closed, which may be
 * late; undefined where they are already.
 */
export function discardDescriptors(
  fds: readonly number[],
  owner: PassedBy,
): Promise<unknown> | undefined {
  const slow = fds.filter((fd) => !closePipe(fd));
  if (slow.length === 0) return undefined;
  return Promise.all(slow.map((fd) => closeElsewhere(fd, owner)));
}

/** What a barrier passes is a pipe: it never waits, and its sender does. */
function closePipe(fd: number): boolean {
  if (libc().fcntl(fd, F_GETPIPE_SZ, 0) < 0) return false;
  libc().close(fd);
  return true;
}

/** Closes a descriptor on a thread: what else is open behind it is not known. */
export function closeElsewhere(fd: number, owner: PassedBy = "chaperone"): Promise<void> {
  return turns.close(fd, owner);
}

/**
 * Ends the reading side of a socket: what others send from here on is refused. What has been sent
 * can still be received, and has to be, since descriptors in it would be closed with the socket.
 */
export function endReceiving(fd: number): void {
  libc().shutdown(fd, SHUT_RD);
}
