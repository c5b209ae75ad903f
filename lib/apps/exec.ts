/** `telchap exec`: a command beside a service, on this program's own streams. */
import { ANSWER_MAX_BYTES, encodeFrame, FrameReader, toAnswer } from "../wire/control_frame.ts";
import { setTimer } from "../sys/libc/clock.ts";
import { Poller } from "../sys/libc/poller.ts";
import { type JoinedStreams, joinStreams } from "../sys/self/joined_streams.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables } from "../sys/self/program.ts";
import { isInteractive, terminalSize } from "../sys/self/terminal.ts";
import { ReceivingClient } from "../sys/sockets/receiving_client.ts";
import { connectAny } from "./ask.ts";

/** What the command has left running may hold its output; what comes later is not waited for. */
const LAST_WORDS_MS = 200;
/** 128 and SIGHUP, as shells report a program that lost its terminal. */
const INTERRUPTED = 129;
const UNKNOWN = 1;

/** Runs it, and returns its exit status. Rejects with `NobodyAnswers` or `MayNotAsk`. */
export async function runExec(words: readonly string[]): Promise<number> {
  const poller = new Poller();
  const client = await connectAny((path) => new ReceivingClient(poller, path));
  const size = isInteractive() ? terminalSize() : undefined;
  const type = environmentVariables()["TERM"] ?? "dumb";
  const terminal = size === undefined ? {} : { terminal: { ...size, type } };
  client.send(encodeFrame({ words, colour: false, ...terminal }));
  const exchange = new Exchange(poller, client);
  try {
    return await exchange.run();
  } finally {
    exchange.streams?.leave();
  }
}

class Exchange {
  readonly #poller: Poller;
  readonly #client: ReceivingClient;
  streams: JoinedStreams | undefined;

  constructor(poller: Poller, client: ReceivingClient) {
    this.#poller = poller;
    this.#client = client;
  }

  async run(): Promise<number> {
    const interrupted = Promise.withResolvers<"interrupted">();
    const answered = this.#answer((streams) => {
      void streams.interrupted.then(() => interrupted.resolve("interrupted"));
    });
    const outcome = await Promise.race([answered, interrupted.promise]);
    if (outcome === "interrupted") return INTERRUPTED;
    if (outcome !== undefined) {
      await this.#awaitLastWords();
      return outcome;
    }
    // It still runs, and its streams do not lead through chaperone.
    await this.streams?.ended;
    this.streams?.leave();
    print("stderr", ["chaperone ended or re-executed itself; what the command ended with is lost"]);
    return UNKNOWN;
  }

  /** Returns the exit status; undefined where the connection has ended before. */
  async #answer(joined: (streams: JoinedStreams) => void): Promise<number | undefined> {
    const reader = new FrameReader(ANSWER_MAX_BYTES);
    let passed: readonly number[] = [];
    for (;;) {
      const received = await this.#client.read().catch(() => undefined);
      if (received === undefined) return undefined;
      if (received.descriptors.length > 0) passed = received.descriptors;
      for (const value of reader.push(received.bytes).values) {
        const answer = toAnswer(value);
        if (answer?.kind === "end") return answer.exitCode;
        if (answer?.kind === "text") this.#complain(answer.text);
        if (answer?.kind === "streams") {
          this.streams = joinStreams(this.#poller, passed);
          joined(this.streams);
        }
      }
    }
  }

  /** What chaperone says is not the command's output. */
  #complain(text: string): void {
    this.streams?.leave();
    print("stderr", [text.trimEnd()]);
  }

  async #awaitLastWords(): Promise<void> {
    if (this.streams === undefined) return;
    const late = Promise.withResolvers<void>();
    setTimer(LAST_WORDS_MS, late.resolve);
    await Promise.race([this.streams.ended, late.promise]);
  }
}
