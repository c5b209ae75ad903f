/**
 * What the daemon needs of the system: the one door through which the supervisor acts.
 * lib/sys implements it, lib/apps/run/run_container.ts hands it over, unit tests pass a fake.
 * Times are milliseconds of a monotonic clock unless a name says wall.
 */
import type { Confinement } from "../base/confinement.ts";
import type { SystemError } from "../base/errors.ts";
import type { ExitStatus } from "../base/exit_status.ts";
import type { ListenAddress } from "../config/listen_address.ts";
import type { ResourceLimit } from "../config/model.ts";
import type { Identity } from "../base/identity.ts";

/** A secret; bytes that are no UTF-8 as lib/base/byte_text.ts keeps them. */
export interface SecretText {
  readonly name: string;
  readonly text: string;
}

export interface SpawnRequest {
  /** `argv[0]` is the absolute path of an executable that has been looked up. */
  readonly argv: readonly string[];
  /** The complete environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Entered as the user; failing to enter it fails the start. */
  readonly directory?: string;
  /** Entered where possible; used when `directory` is absent. */
  readonly home?: string;
  /** Absent: chaperone's own user. */
  readonly identity?: Identity;
  /**
   * What becomes stdin: a descriptor of chaperone's, chaperone's own, a text. Absent: /dev/null.
   */
  readonly stdin?: number | "inherit" | { readonly text: string };
  /** A number is a descriptor of chaperone's; it stays open there, here and below. */
  readonly stdout: "pipe" | "inherit" | "null" | number;
  readonly stderr: "pipe" | "inherit" | "null" | number;
  /** Descriptors that the process finds as 3, 4, … */
  readonly descriptors?: readonly number[];
  /** Sets LISTEN_PID to the number of the process, as sd_listen_fds(3) wants it. */
  readonly setsListenPid?: boolean;
  /** Sets WATCHDOG_PID likewise, see sd_watchdog_enabled(3). */
  readonly setsWatchdogPid?: boolean;
  /**
   * What it finds in sealed files in memory of its user's alone, at the descriptors after all
   * others: for each, a variable with the name and `_FILE` says where.
   */
  readonly secrets?: readonly SecretText[];
  /** Under this number, 3 or above, the process finds a pipe that `Child.ready` reads. */
  readonly readyDescriptor?: number;
  /** Runs it in a session, and so a process group, of its own. */
  readonly ownSession: boolean;
  /**
   * Kills it when chaperone ends in any way. The kernel forgets that where a program with a set-uid
   * bit or capabilities is executed, and never knew it of the children of the process: prctl(2),
   * PR_SET_PDEATHSIG.
   */
  readonly endsWithChaperone?: boolean;
  readonly umask?: number;
  readonly nice?: number;
  readonly oomScoreAdj?: number;
  readonly limits: readonly ResourceLimit[];
  /** The file `cgroup.procs` of the control group that it enters before anything else. */
  readonly controlGroup?: string;
  /** What is taken from it; proven before it is reported as launched. */
  readonly confinement?: Confinement;
  /** Its standard input is a terminal that becomes its controlling one; with `ownSession`. */
  readonly takesTerminal?: true;
}

/** How large a terminal is. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Streams that lead from a process to whoever asked for it. chaperone has made both ends. */
export interface CallerStreams {
  /** What the process gets. */
  readonly own: Pick<SpawnRequest, "stdin" | "stdout" | "stderr" | "takesTerminal">;
  /** The caller's ends: of stdin, stdout and stderr, in this order; of a terminal the only one. */
  readonly ends: readonly number[];
  /** Closes chaperone's own copies of all of them. */
  close(): void;
}

/** For whom streams are opened. */
export interface CallerStreamOptions {
  /** Who the process becomes, so that it may open its streams again. */
  readonly identity?: Identity | undefined;
  /** Absent: pipes. */
  readonly terminal?: TerminalSize | undefined;
}

/** The reading end of a process's stdout or stderr. */
export interface OutputPipe {
  /** Negative once it is closed. */
  readonly descriptor: number;
  /**
   * Begins to read. `onBytes` gets views of a shared buffer, valid until it returns; while a
   * promise that it returned is pending, nothing more is read. `onEnd` is called once, at end of
   * file; the pipe is closed then. Neither may drain a pipe.
   */
  start(
    onBytes: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined,
    onEnd: () => void,
  ): void;
  /**
   * Reads at once what is in the pipe, for the last words of a process that has ended, and calls
   * `onDrained` when all of it has been handed on: before this returns, or, where `onBytes` made
   * it wait, later. Whoever else holds the pipe is read on until end of file.
   */
  drain(onDrained: () => void): void;
  /** Stops reading for good; what is still in the pipe is lost, and `onEnd` is not called. */
  close(): void;
}

