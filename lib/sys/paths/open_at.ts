/** Opens a file by its directory, with the flags that openat(2) knows. */
import { O_CLOEXEC } from "../libc/fcntl.ts";
import { checked, cString, libc } from "../libc/libc.ts";

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
