/** Text as it may stand in HTML and SVG, and in the page's words. */

/** Escapes text for element content and quoted attributes. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

// deno-lint-ignore no-control-regex -- terminals' own sequences are what is to be removed, ECMA-48
const TERMINAL_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])/g;
// deno-lint-ignore no-control-regex -- control characters are what is to be replaced
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Makes foreign text harmless to look at: no colours, no controls, no change of direction. */
export function plainText(text: string): string {
  return text.replace(TERMINAL_SEQUENCES, "").replace(CONTROLS, "�");
}

/** Formats a size: `512 KiB`, `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes / 1024;
  for (const unit of ["KiB", "MiB", "GiB"]) {
    if (value < 1000) return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** Formats a moment's time of day in UTC: `14:03:59`. */
export function formatTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 19);
}

/** The same with the date, unless that is today's: `2026-01-31 14:03:59`. */
export function formatMoment(wallMs: number, nowWallMs: number): string {
  const [date, today] = [wallMs, nowWallMs].map((ms) => new Date(ms).toISOString().slice(0, 10));
  return date === today ? formatTime(wallMs) : `${date} ${formatTime(wallMs)}`;
}
