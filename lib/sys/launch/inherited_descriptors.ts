/**
 * Descriptors above 2 that chaperone was given: a container runtime or a shell may have left some
 * open.
 */
import { F_SETFD, FD_CLOEXEC } from "../libc/fcntl.ts";
import { libc, SYSCALL } from "../libc/libc.ts";

/** From linux/close_range.h. */
const CLOSE_RANGE_CLOEXEC = 4;
const UINT_MAX = 0xffff_ffff;

let areClosed = false;

/** Marks them close-on-exec, once, before the first process is started. Deno marks its own. */
export function closeInherited(): void {
  if (areClosed) return;
  areClosed = true;
  const { syscallIds, fcntl } = libc();
  if (syscallIds(SYSCALL.closeRange, 3, UINT_MAX, CLOSE_RANGE_CLOEXEC) === 0) return;
  for (const { name } of [...Deno.readDirSync("/proc/self/fd")]) {
    if (Number(name) > 2) fcntl(Number(name), F_SETFD, FD_CLOEXEC);
  }
}
