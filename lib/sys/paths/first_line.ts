/**
 * Why a file that is there cannot be executed: what execve(2) says of it names the file and means
 * its first line.
 */
import { ERRNO } from "../../base/errors.ts";
import { O_NOCTTY, O_NONBLOCK, O_RDONLY } from "../libc/fcntl.ts";
import { libc } from "../libc/libc.ts";
import { openEnd, ownUid, statPlace, throughLinksFor, withPathEnd } from "./path_walk.ts";

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
  const { read, close } = libc();
  let fd: number;
  try {
    const flags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
    fd = withPathEnd(path, throughLinksFor(ownUid()), (end) => openEnd(end, flags, path));
  } catch {
    return undefined; // It is missing, held, served by a user, or not ours to read.
  }
  const bytes = new Uint8Array(new ArrayBuffer(LINE_MAX_BYTES));
  const size = read(fd, bytes, BigInt(LINE_MAX_BYTES));
  close(fd);
  return size < 0 ? undefined : new TextDecoder().decode(bytes.subarray(0, size));
}

function isThere(path: string): boolean {
  try {
    return statPlace(path) !== undefined;
  } catch {
    return false;
  }
}
