/**
 * Records what a program at a terminal shows while somebody types, with the times at which it came.
 */
import { waitUntil } from "../e2e/harness/output.ts";
import { inNamespace } from "../e2e/harness/namespace.ts";
import { Terminal } from "../e2e/harness/terminal.ts";
import { SHOP_FILES, shopConfig } from "./shop.ts";
import type { Piece } from "./transcript.ts";

/** What is typed, and what must have come before the next line is. */
export interface Typed {
  readonly line: string;
  /** Must match what is shown after the line. */
  readonly until: RegExp;
}

export interface RecordingOptions {
  readonly columns: number;
  readonly rows: number;
  readonly prompt: string;
}

/** How fast the recorder looks at the terminal, and a person at a keyboard types. */
const LOOK_MS = 15;
const KEY_MS = 45;
const THINK_MS = 900;
const READ_MS = 1800;

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Notes what a terminal shows as it comes. */
class Recorder {
  readonly pieces: Piece[] = [];
  readonly #output: () => string;
  readonly #startMs = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #seen = 0;

  constructor(output: () => string) {
    this.#output = output;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    const shown = this.#output();
    // The rest of a control sequence comes with the next look.
    // deno-lint-ignore no-control-regex
    const whole = shown.length - (/\x1b(?:\[[?\d;]*)?$/.exec(shown)?.[0].length ?? 0);
    if (whole === this.#seen) return;
    const text = shown.slice(this.#seen, whole);
    this.pieces.push({ text, atMs: performance.now() - this.#startMs });
    this.#seen = whole;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#look();
  }
}

/**
 * Runs chaperone with the shop and a shell as PID 1 of a namespace, types, and returns what was
 * shown.
 */
export async function recordShell(
  script: readonly Typed[],
  { columns, rows, prompt }: RecordingOptions,
): Promise<Piece[]> {
  await using run = await inNamespace({
    input: "terminal",
    config: shopConfig("0 3 * * *"),
    files: SHOP_FILES,
    setup: `hostname shop; stty rows ${rows} cols ${columns}`,
    args: ["bash", "--norc", "--noprofile", "-i"],
    env: { PS1: prompt, HISTFILE: "" },
  });
  const recorder = new Recorder(() => run.output.raw("stdout"));
  try {
    await run.output.waitForText(new RegExp(prompt));
    for (const { line, until } of script) {
      await pause(THINK_MS);
      const from = run.output.raw("stdout").length;
      for (const key of `${line}\n`) {
        await run.type(key);
        await pause(KEY_MS);
      }
      const shown = () => run.output.raw("stdout").slice(from);
      await waitUntil(() => until.test(shown()) || undefined, () => `${until} in ${shown()}`);
      await pause(READ_MS);
    }
    await run.waitForExit();
    await run.output.ended;
  } finally {
    recorder.stop();
  }
  return recorder.pieces;
}

/** Keys for a program that draws on the whole screen, and what must be there before the next are pressed. */
export interface Pressed {
  readonly keys: string;
  readonly until: RegExp;
}

/** Runs a program on a terminal of its own beside the shop, and returns what it has drawn. */
export async function recordProgram(
  program: string,
  script: readonly Pressed[],
  { columns, rows }: Omit<RecordingOptions, "prompt">,
): Promise<Piece[]> {
  await using run = await inNamespace({
    config: shopConfig("0 3 * * *"),
    files: SHOP_FILES,
    setup: "hostname shop",
  });
  await run.exec(["telchap", "wait", "--timeout", "60s"]);
  await using terminal = await Terminal.open(run, `stty rows ${rows} cols ${columns}; ${program}`);
  const recorder = new Recorder(() => terminal.output);
  try {
    for (const { keys, until } of script) {
      await terminal.press(keys);
      await terminal.shows(until);
      await pause(READ_MS);
    }
  } finally {
    recorder.stop();
  }
  return recorder.pieces;
}
