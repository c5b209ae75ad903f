/** Asks a URL for a number. */
import { setTimer } from "../libc/clock.ts";
import { readBody } from "./response_body.ts";

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
    const { text, isBroken } = await readBody(response.body, ANSWER_MAX_BYTES);
    // Of a number that breaks off nobody knows how large it is.
    if (response.status !== 200 || isBroken) return undefined;
    const number = /\d+(?:\.\d+)?/.exec(text)?.[0];
    return number === undefined ? undefined : Number(number);
  } catch {
    return undefined; // Refused, aborted, or not HTTP: it is asked again.
  } finally {
    cancel();
    limit.abort();
  }
}
