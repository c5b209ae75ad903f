/**
 * Makes rule sets of Landlock, see landlock(7). A path of a rule is found as others are in
 * directories that services may write (lib/sys/paths/path_walk.ts), and no link counts where the
 * sandbox itself lets links be made or moved, whoever the service's user is: a service cannot widen
 * its sandbox for the next start by a link.
 */
import type { LandlockRules, PathRule } from "../../base/confinement.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../libc/fcntl.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { type FileStatus, statAt, statDescriptor, statHeld } from "../libc/statx.ts";
import { usersMayServe } from "../paths/held_place.ts";
import { isShared, openEnd, withPathEnd } from "../paths/path_walk.ts";

/** Of every machine, see syscalls(2). */
const CREATE_RULESET = 444;
const ADD_RULE = 445;
const OPENAT2 = 437;

/** Of linux/landlock.h. */
const VERSION = 1;
const PATH_BENEATH = 1;
const NET_PORT = 2;
/** What makes sense for what is not a directory; EINVAL for others. */
const RIGHTS_ON_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15;
const MAKE_SYM = 1 << 12;

const WORD_BYTES = 8;

let abi: number | undefined;

/** The version of Landlock's ABI; 0 where the kernel has none, or the container may not use it. */
export function landlockAbi(): number {
  abi ??= Math.max(0, libc().syscallRuleset(CREATE_RULESET, null, 0n, VERSION));
  return abi;
}

