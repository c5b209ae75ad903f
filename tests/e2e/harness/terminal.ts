/** A terminal inside a container, on which keys are pressed and whose screen is read. */
import type { NamespaceRun } from "./namespace.ts";

const LIMIT_MS = 60_000;
/** A terminal ends by then, whatever runs on it: a program that has failed may not hear its stdin. */
const TERMINAL_LIMIT_SECONDS = 240;
const HOME = "\x1b[H";

/** A program on a terminal of its own inside a container. */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #done: Promise<void>;
  output = "";
  #changed = () => {};

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#done = this.#read();
  }

  static async open(run: NamespaceRun, line: string): Promise<Terminal> {
    const target = String(await run.initPid());
    const path = (await run.exec(["sh", "-c", "echo $PATH"])).stdout.trim();
    const child = new Deno.Command("nsenter", {
      args: [
        ...["--target", target, "--pid", "--mount", "--net"],
        ...["env", "-i", `PATH=${path}`, "TERM=xterm"],
        ...["timeout", "--signal=KILL", String(TERMINAL_LIMIT_SECONDS)],
        ...["script", "-qefc", `stty rows 12 cols 80; ${line}`, "/dev/null"],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return new Terminal(child);
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) {
      this.output += decoder.decode(bytes, { stream: true });
      this.#changed();
    }
    this.#changed();
  }

  async press(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** What is shown: all that came since the cursor was last home. */
  get screen(): string {
    const at = this.output.lastIndexOf(HOME);
    // deno-lint-ignore no-control-regex -- looks of texts are not looked at
    return (at < 0 ? this.output : this.output.slice(at)).replace(/\x1b\[[\d;?]*[a-zA-Z]/g, "");
  }

  async waitFor(isThere: (terminal: Terminal) => boolean, what: string): Promise<void> {
    const timeout = Promise.withResolvers<"late">();
    const timer = setTimeout(() => timeout.resolve("late"), LIMIT_MS);
    try {
      while (!isThere(this)) {
        const change = new Promise<"changed">((resolve) =>
          this.#changed = () => resolve("changed")
        );
        if (await Promise.race([change, timeout.promise]) === "late") {
          throw new Error(`${what} is not there:\n${this.screen}`);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async shows(pattern: RegExp): Promise<void> {
    await this.waitFor(({ screen }) => pattern.test(screen), String(pattern));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What still runs, where a test has failed, is interrupted.
    await this.#writer.write(new TextEncoder().encode("\x03")).catch(() => {});
    await this.#writer.close().catch(() => {});
    await this.#done;
    await this.#child.status;
  }
}
