/** What nobody can guess. */

/** Returns a text of 122 random bits. */
export function randomKey(): string {
  return crypto.randomUUID();
}
