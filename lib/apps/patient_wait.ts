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
 * Asks until somebody answers. `ask` gets what is left of the limit; undefined where there is
 * none. Rejects with `NobodyAnswers` where nobody does in time.
 */
export async function askPatiently<Answer>(
  limitMs: number | undefined,
  ask: (leftMs: number | undefined) => Promise<Answer>,
): Promise<Answer> {
  const giveUpMs = nowMs() + (limitMs ?? NO_CHAPERONE_MS);
  for (;;) {
    try {
      return await ask(limitMs === undefined ? undefined : Math.max(1, giveUpMs - nowMs()));
    } catch (error) {
      if (!(error instanceof NobodyAnswers) || nowMs() >= giveUpMs) throw error;
    }
    await new Promise<void>((resolve) => void setTimer(RETRY_MS, resolve));
  }
}

/** Asks chaperone to wait, with the words of the call; chaperone judges a limit that is none. */
export async function waitPatiently(
  { options, operands }: TelchapCall<"wait">,
  ask: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  const limitMs = options.timeout === undefined ? undefined : parseDuration(options.timeout);
  let isFirst = true;
  return await askPatiently(limitMs, (leftMs) => {
    const timeout = isFirst || leftMs === undefined ? options.timeout : `${leftMs / 1000}`;
    isFirst = false;
    return ask([
      "wait",
      ...(options.for === undefined ? [] : [`--for=${options.for}`]),
      ...(timeout === undefined ? [] : [`--timeout=${timeout}`]),
      ...(options.json ? ["--json"] : []),
      "--",
      ...operands,
    ]);
  });
}
