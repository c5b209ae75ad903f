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
import { lastErrno, libc, SYSCALL } from "../libc/libc.ts";
import { nowMs } from "../libc/clock.ts";
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_PATH, openAt } from "./open_at.ts";
import { withPathEnd } from "./path_walk.ts";

/** From fcntl.h and linux/stat.h. */
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;
const asked = STATX_BASIC_STATS | STATX_MNT_ID;

/** Offsets in `struct statx`. */
const STX = { nlink: 16, uid: 20, gid: 24, mode: 28, devMajor: 136, devMinor: 140, mntId: 144 };
const STATX_BYTES = 256;

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const DEVICES: readonly number[] = [0o020000, 0o060000];
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

interface Found {
  readonly mode: number;
  readonly isRight: boolean;
  readonly nlink: number;
  readonly uid: number;
  readonly device: string;
  /** Undefined where the kernel does not tell: before Linux 5.8. */
  readonly mount: number | undefined;
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
  readonly #status = new Uint8Array(STATX_BYTES);
  readonly #view = new DataView(this.#status.buffer);
  #toldMs = nowMs();
  #top: Pick<Found, "device" | "mount"> = { device: "", mount: undefined };

  constructor(path: string, owner: Owner, progress: (report: OwnReport) => void) {
    this.#path = path;
    this.#owner = owner;
    this.#progress = progress;
  }

  /** Takes the descriptor of the topmost file over. */
  begin(fd: number, above: number, name: string): void {
    try {
      const found = this.#look(fd, EMPTY, AT_EMPTY_PATH);
      this.#top = found;
      this.report.looked++;
      if (!isDirectoryMode(found.mode)) return this.#give(fd, found, false);
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
      const found = this.#look(fd, EMPTY, AT_EMPTY_PATH);
      if (this.#isElsewhere(found)) return void this.report.mounts++;
      const isRoots = found.uid === 0 && (found.mode & OTHERS_WRITE) === 0;
      this.#entries(fd, depth, isRoots);
      if (!found.isRight) this.#change(fd);
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
    const found = this.#tryLook(above, name);
    if (found === undefined) return;
    if (this.#isElsewhere(found)) return void this.report.mounts++;
    const isDirectory = isDirectoryMode(found.mode);
    if (found.isRight && !isDirectory) return;
    if (isDirectory && depth + 1 >= DEPTH_MAX) return void this.report.deep++;
    const how = isDirectory ? O_DIRECTORY | O_NONBLOCK : O_PATH;
    const fd = libc().openat(above, name, how | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) {
      // It is gone, or another one is in its place: whoever did that goes on owning it.
      if (GONE.includes(lastErrno())) return;
      throw new SystemError("open", lastErrno(), this.#path);
    }
    if (isDirectory) return this.#directory(fd, depth + 1);
    try {
      this.#give(fd, this.#look(fd, EMPTY, AT_EMPTY_PATH), isRoots);
    } finally {
      libc().close(fd);
    }
  }

  /** Changes what is no directory, where that is no trap. */
  #give(fd: number, found: Found, isRootsPlace: boolean): void {
    const kind = found.mode & S_IFMT;
    if (found.isRight || kind === S_IFDIR) return;
    if (DEVICES.includes(kind)) return void this.report.devices++;
    const isOwn = found.uid === this.#owner.uid;
    if (found.nlink > 1 && !isOwn && !isRootsPlace) return void this.report.linked++;
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

  #tryLook(fd: number, name: Uint8Array<ArrayBuffer>): Found | undefined {
    if (libc().statx(fd, name, AT_SYMLINK_NOFOLLOW, asked, this.#status) === 0) {
      return this.#decode();
    }
    if (GONE.includes(lastErrno())) return undefined;
    throw new SystemError("statx", lastErrno(), this.#path);
  }

  #look(fd: number, name: Uint8Array<ArrayBuffer>, flags: number): Found {
    if (libc().statx(fd, name, flags, asked, this.#status) === 0) return this.#decode();
    throw new SystemError("statx", lastErrno(), this.#path);
  }

  /**
   * Whether something is on another mount, the number of which may be the only difference. The files
   * of an overlay have the devices of its layers.
   */
  #isElsewhere({ mode, device, mount }: Found): boolean {
    if (mount !== this.#top.mount) return true;
    return isDirectoryMode(mode) && device !== this.#top.device;
  }

  #decode(): Found {
    const view = this.#view;
    const [uid, gid] = [view.getUint32(STX.uid, true), view.getUint32(STX.gid, true)];
    const knowsMount = (view.getUint32(0, true) & STATX_MNT_ID) !== 0;
    return {
      uid,
      mode: view.getUint16(STX.mode, true),
      isRight: uid === this.#owner.uid && gid === this.#owner.gid,
      nlink: view.getUint32(STX.nlink, true),
      device: `${view.getUint32(STX.devMajor, true)}:${view.getUint32(STX.devMinor, true)}`,
      mount: knowsMount ? view.getUint32(STX.mntId, true) : undefined,
    };
  }

  #count(): void {
    this.report.looked++;
    if (this.report.looked % CLOCK_EACH !== 0 || nowMs() < this.#toldMs + PROGRESS_MS) return;
    this.#toldMs = nowMs();
    this.#progress(this.report);
  }
}

function isDirectoryMode(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

const GONE: readonly number[] = [ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.ELOOP];

const DOT = 0x2e;

function isDots(name: Uint8Array): boolean {
  return name[0] === DOT && (name[1] === 0 || (name[1] === DOT && name[2] === 0));
}
