/** Posts the message of an alert. */
import type { AlertPost } from "../../door/alert_os.ts";
import { HttpPoster } from "../sockets/http_post.ts";

/** Posts and resolves with the status. Rejects with an error. */
export async function postAlert(request: AlertPost): Promise<number> {
  const { url, body, contentType, title, timeoutMs, caFile } = request;
  const poster = new HttpPoster(caFile);
  try {
    // A header is one line of Latin-1.
    const headers = { "content-type": contentType, title: title.replace(/[^\x20-\x7e]/g, "?") };
    const { status } = await poster.post({ url, body, headers, timeoutMs });
    return status;
  } finally {
    poster.close();
  }
}
