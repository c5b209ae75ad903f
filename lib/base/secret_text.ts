/** Secrets as texts. */

const encoder = new TextEncoder();

/** Compares in a time that tells nothing of where the texts differ, or of how much is right. */
export function isSameSecret(given: string, secret: string): boolean {
  const [bytes, expected] = [encoder.encode(given), encoder.encode(secret)];
  let difference = bytes.length ^ expected.length;
  for (let at = 0; at < expected.length; at++) difference |= (bytes[at] ?? 0) ^ (expected[at] ?? 0);
  return difference === 0;
}
