/**
 * The server behind the control socket: reads one request a connection, in either form, has it
 * carried out, and writes what it answers. Knows no command.
 *
 * A client can be anybody whom the socket's mode admits, and is not trusted with time or memory: a
 * request must come within seconds and is bounded, what a client does not read is kept up to a
 * limit and then the client is dropped, and so is one that takes nothing for some seconds.
 */
import { concatenate } from "../../base/byte_text.ts";
import { splitWords, WordsError } from "../../config/environment/shell_words.ts";
import {
  type ControlAnswer,
  detectForm,
  encodeFrame,
  encodeLineAnswer,
  FrameReader,
  type LineVerdict,
  REQUEST_MAX_BYTES,
  type RequestTerminal,
  toRequest,
} from "../../wire/control_frame.ts";
import type { ByteStream } from "../../door/streams.ts";
import type { Caller } from "../../base/caller.ts";

/** How a command ended; the one-line form tells the three apart. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly verdict: LineVerdict;
}

/** One command under way. */
export interface ControlSession {
  readonly caller: Caller;
  readonly colour: boolean;
  /** How wide the terminal is that shows the answer, undefined where none does. */
  readonly columns: number | undefined;
  /** The terminal that a command which is to run is given. */
  readonly terminal?: RequestTerminal | undefined;
  /**
   * Hands the caller its ends of a process's streams. False where it cannot be: in the one-line
   * form, or to a client that is gone.
   */
  passStreams?(descriptors: readonly number[]): boolean;
  /** Takes output, newlines included. False: the client is gone. */
  write(text: string): boolean;
  /** Resolves when nobody reads the answer any more. */
  readonly gone: Promise<void>;
}

export interface ControlServerParts {
  /** Carries out a command. Must not reject. */
  readonly run: (words: readonly string[], session: ControlSession) => Promise<CommandEnd>;
  /** Calls back once; the result cancels it. */
  readonly setTimer: (delayMs: number, callback: () => void) => () => void;
}

const REQUEST_LIMIT_MS = 5000;
const WRITE_LIMIT_MS = 10_000;
/**
 * How long the last clients may take to read and leave. In a PID namespace the kernel kills with
 * process 1 whoever has the answer and has not ended yet.
 */
const LAST_ANSWERS_LIMIT_MS = 1000;
/** How long a client that has its answer may stay. */
const LEAVE_LIMIT_MS = 2000;
const UNREAD_MAX_BYTES = 4 * 1024 * 1024;
/** Frames and writes stay below this. */
const PIECE_CHARS = 64 * 1024;

/** Serves connections, each on its own. */
export class ControlServer {
  readonly #parts: ControlServerParts;
  readonly #exchanges = new Set<Exchange>();

  constructor(parts: ControlServerParts) {
    this.#parts = parts;
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.#exchanges.size;
  }