export interface Child {
  readonly pid: number;
  /** It is not its program yet: the launch listener hears when it is, or cannot be. */
  readonly isLaunching?: true;
  /** Present where the request said "pipe". Nothing is read before `start`. */
  readonly stdout?: OutputPipe;
  readonly stderr?: OutputPipe;
  /** Present where the request named a `readyDescriptor`. */
  readonly ready?: OutputPipe;
}

/** A connection that was accepted; the descriptor blocks. Whoever accepted it closes it. */
export interface Connection {
  readonly descriptor: number;
  /** Who connects; absent for Unix sockets. IPv4 is written as such. */
  readonly address?: string;
  readonly port?: number;
  close(): void;
}

export interface ListenOptions {
  /** A process is to inherit it and accept by itself. Otherwise `accept` does, and never blocks. */
  readonly isInherited: boolean;
  /** Whose the file of a Unix socket becomes where that is permitted. */
  readonly owner?: Identity;
}

/** A socket that listens already, as another incarnation has left it. */
export interface TakenSocket extends Pick<ListenOptions, "owner"> {
  readonly descriptor: number;
}

/** A socket that is opened for a service. */
export interface ListeningSocket {
  readonly descriptor: number;
  /** False where the file of a Unix socket is gone, or another one is in its place. */
  readonly isInPlace: boolean;
  /** Calls back again and again while somebody connects or has written, until `ignore`. */
  watch(onReadable: () => void): void;
  ignore(): void;
  /** Takes a connection; undefined where none waits. @throws {SystemError} EMFILE, for example. */
  accept(): Connection | undefined;
  /** Closes it and removes the file of a Unix socket. */
  close(): void;
}

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly group: number;
}

/** A process, told from all others that have or had its number. */
export interface ProcessIdentity extends ProcessInfo {
  /** When it was started, in the kernel's unit. */
  readonly startedTicks: number;
}

/** Limits of a process by which chaperone marks what it starts. `Infinity`: none. */
export interface MarkLimits {
  readonly rttime: number;
  readonly locks: number;
}

/**
 * A process that is not chaperone's child, held by a descriptor: whatever is done through it
 * concerns that process, and never whoever gets its number later.
 */
export interface HeldProcess {
  readonly descriptor: number;
  /** Whether it has not ended; a zombie has. */
  isAlive(): boolean;
  /**
   * Sends a signal, with `group` to its whole process group where it leads one. False where it has
   * ended.
   */
  signal(signal: number, how: { readonly group: boolean }): boolean;
  /** Lets go. */
  close(): void;
}

/** How a process is signalled that others than chaperone may reap. */
export interface HeldKill {
  /** Asked while the process is held: whether it is the one that is meant. */
  readonly isMeant: () => boolean;
  /** Signals its whole process group where it leads one. */
  readonly group?: boolean;
}

/**
 * Takes note that a process ended and was reaped: a service's own, or an orphan that PID 1
 * inherited. One that `isDiscarded` concerns nobody, but may have been the last. Its number may be
 * another process's from then on. What is returned tells the end, and is called when all that have
 * ended by then have been noted. Undefined: nobody knew the process, see `StrangersListener`.
 */
export type ExitListener = (
  pid: number,
  status: ExitStatus,
  isDiscarded?: boolean,
) => (() => void) | undefined;

/** A process that has been reaped. */
export interface EndedProcess {
  readonly pid: number;
  readonly status: ExitStatus;
}

/**
 * Is told the ends of processes that nobody knew: of many at once, since a container may leave
 * thousands a second to PID 1.
 */
export type StrangersListener = (ended: readonly EndedProcess[]) => void;

/**
 * Takes note that a process has become its program, or of why it could not. Told once of each that
 * was `isLaunching`, before its end is; the end of one that could not concerns nobody and is
 * discarded.
 */
export type LaunchListener = (pid: number, failure: SystemError | undefined) => void;

/** Whose sockets are looked at. */
export interface SocketOwner {
  /** The processes of the service; asked for when they are needed, one after another. */
  processes(): Iterable<number>;
  readonly identity?: Identity;
}

