/**
 * The C library as the rest of lib/sys calls it: one table, of which each entry is opened when the
 * first call needs it. Deno compiles a trampoline for each entry that it opens (0.1 to 0.65 ms),
 * which pays only for what is called often. So a call goes by the function's address at first, 4 µs
 * each, and gets its trampoline after some dozens. Results are plain numbers; a negative one leaves
 * the reason in `lastErrno()`. Raw `syscall` serves where glibc's wrapper would change every
 * thread.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { callByAddress, LIBRARY } from "./by_address.ts";

const TABLE = {
  kill: { parameters: ["i32", "i32"], result: "i32" }, // pid_t pid, int sig
  // how, const sigset_t *set, sigset_t *old
  pthread_sigmask: { parameters: ["i32", "buffer", "pointer"], result: "i32" },
  // int sig, const struct sigaction *new, struct sigaction *old
  sigaction: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  execve: { parameters: ["buffer", "buffer", "buffer"], result: "i32" }, // path, argv, envp
  // idtype, id, info, options
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
  // pid_t pid, int *word, int options
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  prctl: { parameters: ["i32", "u32", "u32", "u32", "u32"], result: "i32" }, // option, args
  getpriority: { parameters: ["i32", "u32"], result: "i32" }, // which, id_t who
  setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" }, // which, id_t who, int prio
  // pid, resource, new, old
  prlimit64: { parameters: ["i32", "i32", "buffer", "buffer"], result: "i32" },
  // address, length, protection, flags, fd, offset
  mmap: {
    parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"],
    result: "pointer",
  },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" }, // address, length, protection
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" }, // address, size, advice
  malloc_trim: { parameters: ["usize"], result: "i32" }, // how much to keep
  usleep: { parameters: ["u32"], result: "i32" }, // microseconds
  umask: { parameters: ["u32"], result: "u32" }, // mode_t mask
  chdir: { parameters: ["buffer"], result: "i32" }, // const char *path
  fchdir: { parameters: ["i32"], result: "i32" }, // int fd
  open: { parameters: ["buffer", "i32"], result: "i32" }, // const char *path, int flags
  close: { parameters: ["i32"], result: "i32" }, // int fd
  closeLater: { name: "close", parameters: ["i32"], result: "i32", nonblocking: true },
  fcntl: { parameters: ["i32", "i32", "u32"], result: "i32" }, // int fd, int op, arg
  getgroups: { parameters: ["i32", "buffer"], result: "i32" }, // int size, gid_t list[]
  // dirfd, path, flags, mode_t mode
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // dirfd, path, mode_t mode
  // dirfd, path, buf, size
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "i32" },
  // dirfd, old, dirfd, new
  renameat: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" }, // dirfd, path, flags
  // dirfd, path, flags, mask, struct statx *
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  // dirfd, path, uid_t, gid_t, flags
  fchownat: { parameters: ["i32", "buffer", "u32", "u32", "i32"], result: "i32" },
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" }, // fd, uid_t, gid_t
  flock: { parameters: ["i32", "i32"], result: "i32" }, // int fd, int op
  // pid_t pid, int *word, int options, struct rusage *
  wait4: { parameters: ["i32", "buffer", "i32", "buffer"], result: "i32" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" }, // fd, off_t
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" }, // fd, offset, whence
  fchmod: { parameters: ["i32", "u32"], result: "i32" }, // fd, mode_t
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" }, // fd, buf, size
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" }, // fd, buf, size
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" }, // fd, buf, size, offset
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" }, // name, flags
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" }, // fd, request, argument
  ioctlNumber: { name: "ioctl", parameters: ["i32", "usize", "usize"], result: "i32" }, // likewise
  // struct pollfd *, how many, timeout in ms
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  pipe2: { parameters: ["buffer", "i32"], result: "i32" }, // int fds[2], flags
  eventfd: { parameters: ["u32", "i32"], result: "i32" }, // value, flags
  access: { parameters: ["buffer", "i32"], result: "i32" }, // path, mode
  chown: { parameters: ["buffer", "u32", "u32"], result: "i32" }, // path, uid_t, gid_t
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" }, // domain, type, protocol
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // sockfd, address, size
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // sockfd, address, size
  shutdown: { parameters: ["i32", "i32"], result: "i32" }, // sockfd, how
  listen: { parameters: ["i32", "i32"], result: "i32" }, // sockfd, backlog
  // sockfd, struct sockaddr *, socklen_t *, flags
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  // sockfd, buf, size, flags, address, size
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "i32" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" }, // sockfd, struct msghdr *, flags
  // sockfd, level, name, value, socklen_t *
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // sockfd, level, name, value, size
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  setsockoptLater: {
    name: "setsockopt",
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
    nonblocking: true,
  },
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" }, // family, text, address
  // sockfd, struct sockaddr *, socklen_t *
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // sockfd, struct mmsghdr *, how many, flags, struct timespec *
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  statfs: { parameters: ["buffer", "buffer"], result: "i32" }, // path, struct statfs *
  // fd, struct statfs *
  fstatfsLater: {
    name: "fstatfs",
    parameters: ["i32", "buffer"],
    result: "i32",
    nonblocking: true,
  },
  inotify_init1: { parameters: ["i32"], result: "i32" }, // flags
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // fd, path, mask
  inotify_rm_watch: { parameters: ["i32", "i32"], result: "i32" }, // fd, watch
  epoll_create1: { parameters: ["i32"], result: "i32" }, // flags
  // epfd, op, fd, struct epoll_event *
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epollWaitLater: { // epfd, struct epoll_event *, room, timeout
    name: "epoll_wait",
    parameters: ["i32", "buffer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  // pid_t *, path, file_actions, attributes, argv, envp; returns an errno, as do all posix_spawn…
  posix_spawn: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  // actions, fd, int new
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
  // On a thread of its own, whose errno is lost: a caller repeats what failed to learn why.
  writeLater: {
    name: "write",
    parameters: ["i32", "buffer", "usize"],
    result: "i32",
    nonblocking: true,
  },
  readLater: {
    name: "read",
    parameters: ["i32", "buffer", "usize"],
    result: "i32",
    nonblocking: true,
  },
  fsyncLater: { name: "fsync", parameters: ["i32"], result: "i32", nonblocking: true },
  getaddrinfoLater: { // node, service, const struct addrinfo *hints, struct addrinfo **result
    name: "getaddrinfo",
    parameters: ["buffer", "pointer", "buffer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
  freeaddrinfo: { parameters: ["pointer"], result: "void" }, // struct addrinfo *
  errnoAddress: { name: "__errno_location", parameters: [], result: "pointer" },
  syscallIds: { // number, real, effective, saved
    name: "syscall",
    parameters: ["u32", "u32", "u32", "u32"],
    result: "i32",
  },
  // number, sig, const struct sigaction *, struct sigaction *, size of sigset_t
  syscallSigaction: {
    name: "syscall",
    parameters: ["u32", "i32", "buffer", "pointer", "usize"],
    result: "i32",
  },
  // number, pid_t or pidfd, sig, siginfo_t *, flags
  syscallPidfd: {
    name: "syscall",
    parameters: ["u32", "i32", "i32", "pointer", "u32"],
    result: "i32",
  },
  // number, const struct landlock_ruleset_attr *, size, flags
  syscallRuleset: {
    name: "syscall",
    parameters: ["u32", "buffer", "usize", "u32"],
    result: "i32",
  },
  // number, dirfd, path, struct open_how *, size
  syscallOpen: {
    name: "syscall",
    parameters: ["u32", "i32", "buffer", "buffer", "usize"],
    result: "i32",
  },
  // number, ruleset fd, type of the rule, rule, flags
  syscallRule: {
    name: "syscall",
    parameters: ["u32", "i32", "u32", "buffer", "u32"],
    result: "i32",
  },
  // number, fd, struct linux_dirent64 *, size
  syscallDirents: {
    name: "syscall",
    parameters: ["u32", "i32", "buffer", "usize"],
    result: "isize",
  },
  syscallRangeLater: { // number, first, last, flags
    name: "syscall",
    parameters: ["u32", "u32", "u32", "u32"],
    result: "i32",
    nonblocking: true,
  },
  // number, size, list
  syscallList: { name: "syscall", parameters: ["u32", "u32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Symbols = Deno.DynamicLibrary<typeof TABLE>["symbols"];

let symbols: Symbols | undefined;
let errnoView: Deno.UnsafePointerView | undefined;

/** What a trampoline costs in calls by address. */
const CALLS_BEFORE_TRAMPOLINE = 64;

