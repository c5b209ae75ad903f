/** A short name for a text: the same for the same text. Nothing that an attacker could not forge. */

/** Multipliers and shifts of cyrb53, a hash of 53 bits in two halves of 32. */
const [PRIME_LOW, PRIME_HIGH, MIX_FIRST, MIX_SECOND] = [
  0x85ebca77,
  0xc2b2ae3d,
  0x85ebca6b,
  0xc2b2ae35,
];

/** Returns twelve hexadecimal digits. */
export function textHash(text: string): string {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, PRIME_LOW);
    high = Math.imul(high ^ unit, PRIME_HIGH);
  }
  low = Math.imul(low ^ (low >>> 15), MIX_FIRST) ^ Math.imul(high ^ (high >>> 13), MIX_SECOND);
  high = Math.imul(high ^ (high >>> 16), MIX_FIRST) ^ Math.imul(low ^ (low >>> 13), MIX_SECOND);
  const digits = (value: number, count: number) =>
    (value >>> 0).toString(16).padStart(8, "0").slice(8 - count);
  return digits(high, 4) + digits(low, 8);
}
