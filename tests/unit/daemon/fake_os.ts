/** A system that does nothing by itself: time moves and processes end when a test says so. */
import { SystemError } from "../../../lib/base/errors.ts";
import type { ExitStatus } from "../../../lib/base/exit_status.ts";
import type { Child, ExitListener, Os, ProcessInfo, SpawnRequest } from "../../../lib/daemon/os.ts";

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export class FakeOs implements Os {
  readonly pid = 1;
  readonly isInit = true;
  timeMs = 1000;
  /** What was asked of the system, in order: `spawn /bin/x`, `kill 7 15`, `killAll 15`. */
  readonly calls: string[] = [];
  readonly living = new Map<number, SpawnRequest>();
  readonly orphanList: ProcessInfo[] = [];
  readonly markers = new Map<number, string>();
  readonly files = new Map<string, string>();
  readonly missing = new Set<string>();
  readonly notExecutable = new Set<string>();
  failSpawn: SystemError | undefined;
  #timers = new Set<Timer>();
  #listener: ExitListener = () => {};
  #nextPid = 100;

  nowMs(): number {
    return this.timeMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.timeMs;
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
    return { pid };
  }

  onExit(listener: ExitListener): void {
    this.#listener = listener;
  }

  kill(pid: number, signal: number): boolean {
    const exists = this.living.has(Math.abs(pid)) ||
      this.orphanList.some((orphan) => orphan.pid === pid);
    if (exists && signal !== 0) this.calls.push(`kill ${pid} ${signal}`);
    return exists;
  }

  killAll(signal: number): void {
    this.calls.push(`killAll ${signal}`);
  }

  orphans(): ProcessInfo[] {
    return this.orphanList;
  }

  descendants(): ProcessInfo[] {
    return this.orphanList;
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
    this.#listener(found[0], status);
  }

  /** Ends an orphan. */
  endOrphan(pid: number): void {
    const at = this.orphanList.findIndex((orphan) => orphan.pid === pid);
    this.orphanList.splice(at, 1);
    this.#listener(pid, { kind: "exited", code: 0 });
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
