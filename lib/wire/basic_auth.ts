/** A name and a password as browsers send them: the scheme Basic of HTTP, RFC 7617. */

/** More than any name and token take. */
const TEXT_MAX = 1024;

const FIELD = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

export interface BasicCredentials {
  readonly name: string;
  readonly password: string;
}

/** Reads the field `Authorization`; undefined where it is of another scheme, or of none. */
export function parseBasic(field: string): BasicCredentials | undefined {
  const encoded = FIELD.exec(field)?.[1];
  if (encoded === undefined || encoded.length > TEXT_MAX) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(encoded);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined; // A SyntaxError or TypeError: neither base64 nor UTF-8.
  }
}
