/**
 * Starts a process as a request describes it, or throws and leaves nothing behind.
 *
 * posix_spawn(3) is synchronous and what it starts inherits from the calling thread or from the
 * process. So everything that it cannot be told (user and groups, umask, directory, limits,
 * oom_score_adj) is set before and set back after it, in `finally`. Threads of Deno that open files
 * at the same moment would see the umask and the directory; chaperone therefore opens files
 * synchronously and by absolute path. What chaperone could not take back for lack of a capability
 * (niceness, lowered hard limits) is set on the process right after its exec, still as the user:
 * without the capability only that user may change them.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { Child, SpawnRequest } from "../../door/os.ts";
import type { Children } from "./children.ts";
import {
  asIdentity,
  CAPABILITY,
  hasCapability,
  readCredentials,
  verifyIdentity,
} from "./credentials.ts";
import { fileKind } from "../files/files.ts";
import { applyLimits } from "./limits.ts";
import { checked, cString, lastErrno, libc, SYSCALL } from "../libc/libc.ts";
import { PolledPipe } from "./output_pipe.ts";
import type { Poller } from "../libc/poller.ts";
import { posixSpawn } from "./posix_spawn.ts";
import { closeReaders, closeSources, openStreams, type Streams } from "./streams.ts";
import { throwingSystemError } from "../libc/system_failure.ts";

/** From fcntl.h and linux/close_range.h. */
const O_PATH_DIRECTORY_CLOEXEC = 0o10000000 | (Deno.build.arch === "aarch64" ? 0o40000 : 0o200000) |
  0o2000000;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const CLOSE_RANGE_CLOEXEC = 4;
const UINT_MAX = 0xffff_ffff;
/** From sys/resource.h. */
const PRIO_PROCESS = 0;

const OOM_SCORE_ADJ = "/proc/self/oom_score_adj";
const HERE = cString(".");

let inheritedAreClosed = false;

/**
 * Marks the descriptors above 2 that chaperone was given close-on-exec, once. Deno marks its own.
 * A container runtime or a shell may have left some open.
 */
function closeInheritedOnExec(): void {
  if (inheritedAreClosed) return;
  inheritedAreClosed = true;
  const { syscallIds, fcntl } = libc();
  if (syscallIds(SYSCALL.closeRange, 3, UINT_MAX, CLOSE_RANGE_CLOEXEC) === 0) return;
  for (const { name } of [...Deno.readDirSync("/proc/self/fd")]) {
    if (Number(name) > 2) fcntl(Number(name), F_SETFD, FD_CLOEXEC);
  }
}

/** Undoes in reverse order what has been set on chaperone. */
type Restore = (() => void)[];

function enterDirectory(path: string, restore: Restore): void {
  const { open, close, chdir, fchdir } = libc();
  const target = cString(path);
  const before = checked("open", open(HERE, O_PATH_DIRECTORY_CLOEXEC), ".");
  restore.push(() => {
    fchdir(before);
    close(before);
  });
  checked("chdir", chdir(target), path);
}

function setOomScoreAdj(value: number, restore: Restore): void {
  throwingSystemError("write", OOM_SCORE_ADJ, () => {
    const before = Deno.readTextFileSync(OOM_SCORE_ADJ);
    Deno.writeTextFileSync(OOM_SCORE_ADJ, `${value}`);
    restore.push(() => Deno.writeTextFileSync(OOM_SCORE_ADJ, before));
  });
}

function setUmask(mask: number, restore: Restore): void {
  const before = libc().umask(mask);
  restore.push(() => libc().umask(before));
}

/** Niceness belongs to the thread, see setpriority(2), and is inherited from it. */
function setOwnNice(nice: number, restore: Restore): void {
  const before = libc().getpriority(PRIO_PROCESS, 0);
  checked("setpriority", libc().setpriority(PRIO_PROCESS, 0, nice), `${nice}`);
  restore.push(() => libc().setpriority(PRIO_PROCESS, 0, before));
}

/**
 * Only the user itself can say whether it may enter; otherwise the process starts where chaperone
 * is.
 */
function enterHome(home: string, request: SpawnRequest, restore: Restore): void {
  try {
    asIdentity(request.identity, () => enterDirectory(home, restore));
  } catch (error) {
    if (!(error instanceof SystemError) || error.call !== "chdir") throw error;
  }
}

/** What can only be done to the process itself. */
type Completion = (pid: number) => void;

