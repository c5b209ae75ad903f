/**
 * Who the program is while it does something for a user.
 *
 * The model: on Linux credentials belong to the thread, and a synchronous file call runs on the
 * thread that asks. So the main thread alone takes on the identity by raw system calls (the
 * wrappers of glibc change every thread, see nptl(7)), acts, and comes back. Nothing else runs on
 * this thread in between. A program that cannot come back ends at once: it must not go on as a
 * mixture of two users.
 *
 * For files it is the identity that files are judged by, setfsuid(2), and nothing else: whoever has
 * the real, saved or effective uid of chaperone's thread may signal, renice or bind it to a
 * processor.
 *
 * Knows nothing of names: an identity has been looked up.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { checked, lastErrno, libc, SYSCALL } from "../libc/libc.ts";
import { parseCredentials, type ProcessCredentials } from "./proc_text.ts";

/** Exit code of a program that could not become itself again, EX_OSERR of sysexits(3). */
export const LOST_IDENTITY_EXIT_CODE = 71;

/** From linux/prctl.h: PR_CAP_AMBIENT and PR_CAP_AMBIENT_CLEAR_ALL. */
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

/** Bits of a capability set, from linux/capability.h. */
export const CAPABILITY = { sysNice: 23n, sysResource: 24n } as const;

let effectiveCapabilities: bigint | undefined;

