/** Posts to web servers, by http or https: alerts, and batches of log records. */
import { setTimer } from "../libc/clock.ts";
import { explainCertificate } from "./certificate_errors.ts";
import { readBody } from "./response_body.ts";

/** No more of an answer is read: it says in a few words what is wrong. */
const ANSWER_MAX_BYTES = 16 * 1024;

export interface HttpPost {
  readonly url: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** What a server has answered. */
export interface HttpAnswer {
  readonly status: number;
  /** The field `Retry-After`. */
  readonly retryAfter?: string;
  /** The beginning of the body. */
  readonly text: string;
}

/** One who posts to a server; connections to it are used again. */
export class HttpPoster {
  readonly #caFile: string | undefined;
  readonly #end = new AbortController();
  #client: Deno.HttpClient | undefined;

  /** `caFile` replaces nothing and adds authorities. */
  constructor(caFile?: string) {
    this.#caFile = caFile;
  }

  /** Posts; redirections are not followed. Rejects with an error that names no more than the host. */
  async post({ url, body, headers, timeoutMs }: HttpPost): Promise<HttpAnswer> {
    const limit = new AbortController();
    const cancel = setTimer(timeoutMs, () => limit.abort());
    const signal = AbortSignal.any([limit.signal, this.#end.signal]);
    try {
      const client = await this.#trusting();
      const response = await fetch(url, {
        ...{ method: "POST", body, headers, redirect: "manual", signal },
        ...(client === undefined ? {} : { client }),
      });
      const retryAfter = response.headers.get("retry-after");
      // The status is there, and that is what counts: a body may break off.
      const { text } = await readBody(response.body, ANSWER_MAX_BYTES);
      return {
        status: response.status,
        ...(retryAfter === null ? {} : { retryAfter }),
        text,
      };
    } catch (error) {
      if (limit.signal.aborted) throw new Error(`no answer within ${timeoutMs / 1000} s`);
      throw explainCertificate(withoutUrl(error, url));
    } finally {
      cancel();
    }
  }

  /** Ends what is under way, and closes connections. */
  close(): void {
    this.#end.abort();
    this.#client?.close();
    this.#client = undefined;
  }

  async #trusting(): Promise<Deno.HttpClient | undefined> {
    if (this.#caFile === undefined) return undefined;
    const caCerts = [await Deno.readTextFile(this.#caFile)];
    this.#end.signal.throwIfAborted();
    return this.#client ??= Deno.createHttpClient({ caCerts });
  }
}

/** What fetch says, itself or as its cause, names the whole URL, in which there may be a token. */
function withoutUrl(error: unknown, url: string): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error.cause instanceof Error ? error.cause : error;
  const { host } = new URL(url);
  return new Error(
    message.replace(
      /(?: from \S+)? for (?:url \(\S+\)|https?:\S+(?: \(\S+\))?)(?=:)/,
      ` to ${host}`,
    )
      .replaceAll(/https?:\/\/\S+/g, host),
  );
}
