/** How the next incarnation of chaperone is asked how it came to be, after `telchap reexec`. */

/** A large configuration takes some seconds to load. */
export const NEXT_IMAGE_MS = 15_000;
const RETRY_MS = 20;

/** What asking takes. */
export interface NextImageParts {
  /** Asks once: the exit status of the answer, or why there is none. */
  readonly ask: () => Promise<number | "broken-off" | "nobody">;
  readonly nowMs: () => number;
  readonly pause: (delayMs: number) => Promise<void>;
}

/**
 * Asks until there is an answer, and resolves with its exit status; undefined where none has come in
 * time. A connection that breaks off came to the former incarnation, and ended with it.
 */
export async function awaitNextImage(
  { ask, nowMs, pause }: NextImageParts,
): Promise<number | undefined> {
  const giveUpMs = nowMs() + NEXT_IMAGE_MS;
  while (nowMs() <= giveUpMs) {
    const answer = await ask();
    if (typeof answer === "number") return answer;
    await pause(RETRY_MS);
  }
  return undefined;
}

/** Formats what is said then. */
export function formatNoNextImage(): string {
  return `chaperone has not answered within ${NEXT_IMAGE_MS / 1000} s; it may still be taking ` +
    "over: telchap reexec --last tells";
}
