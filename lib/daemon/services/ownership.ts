/**
 * Has files given to their owners before a service starts: by a process of chaperone's own, which
 * may take its time and is killed where it takes too much.
 */
import { describeExit, type ExitStatus } from "../../base/exit_status.ts";
import { SIGNAL } from "../../base/signals.ts";
import type { OwnedPlace, ServiceConfig } from "../../config/model.ts";
import type { Os } from "../../door/os.ts";
import type { OwnNews } from "../../door/own_news.ts";
import { formatOwned, formatProgress, isNotable } from "../../service/texts/own_text.ts";
import type { Journal } from "../logging/journal.ts";
import { describeLaunchProblem } from "./launch_request.ts";
import { OwnNewsReader } from "./own_news_reader.ts";
import type { ProcessTable } from "./process_table.ts";

export interface OwnershipParts {
  readonly os: Os;
  readonly journal: Journal;
  readonly processes: ProcessTable;
  /** The words that run the program which does it; absent where there is none. */
  readonly ownProgram?: readonly string[] | undefined;
}

/** Why something was not done; undefined: it was. */
type Failure = string | undefined;

/** A service that waits. */
interface Waiting {
  isCancelled: boolean;
  /** The process that works for this service alone. */
  pid: number | undefined;
}

export class Ownership {
  readonly #parts: OwnershipParts;
  readonly #waiting = new Map<string, Waiting>();
  /** Places of the settings that are done, or being done for whoever came first. */
  readonly #shared = new Map<string, Promise<Failure>>();

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  /** Calls back once, unless it is cancelled before. */
  prepare(config: ServiceConfig, done: (failure: Failure) => void): void {
    const { own = [], name } = config;
    if (own.length === 0) return done(undefined);
    this.cancel(name);
    const waiting: Waiting = { isCancelled: false, pid: undefined };
    this.#waiting.set(name, waiting);
    void this.#all(config, own, waiting).then((failure) => {
      if (waiting.isCancelled) return;
      this.#waiting.delete(name);
      done(failure);
    });
  }

  /** Gives it up without telling anybody. What is done for others, too, goes on. */
  cancel(name: string): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) return;
    waiting.isCancelled = true;
    if (waiting.pid !== undefined) this.#parts.os.kill(waiting.pid, SIGNAL.SIGKILL);
    this.#waiting.delete(name);
  }

  async #all(
    config: ServiceConfig,
    own: readonly OwnedPlace[],
    waiting: Waiting,
  ): Promise<Failure> {
    const shared = own.filter(({ isShared }) => isShared);
    const others = own.filter(({ isShared }) => !isShared);
    const failure = shared.length === 0 ? undefined : await this.#once(config, shared);
    if (failure !== undefined || others.length === 0 || waiting.isCancelled) return failure;
    return await this.#run(config, others, (pid) => waiting.pid = pid);
  }

  /** Whoever comes while it is being done waits for that; what has failed is tried again. */
  async #once(config: ServiceConfig, places: readonly OwnedPlace[]): Promise<Failure> {
    const key = JSON.stringify(places);
    const outcome = this.#shared.get(key) ?? this.#run(config, places);
    this.#shared.set(key, outcome);
    const failure = await outcome;
    if (failure !== undefined && this.#shared.get(key) === outcome) this.#shared.delete(key);
    return failure;
  }

  #run(
    config: ServiceConfig,
    places: readonly OwnedPlace[],
    began: (pid: number | undefined) => void = () => {},
  ): Promise<Failure> {
    const { promise, resolve } = Promise.withResolvers<Failure>();
    try {
      const pid = this.#start(config, places, (failure) => {
        began(undefined);
        resolve(failure);
      });
      began(pid);
    } catch (error) {
      resolve(`own has not given all files away: ${describeLaunchProblem(error).text}`);
    }
    return promise;
  }

  #start(
    { name, waitTimeoutMs }: ServiceConfig,
    places: readonly OwnedPlace[],
    finish: (failure: Failure) => void,
  ): number {
    const { os, processes, ownProgram = [] } = this.#parts;
    let last: OwnNews | undefined;
    const reader = new OwnNewsReader((news) => {
      last = news;
      this.#tell(name, places, news);
    });
    const { pid, stdout } = os.spawn({
      argv: ownProgram,
      env: {},
      stdin: { text: JSON.stringify(places) },
      stdout: "pipe",
      stderr: "inherit",
      ownSession: true,
      limits: [],
      ...(os.isInit ? {} : { endsWithChaperone: true }),
    });
    if (stdout !== undefined) reader.read(stdout);
    let isLate = false;
    const cancelTimer = os.setTimer(waitTimeoutMs, () => {
      isLate = true;
      os.kill(pid, SIGNAL.SIGKILL);
    });
    const ended = (failure: Failure) => {
      cancelTimer();
      finish(failure);
    };
    processes.add(pid, {
      entry: undefined,
      output: {
        drain: (onDrained) => stdout === undefined ? onDrained() : stdout.drain(onDrained),
      },
      attached: false,
      listener: {
        failed: (text) => ended(`own has not given all files away: ${text}`),
        exited: (status) =>
          ended(isLate ? lateText(waitTimeoutMs, last) : failureText(status, last)),
      },
    });
    return pid;
  }

  #tell(service: string, places: readonly OwnedPlace[], news: OwnNews): void {
    const owner = places.find(({ path }) => path === news.path)?.owner ?? "";
    const { journal } = this.#parts;
    if (news.kind === "failed") return;
    const text = news.kind === "progress" ? formatProgress(news, owner) : formatOwned(news, owner);
    const level = news.kind === "progress" || isNotable(news) ? "info" : "debug";
    journal.write({ level, text, service });
  }
}

function lateText(limitMs: number, last: OwnNews | undefined): string {
  const done = last?.kind === "progress" ? `, after ${last.looked} files of ${last.path}` : "";
  return `own was not done within ${limitMs / 1000} s (wait_timeout)${done}; ` +
    "the next start goes on from there";
}

function failureText(status: ExitStatus, last: OwnNews | undefined): Failure {
  if (status.kind === "exited" && status.code === 0) return undefined;
  if (last?.kind === "failed") return `own has not given all files away: ${last.text}`;
  return `own has not given all files away: its process ended with ${describeExit(status)}`;
}
