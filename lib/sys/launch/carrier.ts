/**
 * Where the launcher (stub.ts) is executed from. Chosen when the first process is started, and
 * again only where it cannot be executed any more; the first of these that can be:
 *
 * - a file that came with the image, root's and with the right bytes: scanners of running
 *   containers rate the execution of anything that was not in the image as critical;
 * - a file in memory, sealed;
 * - a file in the run directory, which is chaperone's alone.
 *
 * Nothing is tried out: whether one can be executed shows at the first start.
 */
import { F_DUPFD_CLOEXEC } from "../libc/fcntl.ts";
import { cString, libc } from "../libc/libc.ts";
import { createMemoryFile, sealMemoryFile } from "../libc/memory_file.ts";
import { ownDirectory } from "./scratch_file.ts";
import { buildLauncher, IMAGE_LAUNCHER } from "./stub.ts";

/** Its name in the run directory. */
const OWN_LAUNCHER = "launcher";
const OWN_MODE = 0o500;

/** Numbers that processes find descriptors under are below this. */
const HIGH = 64;

/** Something that can be executed as the launcher. */
export interface Carrier {
  /** As C reads it. */
  readonly path: Uint8Array<ArrayBuffer>;
  /** What the path names, where it is a descriptor. */
  readonly descriptor?: number;
}

/** Each returns undefined where it cannot be had. */
const KINDS: readonly ((bytes: Uint8Array<ArrayBuffer>) => Carrier | undefined)[] = [
  fromImage,
  fromMemory,
  fromRunDir,
];

let nextKind = 0;
let current: Carrier | undefined;

/**
 * Returns what to execute; undefined where there is nothing. `floor` is above each number that is
 * in use.
 */
export function findCarrier(floor: number): Carrier | undefined {
  while (current === undefined && nextKind < KINDS.length) {
    current = KINDS[nextKind]?.(buildLauncher(Deno.build.arch));
    if (current === undefined) nextKind++;
  }
  const descriptor = current?.descriptor;
  if (descriptor === undefined || descriptor >= floor) return current;
  current = atDescriptor(descriptor, floor);
  return current;
}

/** Takes note that the present one cannot be executed: it is not used again. */
export function dismissCarrier(): void {
  const descriptor = current?.descriptor;
  if (descriptor !== undefined) libc().close(descriptor);
  current = undefined;
  nextKind++;
}

function fromImage(bytes: Uint8Array<ArrayBuffer>): Carrier | undefined {
  try {
    const { isFile, uid, mode } = Deno.lstatSync(IMAGE_LAUNCHER);
    if (!isFile || uid !== 0 || ((mode ?? 0) & 0o022) !== 0) return undefined;
    const found = Deno.readFileSync(IMAGE_LAUNCHER);
    const isSame = found.length === bytes.length && found.every((byte, at) => byte === bytes[at]);
    return isSame ? { path: cString(IMAGE_LAUNCHER) } : undefined;
  } catch {
    return undefined; // ENOENT, EACCES: the image has none.
  }
}

function fromMemory(bytes: Uint8Array<ArrayBuffer>): Carrier | undefined {
  const { pwrite, close } = libc();
  let fd: number;
  try {
    fd = createMemoryFile("launcher", "program");
  } catch {
    return undefined; // EACCES by vm.memfd_noexec, EPERM or ENOSYS by a seccomp filter.
  }
  const isFilled = pwrite(fd, bytes, BigInt(bytes.length), 0n) === bytes.length;
  if (isFilled && sealMemoryFile(fd)) return atDescriptor(fd, HIGH);
  close(fd);
  return undefined;
}

/**
 * What a process is to find under a number would replace the launcher, if that had the same number.
 */
function atDescriptor(fd: number, floor: number): Carrier {
  const { fcntl, close } = libc();
  const high = fd >= floor ? fd : fcntl(fd, F_DUPFD_CLOEXEC, floor);
  if (high >= 0 && high !== fd) close(fd);
  const descriptor = high < 0 ? fd : high;
  return { path: cString(`/proc/self/fd/${descriptor}`), descriptor };
}

function fromRunDir(bytes: Uint8Array<ArrayBuffer>): Carrier | undefined {
  try {
    const directory = ownDirectory();
    const path = `${directory}/${OWN_LAUNCHER}`;
    const fresh = Deno.makeTempFileSync({ dir: directory });
    Deno.writeFileSync(fresh, bytes);
    Deno.chmodSync(fresh, OWN_MODE);
    Deno.renameSync(fresh, path);
    return { path: cString(path) };
  } catch {
    return undefined; // EROFS, EACCES, ENOSPC: nothing of ours can be written.
  }
}
