/** What an `exec` probe prints: read to its end, so that it never blocks, the last line kept. */
import type { ServiceConfig } from "../../config/model.ts";
import type { CapturedOutput, OutputCapture } from "../services/capture.ts";
import type { Child, OutputPipe } from "../../door/os.ts";
import { Redactor } from "../../log/redactor.ts";
import { SecretMatcher, secretPatterns } from "../../log/secret_matcher.ts";

/** More of a line says nothing more. */
const LINE_MAX_CHARACTERS = 200;

/** Serves one process. */
export class ProbeOutput implements OutputCapture {
  readonly #pipes: OutputPipe[] = [];
  readonly #decoder = new TextDecoder();
  #text = "";
  #matcher: SecretMatcher | undefined;

  redact(_service: ServiceConfig, values: readonly string[]): void {
    this.#matcher = new SecretMatcher(secretPatterns(values).patterns);
  }

  attach(_service: ServiceConfig, child: Child): CapturedOutput | undefined {
    for (const pipe of [child.stdout, child.stderr]) {
      if (pipe === undefined) continue;
      this.#pipes.push(pipe);
      pipe.start((bytes) => this.#take(bytes), () => {});
    }
    return undefined;
  }

  /** Reads what is left once the process has ended, and stops reading: its children may go on. */
  finish(): void {
    for (const pipe of this.#pipes) pipe.drain(() => pipe.close());
  }

  /** The last line that is not blank. */
  get lastLine(): string {
    const line = this.#shown.trimEnd().split("\n").at(-1)?.trim() ?? "";
    return line.replace(/\p{Cc}/gu, "?").slice(0, LINE_MAX_CHARACTERS);
  }

  get #shown(): string {
    if (this.#matcher === undefined) return this.#text;
    const redactor = new Redactor(this.#matcher);
    const begun = redactor.push(new TextEncoder().encode(this.#text));
    return new TextDecoder().decode(begun) + new TextDecoder().decode(redactor.end());
  }

  #take(bytes: Uint8Array): undefined {
    const text = this.#text + this.#decoder.decode(bytes, { stream: true });
    this.#text = text.slice(-4 * LINE_MAX_CHARACTERS);
  }
}
