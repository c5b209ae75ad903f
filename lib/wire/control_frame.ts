/**
 * What travels over the control socket, in both forms.
 *
 * Framed: `CHP`, a version digit, the length of the payload (4 bytes, big endian), the payload:
 * JSON in UTF-8. A client sends one request; the server answers with texts and one end. Version 1
 * is the only one; a frame of another version breaks the connection with a text that says so.
 *
 * One-line (chaperone 0.3.9): whatever does not begin like a frame is a command line, sent in one
 * write; the answer is a word (`RESULT`, `COMMAND-ERROR`, `EXCEPTION`), a newline, a text and end
 * of file.
 *
 * Nothing here throws on any bytes.
 */
import { concatenate } from "../base/byte_text.ts";

const MAGIC = [0x43, 0x48, 0x50] as const;
const VERSION_1 = 0x31;
const HEADER_BYTES = 8;

/** No command line is longer; what telchap sends stays far below. */
export const REQUEST_MAX_BYTES = 64 * 1024;
/** A client refuses frames beyond this; the server cuts long texts into several. */
export const ANSWER_MAX_BYTES = 1024 * 1024;

const encoder = new TextEncoder();

/** What a client asks. */
export interface ControlRequest {
  /** The command and its arguments. */
  readonly words: readonly string[];
  /** Whether the answer goes to a terminal that shows colours. */
  readonly colour: boolean;
  /** How wide the terminal is that the answer goes to; absent: it goes to none. */
  readonly columns?: number;
  /** The terminal that a command which is to run is given; absent: it is given pipes. */
  readonly terminal?: RequestTerminal;
}

/** What a process must know of the terminal that it is shown on. */
export interface RequestTerminal {
  readonly columns: number;
  readonly rows: number;
  /** What TERM says. */
  readonly type: string;
}

/** What a server answers. */
export type ControlAnswer =
  /** A piece of the output, newlines included. */
  | { readonly kind: "text"; readonly text: string }
  /**
   * Comes with descriptors: the caller's ends of stdin, stdout and stderr of a process, or that of
   * its terminal.
   */
  | { readonly kind: "streams" }
  | { readonly kind: "end"; readonly exitCode: number };

/** Encodes a value as one frame. */
export function encodeFrame(value: ControlRequest | ControlAnswer): Uint8Array<ArrayBuffer> {
  const payload = encoder.encode(JSON.stringify(value));
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  frame.set([...MAGIC, VERSION_1]);
  new DataView(frame.buffer).setUint32(4, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** What a chunk has completed. */
export interface FrameBatch {
  readonly values: readonly unknown[];
  /** Present: these bytes are no frames, and nothing more will be read. */
  readonly problem?: string;
}

/** Puts frames together from chunks that may end anywhere. Holds at most one incomplete frame. */
export class FrameReader {
  readonly #maxBytes: number;
  #rest: Uint8Array = new Uint8Array(0);
  #problem: string | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a chunk, which is not kept. */
  push(chunk: Uint8Array): FrameBatch {
    const values: unknown[] = [];
    if (this.#problem === undefined) {
      const bytes = concatenate([this.#rest, chunk]);
      let at = 0;
      for (let end = this.#frameEnd(bytes, at); end !== undefined;) {
        this.#decode(bytes.subarray(at + HEADER_BYTES, end), values);
        at = end;
        end = this.#problem === undefined ? this.#frameEnd(bytes, at) : undefined;
      }
      this.#rest = bytes.slice(at);
    }
    if (this.#problem === undefined) return { values };
    this.#rest = new Uint8Array(0);
    return { values, problem: this.#problem };
  }

  /** Returns where the frame at `at` ends, undefined where it is incomplete or none. */
  #frameEnd(bytes: Uint8Array, at: number): number | undefined {
    const available = bytes.length - at;
    for (let i = 0; i < Math.min(available, MAGIC.length); i++) {
      if (bytes[at + i] !== MAGIC[i]) return this.#break("not a frame");
    }
    if (available > MAGIC.length && bytes[at + MAGIC.length] !== VERSION_1) {
      return this.#break("another version of the protocol");
    }
    if (available < HEADER_BYTES) return undefined;
    const size = new DataView(bytes.buffer, bytes.byteOffset + at + 4).getUint32(0);
    if (size > this.#maxBytes) return this.#break(`a frame of more than ${this.#maxBytes} bytes`);
    return available < HEADER_BYTES + size ? undefined : at + HEADER_BYTES + size;
  }

  #break(problem: string): undefined {
    this.#problem = problem;
    return undefined;
  }

  #decode(payload: Uint8Array, values: unknown[]): void {
    try {
      values.push(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
    } catch {
      this.#problem = "a frame that holds no JSON";
    }
  }
}

/** Tells the form of a connection by its first bytes; undefined: too few to say. */
export function detectForm(bytes: Uint8Array): "framed" | "line" | undefined {
  for (let i = 0; i < MAGIC.length; i++) {
    if (i >= bytes.length) return undefined;
    if (bytes[i] !== MAGIC[i]) return "line";
  }
  return "framed";
}

const WORDS_MAX = 10_000;
/** `struct winsize` has 16 bits for each. */
const TERMINAL_SIDE_MAX = 0xffff;

/** Returns a request if the value is one. */
export function toRequest(value: unknown): ControlRequest | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { words, colour, columns, terminal } = value as Partial<
    Record<keyof ControlRequest, unknown>
  >;
  if (!Array.isArray(words) || words.length > WORDS_MAX) return undefined;
  if (!words.every((word) => typeof word === "string")) return undefined;
  const shown = toTerminal(terminal);
  return {
    words,
    colour: colour === true,
    ...(isLength(columns) ? { columns } : {}),
    ...(shown === undefined ? {} : { terminal: shown }),
  };
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

/** A terminal whose size nobody knows has 0 columns and rows. */
function toTerminal(value: unknown): RequestTerminal | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { columns, rows, type } = value as Partial<Record<keyof RequestTerminal, unknown>>;
  if (!isSide(columns) || !isSide(rows) || typeof type !== "string") return undefined;
  return { columns, rows, type };
}

function isSide(value: unknown): value is number {
  return value === 0 || (isLength(value) && value <= TERMINAL_SIDE_MAX);
}

/** Returns an answer if the value is one. */
export function toAnswer(value: unknown): ControlAnswer | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { kind, text, exitCode } = value as Record<string, unknown>;
  if (kind === "streams") return { kind };
  if (kind === "text" && typeof text === "string") return { kind, text };
  if (kind === "end" && typeof exitCode === "number") return { kind, exitCode };
  return undefined;
}

/** The first line of a one-line answer. */
export type LineVerdict = "RESULT" | "COMMAND-ERROR" | "EXCEPTION";

/** Encodes the answer to a one-line request. The client prints the text and a newline. */
export function encodeLineAnswer(verdict: LineVerdict, text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${verdict}\n${text}`);
}
