/**
 * Where a status server listens or is asked: `host:port`, `unix:/path`, `http://host:port/path`.
 */
import { parseHostPort } from "./values.ts";

export type HttpPlace =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Reads what `http` of the settings may say; undefined for anything else. */
export function parseHttpPlace(text: string): HttpPlace | undefined {
  const path = /^unix:(?:\/\/(?=\/))?(\/.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: "unix", path };
  const address = parseHostPort(text);
  return address && { kind: "tcp", ...address };
}

/** Checks what `http` says, and returns it without blanks around. */
export function parseHttp(text: string): string | undefined {
  const trimmed = text.trim();
  return parseHttpPlace(trimmed) === undefined ? undefined : trimmed;
}

/** Whether only this host can reach the place. */
export function isLoopback(place: HttpPlace): boolean {
  return place.kind === "unix" || /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(place.host);
}

/** A place together with what is asked for there. */
export interface HttpTarget {
  readonly place: HttpPlace;
  /** Path and query. */
  readonly path: string;
}

/** What is asked where nothing else is said. */
const DEFAULT_PATH = "/readyz";

/** Reads a place, or a URL of HTTP, as the target of a question; undefined for anything else. */
export function parseHttpTarget(text: string): HttpTarget | undefined {
  if (!/^http:\/\//i.test(text)) {
    const place = parseHttpPlace(text);
    return place && { place: reachable(place), path: DEFAULT_PATH };
  }
  if (!URL.canParse(text)) return undefined;
  const { hostname, port, pathname, search } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, "");
  const place = { kind: "tcp", host, port: Number(port || 80) } as const;
  return { place, path: pathname === "/" ? DEFAULT_PATH : pathname + search };
}

/** A server that listens on all addresses is asked on the nearest one. */
function reachable(place: HttpPlace): HttpPlace {
  if (place.kind === "unix") return place;
  if (place.host === "0.0.0.0" || place.host === "*") return { ...place, host: "127.0.0.1" };
  return place.host === "::" ? { ...place, host: "::1" } : place;
}
