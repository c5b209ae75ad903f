/**
 * Reads pipes on threads. Whoever writes to a pipe holds its lock while the kernel copies the bytes,
 * and these may lie in pages that must first be fetched: from a file system that the writer serves
 * itself (FUSE), by userfaultfd(2), or after a fork of that process. Until then read(2) and close(2)
 * of the other end wait, O_NONBLOCK or not, and no signal ends that.
 */
import { libc } from "../libc/libc.ts";
import { threadShares } from "../libc/thread_shares.ts";

/** As much as one read takes. */
export const CHUNK_BYTES = 64 * 1024;

const DEVICE = "/dev/fuse";
const USERFAULTFD = "/proc/sys/vm/unprivileged_userfaultfd";

/** What lets somebody decide for how long a page is fetched. */
export type PageHolder = typeof DEVICE | typeof USERFAULTFD;

/** Says by what others than root may do that here at the moment; undefined: by nothing. */
export function findPageHolder(): PageHolder | undefined {
  return isForOthers(DEVICE) ? DEVICE : saysOne(USERFAULTFD) ? USERFAULTFD : undefined;
}

let mayBeHeldForEver: boolean | undefined;

/**
 * Whether somebody may decide here for how long a page is fetched. Asked once: whoever has opened
 * the device keeps it.
 */
export function readersMayBeHeld(): boolean {
  return mayBeHeldForEver ??= findPageHolder() !== undefined;
}

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

/**
 * Reads once, and hands on what was read: nothing at the end of file, undefined where nothing is
 * there. `owner` is the user whose pipe it is. The descriptor must stay open until this settles.
 */
export async function readAside(
  fd: number,
  owner: number,
  use: (bytes: Uint8Array<ArrayBuffer> | undefined) => void,
): Promise<void> {
  await threadShares.run(owner, async () => {
    const buffer = buffers.pop() ?? new Uint8Array(CHUNK_BYTES);
    try {
      const size = await libc().readLater(fd, buffer, BigInt(CHUNK_BYTES));
      use(size < 0 ? undefined : buffer.subarray(0, size));
    } finally {
      buffers.push(buffer);
    }
  });
}

/** Closes a pipe. */
export async function closeAside(fd: number, owner: number): Promise<void> {
  await threadShares.run(owner, () => libc().closeLater(fd));
}
