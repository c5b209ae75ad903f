/** Why a service is ended: as a value, which decisions are taken by, and in words. */

/** What a stop is for that comes to a service as an event. */
export type StopCause = "request" | "shutdown" | "apply" | "requirement" | "follows" | "renewal";

export type StopReason =
  /** `why` says more: `/etc/app.conf has changed`. */
  | { readonly kind: StopCause; readonly why?: string }
  /** `fault`: it does not do its work, or has failed to start; `idle`: nobody is connected. */
  | { readonly kind: "fault" | "idle"; readonly why: string };

const SENTENCES: Readonly<Record<StopCause, string>> = {
  request: "it was asked to stop",
  shutdown: "the container ends",
  apply: "its configuration has changed",
  requirement: "what it requires is not there",
  follows: "what it follows has been restarted",
  renewal: "it is renewed",
};

/** Completes "ended by chaperone: …". */
export function describeStopReason({ kind, why }: StopReason): string {
  return kind === "fault" || kind === "idle" ? why : why ?? SENTENCES[kind];
}
