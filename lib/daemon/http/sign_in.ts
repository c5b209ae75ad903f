/** Where a reader signs in by the token of `http_control`. Imported when somebody does. */
import type { Caller } from "../../base/caller.ts";
import { PLAIN, seeOther, type Whole, whole } from "./http_response.ts";

/** A page of this server: nobody is led anywhere else. */
const OWN_PAGE = /^\/(?:service\/[^/?#\\\s]+)?$/;

const INVITATION = "Sign in with any name; the password is the token that http_control names.\n";
const REPELLED = "Too many wrong tokens have come from where you are. Wait a minute.\n";

export interface SignInParts {
  /** How long whoever asks is not listened to; 0: it is. */
  readonly unheardMs: number;
  /** Takes note that somebody has signed in. */
  readonly tell: (text: string) => void;
}

/** Leads back who is let in, and has the browser of others ask for name and token. */
export function signInResponse(
  query: string,
  { mayControl, by }: Caller,
  { unheardMs, tell }: SignInParts,
): Whole {
  if (mayControl) {
    if (by !== undefined) tell(`${by} signs in to the status page`);
    const to = new URLSearchParams(query).get("to") ?? "/";
    return seeOther(OWN_PAGE.test(to) ? to : "/");
  }
  if (unheardMs > 0) {
    return withField(whole(429, PLAIN, REPELLED), "Retry-After", `${Math.ceil(unheardMs / 1000)}`);
  }
  const how = 'Basic realm="chaperone", charset="UTF-8"';
  return withField(whole(401, PLAIN, INVITATION), "WWW-Authenticate", how);
}

function withField(answer: Whole, name: string, value: string): Whole {
  return { ...answer, fields: { ...answer.fields, [name]: value } };
}
