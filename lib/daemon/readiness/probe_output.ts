/** What an `exec` probe prints: read to its end, the last line kept. One that floods is slowed down. */
import { visibleText } from "../../base/shown_text.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { CapturedOutput, OutputCapture } from "../services/capture.ts";
import type { Child, OutputPipe } from "../../door/os.ts";
import { Redactor } from "../../log/redactor.ts";
import { SecretMatcher, secretPatterns } from "../../log/secret_matcher.ts";
import type { ReadPace } from "./read_pace.ts";

/** More of a line says nothing more. */
const LINE_MAX_CHARACTERS = 200;

interface Stream {
  readonly pipe: OutputPipe;
  readonly redactor: Redactor | undefined;
}

/** Serves one process. */
export class ProbeOutput implements OutputCapture {
  readonly #pace: ReadPace;
  readonly #streams: Stream[] = [];
  readonly #decoder = new TextDecoder();
  #text = "";
  #matcher: SecretMatcher | undefined;

  constructor(pace: ReadPace) {
    this.#pace = pace;
  }

  redact(_service: ServiceConfig, values: readonly string[]): void {
    this.#matcher = new SecretMatcher(secretPatterns(values).patterns);
  }

  attach(_service: ServiceConfig, child: Child): CapturedOutput | undefined {
    for (const pipe of [child.stdout, child.stderr]) {
      if (pipe === undefined) continue;
      const redactor = this.#matcher && new Redactor(this.#matcher);
      this.#streams.push({ pipe, redactor });
      pipe.start((bytes) => {
        const { length } = bytes;
        this.#take(redactor?.push(bytes) ?? bytes);
        return this.#pace.after(length);
      }, () => {});
    }
    return undefined;
  }

  /**
   * Reads what is left once the process has ended, and stops reading: its children may go on.
   * `onFinished` is called once, before this returns where nothing holds the pipes up.
   */
  finish(onFinished: () => void): void {
    const streams = this.#streams.splice(0);
    let unfinished = streams.length;
    if (unfinished === 0) return onFinished();
    this.#pace.end();
    for (const { pipe, redactor } of streams) {
      pipe.drain(() => {
        pipe.close();
        if (redactor !== undefined) this.#take(redactor.end());
        if (--unfinished === 0) onFinished();
      });
    }
  }

  /** The last line that is not blank, of all that was read once it is finished. */
  get lastLine(): string {
    const line = this.#text.trimEnd().split("\n").at(-1)?.trim() ?? "";
    return visibleText(line).slice(0, LINE_MAX_CHARACTERS);
  }

  /** What is cut off here is masked already: half a secret would be none that is found. */
  #take(bytes: Uint8Array): void {
    const text = this.#text + this.#decoder.decode(bytes, { stream: true });
    this.#text = text.slice(-4 * LINE_MAX_CHARACTERS);
  }
}
