/**
 * Reads pipes on threads. Whoever writes to a pipe holds its lock while the kernel copies the bytes,
 * and these may lie in pages that must first be fetched: from a file system that the writer serves
 * itself (FUSE), by userfaultfd(2), or after a fork of that process. Until then read(2) and close(2)
 * of the other end wait, O_NONBLOCK or not, and no signal ends that.
 */
import { setTimer } from "../libc/clock.ts";
import { libc } from "../libc/libc.ts";

/** As much as one read takes. */
export const CHUNK_BYTES = 64 * 1024;

/** Threads that the pipes of one user may occupy, and those of all; Deno has 32. */
const THREADS_OF_OWNER = 4;
const THREADS_MAX = 16;
/** Far longer than a read takes that nobody holds up. */
const HELD_MS = 500;

let mayBeHeldForEver: boolean | undefined;

/** Whether somebody may decide here for how long a page is fetched. */
export function readersMayBeHeld(): boolean {
  return mayBeHeldForEver ??= isForOthers("/dev/fuse") || saysOne(USERFAULTFD);
}

const USERFAULTFD = "/proc/sys/vm/unprivileged_userfaultfd";

function isForOthers(path: string): boolean {
  try {
    const { mode, uid } = Deno.statSync(path);
    return uid !== 0 || ((mode ?? 0) & 0o066) !== 0;
  } catch {
    return false; // ENOENT: the usual case in a container.
  }
}

function saysOne(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).trim() === "1";
  } catch {
    return false; // ENOENT: a kernel without it.
  }
}

const buffers: Uint8Array<ArrayBuffer>[] = [];
const busy = new Map<number, number>();
let waiting: { readonly owner: number; readonly begin: () => void }[] = [];
let busyCount = 0;
let isStill = false;
let tellQuiet = () => {};

/**
 * Reads once, and hands on what was read: nothing at the end of file, undefined where nothing is
 * there. `owner` is the user whose pipe it is: one user's reads do not take the threads of others.
 * The descriptor must stay open until this settles.
 */
export async function readAside(
  fd: number,
  owner: number,
  use: (bytes: Uint8Array<ArrayBuffer> | undefined) => void,
): Promise<void> {
  await turnOf(owner);
  const buffer = buffers.pop() ?? new Uint8Array(CHUNK_BYTES);
  try {
    const size = await libc().readLater(fd, buffer, BigInt(CHUNK_BYTES));
    use(size < 0 ? undefined : buffer.subarray(0, size));
  } finally {
    buffers.push(buffer);
    release(owner);
  }
}

/** Closes a pipe. */
export async function closeAside(fd: number, owner: number): Promise<void> {
  await turnOf(owner);
  await libc().closeLater(fd);
  release(owner);
}

/**
 * Begins no more reads, and settles when none is under way: false where one is held up. A program
 * that executes another would wait for its thread.
 */
export async function stillReads(): Promise<boolean> {
  isStill = true;
  if (busyCount === 0) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  tellQuiet = () => resolve(true);
  const cancel = setTimer(HELD_MS, () => resolve(false));
  const isQuiet = await promise;
  cancel();
  return isQuiet;
}

/** Goes on after `stillReads`. */
export function resumeReads(): void {
  isStill = false;
  beginNext();
}

function turnOf(owner: number): Promise<void> {
  return new Promise((begin) => {
    waiting.push({ owner, begin });
    beginNext();
  });
}

function beginNext(): void {
  if (waiting.length === 0) return;
  waiting = waiting.filter(({ owner, begin }) => {
    const own = busy.get(owner) ?? 0;
    if (isStill || busyCount >= THREADS_MAX || own >= THREADS_OF_OWNER) return true;
    busy.set(owner, own + 1);
    busyCount++;
    begin();
    return false;
  });
}

function release(owner: number): void {
  busyCount--;
  const own = (busy.get(owner) ?? 0) - 1;
  if (own > 0) busy.set(owner, own);
  else busy.delete(owner);
  if (busyCount === 0) tellQuiet();
  beginNext();
}
