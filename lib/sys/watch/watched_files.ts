/**
 * Finds the files of paths and patterns, and asks the kernel to tell of changes to them and to the
 * directories and links that lead there. For the process that looks at files: it may hang here.
 *
 * Everything is looked up as the service's user, so links may lead anywhere that user may go. Each
 * directory is watched before it is read, and each file before its content is: what changes in
 * between is told.
 */
import { isAbsence, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { AT_FDCWD } from "../libc/fcntl.ts";
import { cString, lastErrno, libc } from "../libc/libc.ts";
import { type FileStatus, statAt } from "../libc/statx.ts";
import { componentsOf, LINKS_MAX } from "../paths/path_walk.ts";
import { asIdentity } from "../processes/credentials.ts";

/** From sys/inotify.h. */
const IN_MODIFY = 0x2;
const IN_ATTRIB = 0x4;
const IN_CLOSE_WRITE = 0x8;
const IN_MOVED_FROM = 0x40;
const IN_MOVED_TO = 0x80;
const IN_CREATE = 0x100;
const IN_DELETE = 0x200;
const IN_DELETE_SELF = 0x400;
const IN_MOVE_SELF = 0x800;
const IN_ONLYDIR = 0x1000000;
const IN_MASK_ADD = 0x20000000;

/** Changes to a file that is mounted by itself are reported only for that file. */
const OF_FILE = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF;
const OF_DIRECTORY = IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
  IN_MOVE_SELF | IN_ONLYDIR;
/**
 * What others make in /tmp or /etc is to wake nobody who watches a directory far below. Nothing is
 * lost: who takes that directory away has to take away what is in it, which is watched.
 */
const OF_ANCESTOR = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/** By `f_type` of statfs(2): what others change is not told on these. */
const BLIND: Readonly<Record<number, string>> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xff534d42: "CIFS",
  0xfe534d42: "SMB",
  0x65735546: "FUSE",
  0x01021997: "9p",
  0x00c36400: "Ceph",
  0x5346414f: "AFS",
  0x0bd00bd0: "Lustre",
  0x786f4256: "a shared folder",
  0x9fa0: "proc",
  0x62656572: "sysfs",
  0x63677270: "cgroup2",
};
const STATFS_BYTES = 120;

const FILES_MAX = 1000;
const DIRECTORIES_MAX = 1000;
const ENTRIES_MAX = 10_000;
const DEPTH_MAX = 32;

/** What was found. */
export interface FoundFile {
  /** As the pattern has it, links and all. */
  readonly path: string;
  /** Absent where it could not be looked at. */
  readonly status?: FileStatus;
}

export interface WatchedFilesParts {
  readonly identity?: Identity | undefined;
  /** Where the kernel is to tell of changes: inotify(7). */
  readonly queueFd?: number | undefined;
  /** Compiles one name of a pattern. */
  readonly compile: (pattern: string) => (name: string) => boolean;
}

interface Segment {
  readonly text: string;
  /** It comes from a link, and is not shown. */
  readonly isHidden?: true;
}

const ALL: Segment = { text: "*" };
const BELOW = "**";

export class WatchedFiles {
  readonly #parts: WatchedFilesParts;
  /** What the kernel is asked for, by path. */
  readonly #watched = new Map<string, number>();
  readonly #entered = new Set<string>();
  #found: FoundFile[] = [];
  #files = 0;
  #directories = 0;
  #links = 0;
  /** Names of which the kernel may tell, and that no pattern matches. */
  readonly names = new Set<string>();
  blind: string | undefined;
  leftOut: string | undefined;

  constructor(parts: WatchedFilesParts) {
    this.#parts = parts;
  }

