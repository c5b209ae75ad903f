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

const SECONDS_OF: Readonly<Record<string, number>> = {
  "": 1,
  ms: 0.001,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
};

/** Parses `90`, `10m`, `1h30m`, `1.5s` as milliseconds; undefined where it is none. */
export function parseHumanDuration(text: string): number | undefined {
  const compact = text.replaceAll(" ", "");
  // Part by part: one pattern for all of it would try exponentially many ways to divide "999…x".
  const part = /(\d+(?:\.\d+)?)(ms|min|s|m|h|d)?/y;
  let seconds = compact === "" ? NaN : 0;
  while (part.lastIndex < compact.length) {
    const match = part.exec(compact);
    if (match === null) return undefined;
    seconds += Number(match[1]) * (SECONDS_OF[match[2] ?? ""] as number);
  }
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