export interface Os {
  readonly pid: number;
  /** Who chaperone runs as. */
  readonly uid: number;
  /** Whether `kill(-1)` is ours to use and orphans come to us. */
  readonly isInit: boolean;
  /** Monotonic clock. */
  nowMs(): number;
  /** Wall clock, since 1970. */
  wallMs(): number;
  /** Calls back once after `delayMs`; the result cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;

  /**
   * Starts a process. Whether it becomes its program is told to the launch listener, its exit to
   * the exit listener: nothing that its user decides is waited for.
   * @throws {SystemError} where there can be no process; nothing is left behind then.
   */
  spawn(request: SpawnRequest): Child;
  /** Opens streams for a process that somebody else talks to. @throws {SystemError} */
  openCallerStreams(options: CallerStreamOptions): CallerStreams;
  onLaunch(listener: LaunchListener): void;
  onExit(listener: ExitListener, strangersGone?: StrangersListener): void;
  /**
   * The most memory that a process had at any time, its own children that it waited for included;
   * known only while its end is reported.
   */
  peakMemoryBytes(pid: number): number | undefined;
  /**
   * Takes over the reading end of a pipe that this very process opened before it re-executed
   * itself.
   */
  takePipe(descriptor: number): OutputPipe;
  /** Opens a socket for services. @throws {SystemError} */
  listen(address: ListenAddress, options: ListenOptions): ListeningSocket;
  /** Takes over a socket that listens at an address already, likewise. */
  takeSocket(address: ListenAddress, socket: TakenSocket): ListeningSocket;
  /**
   * Whether somebody is connected to one of the addresses, or waits to be accepted; undefined where
   * that cannot be seen.
   */
  hasConnections(addresses: readonly ListenAddress[]): boolean | undefined;
  /**
   * How many are connected to sockets at which the owner's processes listen, and have been accepted
   * by one of them; undefined where that cannot be seen.
   */
  countConnections(owner: SocketOwner): number | undefined;
  /** Sends a signal; false where there is no such process. Negative: a process group. */
  kill(pid: number, signal: number): boolean;
  /**
   * Sends a signal to a process whose number may pass to a stranger at any moment, since another
   * process may reap it. A descriptor holds it meanwhile, where the kernel has them: pidfd_open(2).
   * False where there is no such process, or it is not meant.
   */
  killHeld(pid: number, signal: number, how: HeldKill): boolean;
  /**
   * Holds a process; undefined where it has ended, or the kernel cannot: pidfd_open(2) is of Linux
   * 5.3.
   */
  hold(pid: number): HeldProcess | undefined;
  /** Takes over a descriptor that holds a process, likewise. */
  takeHeld(pid: number, descriptor: number): HeldProcess;
  /** Signals every process in reach but chaperone: `kill(-1)` as PID 1, else its descendants. */
  killAll(signal: number): void;
  /**
   * Processes below chaperone that it did not start itself, zombies left out: orphans that came to
   * it, and what they started. Cheap where there are none, as is usual. Empty where /proc is
   * hidden.
   */
  orphans(): ProcessIdentity[];
  /**
   * All processes below chaperone, zombies left out, parents before their children. Empty where
   * /proc is hidden.
   */
  descendants(): ProcessIdentity[];
  /** One process; undefined where it has ended or is hidden. With `ended`, a zombie is one, too. */
  process(pid: number, how?: { readonly ended?: boolean }): ProcessIdentity | undefined;
  /**
   * Whether processes can be marked by limits: not where chaperone itself has such limits, since
   * whoever gave them to it may go by them, nor where the kernel knows none.
   */
  readonly canMark: boolean;
  /** The limits that may be a mark; undefined where the process has ended or is hidden. */
  markLimits(pid: number): MarkLimits | undefined;
  /** The real user of a process; undefined where that is hidden. */
  processOwner(pid: number): number | undefined;
  /** Whether any child is left, waitable or alive (waitid with WNOHANG does not say ECHILD). */
  hasChildren(): boolean;
  /**
   * The value of a variable in a process's initial environment, or undefined. Where that is hidden
   * from chaperone, `owner` is asked, whose process it may be.
   */
  processVariable(pid: number, name: string, owner?: Identity): string | undefined;

  /**
   * Reads a small text file for a service of this user, as that user where others than root can
   * change what is there; undefined where it does not exist. @throws {SystemError}
   */
  readTextFile(path: string, user?: Identity): string | undefined;
  /**
   * Tells states of a file apart: another one after each write and each replacement. Undefined:
   * there is none.
   */
  fileStamp(path: string): string | undefined;
  /** Removes a file, likewise. What cannot be removed stays. */
  removeFile(path: string, user?: Identity): void;
  /**
   * Finds the file that a first word names: `~` of chaperone's HOME, then PATH of `env`. A relative
   * path is looked up from `directory`, as exec(2) does after chdir(2), then from where chaperone
   * runs, as in 0.3.9. `not-executable` carries the path that was found.
   */
  findExecutable(
    word: string,
    pathVariable: string | undefined,
    directory?: string,
  ): { kind: "found" | "not-executable"; path: string } | { kind: "missing"; path: string };
}
