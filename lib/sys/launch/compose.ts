/**
 * What the launcher does on the way from a process of chaperone's to the program of a service, in
 * this order. Up to the switch of user the process is root's, and nobody else can stop, trace or
 * signal it; from there to the exec its user can, and holds up nobody but this process.
 *
 * descriptors, control group, mounts, terminal, name · gate · umask, nice, limits · bounding set · groups, group, user ·
 * capabilities · end with chaperone · directory · no_new_privs, Landlock, filter (confine.ts) ·
 * program
 *
 * The table stops at the first call that fails. So a program that runs has the identity that was
 * asked for, and nothing of that need be read back from /proc: setresuid(2) and setgroups(2) either
 * do all or fail.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { Identity } from "../../base/identity.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { ResourceLimit } from "../../config/model.ts";
import type { SpawnRequest } from "../../door/os.ts";
import { allGroups, isOwn } from "../processes/credentials.ts";
import { CallTable } from "./call_table.ts";
import { addBounds, addCapabilities, addSandbox, countConfiningEntries } from "./confine.ts";
import { addMounts } from "./mounts.ts";
import { currentLimit, RESOURCE, toPair } from "./resources.ts";
import { AT_FDCWD, F_SETFD, FD_CLOEXEC, O_RDWR, O_WRONLY } from "../libc/fcntl.ts";

/** From linux/prctl.h and sys/resource.h. */
const PR_SET_PDEATHSIG = 1;
const PR_SET_NAME = 15;
const PRIO_PROCESS = 0;
/** From asm-generic/ioctls.h. */
const TIOCSCTTY = 0x540e;

const STDIN = 0;
const DEV_NULL = "/dev/null";
export const OOM_SCORE_ADJ = "/proc/self/oom_score_adj";

/** Room for a number of a process and NUL: at most 4194304, see pid_max in proc(5). */
export const PID_TEXT_BYTES = 8;

/** What stays the same number of entries, whatever is asked for. */
const FIXED_ENTRIES = 27;

/** The descriptors that the launcher alone uses, besides its table as standard input. */
export interface LaunchDescriptors {
  /** Where a failure is reported; its end without a word says that the program runs. */
  readonly status: number;
  /** Read before anything else is done, where the process must be told its number. */
  readonly gate: number;
  /** What becomes standard input; absent: /dev/null. */
  readonly stdin?: number | undefined;
  /** The rules of a sandbox. */
  readonly ruleset: number;
}

/** Composes the table. @throws {SystemError} for what no process could be given. */
export function composeTable(request: SpawnRequest, own: LaunchDescriptors): CallTable {
  const { argv, identity, limits, umask, nice, confinement } = request;
  const program = argv[0] ?? "";
  if (program === "") throw new SystemError("execve", ERRNO.EINVAL, program);
  const entriesMax = FIXED_ENTRIES + limits.length + countConfiningEntries(confinement);
  const table = new CallTable(entriesMax, own.status, program);
  addDescriptors(table, request, own);
  if (request.takesTerminal) table.add("ioctl", [STDIN, TIOCSCTTY, 0]);
  table.add("prctl", [PR_SET_NAME, table.text("launcher")], { mayFail: true });
  const variables = addGate(table, request, own.gate);
  if (umask !== undefined) table.add("umask", [umask]);
  if (nice !== undefined) table.add("setpriority", [PRIO_PROCESS, 0, nice], { target: `${nice}` });
  const isSwitched = identity !== undefined && (identity.uid === 0 || !isOwn(identity));
  const later = addLimits(table, limits, isSwitched);
  if (confinement !== undefined) addBounds(table, confinement, isSwitched && identity.uid !== 0);
  if (isSwitched) addIdentity(table, identity);
  if (confinement?.capabilities !== undefined) addCapabilities(table, confinement.capabilities);
  // A change of user takes it back.
  if (request.endsWithChaperone) table.add("prctl", [PR_SET_PDEATHSIG, SIGNAL.SIGKILL]);
  later?.();
  addDirectory(table, request);
  // The gate is closed by now, or was never there.
  const descriptors = { ruleset: own.ruleset, free: own.gate };
  if (confinement !== undefined) addSandbox(table, confinement, descriptors);
  addProgram(table, request, variables);
  return table;
}