/** Returns a descriptor, closed on exec. @throws {SystemError} */
export function openRuleset(rules: LandlockRules): number {
  const attributes = attributesOf(rules);
  const created = libc().syscallRuleset(CREATE_RULESET, attributes, BigInt(attributes.length), 0);
  const fd = checked("landlock_create_ruleset", created);
  try {
    const way = { writable: new Set<string>(), mayBeServed: usersMayServe() };
    for (const rule of writableFirst(withoutLinks(rules.paths))) addPaths(fd, rule, way);
    for (const { port, rights } of rules.ports) {
      const added = libc().syscallRule(ADD_RULE, fd, NET_PORT, words(rights, port), 0);
      checked("landlock_add_rule", added, `${port}`);
    }
    return fd;
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

/** As short as what is used of it: an older kernel knows no more. */
function attributesOf(
  { handledFiles, handledPorts, scoped }: LandlockRules,
): Uint8Array<ArrayBuffer> {
  const count = scoped !== 0 ? 3 : handledPorts !== 0 ? 2 : 1;
  return words(...[handledFiles, handledPorts, scoped].slice(0, count));
}

function words(...values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * WORD_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * WORD_BYTES, value, true);
  return bytes;
}

/** What nobody replaces while a container runs: it is opened once. */
const LASTING: ReadonlySet<string> = new Set([
  ...["/usr", "/proc", "/sys"],
  ...["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"],
]);

const lasting = new Map<string, number>();
const NOWHERE = new Set<string>();

/** What is a file on every system: the rights of a directory need not be tried first. */
const FILES: ReadonlySet<string> = new Set([
  ...[...LASTING].filter((path) => path.startsWith("/dev/")),
  ..."passwd group hosts resolv.conf nsswitch.conf services protocols ld.so.cache ssl/openssl.cnf"
    .split(" ").map((name) => `/etc/${name}`),
]);

/** Directories that most distributions have as links into /usr. */
const MERGED: readonly string[] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"];

let mergedHere: readonly string[] | undefined;

/**
 * A link into /usr as a rule, which anybody who administers the container may change. To follow a
 * link step by step takes a third of the time of a rule set.
 */
const TIME_ZONE = "/etc/localtime";

/** Leaves out what /usr covers. */
function withoutLinks(rules: readonly PathRule[]): readonly PathRule[] {
  const covering = rules.find(({ path }) => path === "/usr")?.rights ?? 0;
  if (covering === 0) return rules;
  mergedHere ??= MERGED.filter((path) => /^\/?usr\//.test(linkText(path)));
  const isCovered = ({ path, rights }: PathRule) =>
    (rights & ~covering) === 0 &&
    (mergedHere?.includes(path) === true || (path === TIME_ZONE && isInUsr(linkText(path))));
  return rules.filter((rule) => !isCovered(rule));
}

/** Whether what a link of /etc leads to lies in /usr, with no other link on the way. */
function isInUsr(link: string): boolean {
  const path = link.replace(/^\.\.(?=\/)/, "");
  if (!path.startsWith("/usr/") || path.includes("..")) return false;
  const { syscallOpen, close } = libc();
  const place = syscallOpen(OPENAT2, AT_FDCWD, cString(path), THROUGH_NO_LINK, HOW_BYTES);
  if (place >= 0) close(place);
  return place >= 0;
}

function linkText(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return ""; // ENOENT, or EINVAL: a directory of its own.
  }
}

/** Where links can be made is known, then, before a link is met; what is above others comes first. */
function writableFirst(rules: readonly PathRule[]): readonly PathRule[] {
  const makesLinks = ({ rights }: PathRule) => Number((rights & MAKE_SYM) !== 0);
  return rules.toSorted((a, b) => makesLinks(b) - makesLinks(a) || a.path.length - b.path.length);
}

/** How the paths of one rule set are found. */
interface Way {
  /** The directories where the sandbox lets links be made. */
  readonly writable: Set<string>;
  /** Whether users may serve file systems; asked once for all paths. */
  readonly mayBeServed: boolean;
}

/** Adds to `way.writable` where links can be made. */
function addPaths(fd: number, { path, rights }: PathRule, way: Way): void {
  if (LASTING.has(path)) {
    const place = lasting.get(path) ?? openPlace(path, { ...way, writable: NOWHERE });
    if (place === undefined) return;
    lasting.set(path, place);
    return addPlace(fd, place, rights, path);
  }
  for (const found of matches(path, way)) {
    const place = openPlace(found, way);
    if (place === undefined) continue;
    try {
      addPlace(fd, place, rights, found);
      if ((rights & MAKE_SYM) !== 0) way.writable.add(statHeld(place, found).identity);
    } finally {
      libc().close(place);
    }
  }
}

/** `struct landlock_path_beneath_attr` is packed: eight bytes, then the descriptor in four. */
const pathRule = new DataView(new ArrayBuffer(WORD_BYTES + 4));

function tryPath(fd: number, place: number, rights: number): boolean {
  pathRule.setUint32(0, rights, true);
  pathRule.setInt32(WORD_BYTES, place, true);
  return libc().syscallRule(ADD_RULE, fd, PATH_BENEATH, pathRule, 0) >= 0;
}

/** Tries the rights of a directory first: most are, and to ask what it is costs more. */
function addPlace(fd: number, place: number, rights: number, path: string): void {
  if (tryPath(fd, place, FILES.has(path) ? rights & RIGHTS_ON_FILES : rights)) return;
  if (lastErrno() === ERRNO.EINVAL && tryPath(fd, place, rights & RIGHTS_ON_FILES)) return;
  throw new SystemError("landlock_add_rule", lastErrno(), path);
}

const ABSENT: readonly number[] = [ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.EACCES];

/** Undefined where there is nothing, or nothing that chaperone may reach. @throws {SystemError} */
function openPlace(path: string, way: Way): number | undefined {
  const how = howToOpen(path, way);
  const opened = libc().syscallOpen(OPENAT2, AT_FDCWD, cString(path), how, HOW_BYTES);
  if (opened >= 0) return opened;
  if (ABSENT.includes(lastErrno())) return undefined;
  // There is a link on the way (ELOOP), a file system to be asked (EAGAIN), or no such call.
  return openStepwise(path, way);
}

/** @throws {SystemError} also where a user serves what is on the way. */
function openStepwise(path: string, { writable }: Way): number | undefined {
  try {
    return withPathEnd(
      path,
      { kind: "fail", notBelow: writable },
      (end) => openEnd(end, O_PATH, path),
    );
  } catch (error) {
    if (error instanceof SystemError && ABSENT.includes(error.errno)) return undefined;
    throw error;
  }
}

/** `struct open_how`: flags, mode, how names are found. */
const HOW_BYTES = 24n;
const RESOLVE_NO_SYMLINKS = 4;
/** Nobody is asked who serves a file system: EAGAIN where that would be needed. */
const RESOLVE_CACHED = 0x20;
const THROUGH_NO_LINK = words(O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS);
const THROUGH_LINKS = words(O_PATH | O_CLOEXEC, 0, 0);
const ASKING_NOBODY = words(O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_CACHED);

let isRootOurs: boolean | undefined;

/** A link in the root directory, as /lib often is one, is the word of whoever may write there. */
function howToOpen(path: string, { mayBeServed }: Way): Uint8Array<ArrayBuffer> {
  if (path.lastIndexOf("/") > 0) return mayBeServed ? ASKING_NOBODY : THROUGH_NO_LINK;
  isRootOurs ??= !isShared(statAt(AT_FDCWD, "/", "follow") as FileStatus);
  return isRootOurs ? THROUGH_LINKS : THROUGH_NO_LINK;
}

/** More in one directory would be one directory to name. */
const MATCHES_MAX = 256;

/** Returns the paths that a pattern stands for: `*` in one of its names. @throws {SystemError} */
function matches(path: string, way: Way): string[] {
  if (!path.includes("*")) return [path];
  const parts = path.split("/");
  const at = parts.findIndex((part) => part.includes("*"));
  const above = parts.slice(0, at).join("/") || "/";
  const below = parts.slice(at + 1);
  const found = namesIn(above, way).filter((name) => fits(name, parts[at] as string));
  if (found.length > MATCHES_MAX) throw new SystemError("landlock_add_rule", ERRNO.E2BIG, path);
  return found.map((name) => [...parts.slice(0, at), name, ...below].join("/"));
}

/** Some 20,000 to 50,000 names, which are read in some 50 ms: who may make files may make many. */
const DIRECTORY_MAX_BYTES = 1024 * 1024;

function namesIn(directory: string, way: Way): string[] {
  // What is read must answer, too.
  const place = way.mayBeServed ? openStepwise(directory, way) : openPlace(directory, way);
  if (place === undefined) return [];
  try {
    const { kind, sizeBytes } = statDescriptor(place, directory);
    if (kind !== "directory") return [];
    if (sizeBytes > DIRECTORY_MAX_BYTES) {
      throw new SystemError("readdir", ERRNO.E2BIG, directory, "it holds too many names for a `*`");
    }
    return [...Deno.readDirSync(`/proc/self/fd/${place}`)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof SystemError) throw error;
    return []; // EACCES: nothing is there for chaperone.
  } finally {
    libc().close(place);
  }
}

/** `*` stands for any characters; as in shells, a dot at the beginning is to be written. */
function fits(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop() ?? "";
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
