/**
 * A collector of OpenTelemetry, by OTLP over HTTP in the JSON encoding. Records are gathered for a
 * second, or up to 64 KiB, and posted as one batch; those that come meanwhile wait in the sink.
 *
 * As the protocol has it (OTLP 1.x, "Failures"): after 429, 502, 503 and 504, and where there is no
 * answer, the same batch is posted again, not before `Retry-After`; after any other refusal it is
 * lost, and so is what an answer of 200 says was rejected.
 */
import { OutputBuffer } from "../../base/output_buffer.ts";
import { VERSION } from "../../base/version.ts";
import { formatRemoteAddress, type RemoteAddress } from "../../config/remote_address.ts";
import type { LogPoster, LogTime, PostAnswer } from "../../door/log_os.ts";
import type { FormatOptions } from "../../log/format.ts";
import { OtlpFormat } from "../../log/otlp_format.ts";
import type { LogClock } from "../../log/timestamp.ts";
import { backoffMs } from "./backoff.ts";
import { readOctetCount, type RecordSpan } from "./framing.ts";
import { type Outlet, RecordsRefused } from "./outlet.ts";

/** As the exporters of OpenTelemetry gather. */
const GATHER_MS = 1000;

/** To compress so much takes process 1 some two milliseconds. */
const BATCH_BYTES = 64 * 1024;

/** A server that asks for more does not know when it will be there again. */
const RETRY_AFTER_MAX_MS = 300_000;

const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const NEWLINE = 0x0a;
const COMMA = 0x2c;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const BEGIN = encoder.encode('{"resourceLogs":[');
const RESOURCE = encoder.encode('{"resource":');
const SCOPE = encoder.encode(
  `,"scopeLogs":[{"scope":{"name":"chaperone","version":"${VERSION}"},"logRecords":[`,
);
const RESOURCE_END = encoder.encode("]}]}");
const END = encoder.encode("]}");

/** Sends records to a collector. */
export class OtlpOutlet implements Outlet {
  readonly name: string;
  readonly framing = "octets";
  readonly gatherMs = GATHER_MS;
  readonly #poster: LogPoster;
  readonly #time: LogTime;

  constructor(address: RemoteAddress, poster: LogPoster, time: LogTime) {
    this.name = `log host ${formatRemoteAddress(address)}`;
    this.#poster = poster;
    this.#time = time;
  }

  createFormat(options: FormatOptions, clock: LogClock): OtlpFormat {
    return new OtlpFormat(options, clock);
  }

  async write(batch: Uint8Array<ArrayBuffer>, offset: number): Promise<number> {
    const { resources, end, count } = gather(batch, offset);
    const answer = await this.#poster.post(formatBatch(batch, resources));
    const { status } = answer;
    if (status >= 200 && status < 300) {
      const refused = readRefused(answer);
      if (refused === undefined) return end;
      throw new RecordsRefused(refused.text, { end, count: Math.min(count, refused.count) });
    }
    const text = `it answered ${status}`;
    if (!RETRIED_STATUSES.has(status)) throw new RecordsRefused(text, { end, count });
    throw new Busy(text, readDelayMs(answer, this.#time.wallMs()));
  }

  retryDelayMs(error: unknown, failures: number): number {
    const wantedMs = error instanceof Busy ? error.delayMs : 0;
    return Math.max(backoffMs(failures), wantedMs);
  }

  close(): void {
    this.#poster.close();
  }
}

/** The collector cannot take anything now. */
class Busy extends Error {
  /** What it asks for; 0: nothing. */
  readonly delayMs: number;

  constructor(message: string, delayMs: number) {
    super(message);
    this.delayMs = delayMs;
  }
}

interface Gathered {
  /** The records of each resource, by its JSON. */
  readonly resources: ReadonlyMap<string, readonly RecordSpan[]>;
  readonly end: number;
  readonly count: number;
}

/** Takes records up to a batch's size, at least one. */
function gather(batch: Uint8Array, offset: number): Gathered {
  const resources = new Map<string, RecordSpan[]>();
  let at = offset;
  let count = 0;
  while (at < batch.length && (count === 0 || at - offset < BATCH_BYTES)) {
    const { start, end } = readOctetCount(batch, at);
    const resourceEnd = batch.indexOf(NEWLINE, start);
    const resource = decoder.decode(batch.subarray(start, resourceEnd));
    const spans = resources.get(resource) ?? [];
    resources.set(resource, spans);
    spans.push({ start: resourceEnd + 1, end });
    at = end;
    count++;
  }
  return { resources, end: at, count };
}

function formatBatch(
  batch: Uint8Array,
  resources: Gathered["resources"],
): Uint8Array<ArrayBuffer> {
  const out = new OutputBuffer(BATCH_BYTES);
  out.append(BEGIN);
  for (const [resource, spans] of resources) {
    if (out.length > BEGIN.length) out.appendByte(COMMA);
    out.append(RESOURCE);
    out.append(encoder.encode(resource));
    out.append(SCOPE);
    for (const [at, { start, end }] of spans.entries()) {
      if (at > 0) out.appendByte(COMMA);
      out.append(batch, start, end);
    }
    out.append(RESOURCE_END);
  }
  out.append(END);
  return out.filled();
}

/** What a collector that took a batch says it has not taken of it; undefined: it took all. */
function readRefused({ text }: PostAnswer): { text: string; count: number } | undefined {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedLogRecords?: unknown; errorMessage?: unknown };
    };
    const count = Number(partialSuccess?.rejectedLogRecords ?? 0);
    if (!(count > 0)) return undefined;
    return { count, text: `it has rejected records: ${partialSuccess?.errorMessage ?? ""}` };
  } catch {
    return undefined; // An empty body, or none of JSON: it says nothing.
  }
}

/** `Retry-After` is a number of seconds, or a date. */
function readDelayMs({ retryAfter = "" }: PostAnswer, wallMs: number): number {
  const delayMs = /^\d+$/.test(retryAfter.trim())
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - wallMs;
  return Number.isNaN(delayMs) ? 0 : Math.min(Math.max(delayMs, 0), RETRY_AFTER_MAX_MS);
}
