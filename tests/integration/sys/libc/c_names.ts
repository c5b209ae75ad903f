/** What C calls the numbers of lib/sys, where their names do not say it. */

/** A constant that C calls as lib/sys does, or several of them joined: `O_CLOEXEC_NONBLOCK`. */
const SAME_NAME = new RegExp(
  "^(?:" +
    "(?:O|F|FD|AT|AF|SOCK|SOL|SO|SCM|MSG|SHUT|MFD|PR|PRIO|PROT|MAP|MADV|SA|SI|EFD|IN|IPPROTO|IPV6)_" +
    "|(?:SECCOMP|MSG|POSIX_SPAWN|CLOSE_RANGE|PIDFD|STATX|PT|RLIMIT|EPOLL|EPOLL_CTL|P)_[A-Z]+|SIG_[A-Z]+|SIG[A-Z]+$" +
    "|POLLIN$|EPOLL(?:IN|OUT)$|W(?:NOHANG|EXITED|NOWAIT)$|[RWX]_OK$" +
    "|AI_ADDRCONFIG$|UINT_MAX$)",
);

/** Prefixes whose names are joined. */
const JOINED = /^(O|SOCK|EFD|IN|PROT|MAP)_([A-Z]+(?:_[A-Z]+)+)$/;

/** What is one name although it looks like several. */
const ONE_NAME: ReadonlySet<string> = new Set([
  ...[
    "IN_DELETE_SELF",
    "IN_MOVE_SELF",
    "IN_CLOSE_WRITE",
    "IN_MOVED_FROM",
    "IN_MOVED_TO",
    "IN_MASK_ADD",
  ],
]);

/** Younger than the headers that some machines have: compared where these know them. */
export const YOUNG: ReadonlySet<string> = new Set([
  "SO_PASSRIGHTS",
  "SO_PEERPIDFD",
  "MFD_EXEC",
  "MFD_NOEXEC_SEAL",
  "PIDFD_SIGNAL_PROCESS_GROUP",
  "LANDLOCK_ACCESS_NET_BIND_TCP",
]);

/** What looks like a name of C's and is none. */
const OURS: ReadonlySet<string> = new Set(["SIGNAL", "SOCK_TYPE_MASK", "STATX_BYTES"]);

