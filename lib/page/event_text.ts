/** What happens to services as server-sent events (WHATWG HTML, 9.2). */

/** A change to report; `from` and `to` are phases. */
export interface PhaseChange {
  readonly wallMs: number;
  readonly service: string;
  readonly from: string;
  readonly to: string;
  readonly detail: string;
}

/** What a new reader gets: when to come back after a break. */
export const STREAM_GREETING = "retry: 2000\n: chaperone\n\n";

/** Keeps the connection known to whatever stands in between. */
export const STREAM_PULSE = ":\n\n";

/** Formats a change of a service. */
export function formatPhaseEvent(id: number, change: PhaseChange): string {
  const { wallMs, service, from, to, detail } = change;
  const data = { time: isoDate(wallMs), service, from, to, ...(detail === "" ? {} : { detail }) };
  return formatEvent(id, "phase", data);
}

/** Formats a change of the container as a whole. */
export function formatSystemEvent(id: number, wallMs: number, phase: string): string {
  return formatEvent(id, "system", { time: isoDate(wallMs), phase });
}

/** JSON is one line, whatever is in it. */
function formatEvent(id: number, name: string, data: unknown): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function isoDate(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
