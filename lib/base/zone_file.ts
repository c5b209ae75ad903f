/**
 * Time zones as compiled files have them, tzfile(5), RFC 8536: what /etc/localtime and the files
 * below /usr/share/zoneinfo hold. Whatever is in a file, reading it is bounded by its size, and
 * what is not a zone is `undefined`. Leap seconds of "right" zones are passed over.
 */
import { type OffsetAt, parsePosixZone } from "./posix_zone.ts";

/** No zone is half as large. */
export const ZONE_FILE_MAX_BYTES = 64 * 1024;

const MAGIC = 0x545a6966;
const HEADER_BYTES = 44;
const TYPE_BYTES = 6;
const NEWLINE = 0x0a;
const SECOND_MS = 1000;

/** How many there are of what, in the order of the header. */
interface Counts {
  readonly utc: number;
  readonly standard: number;
  readonly leaps: number;
  readonly changes: number;
  readonly types: number;
  readonly letters: number;
}

/** When the offset changes, as seconds since 1970, and to which. */
interface Changes {
  readonly atSeconds: readonly number[];
  readonly offsetsMs: readonly number[];
  /** What holds before the first. */
  readonly firstMs: number;
}

/** Reads the content of a zone file. */
export function parseZoneFile(bytes: Uint8Array): OffsetAt | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = readCounts(view, 0);
  if (first === undefined) return undefined;
  // Version 1 is NUL; all later ones repeat their data with times of 64 bits.
  if (bytes[4] === 0) return combine(readChanges(view, HEADER_BYTES, first, 4), undefined);
  const second = HEADER_BYTES + dataBytes(first, 4);
  const counts = readCounts(view, second);
  if (counts === undefined) return undefined;
  const changes = readChanges(view, second + HEADER_BYTES, counts, 8);
  return combine(changes, readFooter(bytes, second + HEADER_BYTES + dataBytes(counts, 8)));
}

function readCounts(view: DataView, at: number): Counts | undefined {
  if (at + HEADER_BYTES > view.byteLength || view.getUint32(at) !== MAGIC) return undefined;
  const [utc, standard, leaps, changes, types, letters] = [20, 24, 28, 32, 36, 40].map((offset) =>
    view.getUint32(at + offset)
  ) as [number, number, number, number, number, number];
  return { utc, standard, leaps, changes, types, letters };
}

function dataBytes(counts: Counts, timeBytes: number): number {
  const { utc, standard, leaps, changes, types, letters } = counts;
  return changes * (timeBytes + 1) + types * TYPE_BYTES + letters + leaps * (timeBytes + 4) +
    standard + utc;
}

function readChanges(
  view: DataView,
  at: number,
  counts: Counts,
  timeBytes: 4 | 8,
): Changes | undefined {
  if (counts.types === 0 || at + dataBytes(counts, timeBytes) > view.byteLength) return undefined;
  const typesAt = at + counts.changes * (timeBytes + 1);
  const offsetOf = (type: number) => view.getInt32(typesAt + type * TYPE_BYTES) * SECOND_MS;
  const atSeconds: number[] = [];
  const offsetsMs: number[] = [];
  for (let i = 0; i < counts.changes; i++) {
    const type = view.getUint8(at + counts.changes * timeBytes + i);
    if (type >= counts.types) return undefined;
    const timeAt = at + i * timeBytes;
    atSeconds.push(timeBytes === 4 ? view.getInt32(timeAt) : Number(view.getBigInt64(timeAt)));
    offsetsMs.push(offsetOf(type));
  }
  return { atSeconds, offsetsMs, firstMs: offsetOf(0) };
}

/**
 * The line behind the data: what holds after the last change. `undefined`: nothing is said of that.
 */
function readFooter(bytes: Uint8Array, at: number): OffsetAt | undefined {
  if (bytes[at] !== NEWLINE) return undefined;
  const end = bytes.indexOf(NEWLINE, at + 1);
  if (end < 0) return undefined;
  return parsePosixZone(new TextDecoder().decode(bytes.subarray(at + 1, end)));
}

function combine(changes: Changes | undefined, later: OffsetAt | undefined): OffsetAt | undefined {
  if (changes === undefined) return undefined;
  const { atSeconds, offsetsMs, firstMs } = changes;
  return (utcMs) => {
    const seconds = Math.floor(utcMs / SECOND_MS);
    // The number of changes that are over.
    let low = 0;
    let high = atSeconds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((atSeconds[middle] as number) <= seconds) low = middle + 1;
      else high = middle;
    }
    if (low === atSeconds.length && later !== undefined) return later(utcMs);
    return low === 0 ? firstMs : offsetsMs[low - 1] as number;
  };
}
