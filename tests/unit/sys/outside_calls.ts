/**
 * Each call of lib/sys that takes a path, a pid or a descriptor from outside, and why it is safe:
 * docs/security.md, "Principles". outside_calls_test.ts fails when a call is missing here.
 *
 * A new row says who decides what the call is applied to. Where that is a service's user, it must
 * be acted on as that user, or by a descriptor that was opened without following anything and
 * judged by fstat, or be of a bounded size, or be held by the kernel (a pidfd, a child that is not
 * reaped).
 */

/** Calls of one file, what they are applied to, who decides that, and why it is safe. */
export type OutsideCall = readonly [
  file: string,
  calls: string,
  what: string,
  whoDecides: string,
  whySafe: string,
];

const OPERATOR = "whoever runs the program at a shell";
const CONFIGURATION = "whoever writes the configuration";
const KERNEL = "the kernel";
const CHAPERONE = "chaperone itself";
const USER = "the service's user, where the directory is not root's";

export const OUTSIDE_CALLS: readonly OutsideCall[] = [
  [
    "accounts/account_lock.ts",
    "Deno.linkSync Deno.statSync Deno.writeTextFileSync",
    "/etc/passwd.lock and the like",
    CHAPERONE,
    "only root may write /etc; an image root of somebody else is that one's to give",
  ],
  [
    "accounts/account_tools.ts",
    "Deno.Command Deno.chmodSync Deno.chownSync Deno.mkdirSync Deno.openSync Deno.realPathSync " +
    "Deno.renameSync Deno.statSync",
    "account files, the home directory, useradd",
    CONFIGURATION,
    "only root may write /etc; --create-user runs before any service does",
  ],
  ["files/accounts.ts", "Deno.readTextFileSync", "/etc/passwd, /etc/group", KERNEL, "root's"],
  [
    "files/copy_files.ts",
    "Deno.chmodSync Deno.chownSync Deno.readFileSync Deno.statSync Deno.utimeSync " +
    "Deno.writeFileSync access",
    "what envcp copies",
    OPERATOR,
    "envcp is a program of its own, and acts with the rights of who calls it",
  ],
  [
    "files/files.ts",
    "Deno.openSync Deno.readDirSync Deno.removeSync Deno.statSync open",
    "configuration, account files; for services by paths/service_files.ts",
    CONFIGURATION,
    "O_NONBLOCK waits for no FIFO and no lease; a regular file by fstat; bounded; only a pipe that " +
    "the command line names, where root alone can change it, is waited for",
  ],
  [
    "files/image_root.ts",
    "Deno.readDirSync Deno.readLinkSync Deno.readTextFileSync Deno.statSync",
    "an image root that is examined",
    OPERATOR,
    "only by telchap check and --init, with the rights of who calls",
  ],
  [
    "files/init_files.ts",
    "Deno.lstatSync Deno.mkdirSync Deno.readDirSync Deno.realPathSync Deno.writeTextFileSync",
    "what --init reads and writes",
    OPERATOR,
    "bounded in number and bytes; only new files are written",
  ],
  [
    "files/run_dir.ts",
    "Deno.chmodSync Deno.lstatSync Deno.makeTempDirSync Deno.mkdirSync Deno.removeSync",
    "the run directory",
    CHAPERONE,
    "made by root in a directory of root; a foreign one is refused by lstat",
  ],
  [
    "launch/mounts.ts",
    "Deno.mkdirSync",
    "the place where another /proc is made, in the run directory",
    CHAPERONE,
    "only chaperone makes files there; the mounts themselves are made in the process, in its own " +
    "namespace",
  ],
  [
    "launch/secret_files.ts",
    "fchmod fchown",
    "files in memory with secrets",
    CHAPERONE,
    "made a moment before, nobody else has them yet",
  ],
  [
    "files/zone_source.ts",
    "Deno.openSync Deno.statSync",
    "/etc/localtime, and the zone file that TZ names",
    CONFIGURATION,
    "looked at first, so that no FIFO holds chaperone up; bounded",
  ],
  ["launch/backtick.ts", "kill waitpid", "a shell", CHAPERONE, "a child that it reaps itself"],
  [
    "launch/caller_streams.ts",
    "fchmod fchown open",
    "/dev/ptmx, pipes and terminals for telchap exec",
    CHAPERONE,
    "all are of chaperone's making and none of a caller's; a terminal is closed on a thread",
  ],
  [
    "launch/carrier.ts",
    "Deno.chmodSync Deno.lstatSync Deno.readFileSync Deno.renameSync Deno.writeFileSync",
    "the launcher's own file",
    CHAPERONE,
    "in the run directory or the image, which only root may write; its bytes are compared",
  ],
  [
    "launch/direct_start.ts",
    "Deno.readTextFileSync Deno.statSync Deno.writeTextFileSync chdir fchdir kill open setpriority",
    "directory and program of a service, oom_score_adj, a child",
    CONFIGURATION,
    "only where no launcher can be executed, which is told; a child keeps its number until it is reaped",
  ],
  ["launch/inherited_descriptors.ts", "Deno.readDirSync", "/proc/self/fd", KERNEL, "of itself"],
  ["launch/inherited_limits.ts", "Deno.readDirSync", "/proc/self/task", KERNEL, "of itself"],
  [
    "launch/pending_launches.ts",
    "kill",
    "a launch that is late",
    CHAPERONE,
    "a child keeps its number until it is reaped",
  ],
  [
    "launch/resources.ts",
    "prlimit64",
    "chaperone, a child",
    CHAPERONE,
    "a child keeps its number until it is reaped",
  ],
  [
    "launch/scratch_file.ts",
    "openat unlinkat",
    "the table of a launch",
    CHAPERONE,
    "a name of its own in the run directory, which only root may write",
  ],
  ["launch/start.ts", "kill", "a child", CHAPERONE, "it keeps its number until it is reaped"],
  [
    "launch/streams.ts",
    "fchmod fchown open",
    "/dev/null, pipes of a service",
    CHAPERONE,
    "/dev/null is root's; owner and mode go to a pipe that was just made, by descriptor",
  ],
  [
    "libc/statx.ts",
    "statx Deno.statSync Deno.lstatSync",
    "log files and their directories",
    USER,
    "says what it is; no change; a user's file system is not asked: paths/held_place.ts",
  ],
  [
    "logs/log_directory.ts",
    "fchmod fchown renameat unlinkat",
    "rotated files",
    USER,
    "within a directory that is held by descriptor; owner and mode go to what O_EXCL has made",
  ],
  [
    "logs/log_files.ts",
    "fchmod fchown",
    "a log file",
    USER,
    "what O_EXCL has made, or what stands where only root may write, by descriptor",
  ],
  [
    "logs/remote_log.ts",
    "Deno.connect Deno.connectTls Deno.readTextFile",
    "log hosts, tls_ca_file",
    CONFIGURATION,
    "asynchronous",
  ],
  ["os.ts", "kill", "children, groups", CHAPERONE, "a child keeps its number until it is reaped"],
  [
    "paths/own_tree.ts",
    "openat",
    "what `own` names, and all that is in it",
    USER,
    "by a process of its own; by descriptors that were opened without following anything; what has " +
    "several names, devices and other mounts are left",
  ],
  [
    "watch/watched_files.ts",
    "Deno.readDirSync Deno.readLinkSync inotify_add_watch statfs",
    "what `watch` names, and what links there lead to",
    USER,
    "by a process of its own, which may hang and is killed; with the user's rights, bounded in number " +
    "and depth; what is seen is whether a content is another one",
  ],
  [
    "state/state_directory.ts",
    "fchmod flock mkdirat openat renameat unlinkat",
    "state_dir and the files in it",
    CONFIGURATION,
    "judged by mountinfo, so that nothing is asked of a file system that may be away; no link is " +
    "followed; where others than chaperone's own user may write, nothing is opened",
  ],
  [
    "state/termination_log.ts",
    "access",
    "/dev/termination-log",
    KERNEL,
    "only root may write /dev; no link is followed, and what is not a file is left alone",
  ],
  [
    "paths/real_path.ts",
    "Deno.readLinkSync",
    "links on the way to what `read_only_paths` names",
    CONFIGURATION,
    "root's links in root's directories alone, on no file system that somebody else serves",
  ],
  [
    "paths/file_watch.ts",
    "inotify_add_watch",
    "sockets of chaperone's own",
    CONFIGURATION,
    "tells that something changed, and nothing of what; where users may serve file systems, what " +
    "was held and judged",
  ],
  [
    "paths/held_place.ts",
    "access open openat",
    "one name of a path; what it holds",
    USER,
    "by O_PATH, which asks no file system; judged by mountinfo while it is held; opened by its " +
    "descriptor; /dev/fuse is root's",
  ],
  [
    "paths/open_at.ts",
    "openat",
    "a name in a directory that its caller has judged",
    USER,
    "to make what is not there (O_EXCL), or what only root can exchange",
  ],
  [
    "paths/path_walk.ts",
    "access fchown mkdirat readlinkat",
    "each component of a path",
    USER,
    "held, one by one (held_place.ts); links of root count, and for a user's own path those that " +
    "the kernel follows; a directory for a user is made by that user",
  ],
  [
    "paths/service_files.ts",
    "unlinkat",
    "a pid file",
    USER,
    "in a directory that is held and judged, where others than root may write as the user",
  ],
  [
    "processes/bounded_read.ts",
    "open",
    "/proc/PID/environ, cmdline, stat",
    "the process",
    "as much as is asked for; not where its user may hold the lock of its memory: mayHoldMemory",
  ],
  [
    "processes/children.ts",
    "waitid wait4",
    "children that have ended",
    KERNEL,
    "does not wait",
  ],
  ["processes/control_group.ts", "Deno.readTextFileSync", "/proc/self/cgroup", KERNEL, "small"],
  [
    "processes/credentials.ts",
    "Deno.readTextFileSync",
    "/proc/PID/status",
    KERNEL,
    "a text of the kernel, of bounded size, of a child that is not reaped",
  ],
  [
    "processes/foreground.ts",
    "Deno.Command",
    "the command of sdnotify-exec",
    OPERATOR,
    "a program of its own, with the rights of who calls it",
  ],
  [
    "processes/kill.ts",
    "kill syscallPidfd",
    "a process that others may reap",
    "the process, by pid file or MAINPID=",
    "held by a pidfd, and judged while it is held",
  ],
  [
    "processes/posix_spawn.ts",
    "posix_spawn",
    "the launcher, or the program of a service",
    CONFIGURATION,
    "the launcher is chaperone's; the program itself only where no launcher can be executed",
  ],
  [
    "processes/all_processes.ts",
    "Deno.readDirSync Deno.readFileSync Deno.readTextFileSync",
    "/proc/PID/stat",
    KERNEL,
    "a line; the name in it has 16 bytes",
  ],
  [
    "processes/processes.ts",
    "Deno.readDirSync Deno.readLinkSync Deno.readTextFileSync open prlimit64",
    "/proc/PID/stat, status, limits, children",
    KERNEL,
    "small texts; whose a process is rests on more than one of them",
  ],
  [
    "processes/reads_aside.ts",
    "Deno.readTextFileSync Deno.statSync",
    "/dev/fuse, vm.unprivileged_userfaultfd; pipes that a process writes to",
    KERNEL,
    "asked once; pipes whose writer may hold them up are read and closed on threads, of which each " +
    "user has a share (libc/thread_shares.ts)",
  ],
  [
    "sandbox/capability_state.ts",
    "Deno.readTextFileSync",
    "/proc/thread-self/status",
    KERNEL,
    "chaperone's own",
  ],
  [
    "sandbox/landlock_ruleset.ts",
    "Deno.readDirSync Deno.readLinkSync",
    "paths of a sandbox, and whether /bin and the like are links",
    CONFIGURATION,
    "opened with O_PATH, through no link but root's that no sandbox could make: paths/path_walk.ts; " +
    "of a pattern, 256 names at most, of a directory that is not too large",
  ],
  ["self/memory.ts", "Deno.readTextFileSync", "/proc/self/smaps", KERNEL, "of itself"],
  [
    "self/process_title.ts",
    "Deno.openSync Deno.readTextFileSync",
    "/proc/self/stat, mem",
    KERNEL,
    "of itself",
  ],
  ["self/program.ts", "Deno.readTextFileSync", "/proc/self/cmdline", OPERATOR, "of itself"],
  ["self/self_execution.ts", "execve", "the binary", CHAPERONE, "the path that root has put it at"],
  ["self/signals.ts", "Deno.readTextFileSync", "/proc/thread-self/status", KERNEL, "of itself"],
  [
    "groups/service_groups.ts",
    "Deno.mkdirSync Deno.openSync Deno.readLinkSync Deno.readTextFileSync Deno.removeSync access",
    "control groups below chaperone's own",
    CHAPERONE,
    "files of the kernel that only root may write, by names that chaperone makes",
  ],
  [
    "sockets/control_paths.ts",
    "Deno.lstatSync Deno.statSync",
    "where telchap looks for the socket",
    OPERATOR,
    "telchap acts with the rights of who calls it",
  ],
  ["sockets/http_client.ts", "Deno.connect", "http probes", CONFIGURATION, "asynchronous"],
  [
    "sockets/http_post.ts",
    "Deno.readTextFile",
    "tls_ca_file; with fetch, web servers of alerts and collectors",
    CONFIGURATION,
    "asynchronous; a limit in time, and in bytes of the answer",
  ],
  [
    "sockets/listen_sockets.ts",
    "bind",
    "sockets of listen",
    CONFIGURATION,
    "see principle 3 for sockets: made as their owner",
  ],
  [
    "sockets/listening.ts",
    "Deno.openSync Deno.readDirSync Deno.readLinkSync",
    "/proc/net/tcp, /proc/PID/fd",
    KERNEL,
    "texts of the kernel; of sockets that listen alone, of so many descriptors at most",
  ],
  [
    "sockets/socket_tables.ts",
    "Deno.openSync",
    "/proc/net/tcp, /proc/net/unix",
    KERNEL,
    "texts of the kernel, in pieces, up to 4 MiB",
  ],
  [
    "sockets/reach.ts",
    "Deno.connect Deno.stat",
    "what wait_for names",
    CONFIGURATION,
    "asynchronous; where users may serve file systems, by what was held and judged",
  ],
  [
    "sockets/receiving_client.ts",
    "connect",
    "the control socket, by telchap exec",
    OPERATOR,
    "with the rights of who calls; chaperone itself connects to nobody so",
  ],
  [
    "sockets/stream_server.ts",
    "Deno.listen",
    "the status page, the control socket",
    CONFIGURATION,
    "bound once; a path by bind_unix.ts",
  ],
  [
    "sockets/bind_unix.ts",
    "bind unlinkat",
    "sockets of listen, control, http and notify",
    CONFIGURATION,
    "mode before bind, owner by binding as the owner, in a directory that is held by descriptor; " +
    "through it, where its path might lead to a user's file system",
  ],
  [
    "sockets/control_client.ts",
    "Deno.connect Deno.lstatSync",
    "the control socket",
    OPERATOR,
    "telchap acts with the rights of who calls it",
  ],
];