type Call = (...args: unknown[]) => unknown;

/**
 * Opens an entry as a function of its own: Deno compiles a trampoline, or none where it is
 * `nonblocking`.
 */
function openEntry(name: keyof typeof TABLE): Call {
  const opened = Deno.dlopen(LIBRARY, { [name]: TABLE[name] }).symbols;
  return (opened as Partial<Symbols>)[name] as Call;
}

/**
 * Returns the call of an entry by its address. `often` is told when a trampoline would have paid.
 */
function callAtFirst(name: keyof typeof TABLE, often: () => Call): Call {
  const entry: Deno.ForeignFunction & { readonly name?: string } = TABLE[name];
  const { name: symbol = name, ...definition } = entry;
  const byAddress = callByAddress(symbol, definition as Deno.ForeignFunction);
  let callsLeft = CALLS_BEFORE_TRAMPOLINE;
  let byTrampoline: Call | undefined; // For who keeps this function over many calls.
  return (...args) => {
    callsLeft -= 1;
    if (callsLeft > 0) return byAddress(...args);
    byTrampoline ??= often();
    return byTrampoline(...args);
  };
}

/** Finds an entry when it is first asked for. */
function defineLazily(target: object, name: keyof typeof TABLE): void {
  const define = (value: Call) => {
    Object.defineProperty(target, name, { configurable: true, enumerable: true, value });
    return value;
  };
  const open = () => define(openEntry(name));
  const entry: Deno.ForeignFunction = TABLE[name];
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get: () => define(entry.nonblocking === true ? openEntry(name) : callAtFirst(name, open)),
  });
}

