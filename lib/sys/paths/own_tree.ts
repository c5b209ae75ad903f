/**
 * Gives a file, or a directory with all that is in it, to an owner: what is wrong is changed, and
 * nothing else is written. Runs as root among files that others may exchange at any moment, so:
 *
 * - each step is a name within an open directory, opened without following it; what is changed is
 *   the descriptor that was looked at;
 * - a directory is given away after what is in it: as long as it is root's, nobody else puts
 *   anything there;
 * - a file with several names may be somebody else's, linked here to be given away: it is left, but
 *   for where root alone can have put it;
 * - devices are left, and so is what lies on another mount.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_PATH } from "../libc/fcntl.ts";
import { lastErrno, libc, SYSCALL } from "../libc/libc.ts";
import { nowMs } from "../libc/clock.ts";
import { AT_EMPTY_PATH, type FileStatus, statDescriptor, statEntry } from "../libc/statx.ts";
import { openAt } from "./open_at.ts";
import { withPathEnd } from "./path_walk.ts";

/** Who else than the owner may write. */
const OTHERS_WRITE = 0o022;

/** Offsets in `struct linux_dirent64`. */
const D_RECLEN = 16;
const D_NAME = 19;
const ENTRIES_BYTES = 64 * 1024;

/** Each level keeps a descriptor. */
const DEPTH_MAX = 256;
/** So many files between two looks at the clock. */
const CLOCK_EACH = 512;
const PROGRESS_MS = 2000;

/** Whose it is to be. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What has been done; the rest of the numbers is of what was left as it is. */
export interface OwnReport {
  looked: number;
  changed: number;
  /** Files with several names. */
  linked: number;
  devices: number;
  /** On another mount. */
  mounts: number;
  /** Directories that are too deep. */
  deep: number;
  isReadOnly: boolean;
}

const EMPTY = Uint8Array.of(0);

/**
 * Gives the tree at a path away; tells how far it is every two seconds.
 * @throws {SystemError} where there is nothing, or something cannot be changed.
 */
export function ownTree(
  path: string,
  owner: Owner,
  progress: (report: OwnReport) => void,
): OwnReport {
  const tree = new Tree(path, owner, progress);
  withPathEnd(path, { kind: "fail" }, ({ directory, name }) => {
    const fd = openAt(directory.fd, name, O_PATH | O_NOFOLLOW, { target: path });
    tree.begin(fd, directory.fd, name);
  });
  return tree.report;
}

/** The file system is mounted read-only: nothing more of it is looked at. */
class ReadOnly extends Error {}

class Tree {
  readonly report: OwnReport = {
    ...{ looked: 0, changed: 0, linked: 0, devices: 0, mounts: 0, deep: 0 },
    isReadOnly: false,
  };
  readonly #path: string;
  readonly #owner: Owner;
  readonly #progress: (report: OwnReport) => void;
  #toldMs = nowMs();
  /** Where all of the tree has to lie. */
  #top: Pick<FileStatus, "device" | "mountId"> = { device: "" };

  constructor(path: string, owner: Owner, progress: (report: OwnReport) => void) {
    this.#path = path;
    this.#owner = owner;
    this.#progress = progress;
  }

  /** Takes the descriptor of the topmost file over. */
  begin(fd: number, above: number, name: string): void {
    try {
      const found = statDescriptor(fd, this.#path);
      this.#top = found;
      this.report.looked++;
      if (found.kind !== "directory") return this.#give(fd, found, false);
      const flags = O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
      this.#directory(openAt(above, name, flags, { target: this.#path }), 0);
    } catch (error) {
      if (!(error instanceof ReadOnly)) throw error;
      this.report.isReadOnly = true;
    } finally {
      libc().close(fd);
    }
  }

  /** Takes the descriptor over. */
  #directory(fd: number, depth: number): void {
    try {
      const found = statDescriptor(fd, this.#path);
      if (this.#isElsewhere(found)) return void this.report.mounts++;
      const isRoots = found.uid === 0 && (found.mode & OTHERS_WRITE) === 0;
      this.#entries(fd, depth, isRoots);
      if (!this.#isRight(found)) this.#change(fd);
    } finally {
      libc().close(fd);
    }
  }

  #entries(fd: number, depth: number, isRoots: boolean): void {
    const room = new Uint8Array(ENTRIES_BYTES);
    const view = new DataView(room.buffer);
    const { syscallDirents } = libc();
    for (;;) {
      const size = Number(syscallDirents(SYSCALL.getdents64, fd, room, BigInt(room.length)));
      if (size < 0) throw new SystemError("getdents", lastErrno(), this.#path);
      if (size === 0) return;
      for (let at = 0; at < size; at += view.getUint16(at + D_RECLEN, true)) {
        const name = room.subarray(at + D_NAME);
        if (!isDots(name)) this.#entry(fd, name, depth, isRoots);
      }
    }
  }

  #entry(above: number, name: Uint8Array<ArrayBuffer>, depth: number, isRoots: boolean): void {
    this.#count();
    const found = statEntry(above, name, this.#path);
    if (found === undefined) return;
    if (this.#isElsewhere(found)) return void this.report.mounts++;
    const isDirectory = found.kind === "directory";
    if (this.#isRight(found) && !isDirectory) return;
    if (isDirectory && depth + 1 >= DEPTH_MAX) return void this.report.deep++;
    const how = isDirectory ? O_DIRECTORY | O_NONBLOCK : O_PATH;
    const fd = libc().openat(above, name, how | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) {
      // Whoever did that goes on owning it.
      if (GONE.includes(lastErrno())) return;
      throw new SystemError("open", lastErrno(), this.#path);
    }
    if (isDirectory) return this.#directory(fd, depth + 1);
    try {
      this.#give(fd, statDescriptor(fd, this.#path), isRoots);
    } finally {
      libc().close(fd);
    }
  }

  /** Changes what is not a directory, where that is no trap. */
  #give(fd: number, found: FileStatus, isRootsPlace: boolean): void {
    if (this.#isRight(found) || found.kind === "directory") return;
    if (found.kind === "device") return void this.report.devices++;
    const isOwn = found.uid === this.#owner.uid;
    if (found.linkCount > 1 && !isOwn && !isRootsPlace) return void this.report.linked++;
    this.#change(fd);
  }

  #change(fd: number): void {
    const { uid, gid } = this.#owner;
    if (libc().fchownat(fd, EMPTY, uid, gid, AT_EMPTY_PATH) === 0) {
      this.report.changed++;
      return;
    }
    const errno = lastErrno();
    if (errno === ERRNO.EROFS) throw new ReadOnly();
    throw new SystemError("chown", errno, this.#path);
  }

  #isRight({ uid, gid }: FileStatus): boolean {
    return uid === this.#owner.uid && gid === this.#owner.gid;
  }

  /**
   * Whether something is on another mount, the number of which may be the only difference. The files
   * of an overlay have the devices of its layers.
   */
  #isElsewhere({ kind, device, mountId }: FileStatus): boolean {
    if (mountId !== this.#top.mountId) return true;
    return kind === "directory" && device !== this.#top.device;
  }

  #count(): void {
    this.report.looked++;
    if (this.report.looked % CLOCK_EACH !== 0 || nowMs() < this.#toldMs + PROGRESS_MS) return;
    this.#toldMs = nowMs();
    this.#progress(this.report);
  }
}

/** What openat(2) says where another file has taken the place, or none is left there. */
const GONE: readonly number[] = [ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.ELOOP];

const DOT = 0x2e;

function isDots(name: Uint8Array): boolean {
  return name[0] === DOT && (name[1] === 0 || (name[1] === DOT && name[2] === 0));
}
