/** Error classes that more than one folder throws or reacts to. */

/** Errno numbers that code reacts to or reports upstream, see errno(3). */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EMSGSIZE: 90,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EDQUOT: 122,
} as const;

/** Whether a number says that there is nothing of a name, or no such directory above it. */
export function isAbsence(errno: number): boolean {
  return errno === ERRNO.ENOENT || errno === ERRNO.ENOTDIR;
}

const TEXT_OF: Readonly<Record<number, string>> = {
  1: "Operation not permitted",
  2: "No such file or directory",
  3: "No such process",
  4: "Interrupted system call",
  5: "Input/output error",
  6: "No such device or address",
  7: "Argument list too long",
  8: "Exec format error",
  9: "Bad file descriptor",
  10: "No child processes",
  11: "Resource temporarily unavailable",
  12: "Cannot allocate memory",
  13: "Permission denied",
  14: "Bad address",
  16: "Device or resource busy",
  17: "File exists",
  18: "Invalid cross-device link",
  19: "No such device",
  20: "Not a directory",
  21: "Is a directory",
  22: "Invalid argument",
  23: "Too many open files in system",
  24: "Too many open files",
  25: "Inappropriate ioctl for device",
  26: "Text file busy",
  27: "File too large",
  28: "No space left on device",
  29: "Illegal seek",
  30: "Read-only file system",
  31: "Too many links",
  32: "Broken pipe",
  34: "Numerical result out of range",
  35: "Resource deadlock avoided",
  36: "File name too long",
  38: "Function not implemented",
  39: "Directory not empty",
  40: "Too many levels of symbolic links",
  71: "Protocol error",
  75: "Value too large for defined data type",
  90: "Message too long",
  95: "Operation not supported",
  97: "Address family not supported by protocol",
  98: "Address already in use",
  99: "Cannot assign requested address",
  100: "Network is down",
  101: "Network is unreachable",
  103: "Software caused connection abort",
  104: "Connection reset by peer",
  105: "No buffer space available",
  107: "Transport endpoint is not connected",
  110: "Connection timed out",
  111: "Connection refused",
  112: "Host is down",
  113: "No route to host",
  116: "Stale file handle",
  122: "Disk quota exceeded",
};

const NO_OTHER_USER = "chaperone is not root here, or may not change users";

/** What the kernel's words leave open, by call and number. */
const NOTE_OF: Readonly<Record<string, string>> = {
  [`setgroups ${ERRNO.EPERM}`]: NO_OTHER_USER,
  [`setresgid ${ERRNO.EPERM}`]: NO_OTHER_USER,
  [`setresuid ${ERRNO.EPERM}`]: NO_OTHER_USER,
  [`setpriority ${ERRNO.EPERM}`]: "only root may lower 'nice'",
  [`setpriority ${ERRNO.EACCES}`]: "only root may lower 'nice'",
};

/** Says in the kernel's words what an errno stands for: `No such file or directory`. */
export function describeErrno(errno: number): string {
  return TEXT_OF[errno] ?? `error ${errno}`;
}

/** A failed system call. Its message is in plain words: `No such file or directory: '/x'`. */
export class SystemError extends Error {
  /** The call that failed, for example `open`. */
  readonly call: string;
  readonly errno: number;
  /** What it was applied to: a path, a pid, an address. */
  readonly target: string | undefined;

  /** `note` says more than the number does. */
  constructor(call: string, errno: number, target?: string, note?: string) {
    const more = note ?? NOTE_OF[`${call} ${errno}`];
    super(
      describeErrno(errno) + (target === undefined ? "" : `: '${target}'`) +
        (more === undefined ? "" : ` (${more})`),
    );
    this.name = "SystemError";
    this.call = call;
    this.errno = errno;
    this.target = target;
  }
}

/** Where in a configuration file something stands. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * One finding about the configuration. `position` is absent where no file is at fault (an option).
 */
export interface Diagnostic {
  readonly message: string;
  readonly position?: SourcePosition;
}

/** Formats a finding as `file:line:column: message`, the form editors jump to. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const at = diagnostic.position;
  return at === undefined
    ? diagnostic.message
    : `${at.file}:${at.line}:${at.column}: ${diagnostic.message}`;
}

/** The configuration cannot be used. Carries every finding, in file order. */
export class ConfigError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join("\n"));
    this.name = "ConfigError";
    this.diagnostics = diagnostics;
  }
}

/** The command line cannot be used. `reason` may be empty: the usage text alone then says it. */
export class UsageError extends Error {
  constructor(reason = "") {
    super(reason);
    this.name = "UsageError";
  }
}
