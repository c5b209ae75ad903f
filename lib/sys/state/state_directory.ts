/**
 * The directory in which chaperone remembers what is to outlive it. It is entered without following
 * a link, judged before it is used, and held by a lock, so that nobody but this chaperone writes
 * there.
 */
import { concatenate } from "../../base/byte_text.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { StateDirectory, StateFile } from "../../door/state_os.ts";
import {
  AT_FDCWD,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from "../libc/fcntl.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { type FileStatus, statDescriptor } from "../libc/statx.ts";
import { writeOnThread } from "../libc/thread_write.ts";
import { mayHangAt, ownMounts } from "../paths/mount_table.ts";
import { openAt } from "../paths/open_at.ts";

const STEP = O_PATH | O_DIRECTORY | O_NOFOLLOW;
const ENTER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
const OWN_FILE = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
/** In a directory with this bit, only the owner of a name may remove it. */
const STICKY = 0o1000;

/** From sys/file.h: alone, and not to wait for it. */
const LOCK_EX_NB = 2 | 4;
const LOCK_NAME = "lock";

/** Where it is if the configuration says nothing, and somebody has made it. */
export const DEFAULT_STATE_DIR = "/var/lib/chaperone";

const CHUNK_BYTES = 64 * 1024;
/** From unistd.h. */
const SEEK_SET = 0;
const SEEK_END = 2;

const NOT_OWN = "it is not one of chaperone's own files";

/** How a directory is opened. */
export interface StateDirectoryOptions {
  /** The configuration names it: it is made where missing, and closed to others. */
  readonly isConfigured: boolean;
  /** Only looks: takes no lock, makes and changes nothing. */
  readonly readsOnly?: boolean;
}

/** Whether there is a directory of this name. Asks no file system that is mounted there. */
export function isDirectory(path: string): boolean {
  const fd = libc().openat(AT_FDCWD, cString(path), STEP | O_CLOEXEC, 0);
  if (fd < 0) return false;
  libc().close(fd);
  return true;
}

/**
 * Opens a directory. @throws {SystemError} where it is not there, cannot be written, or is not fit
 * for a state: its note says why.
 */
export function openStateDirectory(
  path: string,
  options: StateDirectoryOptions,
): StateDirectory {
  demandOwnFileSystem(path);
  const fd = enter(path, options);
  try {
    if (options.readsOnly) return new OpenDirectory(path, fd, undefined);
    demandOwn(fd, path, options);
    return new OpenDirectory(path, fd, takeLock(fd, path));
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

/** Whether a running chaperone holds the directory. */
export function isHeld(path: string): boolean {
  const flags = O_RDONLY | OWN_FILE | O_CLOEXEC;
  const fd = libc().openat(AT_FDCWD, cString(`${path}/${LOCK_NAME}`), flags, 0);
  if (fd < 0) return false;
  const isFree = libc().flock(fd, LOCK_EX_NB) >= 0;
  libc().close(fd);
  return !isFree;
}

function refusal(path: string, note: string): SystemError {
  return new SystemError("open", ERRNO.EPERM, path, note);
}

/** By what the kernel itself knows: to ask the file system would wait for whoever serves it. */
function demandOwnFileSystem(path: string): void {
  const mount = mayHangAt(path, ownMounts());
  if (mount === undefined) return;
  const note = `it lies on ${mount.fileSystem}, which may be away and would then hold up the ` +
    "container; take a directory on a disk of this machine";
  throw refusal(path, note);
}

/** Walks there step by step, through no link: what was judged is what is entered. */
function enter(path: string, options: StateDirectoryOptions): number {
  const names = path.split("/").filter((name) => name !== "");
  let fd = openAt(AT_FDCWD, "/", STEP, { target: path });
  try {
    names.forEach((name, at) => {
      const isLast = at === names.length - 1;
      const next = step(fd, name, { path, isLast, ...options });
      libc().close(fd);
      fd = next;
    });
    return fd;
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

interface StepOptions extends StateDirectoryOptions {
  readonly path: string;
  readonly isLast: boolean;
}

function step(fd: number, name: string, options: StepOptions): number {
  const { path, isLast, isConfigured, readsOnly } = options;
  if (!readsOnly && Deno.uid() === 0) demandClosedParent(fd, path);
  const flags = isLast ? ENTER : STEP;
  try {
    return openAt(fd, name, flags, { target: path });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === ERRNO.ENOTDIR || error.errno === ERRNO.ELOOP) {
      throw refusal(path, `'${name}' in it is a link or no directory; name the place itself`);
    }
    if (error.errno !== ERRNO.ENOENT || readsOnly || !isConfigured) throw error;
    checked("mkdir", libc().mkdirat(fd, cString(name), DIRECTORY_MODE), path);
    return openAt(fd, name, flags, { target: path });
  }
}

/** Whoever may write a directory above could put another one in the place of this one. */
function demandClosedParent(fd: number, path: string): void {
  const { uid, mode } = statDescriptor(fd, path);
  const isOpen = (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0;
  if (uid === 0 && !isOpen) return;
  throw refusal(path, "others than root may write a directory above it");
}

function demandOwn(fd: number, path: string, { isConfigured }: StateDirectoryOptions): void {
  const { uid, mode } = statDescriptor(fd, path);
  if (uid !== Deno.uid()) {
    throw refusal(path, `it belongs to user ${uid}, and must belong to user ${Deno.uid()}`);
  }
  if ((mode & WRITABLE_BY_OTHERS) === 0) return;
  // A fresh volume of Kubernetes is open to everybody.
  if (!isConfigured) throw refusal(path, "others than root may write it; chmod 0755 or stricter");
  checked("chmod", libc().fchmod(fd, mode & ~OTHERS), path);
}

function takeLock(directory: number, path: string): number {
  const fd = openOwn(directory, LOCK_NAME, O_WRONLY | O_CREAT);
  if (libc().flock(fd, LOCK_EX_NB) >= 0) return fd;
  const errno = lastErrno();
  libc().close(fd);
  if (errno !== ERRNO.EAGAIN) throw new SystemError("flock", errno, path);
  throw new SystemError("flock", ERRNO.EBUSY, path, "another chaperone uses it");
}

/** Opens a file that nobody else can have put there. @throws {SystemError} */
function openOwn(directory: number, name: string, flags: number): number {
  const fd = openAt(directory, name, flags | OWN_FILE, { target: name, mode: FILE_MODE });
  const status = statDescriptor(fd, name);
  if (isOwn(status)) return fd;
  libc().close(fd);
  throw refusal(name, NOT_OWN);
}

function isOwn({ kind, uid, linkCount }: FileStatus): boolean {
  return kind === "regular" && uid === Deno.uid() && linkCount === 1;
}

class OpenDirectory implements StateDirectory {
  readonly path: string;
  readonly #fd: number;
  readonly #lock: number | undefined;

  constructor(path: string, fd: number, lock: number | undefined) {
    this.path = path;
    this.#fd = fd;
    this.#lock = lock;
  }

  append(name: string): StateFile {
    const fd = openOwn(this.#fd, name, O_WRONLY | O_APPEND | O_CREAT);
    return new OpenFile(fd, `${this.path}/${name}`);
  }

  rename(from: string, to: string): void {
    checked("rename", libc().renameat(this.#fd, cString(from), this.#fd, cString(to)), from);
  }

  async read(name: string, mostBytes: number): Promise<Uint8Array | undefined> {
    const flags = O_RDONLY | OWN_FILE;
    let fd: number;
    try {
      fd = openAt(this.#fd, name, flags, { target: `${this.path}/${name}` });
    } catch (error) {
      if (error instanceof SystemError && error.errno === ERRNO.ENOENT) return undefined;
      throw error;
    }
    try {
      this.#demandReadable(statDescriptor(fd, name), name);
      return concatenate(await readLast(fd, name, mostBytes));
    } finally {
      libc().close(fd);
    }
  }

  has(name: string): boolean {
    const fd = libc().openat(this.#fd, cString(name), O_RDONLY | OWN_FILE | O_CLOEXEC, 0);
    if (fd >= 0) libc().close(fd);
    return fd >= 0;
  }

  async replace(name: string, bytes: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
    if (bytes === undefined) return this.#remove(name);
    const fresh = `${name}.new`;
    this.#remove(fresh);
    const fd = openOwn(this.#fd, fresh, O_WRONLY | O_CREAT | O_EXCL);
    try {
      await writeWhole(fd, bytes, `${this.path}/${name}`);
    } catch (error) {
      this.#remove(fresh);
      throw error;
    } finally {
      libc().close(fd);
    }
    this.rename(fresh, name);
  }

  #remove(name: string): void {
    if (libc().unlinkat(this.#fd, cString(name), 0) >= 0) return;
    const errno = lastErrno();
    if (errno !== ERRNO.ENOENT) throw new SystemError("unlink", errno, `${this.path}/${name}`);
  }

  /** Who only looks may look at a copy of whoever made it; what is relied on is chaperone's. */
  #demandReadable(status: FileStatus, name: string): void {
    const mayRead = this.#lock === undefined ? status.kind === "regular" : isOwn(status);
    if (!mayRead) throw refusal(name, NOT_OWN);
  }

  close(): void {
    libc().close(this.#fd);
    if (this.#lock !== undefined) libc().close(this.#lock);
  }
}

/** Reads the end of what is there now. */
async function readLast(fd: number, name: string, mostBytes: number): Promise<Uint8Array[]> {
  const sizeBytes = Number(libc().lseek(fd, 0n, SEEK_END));
  let left = Math.min(sizeBytes, mostBytes);
  libc().lseek(fd, BigInt(sizeBytes - left), SEEK_SET);
  const chunks: Uint8Array[] = [];
  while (left > 0) {
    const chunk = new Uint8Array(new ArrayBuffer(Math.min(CHUNK_BYTES, left)));
    const size = await libc().readLater(fd, chunk, BigInt(chunk.length));
    if (size < 0) throw new SystemError("read", ERRNO.EIO, name);
    if (size === 0) break;
    chunks.push(chunk.subarray(0, size));
    left -= size;
  }
  return chunks;
}

/** Writes all of it, and waits for the disk. */
async function writeWhole(
  fd: number,
  bytes: Uint8Array<ArrayBuffer>,
  target: string,
): Promise<void> {
  const file = new OpenFile(fd, target);
  for (let at = 0; at < bytes.length;) {
    const written = await file.write(bytes.subarray(at));
    // A disk that takes a part only is full.
    if (written <= 0) throw new SystemError("write", ERRNO.ENOSPC, target);
    at += written;
  }
  if (await libc().fsyncLater(fd) < 0) throw new SystemError("fsync", ERRNO.EIO, target);
}

class OpenFile implements StateFile {
  readonly sizeBytes: number;
  readonly #fd: number;
  readonly #target: string;

  constructor(fd: number, target: string) {
    this.#fd = fd;
    this.#target = target;
    this.sizeBytes = statDescriptor(fd, target).sizeBytes;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return writeOnThread(this.#fd, bytes, this.#target);
  }

  close(): void {
    libc().close(this.#fd);
  }
}
