/**
 * Who has the token of `http_control`. It is sent in HTTP's own way to sign in (Basic, RFC 7617), with
 * a name of choice: a browser sends that to this very port and to no other, whereas it would hand a
 * cookie to each port of the host, so also to what the container's services listen on.
 *
 * A sender may be wrong so many times a minute; then it is not listened to, whatever it sends.
 */
import { SystemError } from "../../base/errors.ts";
import { isSameSecret } from "../../base/secret_text.ts";
import { parseBasic } from "../../wire/basic_auth.ts";
import type { Journal } from "../logging/journal.ts";

export interface TokenGateParts {
  /** Reads the file with the token. @throws {SystemError} */
  readonly read: () => string;
  readonly journal: Journal;
  readonly nowMs: () => number;
}

/** As many wrong tokens as a sender may try within the time. */
const WRONG_MAX = 10;
const WRONG_WITHIN_MS = 60_000;
/** Senders that are remembered for having been wrong; the first is forgotten first. */
const SENDERS_MAX = 64;
/** However many ask, the file is not read more often than this. */
const FRESH_MS = 1000;
const NAME_MAX = 40;

const TOKEN = /^[\x21-\x7e]{16,256}$/;
const SHAPE = "a token has 16 to 256 letters, digits and signs, as openssl rand -hex 32 makes it";

interface Sender {
  readonly sinceMs: number;
  /** A page that is open with a token of yesterday sends it again and again: that counts once. */
  readonly wrong: Set<string>;
}

export class TokenGate {
  readonly #parts: TokenGateParts;
  readonly #senders = new Map<string, Sender>();
  #read: { readonly atMs: number; readonly token: string | undefined } | undefined;
  #toldProblem: string | undefined;

  constructor(parts: TokenGateParts) {
    this.#parts = parts;
  }

  /** Looks whether there is a token, and says what is wrong where there is none. */
  check(): void {
    this.#token();
  }

  /**
   * Judges the field `Authorization` of a request. Returns the name that whoever has the token goes
   * by; undefined for all others.
   */
  admit(field: string | undefined, address: string): string | undefined {
    const given = field === undefined ? undefined : parseBasic(field);
    if (given === undefined || this.unheardMs(address) > 0) return undefined;
    const token = this.#token();
    if (token === undefined) return undefined;
    if (isSameSecret(given.password, token)) return plainName(given.name);
    this.#noteWrong(address, given.password);
    return undefined;
  }

  /** How long a sender is not listened to; 0: it is. */
  unheardMs(address: string): number {
    const sender = this.#senderAt(address);
    if (sender === undefined || sender.wrong.size < WRONG_MAX) return 0;
    return sender.sinceMs + WRONG_WITHIN_MS - this.#parts.nowMs();
  }

  /** What there is to remember of a sender: what is older than the time is not. */
  #senderAt(address: string): Sender | undefined {
    const sender = this.#senders.get(address);
    if (sender === undefined) return undefined;
    if (this.#parts.nowMs() - sender.sinceMs < WRONG_WITHIN_MS) return sender;
    this.#senders.delete(address);
    return undefined;
  }

  #remember(address: string): Sender {
    const [first] = this.#senders.keys();
    if (this.#senders.size >= SENDERS_MAX && first !== undefined) this.#senders.delete(first);
    const sender = { sinceMs: this.#parts.nowMs(), wrong: new Set<string>() };
    this.#senders.set(address, sender);
    return sender;
  }

  #noteWrong(address: string, password: string): void {
    const { journal } = this.#parts;
    const sender = this.#senderAt(address) ?? this.#remember(address);
    sender.wrong.add(password);
    if (sender.wrong.size < WRONG_MAX) return;
    const text =
      `status server: ${WRONG_MAX} wrong tokens from ${address} within a minute: it is ` +
      "not listened to for the rest of it";
    journal.write({ level: "warn", text });
  }

  #token(): string | undefined {
    const nowMs = this.#parts.nowMs();
    if (this.#read === undefined || nowMs - this.#read.atMs >= FRESH_MS) {
      this.#read = { atMs: nowMs, token: this.#readToken() };
    }
    return this.#read.token;
  }

  #readToken(): string | undefined {
    try {
      const token = this.#parts.read().trim();
      if (TOKEN.test(token)) {
        this.#toldProblem = undefined;
        return token;
      }
      this.#tell(`the file does not hold one: ${SHAPE}`);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#tell(error.message);
    }
    return undefined;
  }

  /** Once, until it is mended. */
  #tell(problem: string): void {
    if (problem === this.#toldProblem) return;
    this.#toldProblem = problem;
    const text = `status server: nobody can sign in by the token of http_control: ${problem}`;
    this.#parts.journal.write({ level: "warn", text });
  }
}

/** A name that whoever signs in has chosen, as lines of the log can have it. */
function plainName(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}._@+ -]/gu, "_").trim().slice(0, NAME_MAX);
  return plain === "" ? "somebody" : plain;
}
