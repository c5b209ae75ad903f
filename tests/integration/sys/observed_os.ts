/** An `Os` whose ends of children can be awaited, and the least a spawn request needs. */
import { SystemError } from "../../../lib/base/errors.ts";
import type { ExitStatus } from "../../../lib/base/exit_status.ts";
import type { Child, OutputPipe, SpawnRequest } from "../../../lib/door/os.ts";
import { libc } from "../../../lib/sys/libc/libc.ts";
import { createOs, type OwnedOs } from "../../../lib/sys/os.ts";

// All entries are opened here once: within a test that would count as a leak.
Object.values(libc());

export class ObservedOs {
  readonly os: OwnedOs = createOs();
  readonly exits = new Map<number, ExitStatus>();
  /** Every end in the order told, those that concern nobody left out; a pid may come again. */
  readonly told: { readonly pid: number; readonly status: ExitStatus }[] = [];
  readonly #waiting = new Set<() => void>();

  /** Why a process could not become its program; undefined where it has. */
  readonly launches = new Map<number, SystemError | undefined>();

  constructor() {
    this.os.onLaunch((pid, failure) => {
      this.launches.set(pid, failure);
      for (const check of [...this.#waiting]) check();
    });
    this.os.onExit((pid, status, isDiscarded) => () => {
      this.exits.set(pid, status);
      if (!isDiscarded) this.told.push({ pid, status });
      for (const check of [...this.#waiting]) check();
    });
  }

  /** Resolves once `isTrue`, which is asked after each end of a child. */
  async until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!isTrue()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  /**
   * Starts a process that cannot become its program, and returns why, once its end has been told.
   */
  async failureOf(request: SpawnRequest): Promise<SystemError> {
    let child: Child;
    try {
      child = this.os.spawn(request);
    } catch (error) {
      if (error instanceof SystemError) return error;
      throw error;
    }
    await this.ended(child.pid);
    for (const pipe of [child.stdout, child.stderr, child.ready]) pipe?.close();
    const failure = this.launches.get(child.pid);
    if (failure === undefined) throw new Error("the program was executed");
    return failure;
  }

  /** Resolves when the process is its program. */
  async launched(pid: number): Promise<void> {
    await this.until(() => this.launches.has(pid));
  }

  async ended(pid: number): Promise<ExitStatus> {
    await this.until(() => this.exits.has(pid));
    return this.exits.get(pid) as ExitStatus;
  }

  /** Runs a shell script to its end and returns what it wrote to stdout. */
  async outputOf(script: string, extra: Partial<SpawnRequest> = {}): Promise<string> {
    const child = this.os.spawn(shell(script, { stdout: "pipe", ...extra }));
    const text = await textOf(child);
    await this.ended(child.pid);
    return text;
  }

  /** The pending wait for a signal ends a turn after its listener is removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.os.close();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

export const PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

export function request(argv: readonly string[], extra: Partial<SpawnRequest> = {}): SpawnRequest {
  return {
    argv,
    env: { PATH },
    stdout: "null",
    stderr: "null",
    ownSession: true,
    limits: [],
    ...extra,
  };
}

export function shell(script: string, extra: Partial<SpawnRequest> = {}): SpawnRequest {
  return request(["/bin/sh", "-c", script], extra);
}

/** Reads a pipe to its end. */
export function readAll(pipe: OutputPipe | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  return new Promise((resolve) => {
    if (pipe === undefined) return resolve("");
    pipe.start((bytes) => {
      text += decoder.decode(bytes, { stream: true });
      return undefined;
    }, () => resolve(text));
  });
}

export async function textOf(child: Child): Promise<string> {
  return (await readAll(child.stdout)).trim();
}

/** Reads on to the end, and resolves with what came first. */
export function firstOf(pipe: OutputPipe | undefined): Promise<string> {
  return new Promise((resolve) => {
    pipe?.start((bytes) => {
      resolve(new TextDecoder().decode(bytes));
      return undefined;
    }, () => {});
  });
}

export const isRoot = Deno.uid() === 0;

export function readText(path: string): string {
  return Deno.readTextFileSync(path);
}

/** How many descriptors this program has open. */
export function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
