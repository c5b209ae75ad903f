/**
 * Starts a program without the launcher (start.ts), where nothing of chaperone's can be executed:
 * less safe, and said so. chaperone's own thread becomes the user and waits for the exec. So a
 * service's user may signal it meanwhile, and hold it up by stopping the process, or by a lease on
 * its program.
 *
 * What a process starts with is inherited from the calling thread or from the process. So
 * everything that posix_spawn(3) cannot be told (user and groups, umask, directory, limits,
 * oom_score_adj) is set before and set back after it, in `finally`. Threads of Deno that open files
 * at the same moment would see the umask and the directory; chaperone therefore opens files
 * synchronously and by absolute path. What chaperone could not take back for lack of a capability
 * (niceness, lowered hard limits) is set on the process right after its exec, still as the user:
 * without the capability only that user may change them.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { SpawnRequest } from "../../door/os.ts";
import { fileKind } from "../files/files.ts";
import { firstLineProblem } from "../paths/first_line.ts";
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from "../libc/fcntl.ts";
import { checked, cString, lastErrno, libc } from "../libc/libc.ts";
import { throwingSystemError } from "../libc/system_failure.ts";
import {
  asUser,
  CAPABILITY,
  hasCapability,
  readCredentials,
  verifyIdentity,
} from "../processes/credentials.ts";
import { environmentList, pointerList, spawnProgram } from "../processes/posix_spawn.ts";
import { OOM_SCORE_ADJ } from "./compose.ts";
import { applyLimits } from "./inherited_limits.ts";
import {
  closeReaders,
  closeSources,
  firstFree,
  openStreams,
  type StreamRequest,
  type Streams,
} from "./streams.ts";

const O_PATH_DIRECTORY_CLOEXEC = O_PATH | O_DIRECTORY | O_CLOEXEC;
/** From sys/resource.h. */
const PRIO_PROCESS = 0;

const STDIN = 0;
const HERE = cString(".");

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
 * Only the user itself can say whether it may enter a home; without it the process starts where
 * chaperone is.
 */
function enterAsUser(request: SpawnRequest, restore: Restore): void {
  const { directory, home, identity } = request;
  const path = directory ?? (identity === undefined ? undefined : home);
  if (path === undefined) return;
  try {
    asUser(identity, () => enterDirectory(path, restore));
  } catch (error) {
    const isLeft = directory === undefined && error instanceof SystemError;
    if (!isLeft || error.call !== "chdir") throw error;
  }
}

/** What can only be done to the process itself. */
type Completion = (pid: number) => void;

/** Sets what the process inherits; what it cannot inherit is returned. */
function setInherited(request: SpawnRequest, restore: Restore): Completion[] {
  const { umask, nice, oomScoreAdj, limits } = request;
  const left: Completion[] = [];
  enterAsUser(request, restore);
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
 * sd_listen_fds(3) takes descriptors only where LISTEN_PID is the number of the process itself,
 * which nobody knows before the process exists: so a shell sets it and becomes the program.
 * WATCHDOG_PID is the same to sd_watchdog_enabled(3), but may be left out.
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

/** A process that runs its program, and what is left of its streams. */
interface StartedDirectly {
  readonly pid: number;
  readonly readers: Streams["readers"];
}

/** Told of a process that was started and then ended, since it must not count as started. */
export type Discard = (pid: number) => void;

function abandon({ pid, readers }: StartedDirectly, request: SpawnRequest, discard: Discard): void {
  discard(pid);
  libc().kill(request.ownSession ? -pid : pid, SIGNAL.SIGKILL);
  closeReaders(readers);
}

function execute(request: SpawnRequest, streams: Streams): number {
  const words = wordsOf(request);
  const [program] = words;
  if (program === undefined) throw new SystemError("execve", ERRNO.EINVAL, "");
  const result = spawnProgram({
    path: cString(program),
    argv: pointerList(words, program),
    env: environmentList(request.env, program),
    descriptors: streams.descriptors,
    ownSession: request.ownSession,
  });
  if (result > 0) return result;
  throw new SystemError("execve", -result, program, firstLineProblem(program, -result));
}

/** Runs as the user of the process. */
function startAndComplete(
  request: SpawnRequest & StreamRequest,
  left: readonly Completion[],
  discard: Discard,
): StartedDirectly {
  const streams = openStreams(request, { stdin: STDIN, floor: firstFree(request) });
  let started: StartedDirectly;
  try {
    started = { pid: execute(request, streams), readers: streams.readers };
  } catch (error) {
    closeReaders(streams.readers);
    throw error;
  } finally {
    closeSources(streams);
  }
  try {
    // Before the exec is complete, the user has no right to change the process.
    if (left.length > 0 && request.identity !== undefined) readCredentials(started.pid);
    for (const complete of left) complete(started.pid);
  } catch (error) {
    abandon(started, request, discard);
    throw error;
  }
  return started;
}

function startInherited(
  request: SpawnRequest & StreamRequest,
  discard: Discard,
): StartedDirectly {
  const restore: Restore = [];
  try {
    const left = setInherited(request, restore);
    return asUser(request.identity, () => startAndComplete(request, left, discard));
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}

/**
 * Starts a process, which runs its program when this returns.
 * @throws {SystemError} where it cannot be started as requested; nothing runs then.
 */
export function startDirectly(
  request: SpawnRequest & StreamRequest,
  discard: Discard,
): StartedDirectly {
  const { identity, confinement, takesTerminal } = request;
  if (takesTerminal) {
    const note = "without the launcher no process can be given a terminal, see the warning";
    throw new SystemError("execve", ERRNO.EPERM, request.argv[0], note);
  }
  if (confinement !== undefined) {
    const note = "without the launcher no rights can be taken from a process, see the warning";
    throw new SystemError("execve", ERRNO.EPERM, request.argv[0], note);
  }
  const started = startInherited(request, discard);
  if (identity === undefined) return started;
  try {
    verifyIdentity(started.pid, identity, () => hasSetIdBit(request.argv[0] as string));
  } catch (error) {
    abandon(started, request, discard);
    throw error;
  }
  return started;
}
