/**
 * Looks at other processes through proc(5). Hidden or vanished ones are as good as absent, and so
 * are all of them where /proc is that of another PID namespace: its numbers are those of others.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import type { MarkLimits } from "../../door/os.ts";
import { readBeginning } from "./bounded_read.ts";
import { asIdentity } from "./credentials.ts";
import { O_CLOEXEC, O_RDONLY } from "../libc/fcntl.ts";
import { cString, libc } from "../libc/libc.ts";
import {
  descendantsOf,
  findVariable,
  isLiving,
  parseCredentials,
  parseMarkLimits,
  parseStat,
  type ProcessStat,
} from "./proc_text.ts";
import { readersMayBeHeld } from "./reads_aside.ts";

/** RLIMIT_RTTIME and RLIMIT_LOCKS of asm-generic/resource.h. */
const MARK_RESOURCES = [15, 10];
const UNLIMITED = 0xffff_ffff_ffff_ffffn;

const O_RDONLY_CLOEXEC = O_RDONLY | O_CLOEXEC;

/** What proc(5) says of a process is some hundred bytes, and two thousand of its limits. */
const room = new Uint8Array(new ArrayBuffer(4096));
const decoder = new TextDecoder();

/** Three system calls: where a service forks without end there are thousands to be looked at. */
function readOf(pid: string | number, name: "stat" | "status" | "limits"): string | undefined {
  const { open, read, close } = libc();
  const fd = open(cString(`/proc/${pid}/${name}`), O_RDONLY_CLOEXEC);
  if (fd < 0) return undefined; // ENOENT: it ended meanwhile; EACCES: hidden.
  const size = read(fd, room, BigInt(room.length));
  close(fd);
  // ESRCH: it ended meanwhile.
  return size <= 0 ? undefined : decoder.decode(room.subarray(0, size));
}

/** In /proc/PID/status it comes after all that anybody asks for. */
const LATE_LINE = "\nvoluntary_ctxt_switches:";

