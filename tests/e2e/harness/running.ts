/** A chaperone that runs for a test, however it was started: what one can ask it and wait for. */
import { assertEquals } from "@std/assert";
import { Output, scaledLimit, waitUntil } from "./output.ts";
import type { WaitOptions } from "./output.ts";
import { type Process, processesBelow } from "./processes.ts";

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly limitMs?: number;
}

const EXIT_LIMIT_MS = 60_000;

/** Runs a command of the machine to its end. */
export async function runCommand(
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const [program = "", ...args] = argv;
  const child = new Deno.Command(program, {
    args,
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(scaledLimit(options.limitMs ?? EXIT_LIMIT_MS)),
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // A command may end without reading its input.
    await writer.write(new TextEncoder().encode(options.stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a command that must succeed, and returns what it printed. */
export async function mustRun(argv: readonly string[], options?: ExecOptions): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.code !== 0) {
    throw new Error(`${argv.join(" ")} ended with ${result.code}: ${result.stderr}`);
  }
  return result.stdout;
}

export abstract class Running implements AsyncDisposable {
  readonly output: Output;
  /** A folder of this run alone, seen by the test; removed at the end. */
  readonly directory: string;
  protected readonly child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #initPid: number | undefined;

  constructor(child: Deno.ChildProcess, directory: string, hasInput: boolean) {
    this.child = child;
    this.directory = directory;
    this.output = new Output(child.stdout, child.stderr);
    this.#input = hasInput ? child.stdin.getWriter() : undefined;
  }

  /** Runs a command beside chaperone, in its namespaces, to the command's end. */
  abstract exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>;

  /** Returns where the test finds a path that chaperone sees. */
  abstract outerPath(path: string): string;

  protected abstract findInitPid(): Promise<number | undefined>;
  protected abstract removeAll(): Promise<void>;

  /** Waits for a line of its output; see `Output.waitForLine`. */
  waitForLine(pattern: RegExp, options?: WaitOptions): Promise<string> {
    return this.output.waitForLine(pattern, options);
  }

  /** Types into its standard input, or its terminal (Ctrl-C is `\x03`). */
  async type(text: string): Promise<void> {
    if (this.#input === undefined) throw new TypeError("Cannot type: started without input");
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** The result of an earlier `initPid()`. */
  protected get knownInitPid(): number | undefined {
    return this.#initPid;
  }

  /** Returns the PID of chaperone as the test sees it. */
  async initPid(): Promise<number> {
    this.#initPid ??= await waitUntil(
      () => this.findInitPid(),
      () => `the program to start; it printed:\n${this.output.format()}`,
    );
    return this.#initPid;
  }

  /** Sends chaperone a signal from outside, as a container engine does. */
  async signal(signal: Deno.Signal): Promise<void> {
    Deno.kill(await this.initPid(), signal);
  }

  /** Lists the processes inside, chaperone first. */
  async processes(): Promise<Process[]> {
    return await processesBelow(await this.initPid());
  }

  /** Waits until the processes inside satisfy the predicate, and returns them. */
  async waitForProcesses(
    predicate: (processes: readonly Process[]) => boolean,
    limitMs?: number,
  ): Promise<Process[]> {
    let last: Process[] = [];
    return await waitUntil(
      async () => {
        last = await this.processes();
        return predicate(last) ? last : undefined;
      },
      () => `other processes than ${JSON.stringify(last)}; output:\n${this.output.format()}`,
      limitMs,
    );
  }

  /** Waits until no zombie is left inside. One that is just being reaped may be seen once. */
  async expectNoZombie(limitMs = 5000): Promise<void> {
    await this.waitForProcesses((all) => all.every((each) => each.state !== "Z"), limitMs);
  }

  /** Waits for the end and returns the exit status as a shell sees it: code, or 128 plus signal. */
  async waitForExit(limitMs = EXIT_LIMIT_MS): Promise<number> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const scaledMs = scaledLimit(limitMs);
      const message = () => `Waited ${scaledMs} ms for the end; output:\n${this.output.format()}`;
      timer = setTimeout(() => reject(new Error(message())), scaledMs);
    });
    try {
      const status = await Promise.race([this.child.status, late]);
      await Promise.race([this.output.ended, late]);
      return status.code;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the end; checks the exit status and that no socket is left in /dev and /run. */
  async expectExit(code: number, limitMs?: number): Promise<void> {
    const found = await this.waitForExit(limitMs);
    assertEquals(found, code, `exit status; output:\n${this.output.format()}`);
    assertEquals(await this.leftoverSockets(), [], "sockets left behind");
  }

  /** Lists sockets and FIFOs that are left in the folders that the run alone uses. */
  leftoverSockets(): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** Ends whatever still runs and removes the run's folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input?.close().catch(() => {});
    await this.removeAll();
    await this.child.status;
    await this.output.ended;
    await Deno.remove(this.directory, { recursive: true });
  }
}
