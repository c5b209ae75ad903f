/** Collects what a program prints, line by line, and waits for lines. */

export type StreamName = "stdout" | "stderr";

export interface OutputLine {
  readonly stream: StreamName;
  /** Without the line end. */
  readonly text: string;
}

export interface WaitOptions {
  readonly limitMs?: number;
  /** Only lines of this stream. */
  readonly stream?: StreamName;
  /** Index into `lines` of the first line to look at; by default the first of all. */
  readonly from?: number;
}

const DEFAULT_LIMIT_MS = 60_000;

/** How much longer everything may take than usual: an emulated program is slow. */
const FACTOR = Number(Deno.env.get("TEST_LIMIT_FACTOR") ?? 1);

/** Returns how long a test waits for what usually takes this long at most. */
export function scaledLimit(limitMs: number): number {
  return limitMs * FACTOR;
}

/**
 * Calls `check` every 20 ms until it returns a value; `what` completes the message of the failure.
 */
export async function waitUntil<T>(
  check: () => T | undefined | Promise<T | undefined>,
  what: string | (() => string),
  limitMs = DEFAULT_LIMIT_MS,
): Promise<T> {
  const scaledMs = scaledLimit(limitMs);
  const end = performance.now() + scaledMs;
  while (true) {
    const value = await check();
    if (value !== undefined) return value;
    if (performance.now() > end) {
      throw new Error(`Waited ${scaledMs} ms for ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class Output {
  /** In the order of arrival; each stream keeps its own order. An unfinished line is not in it. */
  readonly lines: OutputLine[] = [];
  /** Settles when both streams have ended. */
  readonly ended: Promise<void>;

  #isOpen = true;
  readonly #raw: Record<StreamName, string> = { stdout: "", stderr: "" };

  constructor(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>) {
    const reads = [this.#read("stdout", stdout), this.#read("stderr", stderr)];
    this.ended = Promise.all(reads).then(() => {
      this.#isOpen = false;
    });
  }

  /** Returns everything that one stream has printed so far, unfinished lines too. */
  raw(stream: StreamName): string {
    return this.#raw[stream];
  }

  /** Returns the texts of the lines of one stream, or of both. */
  texts(stream?: StreamName): string[] {
    return this.lines.filter((line) => stream === undefined || line.stream === stream)
      .map((line) => line.text);
  }

  /**
   * Waits until a line matches and returns it; lines that have come already count.
   * @throws {Error} after the limit, or when the program has ended without it.
   */
  async waitForLine(pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    let next = options.from ?? 0;
    return await waitUntil(
      () => {
        const isOpen = this.#isOpen;
        for (; next < this.lines.length; next++) {
          const line = this.lines[next];
          if (line === undefined) break;
          if (options.stream !== undefined && line.stream !== options.stream) continue;
          if (pattern.test(line.text)) return line.text;
        }
        if (!isOpen) throw new Error(`The program ended without ${pattern}:\n${this.format()}`);
        return undefined;
      },
      () => `a line that matches ${pattern}; there was:\n${this.format()}`,
      options.limitMs,
    );
  }

  /**
   * Waits until one stream, seen as one text, matches: for prompts, which end without a newline.
   */
  async waitForText(
    pattern: RegExp,
    stream: StreamName = "stdout",
    limitMs?: number,
  ): Promise<string> {
    return await waitUntil(
      () => pattern.exec(this.#raw[stream])?.[0],
      () => `text that matches ${pattern}; there was:\n${this.format()}`,
      limitMs,
    );
  }

  /** Formats all lines for a failure message. */
  format(): string {
    return this.lines.map((line) => `  ${line.stream}| ${line.text}`).join("\n");
  }

  async #read(stream: StreamName, source: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of source) {
      const text = decoder.decode(chunk, { stream: true });
      this.#raw[stream] += text;
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) this.#add(stream, part);
    }
    if (rest !== "") this.#add(stream, rest);
  }

  #add(stream: StreamName, text: string): void {
    // A terminal ends lines with CR LF.
    this.lines.push({ stream, text: text.endsWith("\r") ? text.slice(0, -1) : text });
  }
}
