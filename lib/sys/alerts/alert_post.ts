/** Posts a message to a web server, by http or https. */
import type { AlertPost } from "../../door/alert_os.ts";
import { setTimer } from "../libc/clock.ts";
import { explainCertificate } from "../sockets/certificate_errors.ts";

/** Posts and resolves with the status; the answer's body is not read. Rejects with an error. */
export async function postAlert(request: AlertPost): Promise<number> {
  const { url, body, contentType, title, timeoutMs } = request;
  const limit = new AbortController();
  const cancel = setTimer(timeoutMs, () => limit.abort());
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      // A header is one line of Latin-1.
      headers: { "content-type": contentType, title: title.replace(/[^\x20-\x7e]/g, "?") },
      redirect: "manual",
      signal: limit.signal,
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    if (limit.signal.aborted) throw new Error(`no answer within ${timeoutMs / 1000} s`);
    throw explainCertificate(withoutUrl(error, url));
  } finally {
    cancel();
  }
}

/** What fetch says, itself or as its cause, names the whole URL, in which there may be a token. */
function withoutUrl(error: unknown, url: string): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error.cause instanceof Error ? error.cause : error;
  return new Error(message.replace(/ for url \(\S+/, ` to ${new URL(url).host}:`));
}
