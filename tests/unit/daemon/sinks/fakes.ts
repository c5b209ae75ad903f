/** A clock, a destination and a file system that tests of sinks command. */
import { ERRNO, SystemError } from "../../../../lib/base/errors.ts";
import type {
  LogDirectory,
  LogFile,
  LogFileRequest,
  LogFileSystem,
  LogTime,
} from "../../../../lib/door/log_os.ts";
import type { BufferedSink } from "../../../../lib/daemon/sinks/buffered_sink.ts";
import type { Framing } from "../../../../lib/daemon/sinks/framing.ts";
import type { Outlet } from "../../../../lib/daemon/sinks/outlet.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Time that passes when it is told to. */
export class FakeTime implements LogTime {
  now = 1000;
  /** Noon in the local zone, far from any boundary. */
  wall = new Date(2026, 6, 15, 12, 0, 0).getTime();
  #timers = new Map<number, { atMs: number; callback: () => void }>();
  #next = 1;

  nowMs(): number {
    return this.now;
  }

  wallMs(): number {
    return this.wall;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { atMs: this.now + delayMs, callback });
    return () => this.#timers.delete(id);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets time pass, calls what is due, and lets promises settle. */
  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.atMs <= end)
        .sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.wall += due[1].atMs - this.now;
      this.now = due[1].atMs;
      due[1].callback();
      await settle();
    }
    this.wall += end - this.now;
    this.now = end;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** A destination that takes, refuses, fails or hangs as told. */
export class FakeOutlet implements Outlet {
  readonly name = "fake";
  readonly framing: Framing;
  text = "";
  writes = 0;
  reopened = 0;
  failingReopens = 0;
  closed = 0;
  mode: "take" | "busy" | "fail" | "final" | "hang" = "take";
  mostBytes = Infinity;
  #release: (() => void) | undefined;

  constructor(framing: Framing = "line") {
    this.framing = framing;
  }

  async write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number | undefined> {
    this.writes++;
    if (this.mode === "hang") await new Promise<void>((resolve) => this.#release = resolve);
    if (this.mode === "busy") return undefined;
    if (this.mode === "fail" || this.mode === "final") {
      throw new SystemError("write", ERRNO.ENOSPC, "/x");
    }
    const end = Math.min(batch.length, offset + this.mostBytes);
    this.text += decoder.decode(batch.subarray(offset, end));
    return end;
  }

  /** Lets a write that hangs go on. */
  release(): void {
    this.mode = "take";
    this.#release?.();
  }

  retryDelayMs(): number | undefined {
    return this.mode === "final" ? undefined : 1000;
  }

  reopen(): void {
    this.reopened++;
    if (this.reopened <= this.failingReopens) throw new SystemError("open", ERRNO.EACCES, "/x");
  }

  close(): void {
    this.closed++;
  }
}

/** Appends a record as the router does. */
export function append(sink: BufferedSink, text: string): void {
  const start = sink.buffer.length;
  sink.buffer.append(encoder.encode(text));
  sink.recordAppended(start);
}

/** Files in memory: a path leads to a content, and a rename takes it along. */
export class FakeFiles implements LogFileSystem {
  readonly contents = new Map<string, { text: string; modifiedMs: number }>();
  readonly requests: LogFileRequest[] = [];
  openError: number | undefined;
  writeError: number | undefined;
  renameError: number | undefined;
  /** Of the directories. */
  isTrusted = true;
  /** Paths under which something stands that is not a file. */
  readonly obstacles = new Set<string>();
  readonly #identities = new WeakMap<object, string>();
  #lastIdentity = 0;
  openFiles = 0;
  /** Of the file system. */
  device = "1";
  freeBytes: number | undefined = Infinity;
  openDirectories = 0;
  /** Called when compression begins; it ends when the promise does. */
  duringCompression: () => Promise<void> = () => Promise.resolve();

  get texts(): Record<string, string> {
    return Object.fromEntries([...this.contents].sort().map(([path, { text }]) => [path, text]));
  }

  #identityOf(content: object): string {
    const known = this.#identities.get(content) ?? `${this.device} ${++this.#lastIdentity}`;
    this.#identities.set(content, known);
    return known;
  }

  open(request: LogFileRequest): LogFile {
    this.requests.push(request);
    if (this.openError !== undefined) throw new SystemError("open", this.openError, request.path);
    const content = this.contents.get(request.path) ?? { text: "", modifiedMs: 0 };
    if (request.truncate) content.text = "";
    this.contents.set(request.path, content);
    this.openFiles++;
    return {
      identity: this.#identityOf(content),
      storedBytes: content.text.length,
      sizeBytes: content.text.length,
      modifiedMs: content.modifiedMs,
      isRegular: true,
      isAt: (path) => this.contents.get(path) === content,
      freeBytes: () => Promise.resolve(this.freeBytes),
      close: () => void this.openFiles--,
      write: (bytes) => {
        if (this.writeError !== undefined) {
          return Promise.reject(new SystemError("write", this.writeError, request.path));
        }
        content.text += decoder.decode(bytes);
        return Promise.resolve(bytes.length);
      },
    };
  }

  openDirectory(path: string): LogDirectory {
    const at = (name: string) => path.slice(0, path.lastIndexOf("/") + 1) + name;
    this.openDirectories++;
    return {
      fileName: path.slice(path.lastIndexOf("/") + 1),
      isTrusted: this.isTrusted,
      entry: (name) => {
        const content = this.contents.get(at(name));
        if (content === undefined) return undefined;
        return {
          isRegular: !this.obstacles.has(at(name)),
          sizeBytes: content.text.length,
          identity: this.#identityOf(content),
          modifiedMs: content.modifiedMs,
        };
      },
      remove: (name) => void this.contents.delete(at(name)),
      rename: (from, to) => {
        if (this.renameError !== undefined) throw new SystemError("rename", this.renameError, from);
        const content = this.contents.get(at(from));
        if (content === undefined) throw new SystemError("rename", ERRNO.ENOENT, from);
        this.contents.delete(at(from));
        this.contents.set(at(to), content);
      },
      compress: async (from, to, expected) => {
        const content = this.contents.get(at(from));
        if (content !== undefined && content.text.length > expected.sizeBytes) {
          throw new SystemError("read", ERRNO.EFBIG, from);
        }
        if (content === undefined) throw new SystemError("open", ERRNO.ENOENT, from);
        this.contents.set(at(to), { text: `gz(${content.text})`, modifiedMs: 0 });
        await this.duringCompression();
      },
      close: () => void this.openDirectories--,
    };
  }
}
