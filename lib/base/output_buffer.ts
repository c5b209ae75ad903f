/**
 * A growable byte buffer that a formatter fills and a sink empties.
 * It never shrinks below its first size. What a burst has made it grow to it gives back once far
 * less fills it: not before, since new memory is fetched page by page, which takes as long as to
 * write all that it holds.
 */

const KEEP_BYTES = 256 * 1024;
/** A larger storage is given back once so little of it has been filled, so many times in a row. */
const SMALL_PART = 1 / 4;
const SMALL_FILLS = 8;

export class OutputBuffer {
  /** Storage; valid until the next `reserve`. Bytes 0 to `length` are filled. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many bytes are filled. */
  length = 0;

  readonly #firstSizeBytes: number;
  #smallFills = 0;

  constructor(firstSizeBytes = 4096) {
    this.#firstSizeBytes = firstSizeBytes;
    this.bytes = new Uint8Array(firstSizeBytes);
  }

  /** Makes room for `sizeBytes` more bytes and returns the storage. */
  reserve(sizeBytes: number): Uint8Array<ArrayBuffer> {
    const needed = this.length + sizeBytes;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    return this.bytes;
  }

  /** Appends bytes `start` to `end` of `source`. */
  append(source: Uint8Array, start = 0, end = source.length): void {
    const size = end - start;
    const target = this.reserve(size);
    const at = this.length;
    if (size < 48) {
      // A loop beats `set(subarray())` for short runs, which most fields are.
      for (let i = 0; i < size; i++) target[at + i] = source[start + i] as number;
    } else {
      target.set(source.subarray(start, end), at);
    }
    this.length = at + size;
  }

  /** Appends one byte. */
  appendByte(byte: number): void {
    this.reserve(1)[this.length++] = byte;
  }

  /** Returns a view of the filled bytes, valid until the next change of the buffer. */
  filled(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Forgets the content. */
  reset(): void {
    const isSmall = this.length < this.bytes.length * SMALL_PART;
    this.length = 0;
    this.#smallFills = isSmall ? this.#smallFills + 1 : 0;
    if (this.#smallFills >= SMALL_FILLS && this.bytes.length > KEEP_BYTES) this.shrink();
  }

  /** Gives back what it has grown to; call it where it is empty. */
  shrink(): void {
    if (this.bytes.length > this.#firstSizeBytes) this.bytes = new Uint8Array(this.#firstSizeBytes);
  }
}
