/** A directory in which log files are rotated and compressed, held by descriptor. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { LogDirectory, LogEntry } from "../../door/log_os.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from "../libc/fcntl.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { writeOnThread } from "../libc/thread_write.ts";
import { type HeldPlace, holdName, openHeld } from "../paths/held_place.ts";
import { openAt } from "../paths/open_at.ts";
import { isShared, withPathEnd } from "../paths/path_walk.ts";
import { type FileStatus, statDescriptor } from "../libc/statx.ts";

/** Compression runs on the main thread, for about a millisecond with this much. */
const CHUNK_BYTES = 32 * 1024;

/** Opens the directory of the file that `path` leads to. @throws {SystemError} */
export function openLogDirectory(path: string): LogDirectory {
  return withPathEnd(path, { kind: "fail" }, (end) => {
    const fd = openAt(end.directory.fd, ".", O_PATH | O_DIRECTORY, { target: path });
    return new OpenDirectory({ fd, status: end.directory.status }, end.name);
  });
}

class OpenDirectory implements LogDirectory {
  readonly fileName: string;
  readonly isTrusted: boolean;
  readonly #place: HeldPlace;

  constructor(place: HeldPlace, fileName: string) {
    this.#place = place;
    this.fileName = fileName;
    this.isTrusted = !isShared(place.status);
  }

  get #fd(): number {
    return this.#place.fd;
  }

  entry(name: string): LogEntry | undefined {
    const found = holdName(this.#place, name, name);
    if (found === undefined) return undefined;
    libc().close(found.fd);
    return entryOf(found.status);
  }

  rename(from: string, to: string): void {
    checked("rename", libc().renameat(this.#fd, cString(from), this.#fd, cString(to)), from);
  }

  remove(name: string): void {
    if (libc().unlinkat(this.#fd, cString(name), 0) >= 0) return;
    const errno = lastErrno();
    if (errno !== ERRNO.ENOENT) throw new SystemError("unlink", errno, name);
  }

  async compress(from: string, to: string, expected: LogEntry): Promise<void> {
    const input = this.#openToRead(from);
    try {
      demandExpected(entryOf(statDescriptor(input, from)), expected, from);
      const output = this.#create(to, input);
      try {
        const chunks = readChunks(input, { target: from, mostBytes: expected.sizeBytes });
        for await (const chunk of gzip(chunks)) await writeAll(output, chunk, to);
        if (await libc().fsyncLater(output) < 0) throw new SystemError("fsync", ERRNO.EIO, to);
      } finally {
        libc().close(output);
      }
    } finally {
      libc().close(input);
    }
  }

  close(): void {
    libc().close(this.#fd);
  }

  #openToRead(name: string): number {
    const found = holdName(this.#place, name, name);
    if (found === undefined) throw new SystemError("open", ERRNO.ENOENT, name);
    try {
      if (found.status.kind === "link") throw new SystemError("open", ERRNO.ELOOP, name);
      const where = { above: this.#place, name, target: name };
      return openHeld(found, O_RDONLY | O_NONBLOCK, where);
    } finally {
      libc().close(found.fd);
    }
  }

  /** Creates a new file with owner and mode of an open one. */
  #create(name: string, likeFd: number): number {
    const status = statDescriptor(likeFd, name);
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    const fd = openAt(this.#fd, name, flags, { target: name, mode: 0o600 });
    libc().fchown(fd, status.uid, status.gid);
    libc().fchmod(fd, status.mode);
    return fd;
  }
}

function gzip(source: AsyncIterable<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array> {
  return ReadableStream.from(source).pipeThrough(new CompressionStream("gzip"));
}

function entryOf({ kind, sizeBytes, identity, modifiedMs }: FileStatus): LogEntry {
  return { isRegular: kind === "regular", sizeBytes, identity, modifiedMs };
}

function demandExpected(found: LogEntry, expected: LogEntry, target: string): void {
  const isExpected = found.isRegular && found.identity === expected.identity &&
    found.sizeBytes <= expected.sizeBytes;
  if (isExpected) return;
  throw new SystemError("open", ERRNO.EPERM, target, "it is not what was rotated");
}

/**
 * Reads a file to its end, which must not move meanwhile. The chunks are new arrays, for the stream
 * keeps them a while.
 */
async function* readChunks(
  fd: number,
  { target, mostBytes }: { readonly target: string; readonly mostBytes: number },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let total = 0;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const size = await libc().readLater(fd, chunk, BigInt(chunk.length));
    if (size < 0) throw new SystemError("read", ERRNO.EIO, target);
    if (size === 0) return;
    total += size;
    if (total > mostBytes) {
      throw new SystemError("read", ERRNO.EFBIG, target, "somebody writes to it");
    }
    yield chunk.subarray(0, size);
  }
}

async function writeAll(fd: number, bytes: Uint8Array, target: string): Promise<void> {
  let rest = new Uint8Array(bytes);
  while (rest.length > 0) {
    rest = rest.subarray(await writeOnThread(fd, rest, target));
  }
}
