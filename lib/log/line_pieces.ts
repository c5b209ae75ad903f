/** Pieces of a line that is too long for where it goes, and the markers that say so. */

const MARKER = new TextEncoder().encode("[...]");
const BLANK = 0x20;

/** Returns the last offset up to `end` that does not cut a UTF-8 sequence; above `start`. */
export function cutBefore(bytes: Uint8Array, start: number, end: number): number {
  let cut = end;
  while (cut > end - 3 && ((bytes[cut] as number) & 0xc0) === 0x80) cut--;
  const isCut = ((bytes[cut] as number) & 0xc0) !== 0x80 && cut > start;
  return isCut ? cut : end;
}

/**
 * Returns a copy of a piece: `[...] ` before what continues a line, ` [...]` after what goes on.
 */
export function mark(
  bytes: Uint8Array,
  start: number,
  end: number,
  markers: { readonly before: boolean; readonly after: boolean },
): Uint8Array {
  const before = markers.before ? MARKER.length + 1 : 0;
  const after = markers.after ? MARKER.length + 1 : 0;
  const piece = new Uint8Array(before + end - start + after);
  if (markers.before) {
    piece.set(MARKER);
    piece[MARKER.length] = BLANK;
  }
  piece.set(bytes.subarray(start, end), before);
  if (markers.after) {
    piece[piece.length - MARKER.length - 1] = BLANK;
    piece.set(MARKER, piece.length - MARKER.length);
  }
  return piece;
}

/** Returns where a line ends without what Python's `rstrip` removes: 9 to 13, 28 to 32. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start) {
    const byte = bytes[end - 1] as number;
    if (byte > BLANK || byte < 9 || (byte > 13 && byte < 28)) break;
    end--;
  }
  return end;
}
