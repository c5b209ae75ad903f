/** What web servers answer, as far as it is of use. */

/** The beginning of a body. */
export interface BodyText {
  readonly text: string;
  /** It broke off, or did not come in time: there was to be more. */
  readonly isBroken: boolean;
}

/** Reads a body up to so many bytes, about. Never rejects. */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  mostBytes: number,
): Promise<BodyText> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk.subarray(0, mostBytes), { stream: true });
      if (text.length >= mostBytes) break;
    }
  } catch {
    return { text, isBroken: true }; // Reset, or aborted.
  }
  return { text, isBroken: false };
}
