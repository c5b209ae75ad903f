/** Puts the parts of lib/sys together as the one door that lib/daemon asks for. */
import type { Child, Os, SpawnRequest } from "../door/os.ts";
import { Children, hasChildren, type KnownChildren } from "./processes/children.ts";
import { nowMs, random, setTimer, wallMs } from "./libc/clock.ts";
import {
  type DatagramOptions,
  type DatagramReceiver,
  type DatagramSocket,
  listenDatagrams,
} from "./sockets/datagram_socket.ts";
import { findExecutable } from "./paths/executable.ts";
import { fileStamp } from "./paths/file_stamp.ts";
import { FileWatch } from "./paths/file_watch.ts";
import { readServiceFile, removeServiceFile } from "./paths/service_files.ts";
import { hold, kill, killHeld, takeHeld, watchEnd } from "./processes/kill.ts";
import { libc } from "./libc/libc.ts";
import { countConnections, hasConnections } from "./sockets/open_connections.ts";
import { listenSocket, takeSocket } from "./sockets/listen_sockets.ts";
import {
  listenStreams,
  type ServerOptions,
  type ServerPlace,
  type ServeStream,
  type StreamServer,
} from "./sockets/stream_server.ts";
import { ownPeakBytes } from "./self/memory.ts";
import { PolledPipe } from "./processes/output_pipe.ts";
import { Poller } from "./libc/poller.ts";
import { threadShares } from "./libc/thread_shares.ts";
import { listenToOwnSignals, type OwnSignals } from "./self/own_signals.ts";
import type { ReceivedSignal } from "../base/signals.ts";
import {
  canMark,
  descendants,
  findProcess,
  markLimits,
  orphans,
  processOwner,
  processVariable,
} from "./processes/processes.ts";
import { openCallerStreams } from "./launch/caller_streams.ts";
import { launchChild } from "./launch/launch_child.ts";
import { LaunchWarnings } from "./launch/launch_warnings.ts";
import { type LaunchHandover, PendingLaunches } from "./launch/pending_launches.ts";

/** Children by number, and those that are not their program yet. */
export interface OwnChildren extends KnownChildren {
  readonly launches: readonly LaunchHandover[];
}

/** The system with what only its owner may do. */
export interface OwnedOs extends Os {
  /**
   * Stops listening for ends of children and reading their output. Settles when nothing is under
   * way. For tests; a program just ends.
   */
  close(): Promise<void>;
  /**
   * Calls back with what is less safe than it should be, once that is known: with the first
   * process.
   */
  onLaunchWarning(listener: (text: string) => void): void;
  /** Lets no thread read or close what others may hold up; see lib/sys/libc/thread_shares.ts. */
  stillThreads(): Promise<boolean>;
  resumeThreads(): void;
  /** Lets go of what would wake chaperone although nothing is under way. */
  rest(): void;
  /** Starts a process whose end concerns nobody. @throws {SystemError} */
  spawnAside(request: SpawnRequest): Child;
  /** The children that are known, for another incarnation. */
  readonly children: OwnChildren;
  /** Takes those over that another incarnation knew. */
  takeChildren(known: OwnChildren): void;
  /** Reaps what has ended already: what is taken over may have ended in between. */
  reap(): void;
  /** See lib/sys/self/own_signals.ts. @throws {SystemError} */
  listenToSignals(
    listener: (signal: ReceivedSignal) => void,
    left?: readonly number[],
  ): OwnSignals;
  /**
   * Calls back, now and then too often, when a file may have lost its name; the result ends that.
   * Never, where the kernel has no watch to give.
   */
  watchFile(path: string, onChange: () => void): () => void;
  /**
   * Calls back again and again while there is something to read at a descriptor, which must not
   * block; the result ends that. @throws {SystemError}
   */
  pollDescriptor(descriptor: number, onReadable: () => void): () => void;
  /** See lib/sys/sockets/datagram_socket.ts. @throws {SystemError} */
  listenDatagrams(
    path: string,
    options: DatagramOptions,
    receive: DatagramReceiver,
  ): DatagramSocket;
  /** See lib/sys/sockets/stream_server.ts. @throws {SystemError} */
  listenStreams(place: ServerPlace, options: ServerOptions, serve: ServeStream): StreamServer;
}

/** Outside PID 1, processes that fork while they are looked for are found in another round. */
const KILL_ROUNDS = 5;