/** By file and name. */
const EXPRESSIONS: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> =
  {
    "../service/sandbox/filter.ts": {
      NUMBER: "offsetof(struct seccomp_data, nr)",
      ARCHITECTURE: "offsetof(struct seccomp_data, arch)",
      LOAD: "BPF_LD | BPF_W | BPF_ABS",
      AND: "BPF_ALU | BPF_AND | BPF_K",
      IF_EQUAL: "BPF_JMP | BPF_JEQ | BPF_K",
      IF_NOT_BELOW: "BPF_JMP | BPF_JGE | BPF_K",
      IF_ANY_BIT: "BPF_JMP | BPF_JSET | BPF_K",
      JUMP: "BPF_JMP | BPF_JA",
      RETURN: "BPF_RET | BPF_K",
      ALLOW: "SECCOMP_RET_ALLOW",
      FAIL: "SECCOMP_RET_ERRNO",
      EPERM: "EPERM",
      ENOSYS: "ENOSYS",
      TIOCSTI: "TIOCSTI",
      TIOCLINUX: "TIOCLINUX",
      NAMESPACE_FLAGS:
        "CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET",
      INSTRUCTION_BYTES: "sizeof(struct sock_filter)",
    },
    "watch/change_queue.ts": {
      HEAD_BYTES: "sizeof(struct inotify_event)",
      NAME_SIZE_AT: "offsetof(struct inotify_event, len)",
    },
    "watch/watched_files.ts": { STATFS_BYTES: "sizeof(struct statfs)" },
    "paths/file_watch.ts": { EVENT_BYTES: "sizeof(struct inotify_event)" },
    "launch/caller_streams.ts": {
      TIOCSWINSZ: "TIOCSWINSZ",
      TIOCSPTLCK: "TIOCSPTLCK",
      TIOCGPTPEER: "TIOCGPTPEER",
    },
    "launch/compose.ts": { TIOCSCTTY: "TIOCSCTTY" },
    "launch/confine.ts": {
      AMBIENT_RAISE: "PR_CAP_AMBIENT_RAISE",
      AMBIENT_CLEAR_ALL: "PR_CAP_AMBIENT_CLEAR_ALL",
      READ_DIR: "LANDLOCK_ACCESS_FS_READ_DIR",
      BIND_TCP: "LANDLOCK_ACCESS_NET_BIND_TCP",
      SOCKET_ADDRESS_BYTES: "sizeof(struct sockaddr_in)",
    },
    "launch/direct_start.ts": {
      O_PATH_DIRECTORY_CLOEXEC: "O_PATH | O_DIRECTORY | O_CLOEXEC",
    },
    "launch/resources.ts": { UNLIMITED: "RLIM_INFINITY" },
    "launch/scratch_file.ts": { O_CREAT_EXCL_CLOEXEC: "O_CREAT | O_EXCL | O_CLOEXEC" },
    "launch/stub.ts": {
      HEADER_BYTES: "sizeof(Elf64_Ehdr)",
      SEGMENT_BYTES: "sizeof(Elf64_Phdr)",
      READ_EXECUTE: "PF_R | PF_X",
      READ_WRITE: "PF_R | PF_W",
    },
    "libc/environ.ts": { POINTER_BYTES: "sizeof(void *)" },
    "libc/memory_file.ts": {
      ALL_SEALS: "F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE",
    },
    "libc/poller.ts": {
      EPOLL_ENDED: "EPOLLERR | EPOLLHUP",
      EVENT_BYTES: "sizeof(struct epoll_event)",
      DATA_AT: "offsetof(struct epoll_event, data)",
    },
    "libc/statx.ts": {
      STX_NLINK: "offsetof(struct statx, stx_nlink)",
      STX_UID: "offsetof(struct statx, stx_uid)",
      STX_GID: "offsetof(struct statx, stx_gid)",
      STX_MODE: "offsetof(struct statx, stx_mode)",
      STX_INO: "offsetof(struct statx, stx_ino)",
      STX_SIZE: "offsetof(struct statx, stx_size)",
      STX_BLOCKS: "offsetof(struct statx, stx_blocks)",
      STX_CTIME_SEC: "offsetof(struct statx, stx_ctime.tv_sec)",
      STX_CTIME_NSEC: "offsetof(struct statx, stx_ctime.tv_nsec)",
      STX_MTIME_SEC: "offsetof(struct statx, stx_mtime.tv_sec)",
      STX_MTIME_NSEC: "offsetof(struct statx, stx_mtime.tv_nsec)",
      STX_DEV_MAJOR: "offsetof(struct statx, stx_dev_major)",
      STX_DEV_MINOR: "offsetof(struct statx, stx_dev_minor)",
      STATX_BYTES: "sizeof(struct statx)",
    },
    "libc/unix_address.ts": { NAME_BYTES: "sizeof(((struct sockaddr_un *)0)->sun_path)" },
    "processes/children.ts": { SIGACTION_SIZE: "sizeof(struct sigaction)" },
    "processes/posix_spawn.ts": {
      POINTER_BYTES: "sizeof(void *)",
      SIGNAL_SET_BYTES: "sizeof(sigset_t)",
    },
    "processes/process_record.ts": { ENTRY_BYTES: "sizeof(Elf64_auxv_t)" },
    "processes/processes.ts": {
      MARK_RESOURCES: ["RLIMIT_RTTIME", "RLIMIT_LOCKS"],
      UNLIMITED: "RLIM_INFINITY",
    },
    "self/carried_texts.ts": { ELF_HEADER_SIZE: "sizeof(Elf64_Ehdr)" },
    "self/own_signals.ts": {
      PROT_READ_EXEC: "PROT_READ | PROT_EXEC",
      SIGACTION_BYTES: "sizeof(struct sigaction)",
      MASK_AT: "offsetof(struct sigaction, sa_mask)",
      FLAGS_AT: "offsetof(struct sigaction, sa_flags)",
      SIGINFO_BYTES: "sizeof(siginfo_t)",
      CODE_AT: "offsetof(siginfo_t, si_code)",
      PID_AT: "offsetof(siginfo_t, si_pid)",
      KERNEL_SIGSET_BYTES: "_NSIG / 8",
    },
    "self/signals.ts": { SIGSET_BYTES: "sizeof(sigset_t)" },
    "sockets/datagram_sender.ts": { POLLFD_BYTES: "sizeof(struct pollfd)" },
    "sockets/accept_loop.ts": { ADDRESS_BYTES: "sizeof(struct sockaddr_storage)" },
    "sockets/host_lookup.ts": {
      AI_SIZE: "sizeof(struct addrinfo)",
      AI_FLAGS: "offsetof(struct addrinfo, ai_flags)",
      AI_SOCKTYPE: "offsetof(struct addrinfo, ai_socktype)",
      AI_ADDR: "offsetof(struct addrinfo, ai_addr)",
      SIN_ADDR: "offsetof(struct sockaddr_in, sin_addr)",
      SIN6_ADDR: "offsetof(struct sockaddr_in6, sin6_addr)",
    },
    "self/joined_streams.ts": { TIOCSWINSZ: "TIOCSWINSZ" },
    "self/raw_terminal.ts": {
      TCGETS: "TCGETS",
      TCSETSW: "TCSETSW",
      INPUT_OFF: "IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON",
      OPOST: "OPOST",
      LOCAL_OFF: "ISIG | ICANON | ECHO | ECHONL | IEXTEN",
      PARENB: "PARENB",
      CS8: "CS8",
      VTIME: "VTIME",
      VMIN: "VMIN",
    },
    "sockets/message_batch.ts": {
      HEADER_WORDS: "sizeof(struct mmsghdr) / 8",
      IOV_AT: "offsetof(struct mmsghdr, msg_hdr.msg_iov) / 8",
      IOV_COUNT_AT: "offsetof(struct mmsghdr, msg_hdr.msg_iovlen) / 8",
      CONTROL_AT: "offsetof(struct mmsghdr, msg_hdr.msg_control) / 8",
      CONTROL_SIZE_AT: "offsetof(struct mmsghdr, msg_hdr.msg_controllen) / 8",
      SIZE_AT: "offsetof(struct mmsghdr, msg_len) / 8",
      CMSG_HEAD_BYTES: "CMSG_LEN(0)",
      CREDENTIALS_BYTES: "sizeof(struct ucred)",
    },
    "sockets/pass_descriptor.ts": {
      HEADER_WORDS: "sizeof(struct msghdr) / 8",
      NAME_AT: "offsetof(struct msghdr, msg_name) / 8",
      NAME_SIZE_AT: "offsetof(struct msghdr, msg_namelen) / 8",
      IOV_AT: "offsetof(struct msghdr, msg_iov) / 8",
      IOV_COUNT_AT: "offsetof(struct msghdr, msg_iovlen) / 8",
      CONTROL_AT: "offsetof(struct msghdr, msg_control) / 8",
      CONTROL_SIZE_AT: "offsetof(struct msghdr, msg_controllen) / 8",
      CMSG_HEAD_BYTES: "CMSG_LEN(0)",
      DESCRIPTOR_BYTES: "sizeof(int)",
    },
    "sockets/peer_credentials.ts": { UCRED_BYTES: "sizeof(struct ucred)" },
  };

