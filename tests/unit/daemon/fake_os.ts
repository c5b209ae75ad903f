/** A system that does nothing by itself: time moves and processes end when a test says so. */
import { SystemError } from "../../../lib/base/errors.ts";
import type { ExitStatus } from "../../../lib/base/exit_status.ts";
import { limitsOfMark } from "../../../lib/daemon/services/process_mark.ts";
import { formatListenAddress, type ListenAddress } from "../../../lib/config/listen_address.ts";
import type {
  CallerStreamOptions,
  CallerStreams,
  Child,
  Connection,
  ExitListener,
  HeldKill,
  HeldProcess,
  LaunchListener,
  ListeningSocket,
  MarkLimits,
  Os,
  OutputPipe,
  ProcessIdentity,
  ProcessInfo,
  SpawnRequest,
  StrangersListener,
  TakenSocket,
} from "../../../lib/door/os.ts";

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** The limits of a process that was started with the mark of a service. */
export function markedAs(number: number): MarkLimits {
  const limits = new Map(limitsOfMark(number).map(({ resource, hard }) => [resource, hard]));
  return { rttime: limits.get("rttime") ?? 0, locks: limits.get("locks") ?? 0 };
}

/** A socket to which a test connects. */
export class FakeSocket implements ListeningSocket {
  static #descriptors = 10;
  readonly descriptor = FakeSocket.#descriptors++;
  readonly #os: FakeOs;
  readonly #name: string;
  readonly #waiting: Connection[] = [];
  #onReadable: (() => void) | undefined;
  isInPlace = true;

  constructor(os: FakeOs, name: string) {
    this.#os = os;
    this.#name = name;
  }

  watch(onReadable: () => void): void {
    this.#onReadable = onReadable;
    this.#tell();
  }

  ignore(): void {
    this.#onReadable = undefined;
  }

  accept(): Connection | undefined {
    return this.#waiting.shift();
  }

  close(): void {
    this.ignore();
    this.#os.sockets.delete(this.#name);
  }

  get isWatched(): boolean {
    return this.#onReadable !== undefined;
  }

  /** Connects, and returns a connection that tells whether chaperone has closed it. */
  connect(address = "192.0.2.7", port = 4711): { readonly isClosed: boolean } {
    const state = { isClosed: false };
    const descriptor = FakeSocket.#descriptors++;
    this.#waiting.push({ descriptor, address, port, close: () => void (state.isClosed = true) });
    this.#tell();
    return state;
  }

  /** As a level-triggered poller does. */
  #tell(): void {
    const before = this.#waiting.length;
    if (before === 0) return;
    this.#onReadable?.();
    if (this.#waiting.length < before) this.#tell();
  }
}

export class FakeOs implements Os {
  readonly pid = 1;
  readonly uid = 0;
  canMark = true;
  readonly isInit = true;
  timeMs = 1000;
  /** What was asked of the system, in order: `spawn /bin/x`, `kill 7 15`, `killAll 15`. */
  readonly calls: string[] = [];
  /** What processes had of memory at the most. */
  readonly peaks = new Map<number, number>();
  readonly living = new Map<number, SpawnRequest>();
  readonly orphanList: ProcessInfo[] = [];
  readonly markers = new Map<number, string>();
  readonly owners = new Map<number, number>();
  /** Absent: a process carries no mark. */
  readonly limits = new Map<number, MarkLimits>();
  readonly startedTicks = new Map<number, number>();
  readonly files = new Map<string, string>();
  readonly missing = new Set<string>();
  readonly notExecutable = new Set<string>();
  failSpawn: SystemError | undefined;
  /** Streams of callers that are not closed yet. */
  openStreams = 0;
  /** From here on a process becomes its program when a test says so, by `launched`. */
  launchesLater = false;
  /** Open listening sockets, by address. */
  readonly sockets = new Map<string, FakeSocket>();
  /** Addresses in use by somebody else. */
  readonly taken = new Set<string>();
  /** How far the wall clock has been set. */
  wallStepMs = 0;
  #timers = new Set<Timer>();
  #listener: ExitListener = () => () => {};
  #strangersGone: StrangersListener = () => {};
  #launchListener: LaunchListener = () => {};
  #nextPid = 100;

  /** Whether somebody is connected to whatever listens. */
  isConnected: boolean | undefined = false;

  hasConnections(): boolean | undefined {
    return this.isConnected;
  }

  /** How many are connected to a service. */
  connections: number | undefined = 0;

  countConnections(): number | undefined {
    return this.connections;
  }

  peakMemoryBytes(pid: number): number | undefined {
    return this.peaks.get(pid);
  }

  nowMs(): number {
    return this.timeMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.timeMs + this.wallStepMs;
  }

  random(): number {
    return 0;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.timeMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  spawn(request: SpawnRequest): Child {
    if (this.failSpawn) throw this.failSpawn;
    const pid = this.#nextPid++;
    this.living.set(pid, request);
    this.calls.push(`spawn ${request.argv.join(" ")}`);
    return this.launchesLater ? { pid, isLaunching: true } : { pid };
  }

  openCallerStreams({ terminal }: CallerStreamOptions): CallerStreams {
    this.openStreams++;
    const close = () => void this.openStreams--;
    if (terminal === undefined) {
      return { own: { stdin: 60, stdout: 61, stderr: 62 }, ends: [70, 71, 72], close };
    }
    const own = { stdin: 63, stdout: 63, stderr: 63, takesTerminal: true } as const;
    return { own, ends: [73], close };
  }

  onLaunch(listener: LaunchListener): void {
    this.#launchListener = listener;
  }

  /**
   * Tells that the process that is to run a program runs it; or why it cannot, and that it is gone.
   */
  launched(program: string, failure?: SystemError): void {
    const pid = this.pidOf(program);
    this.#launchListener(pid, failure);
    if (failure === undefined) return;
    this.living.delete(pid);
    this.#ended(pid, { kind: "exited", code: 127 }, true);
  }

  onExit(listener: ExitListener, strangersGone: StrangersListener = () => {}): void {
    this.#listener = listener;
    this.#strangersGone = strangersGone;
  }

  #ended(pid: number, status: ExitStatus, isDiscarded = false): void {
    const tell = this.#listener(pid, status, isDiscarded);
    if (tell === undefined) this.#strangersGone([{ pid, status }]);
    else tell();
  }

