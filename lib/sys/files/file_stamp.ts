/** Whether a file is still the one that it was. */

/** Returns what changes with each write and each replacement of a file: see `Os.fileStamp`. */
export function fileStamp(path: string): string | undefined {
  try {
    const { dev, ino, size, mtime, ctime } = Deno.statSync(path);
    return [dev, ino, size, Number(mtime), Number(ctime)].join(" ");
  } catch {
    return undefined; // ENOENT; ELOOP or EACCES: nor can it be read.
  }
}