/** Sets what the process inherits; what it cannot inherit is returned. */
function setInherited(request: SpawnRequest, restore: Restore): Completion[] {
  closeInheritedOnExec();
  const { umask, nice, oomScoreAdj, directory, home, limits } = request;
  const left: Completion[] = [];
  if (directory !== undefined) enterDirectory(directory, restore);
  else if (home !== undefined && request.identity !== undefined) enterHome(home, request, restore);
  if (oomScoreAdj !== undefined) setOomScoreAdj(oomScoreAdj, restore);
  if (nice !== undefined) {
    if (hasCapability(CAPABILITY.sysNice)) setOwnNice(nice, restore);
    else left.push((pid) => setNice(pid, nice));
  }
  if (limits.length > 0) {
    const plan = applyLimits(limits);
    restore.push(() => plan.restore());
    left.push((pid) => plan.finish(pid));
  }
  if (umask !== undefined) setUmask(umask, restore);
  return left;
}

function setNice(pid: number, nice: number): void {
  if (libc().setpriority(PRIO_PROCESS, pid, nice) === 0) return;
  const errno = lastErrno();
  if (errno !== ERRNO.ESRCH) throw new SystemError("setpriority", errno, `${nice}`);
}

function hasSetIdBit(path: string): boolean {
  return ((Deno.statSync(path).mode ?? 0) & 0o6000) !== 0;
}

const SHELL = "/bin/sh";

/**
 * sd_listen_fds(3) takes descriptors only where LISTEN_PID is the number of the process itself, which
 * nobody knows before the process exists: so a shell sets it and becomes the program. WATCHDOG_PID is
 * the same to sd_watchdog_enabled(3), but may be left out.
 */
function wordsOf(request: SpawnRequest): readonly string[] {
  const { argv, setsListenPid, setsWatchdogPid } = request;
  const names = [
    ...(setsListenPid ? ["LISTEN_PID"] : []),
    ...(setsWatchdogPid && (setsListenPid || fileKind(SHELL) === "file") ? ["WATCHDOG_PID"] : []),
  ];
  if (names.length === 0) return argv;
  const settings = names.map((name) => `${name}=$$; export ${name}; `).join("");
  // $0 and the rest of the arguments are the words of the process to be.
  return [SHELL, "-c", `${settings}exec "$0" "$@"`, ...argv];
}

/** A process that runs, and what is left of its streams. */
interface Started {
  readonly pid: number;
  readonly readers: Streams["readers"];
}

/** Ends a process that must not count as started; nobody hears of it. */
function abandon({ pid, readers }: Started, request: SpawnRequest, parts: SpawnParts): void {
  parts.children.discard(pid);
  libc().kill(request.ownSession ? -pid : pid, SIGNAL.SIGKILL);
  closeReaders(readers);
}

/** Runs as the user of the process. */
function startAndComplete(
  request: SpawnRequest,
  left: readonly Completion[],
  parts: SpawnParts,
): Started {
  const streams = openStreams(request);
  let started: Started;
  try {
    const { descriptors, readers } = streams;
    const { env, ownSession } = request;
    started = {
      pid: posixSpawn({ argv: wordsOf(request), env, descriptors, ownSession }),
      readers,
    };
  } catch (error) {
    closeReaders(streams.readers);
    throw error;
  } finally {
    closeSources(streams);
  }
  parts.children.adopt(started.pid);
  try {
    // Before the exec is complete, the user has no right to change the process.
    if (left.length > 0 && request.identity !== undefined) readCredentials(started.pid);
    for (const complete of left) complete(started.pid);
  } catch (error) {
    abandon(started, request, parts);
    throw error;
  }
  return started;
}

function startInherited(request: SpawnRequest, parts: SpawnParts): Started {
  const restore: Restore = [];
  try {
    const left = setInherited(request, restore);
    return asIdentity(request.identity, () => startAndComplete(request, left, parts));
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

/** What a spawn hands its process over to. */
export interface SpawnParts {
  readonly children: Children;
  readonly poller: Poller;
}

/**
 * Starts a process; `children` then tells its end.
 * @throws {SystemError} where it cannot be started as requested; nothing runs then.
 */
export function spawnChild(request: SpawnRequest, parts: SpawnParts): Child {
  const { identity } = request;
  const started = startInherited(request, parts);
  const { pid, readers } = started;
  if (identity !== undefined) {
    try {
      verifyIdentity(pid, identity, () => hasSetIdBit(request.argv[0] as string));
    } catch (error) {
      abandon(started, request, parts);
      throw error;
    }
  }
  const pipe = (reader: number) => new PolledPipe(parts.poller, reader);
  return {
    pid,
    ...(readers.stdout === undefined ? {} : { stdout: pipe(readers.stdout) }),
    ...(readers.stderr === undefined ? {} : { stderr: pipe(readers.stderr) }),
    ...(readers.ready === undefined ? {} : { ready: pipe(readers.ready) }),
  };
}
