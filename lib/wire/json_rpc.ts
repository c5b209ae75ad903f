/**
 * JSON-RPC 2.0 as the Model Context Protocol has it on stdio: one message a line, in UTF-8. Nothing
 * here throws on any bytes.
 */
import { concatenate } from "../base/byte_text.ts";

/** A longer line is no message of a client that means well. */
export const MESSAGE_MAX_BYTES = 1024 * 1024;

export const RPC_ERROR = {
  noJson: -32700,
  noRequest: -32600,
  unknownMethod: -32601,
  wrongParameters: -32602,
} as const;

export type RequestId = string | number;

/** What a client sends. */
export type ClientMessage =
  | {
    readonly kind: "request";
    readonly id: RequestId;
    readonly method: string;
    readonly params: Fields;
  }
  | { readonly kind: "notification"; readonly method: string; readonly params: Fields }
  /** An answer to what was never asked. */
  | { readonly kind: "response" }
  | {
    readonly kind: "invalid";
    readonly id: RequestId | null;
    readonly code: number;
    readonly reason: string;
  };

/** Named values, not looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a line holds: one message, or the list of them that a batch is. */
export type ClientLine = ClientMessage | readonly ClientMessage[];

/** Reads a line. */
export function readLine(bytes: Uint8Array): ClientLine {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { kind: "invalid", id: null, code: RPC_ERROR.noJson, reason: "a line that is no JSON" };
  }
  // Version 2025-03-26 alone has batches; an empty one is an error.
  if (Array.isArray(value) && value.length > 0) return value.map(toMessage);
  return toMessage(value);
}

function toMessage(value: unknown): ClientMessage {
  const invalid = (id: RequestId | null, reason: string): ClientMessage => {
    return { kind: "invalid", id, code: RPC_ERROR.noRequest, reason };
  };
  if (!isFields(value) || value["jsonrpc"] !== "2.0") {
    return invalid(null, "no message of JSON-RPC 2.0");
  }
  const { id, method, params = {} } = value;
  if (method === undefined && ("result" in value || "error" in value)) return { kind: "response" };
  const isId = typeof id === "string" || typeof id === "number";
  if ("id" in value && !isId) return invalid(null, "an id is a text or a number");
  const known = isId ? id : null;
  if (typeof method !== "string") return invalid(known, "a message without a method");
  if (!isFields(params)) return invalid(known, "params are an object");
  return isId ? { kind: "request", id, method, params } : { kind: "notification", method, params };
}

/** Puts lines together from chunks that may end anywhere; holds at most one that is not over. */
export class LineReader {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes = MESSAGE_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a chunk, and returns what it completes; `too-long` stands for a line that is. */
  push(chunk: Uint8Array): (Uint8Array | "too-long")[] {
    const lines: (Uint8Array | "too-long")[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.slice(from, end));
      const line = this.#take();
      if (line === "too-long" || line.some((byte) => !isBlank(byte))) lines.push(line);
      from = end + 1;
    }
    this.#keep(chunk.slice(from));
    return lines;
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) this.#parts = [];
    else this.#parts.push(part);
  }

  #take(): Uint8Array | "too-long" {
    const isLong = this.#bytes > this.#maxBytes;
    const line = concatenate(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return isLong ? "too-long" : line;
  }
}

const NEWLINE = 0x0a;

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
