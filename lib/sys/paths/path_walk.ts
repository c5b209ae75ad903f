/**
 * Finds the directory of a file without being led astray. chaperone often reads and writes, as
 * root, in directories that services own, and a service can put a symbolic link anywhere in them,
 * or mount there what never answers.
 *
 * The rule: a link counts only if root or chaperone's own user made it (`/var/log` on another disk,
 * `/dev/stdout`). Who acts as the user whose path it is follows that user's links, too. Steps are
 * taken by descriptor, one component at a time, so that nothing can be exchanged between check and
 * use, and no file system of a user's is asked for anything (held_place.ts). Directories need no
 * such rule: a user can move only those that are the user's already.
 */
import { ERRNO, isAbsence, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { asIdentity } from "../processes/credentials.ts";
import { AT_FDCWD, O_DIRECTORY, O_NOFOLLOW } from "../libc/fcntl.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { type FileStatus, statAt, statDescriptor } from "../libc/statx.ts";
import {
  type HeldPlace,
  holdName,
  holdRoot,
  holdStart,
  openHeld,
  usersMayServe,
} from "./held_place.ts";
import { openAt } from "./open_at.ts";

/** As many as the kernel follows. */
export const LINKS_MAX = 40;

const LINK_TEXT_MAX = 4096;

/** The directory that a path leads to, and the last name in it. */
export interface PathEnd {
  /** As all descriptors here, open for as long as the call lasts. */
  readonly directory: HeldPlace;
  readonly name: string;
  /** What is there, itself and not what it leads to; undefined where there was nothing. */
  readonly found: HeldPlace | undefined;
  /**
   * The name is a link of /proc that has no path, to a pipe or socket: the kernel must follow it.
   */
  readonly isKernelLink: boolean;
  /** Others than root may change where the path leads. */
  readonly isOthers: boolean;
}

/** A link that does not count stands in the way. */
export class ForeignLinkError extends SystemError {
  constructor(path: string) {
    super("open", ERRNO.ELOOP, path);
    this.name = "ForeignLinkError";
  }
}

/** What becomes of directories that are missing, and which links count. */
export type WalkOptions =
  | {
    readonly kind: "fail";
    /** Nor does a link count in a directory that others than root may write. */
    readonly fromRootsPlaceOnly?: true;
    /**
     * The links count that the kernel follows for this user: for who acts as the user whose path it
     * is, and for what is only looked at.
     */
    readonly throughLinksFor?: number;
    /** The last name is not followed. */
    readonly keepsLast?: boolean;
    /** Nor in one of these directories or below, by their identities, whoever walks. */
    readonly notBelow?: ReadonlySet<string> | undefined;
  }
  | { readonly kind: "make"; readonly owner: Identity | undefined };

/**
 * Walks to the last component of an absolute path, through links, and calls `act` with where it
 * ends. What is held is closed afterwards.
 * @throws {ForeignLinkError} at a link that does not count.
 * @throws {UserServedError} at a file system of a user's.
 * @throws {SystemError}
 */
export function withPathEnd<T>(
  path: string,
  options: WalkOptions,
  act: (end: PathEnd) => T,
): T {
  const walk = new PathWalk(path, options);
  try {
    return act(walk.run());
  } finally {
    walk.close();
  }
}

/**
 * Opens what is at the end of a path, as it was found there. @throws {SystemError} ENOENT where
 * there is nothing; `target` is in its message.
 */
export function openEnd(end: PathEnd, flags: number, target: string): number {
  const { directory, name, found, isKernelLink } = end;
  if (isKernelLink) return openAt(directory.fd, name, flags, { target });
  if (found === undefined) throw new SystemError("open", ERRNO.ENOENT, target);
  return openHeld(found, flags, { above: directory, name, target });
}

/**
 * Says what a path leads to, links on the way followed; undefined where there is nothing. `keep`:
 * the last name itself, if it is a link.
 * @throws {SystemError}
 */
export function statPlace(
  path: string,
  links: "follow" | "keep" = "follow",
): FileStatus | undefined {
  // Step by step it takes several times as long.
  if (!usersMayServe()) return statAt(AT_FDCWD, path, links);
  const options: WalkOptions = { ...throughLinksFor(ownUid()), keepsLast: links === "keep" };
  try {
    return withPathEnd(path, options, ({ directory, name, found, isKernelLink }) => {
      return isKernelLink ? statAt(directory.fd, name, "follow") : found?.status;
    });
  } catch (error) {
    if (error instanceof SystemError && isAbsence(error.errno)) return undefined;
    throw error;
  }
}

/** Who chaperone is. */
export function ownUid(): number {
  return Deno.uid() ?? 0;
}

/** The walk of a user who is to be led astray by no more than the kernel lets happen. */
export function throughLinksFor(uid: number): Extract<WalkOptions, { kind: "fail" }> {
  return { kind: "fail", throughLinksFor: uid };
}

class PathWalk {
  readonly #path: string;
  readonly #options: WalkOptions;
  readonly #names: string[];
  #directory: HeldPlace;
  #found: HeldPlace | undefined;
  #links = 0;
  #isBelow = false;
  #isOthers = false;

  constructor(path: string, options: WalkOptions) {
    this.#path = path;
    this.#options = options;
    this.#names = componentsOf(path);
    this.#directory = holdStart(path);
  }

  run(): PathEnd {
    for (;;) {
      const name = this.#names.shift();
      if (name === undefined) throw new SystemError("open", ERRNO.EISDIR, this.#path);
      const isLast = this.#names.length === 0;
      this.#find(name);
      if (this.#found?.status.kind === "link" && !(isLast && this.#keepsLast)) {
        const text = this.#readLink(this.#found);
        if (isLast && this.#isKernelLink(text)) return this.#end(name, true);
        this.#follow(text);
      } else if (isLast) {
        return this.#end(name, false);
      } else {
        if (this.#found === undefined) {
          this.#make(name);
          this.#find(name);
        }
        this.#enter();
      }
    }
  }

  get #keepsLast(): boolean {
    return this.#options.kind === "fail" && this.#options.keepsLast === true;
  }

  close(): void {
    this.#forget();
    libc().close(this.#directory.fd);
  }

  #end(name: string, isKernelLink: boolean): PathEnd {
    const isOthers = this.#isOthers || mayBeExchanged(this.#directory);
    return { directory: this.#directory, name, found: this.#found, isKernelLink, isOthers };
  }

  #find(name: string): void {
    this.#forget();
    this.#found = holdName(this.#directory, name, this.#path);
  }

  #forget(): void {
    if (this.#found !== undefined) libc().close(this.#found.fd);
    this.#found = undefined;
  }

  #readLink({ fd, status }: HeldPlace): string {
    if (this.#isBelow) throw new ForeignLinkError(this.#path);
    if (!this.#counts(status)) throw new ForeignLinkError(this.#path);
    this.#isOthers ||= status.uid !== 0;
    if (++this.#links > LINKS_MAX) throw new SystemError("open", ERRNO.ELOOP, this.#path);
    const buffer = new Uint8Array(LINK_TEXT_MAX);
    const size = libc().readlinkat(fd, cString(""), buffer, BigInt(buffer.length));
    checked("readlink", size, this.#path);
    return new TextDecoder().decode(buffer.subarray(0, size));
  }

  #counts(link: FileStatus): boolean {
    const options = this.#options;
    const user = options.kind === "fail" ? options.throughLinksFor : undefined;
    if (user !== undefined) return this.#isFollowedFor(user, link);
    // Without privilege there is nothing that a link could abuse.
    if (Deno.uid() !== 0) return true;
    if (link.uid !== 0) return false;
    if (options.kind === "make" || !options.fromRootsPlaceOnly) return true;
    return !isShared(statDescriptor(this.#directory.fd, this.#path));
  }

  /** As with fs.protected_symlinks of proc_sys_fs(5), whatever it is here. */
  #isFollowedFor(user: number, link: FileStatus): boolean {
    const { mode, uid } = this.#directory.status;
    const isEverybodys = (mode & STICKY) !== 0 && (mode & OTHERS_WRITE) !== 0;
    return !isEverybodys || link.uid === user || link.uid === uid;
  }

  /** Anybody can make a link that only reads so: the kernel would follow it to wherever it leads. */
  #isKernelLink(text: string): boolean {
    return /^\w+:\[\w+\]$/.test(text) &&
      this.#directory.status.device === statAt(AT_FDCWD, "/proc", "keep")?.device;
  }

  #follow(text: string): void {
    this.#names.unshift(...componentsOf(text));
    if (!text.startsWith("/")) return;
    const root = holdRoot(this.#path);
    libc().close(this.#directory.fd);
    this.#directory = root;
  }

  /**
   * Makes a directory. One that is to belong to a user is made by that user where others than root
   * may write the one above: between making and giving away, it could be exchanged.
   */
  #make(name: string): void {
    if (this.#options.kind === "fail") throw new SystemError("open", ERRNO.ENOENT, this.#path);
    const { owner } = this.#options;
    const hasOwner = owner !== undefined && owner.uid !== 0 && Deno.uid() === 0;
    const mode = hasOwner ? 0o775 : 0o755;
    if (!hasOwner || !isShared(statDescriptor(this.#directory.fd, this.#path))) {
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
    if (libc().mkdirat(this.#directory.fd, cString(name), mode) >= 0) return true;
    const errno = lastErrno();
    if (errno !== ERRNO.EEXIST) throw new SystemError("mkdir", errno, this.#path);
    return false;
  }

  /** Where ownership cannot be changed (a mount that has none) it stays as it is. */
  #giveAway(name: string, owner: Identity): void {
    const fd = openAt(this.#directory.fd, name, O_DIRECTORY | O_NOFOLLOW, { target: this.#path });
    libc().fchown(fd, owner.uid, owner.gid);
    libc().close(fd);
  }

  /** Goes on from what was found. */
  #enter(): void {
    const found = this.#found;
    if (found === undefined) throw new SystemError("open", ERRNO.ENOENT, this.#path);
    if (found.status.kind !== "directory") {
      throw new SystemError("open", ERRNO.ENOTDIR, this.#path);
    }
    this.#isOthers ||= mayBeExchanged(this.#directory);
    libc().close(this.#directory.fd);
    this.#directory = found;
    this.#found = undefined;
    if (this.#options.kind === "make" || !this.#options.notBelow?.size) return;
    this.#isBelow ||= this.#options.notBelow.has(found.status.identity);
  }
}

/** From unistd.h. */
const W_OK = 2;

/** In such a directory, only the owner of a name may remove it. */
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;
const WRITABLE_BY_OTHERS = 0o022;

/** Whether others than root may write a directory. */
export function isShared(directory: FileStatus): boolean {
  return directory.uid !== 0 || (directory.mode & WRITABLE_BY_OTHERS) !== 0;
}

/**
 * Whether others than root may put something else in the place of what root has made there. Nobody
 * can where it is mounted read-only, as Kubernetes mounts a ConfigMap, which all may write by its mode.
 */
function mayBeExchanged({ fd, status }: HeldPlace): boolean {
  const isOpen = isShared(status) && (status.uid !== 0 || (status.mode & STICKY) === 0);
  if (!isOpen) return false;
  return libc().access(cString(`/proc/self/fd/${fd}`), W_OK) >= 0 || lastErrno() !== ERRNO.EROFS;
}

/** Returns the names of a path; `..` is one. */
export function componentsOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
