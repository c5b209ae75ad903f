/**
 * The status server: one request a connection. Knows no path.
 *
 * A client can be anybody and is trusted with nothing: a request is a head of bounded size without
 * a body, and a whole exchange has a limit of time. There are only so many connections; while all
 * are in use, the one that has taken the longest is dropped once it has had its second, so that
 * clients who do not read or do not write cannot keep probes out. Those who read events are few,
 * have a small buffer each, and are dropped when it is full or when they take nothing for some
 * seconds.
 */
import { concatenate } from "../../base/byte_text.ts";
import { STREAM_GREETING, STREAM_PULSE } from "../../page/event_text.ts";
import {
  findHeadEnd,
  formatHead,
  HEAD_MAX_BYTES,
  mayBeRequest,
  type ParsedHead,
  parseHead,
} from "../../wire/http_message.ts";
import type { ByteStream } from "../../door/streams.ts";
import type { EventFeed } from "./event_feed.ts";
import { failure, type HttpResponse, STREAM_FIELDS, type Whole } from "./http_response.ts";
import type { HttpClient } from "./http_routes.ts";
import type { HttpRequest } from "../../wire/http_message.ts";
import type { Journal } from "../logging/journal.ts";

export interface HttpServerParts {
  readonly respond: (request: HttpRequest, client: HttpClient) => HttpResponse;
  readonly feed: EventFeed;
  readonly journal: Journal;
  readonly setTimer: (delayMs: number, callback: () => void) => () => void;
  readonly nowMs: () => number;
}

/** More wait in the kernel. */
export const CONNECTIONS_MAX = 64;
const STREAMS_MAX = 16;
const EXCHANGE_LIMIT_MS = 10_000;
/** How long a connection is safe from others that want its place. */
const FAIR_SHARE_MS = 1000;
/** A client that is refused is read on for a moment: a reset could take the answer from it. */
const LINGER_MS = 500;
const LINGER_BYTES = 256 * 1024;
const STREAM_UNREAD_MAX = 64 * 1024;
const STREAM_WRITE_LIMIT_MS = 10_000;
const PULSE_MS = 15_000;

interface Visit {
  readonly connection: ByteStream;
  readonly client: HttpClient;
  readonly sinceMs: number;
  isStream: boolean;
}

const encoder = new TextEncoder();

