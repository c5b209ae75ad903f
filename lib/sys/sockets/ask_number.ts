/** Asks a URL for a number. */
import { setTimer } from "../libc/clock.ts";

const LIMIT_MS = 5000;
const ANSWER_MAX_BYTES = 4096;

/**
 * Returns the first number in what a URL answers with status 200; undefined where there is none, or
 * no answer in time. Never rejects.
 */
export async function askNumber(url: string): Promise<number | undefined> {
  const limit = new AbortController();
  const cancel = setTimer(LIMIT_MS, () => limit.abort());
  try {
    const response = await fetch(url, {
      signal: limit.signal,
      redirect: "manual",
      headers: { connection: "close" },
    });
    const text = await readHead(response);
    const number = /\d+(?:\.\d+)?/.exec(text)?.[0];
    return response.status === 200 && number !== undefined ? Number(number) : undefined;
  } catch {
    return undefined; // Refused, aborted, or not HTTP: it is asked again.
  } finally {
    cancel();
    limit.abort();
  }
}

async function readHead(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length >= ANSWER_MAX_BYTES) break;
  }
  return text.slice(0, ANSWER_MAX_BYTES);
}
