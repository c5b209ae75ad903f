/** Why a file that is there cannot be executed: what execve(2) says of it names the file and means its first line. */
import { ERRNO } from "../../base/errors.ts";

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

function readStart(path: string): string | undefined {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(LINE_MAX_BYTES);
    return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
  } catch {
    return undefined; // It is missing, or not ours to read.
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
