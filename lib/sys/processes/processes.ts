/**
 * Looks at other processes through proc(5). Hidden or vanished ones are as good as absent, and so are all of
 * them where /proc is that of another PID namespace: its numbers are those of others.
 */
import type { Identity } from "../../base/identity.ts";
import { asIdentity } from "./credentials.ts";
import { cString, libc } from "../libc/libc.ts";
import { descendantsOf, findVariable, parseStat, type ProcessStat } from "./proc_text.ts";

/** From fcntl.h. */
const O_RDONLY_CLOEXEC = 0o2000000;

/** What proc(5) says of a process is some hundred bytes. */
const stat = new Uint8Array(new ArrayBuffer(1024));
const decoder = new TextDecoder();

/** Three system calls: where a service forks without end there are thousands to be looked at. */
function readStat(pid: string | number): ProcessStat | undefined {
  const { open, read, close } = libc();
  const fd = open(cString(`/proc/${pid}/stat`), O_RDONLY_CLOEXEC);
  if (fd < 0) return undefined; // ENOENT: it ended meanwhile; EACCES: hidden.
  const size = read(fd, stat, BigInt(stat.length));
  close(fd);
  // ESRCH: it ended meanwhile.
  return size <= 0 ? undefined : parseStat(decoder.decode(stat.subarray(0, size)));
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

/** The kernel hands out a page of the list at a time. */
const PAGE_BYTES = 4096;
const BLANK = 0x20;
const ZERO = 0x30;

/**
 * Whether all direct children, zombies included, are owned; undefined where the kernel does not list them
 * (CONFIG_PROC_CHILDREN). The list of the main thread is complete: it is the one that spawns, and orphans
 * come to it. Asked at each exit, so that with very many children it must not make anything of them.
 */
function areChildrenOwned(isOwned: (pid: number) => boolean): boolean | undefined {
  try {
    using file = Deno.openSync(`/proc/self/task/${Deno.pid}/children`);
    const page = new Uint8Array(PAGE_BYTES);
    let pid = 0;
    for (let size = file.readSync(page); size !== null; size = file.readSync(page)) {
      for (const byte of page.subarray(0, size)) {
        if (byte !== BLANK) {
          pid = pid * 10 + byte - ZERO;
          continue;
        }
        if (!isOwned(pid)) return false;
        pid = 0;
      }
    }
    return true;
  } catch {
    return undefined; // ENOENT: not listed.
  }
}

function isLiving(stat: ProcessStat): boolean {
  return stat.state !== "Z" && stat.state !== "X";
}

/** Returns a living process. */
export function findProcess(pid: number): ProcessStat | undefined {
  const process = isOwnProc() ? readStat(pid) : undefined;
  return process !== undefined && isLiving(process) ? process : undefined;
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

/** Returns the effective user of a process. */
export function processOwner(pid: number): number | undefined {
  if (!isOwnProc()) return undefined;
  try {
    return Deno.statSync(`/proc/${pid}`).uid ?? undefined;
  } catch {
    return undefined; // ENOENT: it ended.
  }
}

/**
 * Returns a variable of the environment that a process was started with. Root without CAP_SYS_PTRACE, as
 * container engines have it, may not read that of others: their own user may, so `owner` reads it then.
 */
export function processVariable(pid: number, name: string, owner?: Identity): string | undefined {
  if (!isOwnProc()) return undefined;
  const path = `/proc/${pid}/environ`;
  try {
    return findVariable(Deno.readFileSync(path), name);
  } catch (error) {
    if (owner === undefined || !(error instanceof Deno.errors.PermissionDenied)) return undefined;
  }
  try {
    return asIdentity(owner, () => findVariable(Deno.readFileSync(path), name));
  } catch {
    return undefined; // ENOENT, ESRCH: it ended; EACCES: a third user's.
  }
}
