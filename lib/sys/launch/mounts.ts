/**
 * The entries of the table that give a process mounts of its own. They come first, as long as the
 * process is root's with all of its capabilities, and while its standard input is closed: what is
 * opened gets the number 0, by which a rule of Landlock can name it. A rule set that was made before
 * knows the files below the new mounts, and not these.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Confinement, LandlockRules, MountChanges } from "../../base/confinement.ts";
import { ownMounts } from "../paths/mount_table.ts";
import { ownPrivileges } from "../sandbox/capability_state.ts";
import { masksOfProc, temporaryPlaces } from "../sandbox/mount_proof.ts";
import type { CallTable } from "./call_table.ts";
import { ownDirectory } from "./scratch_file.ts";
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../libc/fcntl.ts";

/** From linux/mount.h, sched.h and linux/fcntl.h. */
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_BIND = 4096;
const MS_MOVE = 8192;
const MS_REC = 16384;
const MS_SLAVE = 1 << 19;
const CLONE_NEWNS = 0x20000;
const AT_RECURSIVE = 0x8000;
const MOUNT_ATTR_RDONLY = 1;
/** Of `struct mount_attr`. */
const MOUNT_ATTR_BYTES = 32;
const O_PATH_CLOEXEC = O_PATH | O_CLOEXEC;
const LANDLOCK_RULE_PATH_BENEATH = 1;
const CAP_SYS_ADMIN = 21n;

const FREE = 0;
const PROC = "/proc";

/** For the places of temporary files, /proc, and the namespace. */
const FIXED_ENTRIES = 16;

/** Returns how many entries there may be. */
export function countMountEntries({ mounts }: Confinement): number {
  if (mounts === undefined) return 0;
  const { readOnlyPaths, hidesProc } = mounts;
  const masks = hidesProc ? masksOfProc(ownMounts()).length : 0;
  return FIXED_ENTRIES + 2 * readOnlyPaths.length + masks;
}

/** Adds the mounts. @throws {SystemError} where the container does not allow any. */
export function addMounts(
  table: CallTable,
  { mounts, landlock }: Confinement,
  ruleset: number,
): void {
  if (mounts === undefined) return;
  demandRight();
  table.add("unshare", [CLONE_NEWNS], { target: "a mount namespace" });
  // What the container mounts later is seen, and nothing of this is seen there.
  table.add("mount", [0, table.text("/"), 0, MS_REC | MS_SLAVE, 0], { target: "/" });
  if (mounts.hidesProc) hideProc(table, landlock, ruleset);
  // A path below /tmp is one of the container.
  for (const path of mounts.readOnlyPaths) addReadOnly(table, path);
  if (mounts.privateTmp !== undefined) addTemporary(table, mounts, { landlock, ruleset });
}

function demandRight(): void {
  if ((ownPrivileges().effective >> CAP_SYS_ADMIN & 1n) === 1n) return;
  const note = "private_tmp, read_only_paths and hide_proc need CAP_SYS_ADMIN, which the " +
    "container has not given to chaperone";
  throw new SystemError("unshare", ERRNO.EPERM, "a mount namespace", note);
}

interface Rules {
  readonly landlock: LandlockRules | undefined;
  readonly ruleset: number;
}

function addTemporary(
  table: CallTable,
  { privateTmp = 0 }: MountChanges,
  { landlock, ruleset }: Rules,
): void {
  const type = table.text("tmpfs");
  const options = table.text("mode=1777");
  for (const path of temporaryPlaces()) {
    const place = table.text(path);
    table.add("mount", [type, place, type, MS_NOSUID | MS_NODEV, options], { target: path });
    if (landlock !== undefined) {
      addRule(table, { path, rights: privateTmp & landlock.handledFiles, ruleset });
    }
  }
}

function addRule(
  table: CallTable,
  { path, rights, ruleset }: {
    readonly path: string;
    readonly rights: number;
    readonly ruleset: number;
  },
): void {
  if (rights === 0) return;
  table.add("openat", [AT_FDCWD, table.text(path), O_PATH_CLOEXEC], { target: path });
  // `struct landlock_path_beneath_attr`: eight bytes of rights, four of the descriptor.
  const rule = table.numbers([rights, 0, FREE]);
  table.add("landlock_add_rule", [ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0], { target: path });
  table.add("close", [FREE]);
}

/** Only what is a mount can be read-only for itself. */
function addReadOnly(table: CallTable, path: string): void {
  const place = table.text(path);
  table.add("mount", [place, place, 0, MS_BIND | MS_REC, 0], { target: path });
  const attributes = table.words([BigInt(MOUNT_ATTR_RDONLY), 0n, 0n, 0n]);
  const args = [AT_FDCWD, place, AT_RECURSIVE, attributes, MOUNT_ATTR_BYTES];
  table.add("mount_setattr", args, { target: path });
}

/** Another /proc is made aside, gets all that lay over parts of the former one, and replaces it. */
function hideProc(table: CallTable, landlock: LandlockRules | undefined, ruleset: number): void {
  const aside = `${ownDirectory()}/proc`;
  ensureDirectory(aside);
  const own = ownMounts();
  const readOnly = own.get(PROC)?.isReadOnly ? MS_RDONLY : 0;
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | readOnly;
  const type = table.text("proc");
  const place = table.text(aside);
  table.add("mount", [type, place, type, flags, table.text("hidepid=2")], { target: PROC });
  for (const mask of masksOfProc(own)) {
    const over = table.text(aside + mask.slice(PROC.length));
    table.add("mount", [table.text(mask), over, 0, MS_BIND, 0], { target: mask });
  }
  table.add("mount", [place, table.text(PROC), 0, MS_MOVE, 0], { target: PROC });
  const rights = landlock?.paths.filter(({ path }) => path === PROC)
    .reduce((all, rule) => all | rule.rights, 0) ?? 0;
  addRule(table, { path: PROC, rights, ruleset });
}

function ensureDirectory(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