  listen(address: ListenAddress): ListeningSocket {
    const name = formatListenAddress(address);
    if (this.taken.has(name)) throw new SystemError("bind", 98, name);
    const socket = new FakeSocket(this, name);
    this.sockets.set(name, socket);
    return socket;
  }

  takePipe(descriptor: number): OutputPipe {
    return { descriptor, start() {}, drain: (onDrained) => onDrained(), close() {} };
  }

  takeSocket(address: ListenAddress, { descriptor }: TakenSocket): ListeningSocket {
    const socket = this.sockets.get(formatListenAddress(address));
    if (socket?.descriptor !== descriptor) throw new Error(`no such socket: ${descriptor}`);
    socket.ignore();
    return socket;
  }

  /**
   * Lets the program execute itself: what it waited for is forgotten, processes and sockets stay.
   */
  execute(): void {
    this.#timers.clear();
    this.#listener = () => () => {};
    this.#launchListener = () => {};
  }

  kill(pid: number, signal: number): boolean {
    const exists = this.living.has(Math.abs(pid)) ||
      this.orphanList.some((orphan) => orphan.pid === pid);
    if (exists && signal !== 0) this.calls.push(`kill ${pid} ${signal}`);
    return exists;
  }

  killHeld(pid: number, signal: number, { isMeant, group }: HeldKill): boolean {
    if (!isMeant()) return false;
    return (group === true && this.kill(-pid, signal)) || this.kill(pid, signal);
  }

  killAll(signal: number): void {
    this.calls.push(`killAll ${signal}`);
  }

  hold(pid: number): HeldProcess | undefined {
    return this.kill(pid, 0) ? this.takeHeld(pid, -1) : undefined;
  }

  takeHeld(pid: number, descriptor: number): HeldProcess {
    const ticks = this.process(pid)?.startedTicks;
    const isAlive = () => ticks !== undefined && this.process(pid)?.startedTicks === ticks;
    return {
      descriptor,
      isAlive,
      signal: (signal, { group }) =>
        isAlive() && ((group && this.kill(-pid, signal)) || this.kill(pid, signal)),
      close() {},
    };
  }

  orphans(): ProcessIdentity[] {
    return this.orphanList.flatMap(({ pid }) => this.process(pid) ?? []);
  }

  descendants(): ProcessIdentity[] {
    return this.orphans();
  }

  markLimits(pid: number): MarkLimits | undefined {
    return this.limits.get(pid) ?? { rttime: Infinity, locks: Infinity };
  }

  process(pid: number): ProcessIdentity | undefined {
    const own = { pid, parent: 1, session: pid, group: pid };
    const isKnown = pid === this.pid || this.living.has(pid);
    const found = isKnown ? own : this.orphanList.find((each) => each.pid === pid);
    return found && { ...found, startedTicks: this.startedTicks.get(pid) ?? 0 };
  }

  processOwner(pid: number): number | undefined {
    return this.owners.get(pid) ?? 0;
  }

  hasChildren(): boolean {
    return this.living.size + this.orphanList.length > 0;
  }

  processVariable(pid: number, name: string): string | undefined {
    return name === "_CHAP_SERVICE_ID" ? this.markers.get(pid) : undefined;
  }

  readTextFile(path: string): string | undefined {
    return this.files.get(path);
  }

  fileStamp(path: string): string | undefined {
    return this.files.get(path);
  }

  removeFile(path: string): void {
    this.files.delete(path);
  }

  findExecutable(word: string): ReturnType<Os["findExecutable"]> {
    if (this.missing.has(word)) return { kind: "missing", path: word };
    const path = `/bin/${word}`;
    return { kind: this.notExecutable.has(word) ? "not-executable" : "found", path };
  }

  /** The number of timers that are pending. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and what is due happen in order. */
  advance(ms: number): void {
    const untilMs = this.timeMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= untilMs);
      const next = due.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.timeMs = Math.max(this.timeMs, next.atMs);
      next.callback();
    }
    this.timeMs = untilMs;
  }

  /** Ends the process that runs a program, and tells it as the kernel would. */
  end(program: string, status: ExitStatus = { kind: "exited", code: 0 }): void {
    const found = [...this.living].find(([, request]) => request.argv[0] === `/bin/${program}`);
    if (!found) throw new Error(`no process runs ${program}`);
    this.living.delete(found[0]);
    this.#ended(found[0], status);
  }

  /** Ends an orphan. */
  endOrphan(pid: number): void {
    const at = this.orphanList.findIndex((orphan) => orphan.pid === pid);
    this.orphanList.splice(at, 1);
    this.#ended(pid, { kind: "exited", code: 0 });
  }

  pidOf(program: string): number {
    const found = [...this.living].find(([, request]) => request.argv[0] === `/bin/${program}`);
    if (!found) throw new Error(`no process runs ${program}`);
    return found[0];
  }

  /** The programs started so far, in order. */
  get started(): string[] {
    return this.calls.flatMap((call) => /^spawn \/bin\/(\S+)/.exec(call)?.[1] ?? []);
  }
}