/** Tables of numbers: how C calls the one of that key. */
const TABLES: Readonly<Record<string, (key: string) => string>> = {
  "launch/call_table.ts NUMBER": (key) => `__NR_${key === "prlimit" ? "prlimit64" : key}`,
  "libc/libc.ts SYSCALL": (key) =>
    `__NR_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
  "launch/resources.ts RESOURCE": (key) => `RLIMIT_${key.toUpperCase()}`,
  "processes/credentials.ts CAPABILITY": (key) =>
    `CAP_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
  "../base/errors.ts ERRNO": (key) => key,
  "../base/signals.ts NUMBER_OF": (key) => key,
};

/** Returns what a table of a file is in C; undefined where it is none of numbers of C's. */
export function tableNames(file: string, name: string): ((key: string) => string) | undefined {
  return TABLES[`${file} ${name}`];
}

/** Returns what a constant of a file is in C; undefined where it is none of C's. */
export function nameInC(file: string, name: string): string | readonly string[] | undefined {
  const known = EXPRESSIONS[file]?.[name];
  if (known !== undefined) return known;
  if (OURS.has(name) || !SAME_NAME.test(name)) return undefined;
  const [, prefix, rest = ""] = ONE_NAME.has(name) ? [] : JOINED.exec(name) ?? [];
  if (prefix === undefined) return name;
  return rest.split("_").map((part) => `${prefix}_${part}`).join(" | ");
}

/** The rows of the table, as `file NAME`: each must be a constant that there is. */
export function listedNames(): string[] {
  const constants = Object.entries(EXPRESSIONS).flatMap(([file, names]) =>
    Object.keys(names).map((name) => `${file} ${name}`)
  );
  return [...constants, ...Object.keys(TABLES)];
}
