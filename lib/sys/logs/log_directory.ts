/** A directory in which log files are rotated and compressed, held by descriptor. */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { LogDirectory } from "../../door/log_os.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
  openAt,
  withPathEnd,
} from "./log_path.ts";
import { statAt, statDescriptor } from "../libc/statx.ts";

/** Compression runs on the main thread, for about a millisecond with this much. */
const CHUNK_BYTES = 32 * 1024;

/** Opens the directory of the file that `path` leads to. @throws {SystemError} */
export function openLogDirectory(path: string): LogDirectory {
  return withPathEnd(path, { kind: "fail" }, (end) => {
    const fd = openAt(end.directoryFd, ".", O_PATH | O_DIRECTORY, { target: path });
    return new OpenDirectory(fd, end.name);
  });
}

class OpenDirectory implements LogDirectory {
  readonly fileName: string;
  readonly #fd: number;

  constructor(fd: number, fileName: string) {
    this.#fd = fd;
    this.fileName = fileName;
  }

  has(name: string): boolean {
    return statAt(this.#fd, name, "keep") !== undefined;
  }

  rename(from: string, to: string): void {
    checked("rename", libc().renameat(this.#fd, cString(from), this.#fd, cString(to)), from);
  }

  remove(name: string): void {
    if (libc().unlinkat(this.#fd, cString(name), 0) >= 0) return;
    const errno = lastErrno();
    if (errno !== ERRNO.ENOENT) throw new SystemError("unlink", errno, name);
  }

  async compress(from: string, to: string): Promise<void> {
    const input = openAt(this.#fd, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, { target: from });
    try {
      const output = this.#create(to, input);
      try {
        for await (const chunk of gzip(readChunks(input, from))) await writeAll(output, chunk, to);
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

  /** Creates a new file with owner and mode of an open one. */
  #create(name: string, likeFd: number): number {
    const status = statDescriptor(likeFd, name);
    if (status.kind !== "regular") throw new SystemError("open", ERRNO.EINVAL, name);
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

/** Reads a file to its end. The chunks are new arrays, for the stream keeps them a while. */
async function* readChunks(fd: number, target: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const size = await libc().readLater(fd, chunk, BigInt(chunk.length));
    if (size < 0) throw new SystemError("read", ERRNO.EIO, target);
    if (size === 0) return;
    yield chunk.subarray(0, size);
  }
}

async function writeAll(fd: number, bytes: Uint8Array, target: string): Promise<void> {
  let rest = new Uint8Array(bytes);
  while (rest.length > 0) {
    let written = await libc().writeLater(fd, rest, BigInt(rest.length));
    // The other thread's errno is out of reach; what failed there fails here for the same reason.
    if (written < 0) {
      written = checked("write", libc().write(fd, rest, BigInt(rest.length)), target);
    }
    rest = rest.subarray(written);
  }
}
