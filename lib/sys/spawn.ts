/**
 * Starts a process as a request describes it, or throws and leaves nothing behind.
 *
 * Deno's spawn is synchronous and what it starts inherits from the calling thread or from the
 * process. So everything that Deno cannot be told (user and groups, umask, directory, limits,
 * oom_score_adj) is set before and set back after it, in `finally`. Threads of Deno that open files
 * at the same moment would see the umask and the directory; chaperone therefore opens files
 * synchronously and by absolute path. Niceness could not be taken back without CAP_SYS_NICE, so it is
 * set on the process right after its exec.
 */
import { ERRNO, SystemError } from "../base/errors.ts";
import { SIGNAL } from "../base/signals.ts";
import type { Identity } from "../config/model.ts";
import type { Child, SpawnRequest } from "../daemon/os.ts";
import type { Children } from "./children.ts";
import { asIdentity, borrowFileRights, verifyIdentity } from "./credentials.ts";
import { applyLimits, type LimitPlan } from "./limits.ts";
import { checked, cString, libc, SYSCALL } from "./libc.ts";
import { throwingSystemError, toSystemError } from "./system_failure.ts";

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

/** Sets what the process inherits from the whole of chaperone. */
function setInherited(request: SpawnRequest, restore: Restore): LimitPlan | undefined {
  closeInheritedOnExec();
  const { umask, oomScoreAdj, directory, home, limits } = request;
  if (directory !== undefined) enterDirectory(directory, restore);
  else if (home !== undefined && request.identity !== undefined) enterHome(home, request, restore);
  if (oomScoreAdj !== undefined) setOomScoreAdj(oomScoreAdj, restore);
  let plan: LimitPlan | undefined;
  if (limits.length > 0) {
    plan = applyLimits(limits);
    restore.push(plan.restore);
  }
  if (umask !== undefined) {
    const before = libc().umask(umask);
    restore.push(() => libc().umask(before));
  }
  return plan;
}

/** Only the user itself can say whether it may enter; otherwise the process starts where chaperone is. */
function enterHome(home: string, request: SpawnRequest, restore: Restore): void {
  try {
    asIdentity(request.identity, () => enterDirectory(home, restore));
  } catch (error) {
    if (!(error instanceof SystemError) || error.call !== "chdir") throw error;
  }
}

function startProcess(request: SpawnRequest): Deno.ChildProcess {
  const [program, ...args] = request.argv;
  if (program === undefined) throw new SystemError("execve", ERRNO.EINVAL, "");
  const command = new Deno.Command(program, {
    args,
    env: { ...request.env },
    clearEnv: true,
    detached: request.ownSession,
    stdin: "inherit",
    stdout: toStdio(request.stdout),
    stderr: toStdio(request.stderr),
  });
  return asIdentity(request.identity, () => {
    // Deno enters the current directory once more, as the user, who may lack the right to.
    if (request.identity !== undefined && libc().chdir(HERE) < 0) borrowFileRights();
    try {
      return command.spawn();
    } catch (error) {
      throw toSystemError(error, "execve", program);
    }
  });
}

function toStdio(target: SpawnRequest["stdout"]): "piped" | "inherit" | "null" {
  return target === "pipe" ? "piped" : target;
}

/** As chaperone first, which may raise priority; without CAP_SYS_NICE only the user itself may lower it. */
function setNice(pid: number, nice: number, identity: Identity | undefined): void {
  const set = () => checked("setpriority", libc().setpriority(PRIO_PROCESS, pid, nice), `${nice}`);
  try {
    set();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === ERRNO.ESRCH) return;
    if (error.errno !== ERRNO.EPERM || identity === undefined) throw error;
    asIdentity(identity, set);
  }
}

function hasSetIdBit(path: string): boolean {
  return ((Deno.statSync(path).mode ?? 0) & 0o6000) !== 0;
}

/** Completes what had to wait for the process to exist. */
function finishStart(pid: number, request: SpawnRequest, plan: LimitPlan | undefined): void {
  const { identity, nice } = request;
  plan?.finish(pid, identity);
  if (nice !== undefined) setNice(pid, nice, identity);
  if (identity !== undefined) {
    verifyIdentity(pid, identity, () => hasSetIdBit(request.argv[0] as string));
  }
}

function abandon(process: Deno.ChildProcess, request: SpawnRequest, children: Children): void {
  children.discard(process.pid);
  libc().kill(request.ownSession ? -process.pid : process.pid, SIGNAL.SIGKILL);
  if (request.stdout === "pipe") process.stdout.cancel().catch(() => {});
  if (request.stderr === "pipe") process.stderr.cancel().catch(() => {});
}

/**
 * Starts a process; `children` then tells its end.
 * @throws {SystemError} where it cannot be started as requested; nothing runs then.
 */
export function spawnChild(request: SpawnRequest, children: Children): Child {
  const restore: Restore = [];
  let plan: LimitPlan | undefined;
  let process: Deno.ChildProcess;
  try {
    plan = setInherited(request, restore);
    process = startProcess(request);
  } finally {
    for (const undo of restore.reverse()) undo();
  }
  children.adopt(process);
  try {
    finishStart(process.pid, request, plan);
  } catch (error) {
    abandon(process, request, children);
    throw error;
  }
  return {
    pid: process.pid,
    ...(request.stdout === "pipe" ? { stdout: process.stdout } : {}),
    ...(request.stderr === "pipe" ? { stderr: process.stderr } : {}),
  };
}
