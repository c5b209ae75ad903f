/** What is UTF-8 and what is not, byte by byte. */

/**
 * Returns how many bytes the character beyond ASCII has that begins at `at` and ends before `end`, 0
 * where none does (RFC 3629, 4).
 */
export function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > end) return 0;
  for (let i = at + 1; i < at + size; i++) {
    if (((bytes[i] as number) & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[at + 1] as number;
  const overlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const surrogate = first === 0xed && second > 0x9f;
  const tooHigh = first === 0xf4 && second > 0x8f;
  return overlong || surrogate || tooHigh ? 0 : size;
}
