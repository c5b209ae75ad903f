/** Responses of the status server, and what they have in common. */
import { CONTROL_POLICY, PAGE_POLICY } from "../../page/page.ts";
import { type HttpStatus, reasonOf } from "../../wire/http_message.ts";

/** An answer that is there as a whole. */
export interface Whole {
  readonly kind: "whole";
  readonly status: HttpStatus;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

export type HttpResponse =
  | Whole
  /** Takes a moment. */
  | { readonly kind: "later"; readonly response: Promise<Whole> }
  /** Stays open and tells events, those after `lastId` first. */
  | { readonly kind: "events"; readonly lastId: number | undefined };

export const PLAIN = "text/plain; charset=utf-8";

/** On every response: nothing is kept, guessed, or embedded elsewhere. */
const COMMON_FIELDS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/** The head of an answer that does not end. */
export const STREAM_FIELDS = { "Content-Type": "text/event-stream", ...COMMON_FIELDS } as const;

/** Makes an answer. */
export function whole(status: HttpStatus, contentType: string, body: string): Whole {
  return {
    kind: "whole",
    status,
    fields: { "Content-Type": contentType, ...COMMON_FIELDS },
    body,
  };
}

/** Formats a refusal; the body says what the status says. */
export function failure(status: HttpStatus): Whole {
  return whole(status, PLAIN, `${reasonOf(status).toLowerCase()}\n`);
}

/** Makes an answer of a page. */
export function pageOf(text: string, { hasForms = false } = {}): Whole {
  const page = whole(200, "text/html; charset=utf-8", text);
  const policy = hasForms
    // A browser that tells no referrer does not tell either where a form comes from.
    ? { "Content-Security-Policy": CONTROL_POLICY, "Referrer-Policy": "same-origin" }
    : { "Content-Security-Policy": PAGE_POLICY };
  return { ...page, fields: { ...page.fields, ...policy } };
}

/** Makes an answer that leads to another path. */
export function seeOther(path: string): Whole {
  const answer = whole(303, PLAIN, "done\n");
  return { ...answer, fields: { ...answer.fields, Location: path } };
}
