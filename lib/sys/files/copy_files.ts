/** The files that envcp reads and writes, whole. */
import type { EnvcpFiles } from "../../commands/envcp_command.ts";
import { absolutePath, fileKind } from "./files.ts";
import { cString, libc } from "../libc/libc.ts";
import { throwingSystemError } from "../libc/system_failure.ts";

/** From unistd.h. */
const R_OK = 4;
const W_OK = 2;
const X_OK = 1;

/** Whether access(2) grants it: also detects a file system that cannot be written. */
function grants(path: string, mode: number): boolean {
  return libc().access(cString(path), mode) === 0;
}

/** Answers what planning asks. A path below what cannot be entered counts as absent. */
export const envcpFiles: EnvcpFiles = {
  kind(path) {
    try {
      return fileKind(path);
    } catch {
      return undefined; // EACCES, ELOOP, ENAMETOOLONG: nothing that could be read or replaced.
    }
  },
  isReadable: (path) => grants(path, R_OK),
  isWritableDirectory: (path) => grants(path, W_OK | X_OK),
  absolute: absolutePath,
};

/** Reads a file. @throws {SystemError} */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return throwingSystemError("open", path, () => Deno.readFileSync(path));
}

/** Writes a file, replacing what it holds. @throws {SystemError} */
export function writeBytes(path: string, bytes: Uint8Array): void {
  throwingSystemError("open", path, () => Deno.writeFileSync(path, bytes));
}

/** Gives a file owner, group, mode and times of another one, each as far as permitted. */
export function copyAttributes(source: string, target: string): void {
  const info = Deno.statSync(source);
  const attempts = [
    () => Deno.chownSync(target, info.uid, null),
    () => Deno.chownSync(target, null, info.gid),
    () => Deno.chmodSync(target, (info.mode ?? 0o644) & 0o7777),
    () => {
      if (info.atime && info.mtime) Deno.utimeSync(target, info.atime, info.mtime);
    },
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch {
      // EPERM: only root gives files away; EROFS, ENOSYS: the file system knows no such attribute.
    }
  }
}