  /** Finds the files of one path or pattern. */
  find(pattern: string): readonly FoundFile[] {
    this.#found = [];
    this.#entered.clear();
    const segments = componentsOf(pattern).map((text) => ({ text }));
    asIdentity(this.#parts.identity, () => this.#visit("/", "", segments, true));
    if (this.#found.length === 0 && this.blind !== undefined && !/[*?[]/.test(pattern)) {
      this.#found.push({ path: pattern });
    }
    return this.#found;
  }

  /** `isExact`: where the path ends in a directory, all of it is meant. */
  #visit(dir: string, shown: string, segments: readonly Segment[], isExact: boolean): void {
    const [segment, ...rest] = segments;
    if (!this.#watchDirectory(dir, isAncestor(segments) ? OF_ANCESTOR : OF_DIRECTORY)) return;
    if (segment === undefined) {
      return isExact ? this.#below(dir, shown, [{ text: BELOW }], []) : undefined;
    }
    const { text } = segment;
    if (text === "..") {
      return this.#visit(dir.slice(0, dir.lastIndexOf("/")) || "/", shown, rest, isExact);
    }
    if (text === BELOW && !segment.isHidden) return this.#below(dir, shown, segments, rest);
    if (isLiteral(segment)) {
      this.names.add(text);
      return this.#step(dir, segment, { shown, rest, isExact: segment.isHidden ? isExact : true });
    }
    const matches = this.#parts.compile(text);
    for (const name of this.#list(dir)) {
      if (!matches(name) || (name.startsWith(".") && !text.startsWith("."))) continue;
      this.#step(dir, { text: name }, { shown, rest, isExact: false });
    }
  }

  #below(
    dir: string,
    shown: string,
    segments: readonly Segment[],
    rest: readonly Segment[],
  ): void {
    const identity = `${statAt(AT_FDCWD, dir, "follow")?.identity} ${rest.length}`;
    if (this.#entered.has(identity) || dir.split("/").length > DEPTH_MAX) return;
    this.#entered.add(identity);
    this.#visit(dir, shown, rest.length === 0 ? [ALL] : rest, false);
    for (const name of this.#list(dir)) {
      if (name.startsWith(".")) continue;
      this.#step(dir, { text: name }, { shown, rest: segments, isExact: false });
    }
  }

  #step(
    dir: string,
    { text, isHidden }: Segment,
    to: {
      readonly shown: string;
      readonly rest: readonly Segment[];
      readonly isExact: boolean;
    },
  ): void {
    const path = `${dir === "/" ? "" : dir}/${text}`;
    const shown = isHidden ? to.shown : `${to.shown}/${text}`;
    const look = () => this.#tried(path, () => statAt(AT_FDCWD, path, "keep"));
    let status = look();
    // What comes in the place of a link, or of nothing, is told by the directory alone.
    if (status?.kind !== "directory" && this.#watch(dir, OF_DIRECTORY)) status = look();
    if (status === undefined) return;
    if (status.kind === "link") return this.#follow(dir, path, { ...to, shown });
    if (status.kind === "directory") {
      if (to.rest.length > 0 || to.isExact) this.#visit(path, shown, to.rest, to.isExact);
    } else if (status.kind === "regular" && to.rest.length === 0) {
      this.#file(path, shown, status);
    }
  }

  #follow(
    dir: string,
    path: string,
    { shown, rest, isExact }: {
      readonly shown: string;
      readonly rest: readonly Segment[];
      readonly isExact: boolean;
    },
  ): void {
    if (this.#links >= LINKS_MAX) return;
    const target = this.#tried(path, () => Deno.readLinkSync(path));
    if (target === undefined) return;
    const hidden = componentsOf(target).map((text): Segment => ({ text, isHidden: true }));
    this.#links++;
    this.#visit(target.startsWith("/") ? "/" : dir, shown, [...hidden, ...rest], isExact);
    this.#links--;
  }

  #file(path: string, shown: string, status: FileStatus): void {
    if (this.#found.some((file) => file.path === shown)) return;
    if (this.#files >= FILES_MAX) {
      this.leftOut = `more than ${FILES_MAX} files`;
      return;
    }
    this.#files++;
    this.#watch(path, OF_FILE);
    this.#found.push({ path: shown, status });
  }

  /** False where there are too many. */
  #watchDirectory(path: string, mask: number): boolean {
    if (!this.#watched.has(path)) {
      if (this.#directories >= DIRECTORIES_MAX) {
        this.leftOut = `more than ${DIRECTORIES_MAX} directories`;
        return false;
      }
      this.#directories++;
    }
    this.#watch(path, mask);
    return true;
  }

  /** Says whether the kernel is asked for more of it than before. */
  #watch(path: string, mask: number): boolean {
    const before = this.#watched.get(path) ?? 0;
    if ((mask & ~before) === 0) return false;
    this.#watched.set(path, before | mask);
    const type = fileSystemOf(path);
    const where = type === undefined ? undefined : BLIND[type];
    if (where !== undefined) this.blind ??= `${path} is on ${where}`;
    const { queueFd } = this.#parts;
    if (queueFd === undefined) return true;
    // The same directory may be met by another path.
    if (libc().inotify_add_watch(queueFd, cString(path), mask | IN_MASK_ADD) >= 0) return true;
    const errno = lastErrno();
    if (isAbsence(errno)) return true;
    this.blind ??= new SystemError("inotify_add_watch", errno, path).message;
    return true;
  }

  #list(dir: string): string[] {
    return this.#tried(dir, () => {
      const names: string[] = [];
      for (const { name } of Deno.readDirSync(dir)) {
        if (names.push(name) < ENTRIES_MAX) continue;
        this.leftOut = `more than ${ENTRIES_MAX} entries of ${dir}`;
        break;
      }
      return names.sort();
    }) ?? [];
  }

  /** What is gone meanwhile is not there; what may not be looked at is not told of either. */
  #tried<T>(path: string, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return undefined;
      }
      this.blind ??= `${path} may not be looked at`;
      return undefined;
    }
  }
}

function isLiteral({ text, isHidden }: Segment): boolean {
  return text !== ".." && (isHidden === true || !/[*?[]/.test(text));
}

/** Whether a path goes two directories deeper from here, by their names. */
function isAncestor([first, second, ...others]: readonly Segment[]): boolean {
  return others.length > 0 && [first, second].every((segment) => segment && isLiteral(segment));
}

function fileSystemOf(path: string): number | undefined {
  const status = new DataView(new ArrayBuffer(STATFS_BYTES));
  if (libc().statfs(cString(path), new Uint8Array(status.buffer)) < 0) return undefined;
  return status.getUint32(0, true);
}