/** `kill(-1)` would reach everything of this user outside PID 1, so there it is one by one. */
function killDescendants(signal: number): void {
  const signalled = new Set<number>();
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const fresh = descendants().filter(({ pid }) => !signalled.has(pid));
    if (fresh.length === 0) return;
    for (const { pid, startedTicks } of fresh) {
      signalled.add(pid);
      const isMeant = () => findProcess(pid)?.startedTicks === startedTicks;
      killHeld(pid, signal, { isMeant });
    }
  }
}

/** What needs no state of its own. */
const STATELESS = {
  nowMs,
  wallMs,
  setTimer,
  random,
  openCallerStreams,
  kill,
  killHeld,
  hold,
  takeHeld,
  descendants,
  process: findProcess,
  processOwner,
  hasConnections,
  countConnections,
  markLimits,
  hasChildren,
  processVariable,
  readTextFile: readServiceFile,
  fileStamp,
  removeFile: removeServiceFile,
  findExecutable,
  stillThreads: () => threadShares.still(),
  resumeThreads: () => threadShares.resume(),
} satisfies Partial<OwnedOs>;

/** What waits in the poller. */
function polled(poller: Poller) {
  const fileWatch = new FileWatch(poller);
  return {
    takePipe: (descriptor) => new PolledPipe(poller, descriptor),
    listen: (address, options) => listenSocket(poller, address, options),
    takeSocket: (address, socket) => takeSocket(poller, address, socket),
    listenStreams: (place, options, serve) => listenStreams(poller, place, options, serve),
    listenDatagrams: (path, options, receive) => listenDatagrams(poller, path, options, receive),
    listenToSignals: (listener, left) => listenToOwnSignals(poller, listener, left),
    pollDescriptor(descriptor, onReadable) {
      poller.add(descriptor, onReadable);
      return () => poller.remove(descriptor);
    },
    watchFile: (path, onChange) => fileWatch.add(path, onChange),
  } satisfies Partial<OwnedOs>;
}

interface ProcessParts {
  readonly children: Children;
  readonly poller: Poller;
  readonly launches: PendingLaunches;
}

/** What starts processes. */
function launching(parts: ProcessParts) {
  let warnings: LaunchWarnings | undefined;
  const launch = (request: SpawnRequest) => {
    const child = launchChild(request, parts);
    warnings?.started(request);
    return child;
  };
  return {
    spawn: launch,
    spawnAside(request) {
      const child = launch(request);
      parts.children.discard(child.pid);
      return child;
    },
    onLaunch: (listener) => parts.launches.listen(listener),
    rest: () => parts.launches.rest(),
    onLaunchWarning(listener) {
      warnings = new LaunchWarnings(listener);
    },
  } satisfies Partial<OwnedOs>;
}

/** Opens the door. Does nothing until it is used; one per process. */
export function createOs(): OwnedOs {
  const children = new Children();
  const poller = new Poller();
  const launches = new PendingLaunches(poller, (pid) => children.discard(pid));
  children.beforeEnd = (pid) => launches.take(pid, { isReaped: true });
  children.watchEnd = (pid, onEnd) => watchEnd(poller, pid, onEnd);
  const isInit = Deno.pid === 1;
  return {
    ...STATELESS,
    ...polled(poller),
    ...launching({ children, poller, launches }),
    pid: Deno.pid,
    uid: Deno.uid() ?? 0,
    isInit,
    onExit(listener, strangersGone) {
      children.listen(listener, strangersGone);
      // Signals alone do not keep Deno from ending; the wait for descriptors does.
      poller.open();
    },
    peakMemoryBytes(pid) {
      const peakBytes = children.peakMemoryBytes(pid);
      // What chaperone itself had counts for whatever it has started: getrusage(2), "BUGS".
      return peakBytes !== undefined && peakBytes > ownPeakBytes() ? peakBytes : undefined;
    },
    killAll(signal) {
      if (isInit) libc().kill(-1, signal);
      else killDescendants(signal);
    },
    orphans: () => children.orphans(orphans),
    get canMark() {
      return canMark();
    },
    get children() {
      return { ...children.known, launches: launches.known };
    },
    takeChildren({ launches: left, ...known }) {
      children.take(known);
      for (const { pid, leftMs, ...launch } of left) launches.add(pid, launch, leftMs);
    },
    reap: () => children.reap(),
    close() {
      launches.close();
      children.close();
      return poller.close();
    },
  };
}
