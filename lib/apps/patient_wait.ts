/**
 * `telchap wait` right after the start of a container: chaperone may not listen yet, which is no
 * reason to fail. The time that this takes is part of --timeout.
 */
import { parseDuration } from "../base/duration.ts";
import type { TelchapCall } from "../commands/telchap_commands.ts";
import { nowMs, setTimer } from "../sys/libc/clock.ts";
import { NobodyAnswers } from "./ask.ts";

/** Without a limit: where there is no chaperone by then, none is going to be. */
const NO_CHAPERONE_MS = 10_000;
const RETRY_MS = 50;

/**
 * Asks, with the words of the call and what is left of its time, until somebody answers. Rejects with
 * `NobodyAnswers` where nobody does in time.
 */
export async function askPatiently(
  { options, operands }: TelchapCall<"wait">,
  ask: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  const limitMs = options.timeout === undefined ? undefined : parseDuration(options.timeout);
  const giveUpMs = nowMs() + (limitMs ?? NO_CHAPERONE_MS);
  for (let tries = 0;; tries++) {
    const leftMs = Math.max(1, giveUpMs - nowMs());
    const timeout = limitMs === undefined || tries === 0 ? options.timeout : `${leftMs / 1000}`;
    try {
      return await ask([
        "wait",
        ...(options.for === undefined ? [] : [`--for=${options.for}`]),
        ...(timeout === undefined ? [] : [`--timeout=${timeout}`]),
        ...(options.json ? ["--json"] : []),
        "--",
        ...operands,
      ]);
    } catch (error) {
      if (!(error instanceof NobodyAnswers) || nowMs() >= giveUpMs) throw error;
    }
    await new Promise<void>((resolve) => void setTimer(RETRY_MS, resolve));
  }
}
