/**
 * What surrounds the execution of a backtick: the cache, the shape of its output and the report of
 * a failure. How a command is run is the business of whoever hands in the runner.
 */
import type { Identity } from "../../base/identity.ts";

/** Runs the command of a backtick and returns the text that takes its place. */
export interface BacktickRunner {
  /** `identity` absent: as chaperone itself. Never throws; a failure yields the empty text. */
  run(command: string, identity: Identity | undefined): string;
}

/** What `/bin/sh -c` made of a command. */
export interface BacktickResult {
  readonly ok: boolean;
  /** Standard output and error together; where it failed, what there is to say about it. */
  readonly output: string;
}

/** Runs a command with `/bin/sh -c` in chaperone's initial environment. */
export type RunShell = (command: string, identity: Identity | undefined) => BacktickResult;

/** Runs each command once per user and group for the life of the process. */
export class CachedBackticks implements BacktickRunner {
  readonly #runShell: RunShell;
  readonly #onFailure: (message: string) => void;
  readonly #results = new Map<string, string>();

  /**
   * `onFailure` receives the text of an err record, once per command that failed. `known` are
   * results of an earlier cache.
   */
  constructor(
    runShell: RunShell,
    onFailure: (message: string) => void,
    known: Iterable<readonly [string, string]> = [],
  ) {
    this.#runShell = runShell;
    this.#onFailure = onFailure;
    for (const [key, text] of known) this.#results.set(key, text);
  }

  /** All results so far. */
  get results(): [string, string][] {
    return [...this.#results];
  }

  run(command: string, identity: Identity | undefined): string {
    // Nothing is switched for root (chaperone 0.3.9): its HOME and groups are chaperone's own.
    const user = identity === undefined || identity.uid === 0 ? undefined : identity;
    const key = `${user?.uid ?? ""}:${user?.gid ?? ""}:${command}`;
    const known = this.#results.get(key);
    if (known !== undefined) return known;
    const text = this.#runOnce(command, user);
    this.#results.set(key, text);
    return text;
  }

  #runOnce(command: string, identity: Identity | undefined): string {
    const result = this.#runShell(command, identity);
    const line = result.output.trim().replace(/\r?\n/g, " ");
    if (result.ok) return line;
    this.#onFailure(`a backtick has failed: ${line}`);
    return "";
  }
}
