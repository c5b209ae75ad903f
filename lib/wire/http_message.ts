/**
 * As much of HTTP/1.1 (RFC 9112) as the status server needs: the head of a request without a body,
 * and the head of a response. Knows no path and no meaning of a header.
 */

/** More than any client sends that does not mean harm. */
export const HEAD_MAX_BYTES = 8 * 1024;
const FIELDS_MAX = 64;

export interface HttpRequest {
  readonly method: string;
  /** Begins with a slash; percent signs are left as they are. */
  readonly path: string;
  /** What follows the question mark; empty without one. */
  readonly query: string;
  /** By name in lower case; repeated fields are joined by commas. */
  readonly fields: ReadonlyMap<string, string>;
}

export type ParsedHead =
  | { readonly kind: "request"; readonly request: HttpRequest }
  /** What is wrong, with the status that says so. */
  | { readonly kind: "refused"; readonly status: HttpStatus };

const REASONS = {
  200: "OK",
  303: "See Other",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  421: "Misdirected Request",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
} as const;

export type HttpStatus = keyof typeof REASONS;

/** Returns what a status is called. */
export function reasonOf(status: HttpStatus): string {
  return REASONS[status];
}

const LF = 10;
const CR = 13;

/**
 * Returns where the head ends, its empty line included; -1 where it does not yet. What lies before
 * `from` has been searched.
 */
export function findHeadEnd(bytes: Uint8Array, from: number): number {
  // The empty line may have begun with the last bytes of what has been searched.
  let at = bytes.indexOf(LF, Math.max(0, from - 2));
  while (at >= 0) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1;
    if (bytes[next] === LF) return next + 1;
    at = bytes.indexOf(LF, at + 1);
  }
  return -1;
}

/** Whether what begins so may become a request: TLS and most garbage do not. */
export function mayBeRequest(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first === undefined || (first >= 65 && first <= 90);
}

const REQUEST_LINE =
  /^([A-Z]{1,20}) (?:http:\/\/[^/?\s]*(?=[/?]))?(\/[\x21-\x7e]*) HTTP\/(\d\.\d)$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/** Parses a head that `findHeadEnd` has found complete. Never throws. */
export function parseHead(head: Uint8Array): ParsedHead {
  const [requestLine = "", ...lines] = latin1(head).trimEnd().split(/\r?\n/);
  const match = REQUEST_LINE.exec(requestLine);
  if (!match) return refused(400);
  const [, method = "", target = "", version = ""] = match;
  if (!version.startsWith("1.")) return refused(505);
  if (lines.length > FIELDS_MAX) return refused(431);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = FIELD.exec(line) ?? [];
    if (name === undefined) return refused(400);
    const key = name.toLowerCase();
    const earlier = fields.get(key);
    fields.set(key, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  if (version !== "1.0" && !fields.has("host")) return refused(400);
  if (announcesBody(fields)) return refused(400);
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  return { kind: "request", request: { method, path, query, fields } };
}

/** A body would be read as the next request by whoever stands in between. */
function announcesBody(fields: ReadonlyMap<string, string>): boolean {
  return fields.has("transfer-encoding") || (fields.get("content-length") ?? "0") !== "0";
}

function refused(status: HttpStatus): ParsedHead {
  return { kind: "refused", status };
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, HEAD_MAX_BYTES));
}

/** Formats the head of a response; names and values are the program's own, never a client's. */
export function formatHead(
  status: HttpStatus,
  fields: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join("")}\r\n`);
}

/** Reads the status out of the first line of a response; undefined where it is none. */
export function parseStatusLine(text: string): number | undefined {
  const code = /^HTTP\/1\.[01] (\d{3})(?: |\r?\n|$)/.exec(text)?.[1];
  return code === undefined ? undefined : Number(code);
}
