/** Puts the parts of lib/sys together as the one door that lib/daemon asks for. */
import type { Os } from "../daemon/os.ts";
import { Children, hasChildren } from "./children.ts";
import { nowMs, random, setTimer, wallMs } from "./clock.ts";
import { findExecutable } from "./executable.ts";
import { FileWatch } from "./file_watch.ts";
import { readTextFile, removeFile } from "./files.ts";
import { kill, killHeld } from "./kill.ts";
import { libc } from "./libc.ts";
import { listenSocket } from "./listen_sockets.ts";
import { Poller } from "./poller.ts";
import { descendants, findProcess, orphans, processOwner, processVariable } from "./processes.ts";
import { spawnChild } from "./spawn.ts";

/** The system with what only its owner may do. */
export interface OwnedOs extends Os {
  /**
   * Stops listening for ends of children and reading their output. Settles when nothing is under way.
   * For tests; a program just ends.
   */
  close(): Promise<void>;
  /**
   * Calls back, now and then too often, when a file may have lost its name; the result ends that.
   * Never, where the kernel has no watch to give.
   */
  watchFile(path: string, onChange: () => void): () => void;
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

/** Opens the door. Costs nothing until something is asked of it; one a process. */
export function createOs(): OwnedOs {
  const children = new Children();
  const poller = new Poller();
  const fileWatch = new FileWatch(poller);
  const isInit = Deno.pid === 1;
  return {
    pid: Deno.pid,
    isInit,
    nowMs,
    wallMs,
    setTimer,
    random,
    spawn: (request) => spawnChild(request, { children, poller }),
    onExit(listener) {
      children.listen(listener);
      // Signals alone do not keep Deno from ending; the wait for descriptors does.
      poller.open();
    },
    listen: (address, options) => listenSocket(poller, address, options),
    kill,
    killHeld,
    killAll(signal) {
      if (isInit) libc().kill(-1, signal);
      else killDescendants(signal);
    },
    orphans: () => orphans((pid) => children.isOwn(pid)),
    descendants,
    process: findProcess,
    processOwner,
    hasChildren,
    processVariable,
    readTextFile,
    removeFile,
    findExecutable,
    watchFile: (path, onChange) => fileWatch.add(path, onChange),
    close() {
      children.close();
      return poller.close();
    },
  };
}