/** Returns the calls of the table. */
export function libc(): Symbols {
  if (symbols !== undefined) return symbols;
  const lazy = {};
  for (const name of Object.keys(TABLE)) defineLazily(lazy, name as keyof typeof TABLE);
  symbols = lazy as Symbols;
  // errno is a variable of the thread, so its address stays the same. To open this entry only after
  // a call has failed would change it.
  errnoView = new Deno.UnsafePointerView(symbols.errnoAddress() as Deno.PointerObject);
  return symbols;
}

/** Returns where a variable of the C library is. That takes no trampoline. */
export function addressOfVariable(name: string): Deno.PointerValue {
  const library = Deno.dlopen(LIBRARY, { variable: { name, type: "pointer" } });
  try {
    return library.symbols.variable;
  } finally {
    library.close(); // The program itself needs the C library: it stays.
  }
}

/**
 * Opens every entry for good: tests look for what is left open, and an entry is opened when it
 * pays.
 */
export function openLibc(): void {
  const target = libc();
  for (const name of Object.keys(TABLE)) {
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: true,
      value: openEntry(name as keyof typeof TABLE),
    });
  }
}

/** Returns the reason why the last call failed. Ask before any other call. */
export function lastErrno(): number {
  libc();
  return (errnoView as Deno.UnsafePointerView).getInt32();
}

/**
 * Returns `result` unless it says that the call failed.
 * @throws {SystemError} with the errno that the call left.
 */
export function checked(call: string, result: number, target?: string): number {
  if (result < 0) throw new SystemError(call, lastErrno(), target);
  return result;
}

const encoder = new TextEncoder();

/**
 * Returns the text as C reads it.
 * @throws {SystemError} EINVAL where it contains NUL, which C would take for its end.
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new SystemError("encode", ERRNO.EINVAL, text);
  return encoder.encode(`${text}\0`);
}

const ARM = {
  setresuid: 147,
  setresgid: 149,
  setgroups: 159,
  setfsuid: 151,
  setfsgid: 152,
  rtSigaction: 134,
  getdents64: 61,
} as const;

const X86 = {
  setresuid: 117,
  setresgid: 119,
  setgroups: 116,
  setfsuid: 122,
  setfsgid: 123,
  rtSigaction: 13,
  getdents64: 217,
} as const;

/** The younger ones have the same number everywhere. */
const ALL = { pidfdSendSignal: 424, pidfdOpen: 434, closeRange: 436 } as const;

/** Numbers for raw `syscall`, see syscalls(2). */
export const SYSCALL = { ...(Deno.build.arch === "aarch64" ? ARM : X86), ...ALL };
