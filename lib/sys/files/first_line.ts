/**
 * Why a file that is there cannot be executed: what execve(2) says of it names the file and means
 * its first line.
 */
import { ERRNO } from "../../base/errors.ts";
import { cString, libc } from "../libc/libc.ts";

/** From fcntl.h. */
const O_NOCTTY_NONBLOCK_CLOEXEC = 0o400 | 0o4000 | 0o2000000;

/** What Linux looks at: BINPRM_BUF_SIZE of linux/binfmts.h. */
const LINE_MAX_BYTES = 256;

/** Returns what is wrong with the script; undefined where that is not the matter. */
export function firstLineProblem(path: string, errno: number): string | undefined {
  if (errno !== ERRNO.ENOENT && errno !== ERRNO.ENOEXEC) return undefined;
  const start = readStart(path);
  if (start === undefined || start.startsWith("\x7fELF")) return undefined;
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(start)?.[1];
  if (interpreter === undefined) {
    return errno === ERRNO.ENOEXEC ? "it has no first line that begins with '#!'" : undefined;
  }
  if (interpreter.endsWith("\r")) return "its lines end as on Windows, with CR LF";
  return isThere(interpreter)
    ? undefined
    : `its first line asks for '${interpreter}', which does not exist`;
}

/**
 * Not blocking: its owner may hold the file by a lease, or have put a FIFO in its place meanwhile,
 * or a terminal, which would be chaperone's from then on, and interrupt it.
 */
function readStart(path: string): string | undefined {
  const { open, read, close } = libc();
  const fd = open(cString(path), O_NOCTTY_NONBLOCK_CLOEXEC);
  if (fd < 0) return undefined; // It is missing, held, or not ours to read.
  const bytes = new Uint8Array(new ArrayBuffer(LINE_MAX_BYTES));
  const size = read(fd, bytes, BigInt(LINE_MAX_BYTES));
  close(fd);
  return size < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, size));
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
