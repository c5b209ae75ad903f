/** Random texts that are nearly right: pieces of a language, and valid texts with a few changes. */

/** The seed of this run's draws: FUZZ_SEED repeats those of another. */
export const SEED = Number(Deno.env.get("FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 31));

/** How often to draw where `usual` is the custom: FUZZ_ROUNDS=5000 makes it ten times as often. */
export function roundsOf(usual: number): number {
  return Math.ceil(usual * Number(Deno.env.get("FUZZ_ROUNDS") ?? 500) / 500);
}

/** Runs what draws, and has a failure name the seed. */
export function withSeed(run: () => void): void {
  try {
    run();
  } catch (cause) {
    throw new Error(`FUZZ_SEED=${SEED}`, { cause });
  }
}

/** A generator whose draws depend on the seed alone. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** A text made of pieces. */
  text(pieces: readonly string[], longest: number): string {
    return Array.from({ length: this.below(longest + 1) }, () => this.pick(pieces)).join("");
  }

  /** A text with up to three places cut, doubled or overwritten. */
  mutate(text: string, pieces: readonly string[]): string {
    let result = text;
    for (let left = this.below(4); left > 0; left--) {
      const [a, b] = [this.below(result.length + 1), this.below(result.length + 1)].sort((x, y) =>
        x - y
      ) as [number, number];
      const middle = this.pick([
        "",
        result.slice(a, b) + result.slice(a, b),
        this.pick(pieces),
      ]);
      result = result.slice(0, a) + middle + result.slice(b);
    }
    return result;
  }
}

/** Bytes that mean something to parsers, in any language. */
export const NASTY = ["", " ", "\0", "\n", "\r\n", "\t", "\\", "'", '"', "`", "$(", "${", ")", "}"]
  .concat(["#", ";", "=", ":", "%", "*", "-", "--", "/", "..", "é", "🎈", "\ud800", "\x1b[2J"])
  .concat(["0", "-1", "1e9", "99999999999999999999", "NaN", "__proto__", "constructor"]);
