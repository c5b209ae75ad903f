/**
 * The last output of each service, kept in memory for `telchap logs` and for failure reports.
 *
 * A ring takes bytes as they come from the stream, whole chunks at a time, each behind a header:
 * capturing costs one copy of at most the ring's size. Lines are made when somebody asks. A ring
 * comes into being with the first output of its service and grows with it: most services say
 * little.
 */

/** `chaperone` is what chaperone itself says of the service. */
export type RingStream = "stdout" | "stderr" | "chaperone";

/** One line of a service's recent output, without its newline. */
export interface RecentLine {
  /** Wall clock at which the end of the line arrived. */
  readonly wallMs: number;
  readonly pid: number;
  readonly stream: RingStream;
  readonly text: string;
}

interface Chunk {
  readonly wallMs: number;
  readonly pid: number;
  readonly stream: RingStream;
  /** Position in everything ever written to the ring. */
  readonly start: number;
  end: number;
}

/** A process that writes byte by byte must not cost much more in headers than in text. */
const CHUNKS_MAX = 512;
const CHUNKS_LEAST = 64;
const TEXT_BYTES_PER_CHUNK = 128;

const FIRST_BYTES = 256;

interface Ring {
  /** Nothing wraps before it has reached its full size, so that growing moves nothing. */
  bytes: Uint8Array;
  readonly chunks: Chunk[];
  written: number;
}

/** The ring of one service as another incarnation takes it over. */
export interface RingHandover {
  readonly service: string;
  readonly bytes: Uint8Array;
  readonly chunks: readonly Chunk[];
  readonly written: number;
}

/** Is told that a service has written. What it sees is a view, valid until it returns. */
export type RingObserver = (
  service: string,
  source: { readonly pid: number; readonly stream: RingStream; readonly wallMs: number },
  bytes: Uint8Array,
) => void;

/** Rings of recent output by service name. */
export class LogRing {
  readonly #sizeBytes: number;
  readonly #chunksMax: number;
  readonly #rings = new Map<string, Ring>();
  readonly #observers = new Set<RingObserver>();

