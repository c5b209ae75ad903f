/** Finds what a misspelt word was probably meant to be. */

/** Returns the candidate nearest to `word`, `undefined` where none is near enough. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const lower = normalize(word);
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(lower.length / 2) + 1);
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - lower.length) >= bestDistance) continue;
    const distance = editDistance(lower, normalize(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Takes dashes and underscores, small and large letters for the same. */
function normalize(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

/** Formats the suggestion as the end of a message; empty where there is none. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = word.length > WORD_MAX_CHARS ? undefined : suggest(word, candidates);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}

/** Nothing longer is a misspelt directive, and the distance takes quadratic time. */
const WORD_MAX_CHARS = 64;

/**
 * Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      let distance = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + cost,
      );
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
