/** Reads what the process tells that gives files to their owners. */
import type { OutputPipe } from "../../door/os.ts";
import type { OwnNews } from "../../door/own_news.ts";

/** A line is short, but for its path. */
const LINE_MAX = 64 * 1024;

export class OwnNewsReader {
  readonly #take: (news: OwnNews) => void;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(take: (news: OwnNews) => void) {
    this.#take = take;
  }

  read(pipe: OutputPipe): void {
    pipe.start((bytes) => this.#push(bytes), () => {});
  }

  #push(bytes: Uint8Array<ArrayBuffer>): undefined {
    const lines = (this.#text + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#text = (lines.pop() ?? "").slice(-LINE_MAX);
    for (const line of lines) {
      // Another text than ours is what a fault of the program printed.
      if (line.startsWith("{")) this.#take(JSON.parse(line));
    }
  }
}
