/** What the lower half of `telchap top` shows of a service: its log as it arrives, or its `why`. */
import { setTimer } from "../sys/libc/clock.ts";
import { askChaperone } from "./ask.ts";
import { describeAskFailure } from "./ask_failure.ts";

/** What is kept of a log: more than any screen has lines. */
const LINES_MAX = 500;
/** Lines that come at once are drawn at once. */
const GATHER_MS = 100;

/** Asks for one text at a time. */
export class TopFeed {
  readonly #changed: () => void;
  #what = "";
  #words: readonly string[] = [];
  #lines: string[] = [];
  #rest = "";
  #asked: AbortController | undefined;
  #isBrokenOff = false;
  #cancel: (() => void) | undefined;

  /** `changed` is called when the lines differ. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Turns to something else; undefined: to nothing. The same again changes nothing. */
  show(pane: "log" | "why" | undefined, service: string | undefined): void {
    const what = pane === undefined || service === undefined ? "" : `${pane} ${service}`;
    if (what === this.#what) return;
    this.#what = what;
    this.#lines = [];
    this.#asked?.abort();
    if (pane === undefined || service === undefined) return;
    this.#words = pane === "why"
      ? ["why", "--", service]
      : ["logs", "--follow", `--lines=${LINES_MAX}`, "--", service];
    void this.#ask();
  }

  /** Asks again for what does not come by itself, or came from a chaperone that is gone. */
  refresh(): void {
    if (this.#what.startsWith("why ") || this.#isBrokenOff) void this.#ask();
  }

  /** What there is, the newest last. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  close(): void {
    this.show(undefined, undefined);
    this.#cancel?.();
  }

  async #ask(): Promise<void> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.#isBrokenOff = false;
    // A text that is asked for again stays until the new one is there.
    let isFirst = true;
    const receive = (piece: string) => {
      if (asked.signal.aborted) return;
      if (isFirst) [this.#lines, this.#rest] = [[], ""];
      isFirst = false;
      this.#take(piece);
    };
    try {
      const exitCode = await askChaperone(
        { words: this.#words, colour: false },
        receive,
        { enough: asked.signal },
      );
      if (!asked.signal.aborted) this.#isBrokenOff = exitCode === undefined;
    } catch (error) {
      if (asked.signal.aborted) return;
      this.#isBrokenOff = true;
      this.#lines = [...describeAskFailure(error)?.lines ?? [String(error)]];
      this.#tell();
    }
  }

  #take(piece: string): void {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    this.#lines.push(...lines);
    if (this.#lines.length > LINES_MAX) this.#lines = this.#lines.slice(-LINES_MAX);
    this.#tell();
  }

  #tell(): void {
    this.#cancel ??= setTimer(GATHER_MS, () => {
      this.#cancel = undefined;
      this.#changed();
    });
  }
}