  /** `sizeBytes` of text are kept for each service. */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    const affordable = Math.floor(sizeBytes / TEXT_BYTES_PER_CHUNK);
    this.#chunksMax = Math.min(CHUNKS_MAX, Math.max(CHUNKS_LEAST, affordable));
  }

  /** Keeps the last of `bytes`, which may end anywhere in a line. */
  append(
    service: string,
    source: { readonly pid: number; readonly stream: RingStream; readonly wallMs: number },
    bytes: Uint8Array,
  ): void {
    if (bytes.length === 0) return;
    for (const observer of this.#observers) observer(service, source, bytes);
    let ring = this.#rings.get(service);
    if (ring === undefined) {
      ring = { bytes: new Uint8Array(0), chunks: [], written: 0 };
      this.#rings.set(service, ring);
    }
    this.#makeRoom(ring, bytes.length);
    const skipped = Math.max(0, bytes.length - this.#sizeBytes);
    const start = ring.written;
    ring.written += skipped;
    copyIn(ring, skipped === 0 ? bytes : bytes.subarray(skipped));
    const last = ring.chunks.at(-1);
    const isMore = last !== undefined && last.end === start && last.stream === source.stream &&
      last.pid === source.pid && last.wallMs === source.wallMs;
    if (isMore) last.end = ring.written;
    // Written out: a spread makes objects of one and a half times the size.
    else {
      const { wallMs, pid, stream } = source;
      ring.chunks.push({ wallMs, pid, stream, start, end: ring.written });
    }
    const oldest = ring.written - this.#sizeBytes;
    while ((ring.chunks[0] as Chunk).end <= oldest || ring.chunks.length > this.#chunksMax) {
      ring.chunks.shift();
    }
  }

  #makeRoom(ring: Ring, sizeBytes: number): void {
    const { bytes, written } = ring;
    const needed = written + sizeBytes;
    if (bytes.length >= Math.min(needed, this.#sizeBytes)) return;
    const wanted = Math.max(needed, bytes.length * 2, FIRST_BYTES);
    ring.bytes = new Uint8Array(Math.min(wanted, this.#sizeBytes));
    ring.bytes.set(bytes);
  }

  /** Returns the last `count` lines of a service, oldest first; blank ones are left out. */
  recent(service: string, count: number): RecentLine[] {
    const ring = this.#rings.get(service);
    if (ring === undefined) return [];
    const lines = readLines(ring, this.#sizeBytes);
    return count < lines.length ? lines.slice(lines.length - count) : lines;
  }

  /** Begins to tell an observer what is written; the result ends that. */
  observe(observer: RingObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** The rings for another incarnation, as many of them as `limitBytes` allows. */
  handOver(limitBytes: number): RingHandover[] {
    const left: RingHandover[] = [];
    let leftBytes = 0;
    for (const [service, { bytes, chunks, written }] of this.#rings) {
      leftBytes += bytes.length;
      if (leftBytes > limitBytes) break;
      left.push({ service, bytes, chunks, written });
    }
    return left;
  }

  takeOver(rings: readonly RingHandover[]): void {
    for (const { service, bytes, chunks, written } of rings) {
      // A ring of another size would be read at other places, once it has begun anew at its front.
      const isWhole = written <= bytes.length && bytes.length <= this.#sizeBytes;
      if (!isWhole && bytes.length !== this.#sizeBytes) continue;
      this.#rings.set(service, { bytes, chunks: [...chunks], written });
    }
  }

  /** Forgets a service. */
  remove(service: string): void {
    this.#rings.delete(service);
  }
}

function copyIn(ring: Ring, bytes: Uint8Array): void {
  const size = ring.bytes.length;
  const at = ring.written % size;
  const first = Math.min(bytes.length, size - at);
  ring.bytes.set(first === bytes.length ? bytes : bytes.subarray(0, first), at);
  if (first < bytes.length) ring.bytes.set(bytes.subarray(first), 0);
  ring.written += bytes.length;
}

/** Lines of different streams and processes are put together apart, and ordered by their ends. */
function readLines(ring: Ring, sizeBytes: number): RecentLine[] {
  const lines: RecentLine[] = [];
  const unfinished = new Map<string, { chunk: Chunk; text: string }>();
  const decoders = new Map<string, TextDecoder>();
  const oldest = Math.max(0, ring.written - sizeBytes);
  for (const chunk of ring.chunks) {
    const key = `${chunk.stream} ${chunk.pid}`;
    const isCut = chunk.start < oldest;
    const decoder = decoders.get(key) ?? new TextDecoder();
    decoders.set(key, decoder);
    const bytes = copyOut(ring, Math.max(oldest, chunk.start), chunk.end);
    const parts = decoder.decode(bytes, { stream: true }).split("\n");
    // What is left of a line whose beginning has been overwritten would mislead.
    if (isCut && parts.length > 1) parts[0] = "";
    parts[0] = (unfinished.get(key)?.text ?? "") + parts[0];
    unfinished.set(key, { chunk, text: parts.pop() as string });
    for (const text of parts) pushLine(lines, chunk, text);
  }
  for (const { chunk, text } of unfinished.values()) pushLine(lines, chunk, text);
  return lines;
}

function pushLine(lines: RecentLine[], chunk: Chunk, text: string): void {
  const trimmed = text.trimEnd();
  if (trimmed === "") return;
  lines.push({ wallMs: chunk.wallMs, pid: chunk.pid, stream: chunk.stream, text: trimmed });
}

function copyOut(ring: Ring, start: number, end: number): Uint8Array {
  const size = ring.bytes.length;
  const result = new Uint8Array(end - start);
  const at = start % size;
  const first = Math.min(result.length, size - at);
  result.set(ring.bytes.subarray(at, at + first));
  result.set(ring.bytes.subarray(0, result.length - first), first);
  return result;
}