/** While the table is mapped, 0 is free: what is opened after its close gets that number. */
function addDescriptors(
  table: CallTable,
  { oomScoreAdj, controlGroup, confinement }: SpawnRequest,
  { status, stdin, ruleset }: LaunchDescriptors,
): void {
  table.add("fcntl", [status, F_SETFD, FD_CLOEXEC]);
  table.add("close", [STDIN]);
  if (controlGroup !== undefined) addWrite(table, controlGroup, ITSELF);
  if (oomScoreAdj !== undefined) addWrite(table, OOM_SCORE_ADJ, `${oomScoreAdj}`);
  // As long as there is nothing else at 0.
  if (confinement !== undefined) addMounts(table, confinement, ruleset);
  if (stdin === undefined) {
    return table.add("openat", [AT_FDCWD, table.text(DEV_NULL), O_RDWR], { target: DEV_NULL });
  }
  table.add("dup3", [stdin, STDIN, 0]);
  table.add("close", [stdin]);
}

/** As long as there is nothing else at 0. */
function addWrite(table: CallTable, path: string, text: string): void {
  const target = { target: path };
  table.add("openat", [AT_FDCWD, table.text(path), O_WRONLY], target);
  table.add("write", [STDIN, table.text(text), text.length], target);
  table.add("close", [STDIN]);
}

/** Whoever writes it into a file of cgroups(7) means the process that writes. */
const ITSELF = "0";

/** Returns the addresses of the variables that hold the number of the process. */
function addGate(
  table: CallTable,
  { setsListenPid, setsWatchdogPid }: SpawnRequest,
  gate: number,
): readonly number[] {
  const names = [
    ...(setsListenPid ? ["LISTEN_PID"] : []),
    ...(setsWatchdogPid ? ["WATCHDOG_PID"] : []),
  ];
  const addresses = names.map((name) => {
    const title = `${name}=`;
    // The text ends with NUL, where the number begins.
    const address = table.text(title + "\u{1}".repeat(PID_TEXT_BYTES));
    table.add("read", [gate, address + title.length, PID_TEXT_BYTES]);
    return address;
  });
  if (addresses.length > 0) table.add("close", [gate]);
  return addresses;
}

/** How many times the gate is read, each time for the number of the process. */
export function countGateReads({ setsListenPid, setsWatchdogPid }: SpawnRequest): number {
  return (setsListenPid ? 1 : 0) + (setsWatchdogPid ? 1 : 0);
}

/**
 * Adds the limits. A user who has more processes than `nproc` allows could not even execute the
 * program (execve(2), EAGAIN) if the limit were there when the process becomes that user: so what
 * needs no privilege of it is left for afterwards.
 */
function addLimits(
  table: CallTable,
  limits: readonly ResourceLimit[],
  isSwitched: boolean,
): (() => void) | undefined {
  let later: (() => void) | undefined;
  for (const limit of limits) {
    const { resource } = limit;
    const number = RESOURCE[resource];
    if (number === undefined) throw new SystemError("prlimit", ERRNO.EINVAL, resource);
    const [soft = 0n, hard = 0n] = toPair(limit);
    const set = (softNow: bigint) => {
      const pair = table.words([softNow, hard]);
      table.add("prlimit", [0, number, pair, 0], { target: resource });
    };
    if (resource === "nproc" && isSwitched) {
      const [softNow, hardNow] = currentLimit(resource);
      if (hard > hardNow) set(softNow);
      later = () => set(soft);
    } else set(soft);
  }
  return later;
}

function addIdentity(table: CallTable, identity: Identity): void {
  const target = identity.userName ?? String(identity.uid);
  const groups = allGroups(identity);
  // Without privilege nobody chooses groups; for the user that chaperone is anyway they stay.
  const mayFail = isOwn(identity);
  table.add("setgroups", [groups.length, table.numbers(groups)], { target, mayFail });
  const { uid, gid } = identity;
  table.add("setresgid", [gid, gid, gid], { target });
  table.add("setresuid", [uid, uid, uid], { target });
}

function addDirectory(table: CallTable, { directory, home, identity }: SpawnRequest): void {
  if (directory !== undefined) {
    table.add("chdir", [table.text(directory, "encode")], { target: directory });
  } else if (home !== undefined && identity !== undefined) {
    table.add("chdir", [table.text(home, "encode")], { target: home, mayFail: true });
  }
}

function addProgram(
  table: CallTable,
  { argv, env }: SpawnRequest,
  variables: readonly number[],
): void {
  const program = argv[0] as string;
  const words = table.list(table.texts(argv));
  const texts: string[] = [];
  for (const name in env) texts.push(`${name}=${env[name]}`);
  const environment = table.list([...table.texts(texts), ...variables]);
  table.add("execve", [table.text(program), words, environment], { target: program });
}
