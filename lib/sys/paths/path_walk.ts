/**
 * Finds the directory of a file without being led astray. chaperone often reads and writes, as
 * root, in directories that services own, and a service can put a symbolic link anywhere in them.
 *
 * The rule: a link counts only if root or chaperone's own user made it (`/var/log` on another disk,
 * `/dev/stdout`). Steps are taken by descriptor, one component at a time, so that nothing can be
 * exchanged between check and use. Directories need no such rule: a user can move only those that
 * are the user's already.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { asIdentity } from "../processes/credentials.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { AT_FDCWD, type FileStatus, statAt, statDescriptor } from "../libc/statx.ts";

/** From fcntl.h; two differ between processors. */
const isArm = Deno.build.arch === "aarch64";
export const O_RDONLY = 0;
export const O_WRONLY = 0o1;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = isArm ? 0o40000 : 0o200000;
export const O_NOFOLLOW = isArm ? 0o100000 : 0o400000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

/** As many as the kernel follows. */
export const LINKS_MAX = 40;

const LINK_TEXT_MAX = 4096;

/** The directory that a path leads to, and the last name in it. */
export interface PathEnd {
  /** Open for as long as the call lasts. */
  readonly directoryFd: number;
  readonly name: string;
  /**
   * The name is a link of /proc that has no path, to a pipe or socket: the kernel must follow it.
   */
  readonly isKernelLink: boolean;
}

/** A link that does not count stands in the way. */
export class ForeignLinkError extends SystemError {
  constructor(path: string) {
    super("open", ERRNO.ELOOP, path);
    this.name = "ForeignLinkError";
  }
}

/** What becomes of directories that are missing. */
export type MissingDirectories =
  | {
    readonly kind: "fail";
    /** Nor does a link count in a directory that others than root may write. */
    readonly fromRootsPlaceOnly?: true;
    /** Nor in one of these directories or below, by their identities, whoever walks. */
    readonly notBelow?: ReadonlySet<string> | undefined;
  }
  | { readonly kind: "make"; readonly owner: Identity | undefined };

/** Opens relative to a directory. @throws {SystemError} with `target`. */
export function openAt(
  fd: number,
  name: string,
  flags: number,
  options: { target: string; mode?: number },
): number {
  const opened = libc().openat(fd, cString(name), flags | O_CLOEXEC, options.mode ?? 0);
  return checked("open", opened, options.target);
}

/**
 * Walks to the last component of an absolute path, through links, and calls `act` with where it
 * ends. The directory is closed afterwards.
 * @throws {ForeignLinkError} at a link that does not count.
 * @throws {SystemError}
 */
export function withPathEnd<T>(
  path: string,
  missing: MissingDirectories,
  act: (end: PathEnd) => T,
): T {
  const walk = new PathWalk(path, missing);
  try {
    return act(walk.run());
  } finally {
    walk.close();
  }
}

class PathWalk {
  readonly #path: string;
  readonly #missing: MissingDirectories;
  readonly #names: string[];
  #fd: number;
  #links = 0;
  #isBelow = false;

  constructor(path: string, missing: MissingDirectories) {
    this.#path = path;
    this.#missing = missing;
    this.#names = componentsOf(path);
    this.#fd = this.#openDirectory(AT_FDCWD, "/");
  }

  run(): PathEnd {
    for (;;) {
      const name = this.#names.shift();
      if (name === undefined) throw new SystemError("open", ERRNO.EISDIR, this.#path);
      const isLast = this.#names.length === 0;
      const found = statAt(this.#fd, name, "keep");
      if (found?.kind === "link") {
        const text = this.#readLink(name, found);
        if (isLast && /^\w+:\[\w+\]$/.test(text)) return this.#end(name, true);
        this.#follow(text);
      } else if (isLast) {
        return this.#end(name, false);
      } else {
        if (found === undefined) this.#make(name);
        this.#enter(this.#openDirectory(this.#fd, name));
      }
    }
  }

  close(): void {
    libc().close(this.#fd);
  }

  #end(name: string, isKernelLink: boolean): PathEnd {
    return { directoryFd: this.#fd, name, isKernelLink };
  }

  #readLink(name: string, link: FileStatus): string {
    if (this.#isBelow) throw new ForeignLinkError(this.#path);
    // Without privilege there is nothing that a link could abuse.
    if (Deno.uid() === 0 && !this.#counts(link)) throw new ForeignLinkError(this.#path);
    if (++this.#links > LINKS_MAX) throw new SystemError("open", ERRNO.ELOOP, this.#path);
    const buffer = new Uint8Array(LINK_TEXT_MAX);
    const size = libc().readlinkat(this.#fd, cString(name), buffer, BigInt(buffer.length));
    checked("readlink", size, this.#path);
    return new TextDecoder().decode(buffer.subarray(0, size));
  }

  #counts(link: FileStatus): boolean {
    if (link.uid !== 0) return false;
    if (this.#missing.kind === "make" || !this.#missing.fromRootsPlaceOnly) return true;
    return !isShared(statDescriptor(this.#fd, this.#path));
  }

  #follow(text: string): void {
    this.#names.unshift(...componentsOf(text));
    if (text.startsWith("/")) this.#enter(this.#openDirectory(AT_FDCWD, "/"));
  }

  /**
   * Makes a directory. One that is to belong to a user is made by that user where others than root
   * may write the one above: between making and giving away, it could be exchanged.
   */
  #make(name: string): void {
    if (this.#missing.kind === "fail") throw new SystemError("open", ERRNO.ENOENT, this.#path);
    const { owner } = this.#missing;
    const hasOwner = owner !== undefined && owner.uid !== 0 && Deno.uid() === 0;
    const mode = hasOwner ? 0o775 : 0o755;
    if (!hasOwner || !isShared(statDescriptor(this.#fd, this.#path))) {
      if (this.#makeWith(name, mode) && hasOwner) this.#giveAway(name, owner);
      return;
    }
    try {
      asIdentity(owner, () => this.#makeWith(name, mode));
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== ERRNO.EACCES) throw error;
      this.#makeWith(name, mode);
    }
  }

  /** False where there is something of that name. */
  #makeWith(name: string, mode: number): boolean {
    if (libc().mkdirat(this.#fd, cString(name), mode) >= 0) return true;
    const errno = lastErrno();
    if (errno !== ERRNO.EEXIST) throw new SystemError("mkdir", errno, this.#path);
    return false;
  }

  /** Where ownership cannot be changed (a mount that has none) it stays as it is. */
  #giveAway(name: string, owner: Identity): void {
    const fd = openAt(this.#fd, name, O_DIRECTORY | O_NOFOLLOW, { target: this.#path });
    libc().fchown(fd, owner.uid, owner.gid);
    libc().close(fd);
  }

  #openDirectory(fd: number, name: string): number {
    return openAt(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, { target: this.#path });
  }

  #enter(fd: number): void {
    libc().close(this.#fd);
    this.#fd = fd;
    if (this.#missing.kind === "make" || !this.#missing.notBelow?.size) return;
    this.#isBelow ||= this.#missing.notBelow.has(statDescriptor(fd, this.#path).identity);
  }
}

const WRITABLE_BY_OTHERS = 0o022;

/** Whether others than root may write a directory. */
export function isShared(directory: FileStatus): boolean {
  return directory.uid !== 0 || (directory.mode & WRITABLE_BY_OTHERS) !== 0;
}

/** Returns the names of a path; `..` is one. */
export function componentsOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