/** Says whether chaperone itself holds a capability; no where /proc is hidden. */
export function hasCapability(bit: bigint): boolean {
  if (effectiveCapabilities === undefined) {
    let text = "";
    try {
      text = Deno.readTextFileSync("/proc/thread-self/status");
    } catch {
      // ENOENT, EACCES: hidden, so nothing is taken for granted.
    }
    effectiveCapabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(text)?.[1] ?? "0"}`);
  }
  return (effectiveCapabilities >> bit & 1n) === 1n;
}

interface OwnIds {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

let ownIds: OwnIds | undefined;

function own(): OwnIds {
  if (ownIds !== undefined) return ownIds;
  const size = checked("getgroups", libc().getgroups(0, null));
  const list = new Uint32Array(size);
  checked("getgroups", libc().getgroups(size, list));
  ownIds = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0, groups: [...list] };
  // Ambient capabilities would survive the switch, since the saved uid stays 0; root needs none.
  if (ownIds.uid === 0) libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return ownIds;
}

/** Whether chaperone runs as that user and group. */
export function isOwn(identity: Identity): boolean {
  return identity.uid === Deno.uid() && identity.gid === Deno.gid();
}

/** The supplementary groups as initgroups(3) sets them: with the primary one. */
export function allGroups(identity: Identity): readonly number[] {
  return [...new Set([identity.gid, ...identity.groups])];
}

function setGroups(groups: readonly number[]): boolean {
  return libc().syscallList(SYSCALL.setgroups, groups.length, Uint32Array.from(groups)) === 0;
}

function switchGroups(identity: Identity): void {
  // Without privilege nobody chooses groups; for the user that chaperone is anyway they stay.
  if (setGroups(allGroups(identity)) || isOwn(identity)) return;
  throw new SystemError("setgroups", lastErrno(), identity.userName ?? String(identity.uid));
}

/** Keeps chaperone's own ids as saved ones. */
function becomeUser(identity: Identity, from: OwnIds): void {
  const { uid, gid } = identity;
  const target = identity.userName ?? String(uid);
  const { syscallIds } = libc();
  switchGroups(identity);
  checked("setresgid", syscallIds(SYSCALL.setresgid, gid, gid, from.gid), target);
  checked("setresuid", syscallIds(SYSCALL.setresuid, uid, uid, from.uid), target);
}

/** -1: the id stays. setfsuid(2) answers with what is in force, and with nothing else. */
const SAME = 0xffff_ffff;

function isInForce(number: number, id: number): boolean {
  return (libc().syscallIds(number, SAME, 0, 0) >>> 0) === id;
}

/** Where setfsuid(2) does nothing (gVisor), the effective ids are taken on. */
function takeOnFileIdentity(identity: Identity): void {
  const { uid, gid } = identity;
  const target = identity.userName ?? String(uid);
  const { syscallIds } = libc();
  switchGroups(identity);
  syscallIds(SYSCALL.setfsgid, gid, 0, 0);
  if (!isInForce(SYSCALL.setfsgid, gid)) {
    checked("setresgid", syscallIds(SYSCALL.setresgid, SAME, gid, SAME), target);
  }
  syscallIds(SYSCALL.setfsuid, uid, 0, 0);
  if (!isInForce(SYSCALL.setfsuid, uid)) {
    checked("setresuid", syscallIds(SYSCALL.setresuid, SAME, uid, SAME), target);
  }
}

function switchBack(to: OwnIds): void {
  const { syscallIds } = libc();
  // Only this gives the capabilities back that setfsuid(2) has taken; no other id needs to change
  // then.
  syscallIds(SYSCALL.setfsuid, to.uid, 0, 0);
  syscallIds(SYSCALL.setfsgid, to.gid, 0, 0);
  const done = syscallIds(SYSCALL.setresuid, to.uid, to.uid, to.uid) === 0 &&
    syscallIds(SYSCALL.setresgid, to.gid, to.gid, to.gid) === 0;
  // Only root could have changed the groups, so for others there is nothing to restore.
  if (done && (setGroups(to.groups) || to.uid !== 0 || lastErrno() === ERRNO.EPERM)) return;
  Deno.stderr.writeSync(
    new TextEncoder().encode("Cannot return to own user after acting for another one, ending\n"),
  );
  Deno.exit(LOST_IDENTITY_EXIT_CODE);
}

function acting<T>(
  identity: Identity | undefined,
  become: (identity: Identity, from: OwnIds) => void,
  act: () => T,
): T {
  if (identity === undefined || (isOwn(identity) && identity.uid !== 0)) return act();
  const before = own();
  try {
    become(identity, before);
    return act();
  } finally {
    switchBack(before);
  }
}

/**
 * Opens, reads, creates files as a user; absent, as chaperone itself. `act` must be synchronous.
 * An identity that chaperone has already needs no privilege.
 * @throws {SystemError} EPERM where chaperone may not do so.
 */
export function asIdentity<T>(identity: Identity | undefined, act: () => T): T {
  return acting(identity, takeOnFileIdentity, act);
}

/**
 * Is the user altogether, for a process that inherits it: the user may signal chaperone meanwhile.
 * Only lib/sys/launch/direct_start.ts has no other way.
 * @throws {SystemError} EPERM where chaperone may not become that user.
 */
export function asUser<T>(identity: Identity | undefined, act: () => T): T {
  return acting(identity, becomeUser, act);
}

/**
 * A process whose exec takes longer than this is starved; then what it has so far is what counts.
 */
const EXEC_TRIES = 200;
const EXEC_PAUSE_US = 100;

/**
 * Reads who a process is once its exec is complete: posix_spawn(3) returns some microseconds before
 * the kernel has made the saved ids those of the program. Undefined where it has ended or is
 * hidden.
 */
export function readCredentials(pid: number): ProcessCredentials | undefined {
  let found: ProcessCredentials | undefined;
  for (let tries = 0; tries < EXEC_TRIES; tries++) {
    if (tries > 2) libc().usleep(EXEC_PAUSE_US);
    try {
      found = parseCredentials(Deno.readTextFileSync(`/proc/${pid}/status`));
    } catch {
      return undefined; // ENOENT or EACCES: ended, or /proc is hidden.
    }
    if (found === undefined || found.isZombie) return undefined;
    // Indices: 1 effective, 2 saved. An exec makes them equal, see credentials(7).
    if (found.uids[1] === found.uids[2] && found.gids[1] === found.gids[2]) break;
  }
  return found;
}

/**
 * Compares who a started process is, as /proc tells it, with who it should be.
 * Root is not checked: it may have become someone else on its own by then (`gosu`, nginx).
 * Nor is one that has ended, or any where /proc is hidden. A set-user-ID program (`sudo`) rightly
 * differs in its effective uid, which is why `setsId` exists.
 * @throws {SystemError} EPERM where it is not who it should be.
 */
export function verifyIdentity(pid: number, identity: Identity, setsId: () => boolean): void {
  if (identity.uid === 0) return;
  const found = readCredentials(pid);
  if (found === undefined) return;
  const target = identity.userName ?? String(identity.uid);
  const real = found.uids[0] === identity.uid && found.gids[0] === identity.gid;
  const wanted = allGroups(identity);
  const groups = isOwn(identity) ||
    (found.groups.length === wanted.length && wanted.every((gid) => found.groups.includes(gid)));
  if (!real || !groups) throw new SystemError("setresuid", ERRNO.EPERM, target);
  const effective = found.uids.every((uid) => uid === identity.uid) &&
    found.gids.every((gid) => gid === identity.gid);
  if (!effective && !setsId()) throw new SystemError("setresuid", ERRNO.EPERM, target);
}
