/**
 * Sends the messages of one alert section, one after another. What cannot be delivered is tried again
 * with growing pauses, so often and no more; a queue of bounded length waits meanwhile. Nobody else
 * waits for it.
 */
import type { AlertConfig } from "../../config/alert_model.ts";
import type { AlertMessage } from "../../service/alerts/alert_message.ts";
import type { AlertOs } from "../../door/alert_os.ts";
import type { Os } from "../../door/os.ts";

export interface AlertSenderParts {
  readonly os: Pick<Os, "setTimer">;
  readonly door: AlertOs;
  /** Takes note that a message cannot be delivered; `isOver`: it is given up. */
  readonly failed: (problem: string, isOver: boolean) => void;
}

const POST_LIMIT_MS = 10_000;
const COMMAND_LIMIT_MS = 30_000;
const ATTEMPTS_MAX = 10;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const QUEUE_MAX = 20;

export class AlertSender {
  config: AlertConfig;
  readonly #parts: AlertSenderParts;
  readonly #queue: AlertMessage[] = [];
  #isSending = false;
  /** The end is near: what fails is not tried again. */
  #isEnding = false;
  #endPause = () => {};
  #idle = Promise.withResolvers<void>();
  /** Messages. */
  sent = 0;
  /** Attempts. */
  failed = 0;
  /** Messages that were given up. */
  dropped = 0;

  constructor(config: AlertConfig, parts: AlertSenderParts) {
    this.config = config;
    this.#parts = parts;
    this.#idle.resolve();
  }

  /** What waits to be sent. */
  get waiting(): readonly AlertMessage[] {
    return this.#queue;
  }

  send(message: AlertMessage): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#queue.splice(this.#isSending ? 1 : 0, 1);
      this.dropped++;
    }
    this.#queue.push(message);
    if (!this.#isSending) void this.#sendAll();
  }

  /** Tries once, beside the queue. Rejects with an error that says what is wrong. */
  async try(message: AlertMessage): Promise<void> {
    const { door } = this.#parts;
    const { webhook, file, command, tlsCaFile } = this.config;
    const { body, contentType, title } = message;
    if (webhook !== undefined) {
      const status = await door.post({
        ...{ url: webhook, body, contentType, title },
        ...(tlsCaFile === undefined ? {} : { caFile: tlsCaFile }),
        timeoutMs: POST_LIMIT_MS,
      });
      if (status >= 300) throw new Refused(`${hostOf(webhook)} answered ${status}`, status);
    }
    if (file !== undefined) await door.append(file, body);
    if (command !== undefined) door.run(command, body, COMMAND_LIMIT_MS);
  }

  /** Settles when all has been sent or failed once more. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#endPause();
    await this.#idle.promise;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    this.#idle = Promise.withResolvers();
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (await this.#deliver(next)) this.sent++;
      else this.dropped++;
      const at = this.#queue.indexOf(next);
      if (at >= 0) this.#queue.splice(at, 1);
    }
    this.#isSending = false;
    this.#idle.resolve();
  }

  async #deliver(message: AlertMessage): Promise<boolean> {
    for (let attempt = 1;; attempt++) {
      try {
        await this.try(message);
        return true;
      } catch (error) {
        this.failed++;
        const isOver = this.#isEnding || attempt >= ATTEMPTS_MAX || isFinal(error);
        const text = error instanceof Error ? error.message : String(error);
        if (attempt === 1 || isOver) this.#parts.failed(text, isOver);
        if (isOver) return false;
      }
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      await new Promise<void>((resolve) => {
        const cancel = this.#parts.os.setTimer(pauseMs, resolve);
        this.#endPause = () => {
          cancel();
          resolve();
        };
      });
    }
  }
}

/** A server has answered, and does not want it. */
class Refused extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const TOO_MANY_REQUESTS = 429;

/** To try again helps only where the server is at fault, or busy. */
function isFinal(error: unknown): boolean {
  return error instanceof Refused && error.status < 500 && error.status !== TOO_MANY_REQUESTS;
}

/** The rest of a URL may be a secret. */
function hostOf(url: string): string {
  return new URL(url).host;
}