  /** Serves a connection to its end and closes it. Never rejects. */
  async serve(connection: ByteStream, caller: Caller): Promise<void> {
    const exchange = new Exchange(connection, caller, this.#parts);
    this.#exchanges.add(exchange);
    try {
      await exchange.run();
    } catch {
      // The client is gone, or was dropped: nobody is left to tell.
    } finally {
      exchange.end();
      this.#exchanges.delete(exchange);
    }
  }

  /**
   * Lets commands answer whose end is what ends the container: `telchap stop --wait` of its last
   * service. Takes a turn of the event loop, and longer only where a client has its answer and does
   * not leave.
   */
  async finishAnswers(): Promise<void> {
    await new Promise<void>((resolve) => void this.#parts.setTimer(0, resolve));
    const answered = [...this.#exchanges].filter(({ isAnswered }) => isAnswered);
    if (answered.length === 0) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#parts.setTimer(LAST_ANSWERS_LIMIT_MS, () => late.resolve());
    await Promise.race([Promise.all(answered.map(({ gone }) => gone)), late.promise]);
    cancel();
  }

  /** Drops all connections. */
  close(): void {
    for (const exchange of this.#exchanges) exchange.end();
  }
}

type Request =
  | {
    readonly form: "framed" | "line";
    readonly words: readonly string[];
    readonly colour: boolean;
    readonly columns?: number;
    readonly terminal?: RequestTerminal;
  }
  | { readonly form: "broken"; readonly text: string };

class Exchange implements ControlSession {
  readonly caller: Caller;
  readonly #connection: ByteStream;
  readonly #parts: ControlServerParts;
  readonly #gone = Promise.withResolvers<void>();
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #isGone = false;
  #isAnswered = false;
  #form: "framed" | "line" = "line";
  #colour = false;
  #columns: number | undefined;
  #terminal: RequestTerminal | undefined;
  /** The answer of the one-line form, whose first line is known only at the end. */
  readonly #lineTexts: string[] = [];

  constructor(connection: ByteStream, caller: Caller, parts: ControlServerParts) {
    this.#connection = connection;
    this.caller = caller;
    this.#parts = parts;
  }

  get colour(): boolean {
    return this.#colour;
  }

  get columns(): number | undefined {
    return this.#columns;
  }

  get terminal(): RequestTerminal | undefined {
    return this.#terminal;
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Whether the command is over and its answer on its way. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  async run(): Promise<void> {
    const cancel = this.#parts.setTimer(REQUEST_LIMIT_MS, () => this.#connection.close());
    let request: Request | undefined;
    try {
      request = await this.#readRequest();
    } finally {
      cancel();
    }
    if (request === undefined) return;
    if (request.form === "broken") {
      await this.#finish({ exitCode: 2, verdict: "COMMAND-ERROR" }, request.text);
      return;
    }
    this.#form = request.form;
    this.#colour = request.colour;
    this.#columns = request.columns;
    this.#terminal = request.terminal;
    if (request.form === "framed") void this.#watch();
    const end = await this.#parts.run(request.words, this);
    await this.#finish(end);
  }

  write(text: string): boolean {
    if (this.#isGone) return false;
    if (this.#form === "line") {
      this.#lineTexts.push(text);
      this.#queuedBytes += text.length;
      if (this.#queuedBytes > UNREAD_MAX_BYTES) this.end();
      return !this.#isGone;
    }
    for (let at = 0; at < text.length; at += PIECE_CHARS) {
      this.#send({ kind: "text", text: text.slice(at, at + PIECE_CHARS) });
    }
    return !this.#isGone;
  }

  /** Before anything else is answered: it goes at once or not at all. */
  passStreams(descriptors: readonly number[]): boolean {
    if (this.#isGone || this.#form === "line" || this.#writing !== undefined) return false;
    try {
      return this.#connection.pass?.(encodeFrame({ kind: "streams" }), descriptors) ?? false;
    } catch {
      return false; // EBADF, EPIPE: the client is gone.
    }
  }

  /** Takes note that nobody reads any more. */
  end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#gone.resolve();
    this.#connection.close();
  }

  async #readRequest(): Promise<Request | undefined> {
    const reader = new FrameReader(REQUEST_MAX_BYTES);
    let first = new Uint8Array(0);
    for (;;) {
      const chunk = await this.#connection.read();
      if (chunk === undefined) return first.length === 0 ? undefined : readLine(first);
      const known = first.length === 0 ? undefined : detectForm(first);
      if (known !== "framed") {
        first = concatenate([first, chunk]);
        const form = detectForm(first);
        if (form === "line") return readLine(first);
        if (form === undefined) continue;
      }
      const { values, problem } = reader.push(known === "framed" ? chunk : first);
      if (values.length > 0) return readFrame(values[0]);
      if (problem !== undefined) return { form: "broken", text: `Cannot read request: ${problem}` };
    }
  }

  /** A framed client sends nothing more and stays until the end: its end of file is its own end. */
  async #watch(): Promise<void> {
    try {
      let surplus = 0;
      for (;;) {
        const chunk = await this.#connection.read();
        surplus += chunk?.length ?? 0;
        if (chunk === undefined || surplus > REQUEST_MAX_BYTES) break;
      }
    } catch {
      // Closed by ourselves or reset.
    }
    this.end();
  }

  async #finish(end: CommandEnd, text?: string): Promise<void> {
    this.#isAnswered = true;
    if (text !== undefined) this.write(`${text}\n`);
    if (this.#form === "framed") {
      this.#send({ kind: "end", exitCode: end.exitCode });
    } else {
      // The client of 0.3.9 prints the newline itself.
      const whole = this.#lineTexts.join("").replace(/\n$/, "");
      this.#enqueue(encodeLineAnswer(end.verdict, whole));
    }
    await this.#writing;
    if (this.#form === "framed") await this.#awaitLeaving();
  }

  /** telchap leaves by ending. */
  async #awaitLeaving(): Promise<void> {
    const cancel = this.#parts.setTimer(LEAVE_LIMIT_MS, () => this.end());
    await this.gone;
    cancel();
  }

  #send(answer: ControlAnswer): void {
    this.#enqueue(encodeFrame(answer));
  }

  #enqueue(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isGone) return;
    this.#queue.push(bytes);
    if (this.#form === "framed") this.#queuedBytes += bytes.length;
    if (this.#queuedBytes > UNREAD_MAX_BYTES) return this.end();
    this.#writing ??= this.#writeQueue();
  }

  async #writeQueue(): Promise<void> {
    for (let bytes = this.#queue.shift(); bytes !== undefined; bytes = this.#queue.shift()) {
      for (let at = 0; at < bytes.length; at += PIECE_CHARS) {
        const cancel = this.#parts.setTimer(WRITE_LIMIT_MS, () => this.end());
        try {
          await this.#connection.write(bytes.subarray(at, at + PIECE_CHARS));
        } catch {
          this.end();
          return;
        } finally {
          cancel();
        }
      }
      this.#queuedBytes -= bytes.length;
    }
    this.#writing = undefined;
  }
}

/** A one-line client writes once and then waits: what has come is all there is. */
function readLine(bytes: Uint8Array): Request {
  try {
    const words = splitWords(new TextDecoder().decode(bytes).replace(/\0/g, ""));
    return { form: "line", words, colour: false };
  } catch (error) {
    if (!(error instanceof WordsError)) throw error;
    return { form: "broken", text: error.message };
  }
}

function readFrame(value: unknown): Request {
  const request = toRequest(value);
  if (request === undefined) return { form: "broken", text: "Cannot read request: not a request" };
  return { form: "framed", ...request };
}
