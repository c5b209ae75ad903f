/**
 * A stream of bytes as lines: without trailing white space, blank ones left out (chaperone 0.3.9).
 * A line longer than the limit comes in pieces that end and begin with a marker, never cut inside
 * a UTF-8 sequence. Lines of one chunk are offsets into it; only the unfinished last one is kept.
 */
import { BLOCK_MIN_BYTES, LineBlock } from "./line_block.ts";
import { cutBefore, mark, trimEnd } from "./line_pieces.ts";

/** An unfinished line is kept in storage up to this size once it is finished, for the next one. */
const SPARE_BYTES = 512;

const NOTHING = new Uint8Array(0);

const NEWLINE = 0x0a;

/** Takes a line: bytes `start` to `end`, valid during the call. */
export type LineListener = (bytes: Uint8Array, start: number, end: number) => void;

/** Takes many lines of `bytes` at once; they and the table are valid during the call. */
export type BlockListener = (bytes: Uint8Array, lines: LineBlock) => void;

/** One for all streams; made when the first of them floods. */
let block: LineBlock | undefined;

/** The beginning of a line. */
export interface UnfinishedLine {
  readonly bytes: Uint8Array;
  /** Whether pieces of it have been told. */
  readonly isContinued: boolean;
}

/** Splits a stream of bytes into lines. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #listener: LineListener;
  readonly #onBlock: BlockListener | undefined;
  /** The beginning of a line whose end is still to come. */
  #kept = NOTHING;
  #keptBytes = 0;
  /** Whether pieces of the current line have been told. */
  #isContinued = false;

  /** The lines of a large chunk are told to `onBlock`, if it is given; the order stays. */
  constructor(maxBytes: number, listener: LineListener, onBlock?: BlockListener) {
    this.#maxBytes = maxBytes;
    this.#listener = listener;
    this.#onBlock = onBlock;
  }

  /** Takes the next bytes of the stream; they may be reused after the call. */
  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#keptBytes > 0 || this.#isContinued) {
      const newline = chunk.indexOf(NEWLINE);
      if (newline < 0) {
        this.#keep(chunk, 0);
        return;
      }
      this.#finishKept(chunk, newline);
      start = newline + 1;
    }
    if (this.#onBlock !== undefined && chunk.length - start >= BLOCK_MIN_BYTES) {
      start = this.#tellBlocks(this.#onBlock, chunk, start);
    }
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline < 0) break;
      this.#tellEnd(chunk, start, newline);
      start = newline + 1;
    }
    this.#keep(chunk, start);
  }

  /** What has come of a line whose end is still to come; a copy. */
  get rest(): UnfinishedLine {
    return { bytes: this.#kept.slice(0, this.#keptBytes), isContinued: this.#isContinued };
  }

  /** Goes on with a line that another splitter has left. Before anything is pushed. */
  restore({ bytes, isContinued }: UnfinishedLine): void {
    this.#append(bytes, 0, bytes.length);
    this.#isContinued = isContinued;
  }

  /** Tells the last line, which no newline ended. */
  end(): void {
    this.#tellEnd(this.#kept, 0, this.#keptBytes);
    this.#keptBytes = 0;
  }

  /** Returns where the line begins that is too long, or has no end yet. */
  #tellBlocks(onBlock: BlockListener, chunk: Uint8Array, from: number): number {
    const lines = block ??= new LineBlock();
    for (let start = from;;) {
      const next = lines.fill(chunk, start, this.#maxBytes);
      if (lines.count > 0) onBlock(chunk, lines);
      if (next === start) return start;
      start = next;
    }
  }

  #finishKept(chunk: Uint8Array, newline: number): void {
    this.#append(chunk, 0, newline);
    const size = this.#keptBytes;
    this.#keptBytes = 0;
    this.#tellEnd(this.#kept, 0, size);
    if (this.#kept.length > SPARE_BYTES) this.#kept = NOTHING;
  }

  /** Keeps the beginning of a line, and passes on what exceeds the limit. */
  #keep(chunk: Uint8Array, start: number): void {
    this.#append(chunk, start, chunk.length);
    let told = 0;
    while (this.#keptBytes - told > this.#maxBytes) {
      const end = cutBefore(this.#kept, told, told + this.#maxBytes);
      this.#tellPiece(this.#kept, told, end, true);
      told = end;
    }
    if (told === 0) return;
    this.#kept.copyWithin(0, told, this.#keptBytes);
    this.#keptBytes -= told;
  }

  #append(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.#keptBytes + end - start;
    if (needed > this.#kept.length) {
      const larger = new Uint8Array(Math.max(needed, this.#kept.length * 2, 256));
      larger.set(this.#kept.subarray(0, this.#keptBytes));
      this.#kept = larger;
    }
    this.#kept.set(chunk.subarray(start, end), this.#keptBytes);
    this.#keptBytes = needed;
  }

  /** Tells the end of a line that may be too long or have been told in part. */
  #tellEnd(bytes: Uint8Array, start: number, end: number): void {
    while (end - start > this.#maxBytes) {
      const cut = cutBefore(bytes, start, start + this.#maxBytes);
      this.#tellPiece(bytes, start, cut, true);
      start = cut;
    }
    if (this.#isContinued) this.#tellPiece(bytes, start, end, false);
    else this.#tell(bytes, start, end);
  }

  #tellPiece(bytes: Uint8Array, start: number, end: number, isContinuing: boolean): void {
    const last = isContinuing ? end : trimEnd(bytes, start, end);
    const wasContinued = this.#isContinued;
    this.#isContinued = isContinuing;
    if (last === start) return;
    const piece = mark(bytes, start, last, { before: wasContinued, after: isContinuing });
    this.#listener(piece, 0, piece.length);
  }

  #tell(bytes: Uint8Array, start: number, end: number): void {
    const last = trimEnd(bytes, start, end);
    if (last > start) this.#listener(bytes, start, last);
  }
}
