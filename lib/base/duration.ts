/** Durations as people read and write them. */

const UNITS = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]] as const;

/** Formats a duration with at most two units: `350 ms`, `4.2 s`, `3 min 12 s`, `2 d 4 h`. */
export function formatHumanDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${Number((durationMs / 1000).toFixed(1))} s`;
  let left = Math.round(durationMs / 1000);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    if (parts.length === 1) return count === 0 ? parts.join() : `${parts[0]} ${count} ${unit}`;
    if (count === 0) continue;
    parts.push(`${count} ${unit}`);
    left -= count * seconds;
  }
  return parts.join(" ");
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Longer than any container lives, and exact in every calculation with a clock. */
export const DURATION_MAX_MS = 1e14;

/**
 * Reads a duration as milliseconds: `90` and `.5` are seconds, `250ms`, `5 min`, `1h30m` and
 * `1h 30m` have units. Returns `undefined` where `text` is none, or one above `DURATION_MAX_MS`.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  const ms = /^(?:\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) * 1000 : sumParts(trimmed);
  return ms !== undefined && ms <= DURATION_MAX_MS ? ms : undefined;
}

/** Part by part: one pattern for all of it would try exponentially many ways to divide "999…x". */
function sumParts(text: string): number | undefined {
  const part = /(\d+\.?\d*|\.\d+) *(ms|min|s|m|h|d) */y;
  let ms = text === "" ? NaN : 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    ms += Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? NaN);
  }
  return Number.isNaN(ms) ? undefined : ms;
}
