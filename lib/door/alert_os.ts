/** What alerts need of the system: ways to tell somebody. lib/sys implements it, tests pass fakes. */

/** A message for a web server. */
export interface AlertPost {
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
  readonly title: string;
  readonly timeoutMs: number;
  /** Certificates of authorities to trust besides those that are trusted anyway. */
  readonly caFile?: string;
}

export interface AlertOs {
  /** Posts and resolves with the status of the answer. Rejects with an error. */
  post(request: AlertPost): Promise<number>;
  /** Appends to a file. Rejects with `SystemError`. */
  append(path: string, text: string): Promise<void>;
  /** Starts a command that reads a text; it is ended after `limitMs`. @throws {SystemError} */
  run(argv: readonly string[], input: string, limitMs: number): void;
}