/** Returns /proc/PID/status; undefined where the process has ended, or is hidden. */
export function readStatus(pid: number): string | undefined {
  const text = readOf(pid, "status");
  if (text === undefined || text.includes(LATE_LINE)) return text;
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`); // It has thousands of groups.
  } catch {
    return undefined; // ENOENT, ESRCH: it ended meanwhile.
  }
}

function readStat(pid: string | number): ProcessStat | undefined {
  const text = readOf(pid, "stat");
  return text === undefined ? undefined : parseStat(text);
}

function isOwnProc(): boolean {
  try {
    return Deno.readLinkSync("/proc/self") === `${Deno.pid}`;
  } catch {
    return false; // ENOENT: not mounted, or of a namespace in which this process has no number.
  }
}

function listProcesses(): ProcessStat[] {
  const found: ProcessStat[] = [];
  if (!isOwnProc()) return found;
  try {
    for (const entry of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(entry.name)) continue;
      const process = readStat(entry.name);
      if (process !== undefined) found.push(process);
    }
  } catch {
    return []; // ENOENT: /proc is not mounted.
  }
  return found;
}

/** From stdio.h. */
const SEEK_SET = 0;

/**
 * The list of children, open from the first look on: to open it takes ten times what it takes to
 * read.
 */
let childrenDescriptor = -1;
/** The kernel fills a page as long as there is more; so a piece this short is the last one. */
const COMPLETE_BELOW = 2048;
const BLANK = 0x20;
const ZERO = 0x30;

/**
 * Whether all direct children, zombies included, are owned; undefined where the kernel does not
 * list them (CONFIG_PROC_CHILDREN). The list of the main thread is complete: it is the one that
 * spawns, and orphans come to it. Asked at each exit, so that with very many children it must not
 * make anything of them.
 */
function areChildrenOwned(isOwned: (pid: number) => boolean): boolean | undefined {
  if (childrenDescriptor < 0) {
    const path = cString(`/proc/self/task/${Deno.pid}/children`);
    childrenDescriptor = libc().open(path, O_RDONLY_CLOEXEC);
    if (childrenDescriptor < 0) return undefined; // ENOENT: not listed.
  }
  const { lseek, read } = libc();
  lseek(childrenDescriptor, 0n, SEEK_SET);
  let pid = 0;
  for (let size = room.length; size >= COMPLETE_BELOW;) {
    size = read(childrenDescriptor, room, BigInt(room.length));
    if (size < 0) return undefined;
    for (let at = 0; at < size; at++) {
      const byte = room[at] as number;
      if (byte !== BLANK) {
        pid = pid * 10 + byte - ZERO;
        continue;
      }
      if (!isOwned(pid)) return false;
      pid = 0;
    }
  }
  return true;
}

/** Returns a living process; with `ended` one that has ended and was not reaped, too. */
export function findProcess(
  pid: number,
  how: { readonly ended?: boolean } = {},
): ProcessStat | undefined {
  const process = isOwnProc() ? readStat(pid) : undefined;
  return process !== undefined && (how.ended || isLiving(process)) ? process : undefined;
}

/** Returns every living process below this one, direct children first. */
export function descendants(): ProcessStat[] {
  return descendantsOf([Deno.pid], listProcesses()).filter(isLiving);
}

/**
 * Returns the living children for which `isOwned` does not hold, and everything below them.
 * One read where there are none.
 */
export function orphans(isOwned: (pid: number) => boolean): ProcessStat[] {
  if (areChildrenOwned(isOwned)) return [];
  const all = listProcesses();
  const roots = all.filter((stat) => stat.parent === Deno.pid && !isOwned(stat.pid));
  return [...roots, ...descendantsOf(roots.map((stat) => stat.pid), all)].filter(isLiving);
}

/**
 * Returns the real user of a process. The owner of its folder would not do: that is root as soon as
 * the process asks not to be dumped.
 */
export function processOwner(pid: number): number | undefined {
  const text = isOwnProc() ? readOf(pid, "status") : undefined;
  return text === undefined ? undefined : parseCredentials(text)?.uids[0];
}

let isMarkPossible: boolean | undefined;

/** Whether processes can be marked by limits: see `Os.canMark`. */
export function canMark(): boolean {
  isMarkPossible ??= isOwnProc() && MARK_RESOURCES.every((resource) => {
    const own = new BigUint64Array(2);
    const { prlimit64 } = libc();
    // gVisor refuses to set limits that it does not know, even to what they are.
    return prlimit64(0, resource, null, own) === 0 && own[0] === UNLIMITED &&
      prlimit64(0, resource, own, null) === 0;
  });
  return isMarkPossible;
}

/** Returns the limits that may be a mark; the kernel shows them to everybody. */
export function markLimits(pid: number): MarkLimits | undefined {
  const text = readOf(pid, "limits");
  return text === undefined ? undefined : parseMarkLimits(text);
}

/**
 * Whether a process may let whoever looks at its memory wait for ever. Arguments and environment lie
 * there, behind a lock that mmap(2) holds: of a file whose file system the process's user serves, it
 * returns when that user likes.
 */
export function mayHoldMemory(pid: number): boolean {
  return readersMayBeHeld() && processOwner(pid) !== 0;
}

/**
 * How much of an environment is read; what chaperone looks for stands first in those that it gives.
 */
const ENVIRON_MAX_BYTES = 256 * 1024;

/** A first thread that has ended has no memory any more: then it is read of another one. */
function environPath(pid: number): string {
  const stat = readStat(pid);
  if (stat?.state !== "Z" || stat.threads < 2) return `/proc/${pid}/environ`;
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  const thread = threads.find((name) => name !== `${pid}`) ?? pid;
  return `/proc/${pid}/task/${thread}/environ`;
}

/**
 * Returns a variable of the environment that a process was started with. Root without
 * CAP_SYS_PTRACE, as container engines have it, may not read that of others: their own user may, so
 * `owner` reads it then. Undefined, too, where the process may hold up who reads it: its mark must
 * do, and only where there are none is it read all the same.
 */
export function processVariable(pid: number, name: string, owner?: Identity): string | undefined {
  if (!isOwnProc() || (canMark() && mayHoldMemory(pid))) return undefined;
  const path = environPath(pid);
  try {
    return findVariable(readBeginning(path, ENVIRON_MAX_BYTES), name);
  } catch (error) {
    const isHidden = error instanceof SystemError && error.errno === ERRNO.EACCES;
    if (owner === undefined || !isHidden) return undefined;
  }
  try {
    const environ = asIdentity(owner, () => readBeginning(path, ENVIRON_MAX_BYTES));
    return findVariable(environ, name);
  } catch {
    return undefined; // ENOENT, ESRCH: it ended; EACCES: a third user's.
  }
}
