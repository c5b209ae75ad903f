/** Opens a file by its directory, with the flags that openat(2) knows. */
import { checked, cString, libc } from "../libc/libc.ts";

/** From fcntl.h; two differ between processors. */
const isArm = Deno.build.arch === "aarch64";
export const O_RDONLY = 0;
export const O_WRONLY = 0o1;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = isArm ? 0o40000 : 0o200000;
export const O_NOFOLLOW = isArm ? 0o100000 : 0o400000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

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