/** Serves connections, each on its own. */
export class HttpServer {
  readonly #parts: HttpServerParts;
  /** In order of arrival. */
  readonly #visits = new Set<Visit>();
  #cancelEviction: (() => void) | undefined;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.#visits.size;
  }

  /** Serves a connection to its end and closes it. Never rejects. */
  async serve(connection: ByteStream, client: HttpClient): Promise<void> {
    const { setTimer, nowMs } = this.#parts;
    const visit = { connection, client, sinceMs: nowMs(), isStream: false };
    this.#visits.add(visit);
    this.#makeRoom();
    const cancel = setTimer(EXCHANGE_LIMIT_MS, () => connection.close());
    try {
      const answer = await this.#exchange(visit);
      if (answer?.kind === "events") {
        cancel();
        await this.#stream(visit, answer.lastId);
      }
    } catch {
      // The client is gone, or was dropped: nobody is left to tell.
    } finally {
      cancel();
      connection.close();
      this.#visits.delete(visit);
    }
  }

  /** Drops all connections. */
  close(): void {
    this.#cancelEviction?.();
    for (const { connection } of this.#visits) connection.close();
  }

  /** Reads a request and writes the answer, unless that is a stream of events, which it returns. */
  async #exchange(visit: Visit): Promise<HttpResponse | undefined> {
    const parsed = await readHead(visit.connection);
    if (parsed === undefined) return undefined;
    if (parsed.kind === "refused") {
      await writeWhole(visit.connection, failure(parsed.status), true);
      await this.#linger(visit.connection);
      return undefined;
    }
    const { request } = parsed;
    const response = await this.#respond(request, visit.client);
    const hasBody = request.method !== "HEAD";
    if (response.kind === "whole") {
      await writeWhole(visit.connection, response, hasBody);
      return undefined;
    }
    if (!hasBody) await visit.connection.write(STREAM_HEAD);
    else if (this.#takeStream(visit)) return response;
    else await writeWhole(visit.connection, failure(503), true);
    return undefined;
  }

  /** The dispatch boundary: what goes wrong in here costs one answer, never the container. */
  async #respond(
    request: HttpRequest,
    client: HttpClient,
  ): Promise<Exclude<HttpResponse, { kind: "later" }>> {
    try {
      const response = this.#parts.respond(request, client);
      return response.kind === "later" ? await response.response : response;
    } catch (error) {
      const text = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#parts.journal.write({
        level: "err",
        text: `internal error at '${request.path}' of the status server: ${text}`,
      });
      return failure(500);
    }
  }

  async #linger(connection: ByteStream): Promise<void> {
    const cancel = this.#parts.setTimer(LINGER_MS, () => connection.close());
    try {
      await readOut(connection);
    } finally {
      cancel();
    }
  }

  // Events.

  #takeStream(visit: Visit): boolean {
    const streams = [...this.#visits].filter(({ isStream }) => isStream).length;
    if (streams >= STREAMS_MAX) return false;
    visit.isStream = true;
    return true;
  }

  async #stream({ connection }: Visit, lastId: number | undefined): Promise<void> {
    const { feed, setTimer } = this.#parts;
    const pending = [STREAM_GREETING, lastId === undefined ? "" : feed.since(lastId)];
    let wake = () => {};
    let isGone = false;
    const send = (text: string) => {
      pending.push(text);
      const unread = pending.reduce((sum, each) => sum + each.length, 0);
      if (unread > STREAM_UNREAD_MAX) connection.close();
      wake();
    };
    const stop = feed.observe(send);
    const gone = drain(connection).then(() => {
      isGone = true;
      wake();
    });
    let cancelPulse = () => {};
    try {
      await connection.write(STREAM_HEAD);
      while (!isGone) {
        const cancel = setTimer(STREAM_WRITE_LIMIT_MS, () => connection.close());
        try {
          await connection.write(encoder.encode(pending.splice(0).join("")));
        } finally {
          cancel();
        }
        cancelPulse = setTimer(PULSE_MS, () => send(STREAM_PULSE));
        if (pending.length === 0 && !isGone) await new Promise<void>((resolve) => wake = resolve);
        cancelPulse();
      }
    } finally {
      cancelPulse();
      stop();
      connection.close();
      await gone;
    }
  }

  // Room.

  #makeRoom(): void {
    if (this.#visits.size < CONNECTIONS_MAX || this.#cancelEviction !== undefined) return;
    const oldest = [...this.#visits].find(({ isStream }) => !isStream);
    if (oldest === undefined) return;
    const { nowMs, setTimer } = this.#parts;
    const leftMs = Math.max(0, oldest.sinceMs + FAIR_SHARE_MS - nowMs());
    this.#cancelEviction = setTimer(leftMs, () => {
      this.#cancelEviction = undefined;
      if (this.#visits.size < CONNECTIONS_MAX) return;
      if (this.#visits.has(oldest) && !oldest.isStream) oldest.connection.close();
      else this.#makeRoom();
    });
  }
}

const CLOSING = { Connection: "close" } as const;
const STREAM_HEAD = formatHead(200, { ...STREAM_FIELDS, ...CLOSING });

/** Reads until the head is complete; undefined where the client ends before. */
async function readHead(connection: ByteStream): Promise<ParsedHead | undefined> {
  let bytes = new Uint8Array(0);
  for (;;) {
    const chunk = await connection.read();
    if (chunk === undefined) return undefined;
    const searched = bytes.length;
    bytes = concatenate([bytes, chunk]);
    if (!mayBeRequest(bytes)) return { kind: "refused", status: 400 };
    const end = findHeadEnd(bytes, searched);
    if ((end < 0 ? bytes.length : end) > HEAD_MAX_BYTES) return { kind: "refused", status: 431 };
    if (end >= 0) return parseHead(bytes.subarray(0, end));
  }
}

async function writeWhole(
  connection: ByteStream,
  response: Whole,
  hasBody: boolean,
): Promise<void> {
  const body = encoder.encode(response.body);
  const fields = { ...response.fields, "Content-Length": String(body.length), ...CLOSING };
  const head = formatHead(response.status, fields);
  if (!hasBody) return await connection.write(head);
  await connection.write(concatenate([head, body]));
}

/** Reads what a client still sends and means nothing, to its end or to a bound. */
async function readOut(connection: ByteStream): Promise<void> {
  for (let left = LINGER_BYTES; left > 0;) {
    const chunk = await connection.read();
    if (chunk === undefined) return;
    left -= chunk.length;
  }
}

/** Reads to the end, which is the client's. Never rejects. */
async function drain(connection: ByteStream): Promise<void> {
  try {
    await readOut(connection);
  } catch {
    // Closed by ourselves, or reset.
  }
}
