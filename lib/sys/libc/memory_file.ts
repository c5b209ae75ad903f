/** Files in memory, memfd_create(2): without a name, and gone with their last descriptor. */
import { ERRNO } from "../../base/errors.ts";
import { checked, cString, lastErrno, libc } from "./libc.ts";

/** From linux/memfd.h. */
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
/**
 * From Linux 6.3 on; hosts that set `vm.memfd_noexec` may allow no other. Older kernels say EINVAL.
 */
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 16;

/** From linux/fcntl.h. */
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
/** No more seals, no other size, no writing. */
const ALL_SEALS = 1 | 2 | 4 | 8;

/** What the file is for: its bytes are read, or it is executed. */
export type MemoryFileUse = "data" | "program";

/** Kernels that do not know the younger flags are asked once. */
let knowsUse = true;

/**
 * Creates one, whose name is for /proc alone. It is closed on exec, and can be sealed.
 * @throws {SystemError}
 */
export function createMemoryFile(name: string, use: MemoryFileUse): number {
  const { memfd_create: create } = libc();
  const title = cString(name);
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  if (knowsUse) {
    const fd = create(title, flags | (use === "data" ? MFD_NOEXEC_SEAL : MFD_EXEC));
    if (fd >= 0 || lastErrno() !== ERRNO.EINVAL) return checked("memfd_create", fd);
    knowsUse = false;
  }
  return checked("memfd_create", create(title, flags));
}

/** Has nobody change a file in memory any more; false, with an errno, where the kernel refuses. */
export function sealMemoryFile(fd: number): boolean {
  return libc().fcntl(fd, F_ADD_SEALS, ALL_SEALS) === 0;
}

/** Whether a descriptor is a file in memory that nobody can change. */
export function isSealed(fd: number): boolean {
  const seals = libc().fcntl(fd, F_GET_SEALS, 0);
  return seals >= 0 && (seals & ALL_SEALS) === ALL_SEALS;
}
