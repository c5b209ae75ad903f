/**
 * Puts services to sleep to which nobody has been connected for their `idle_timeout`. Looks at the
 * kernel's table of sockets now and then, and only while such a service is up: what sleeps, and a
 * container without such services, is never woken for it.
 */
import type { ListenAddress } from "../../config/listen_address.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Os } from "../../door/os.ts";
import type { Phase } from "../../service/life/phase.ts";
import type { Journal } from "../logging/journal.ts";
import { listenSpecs } from "./listen_config.ts";

export interface IdleWatchParts {
  readonly os: Pick<Os, "hasConnections" | "nowMs" | "setTimer">;
  readonly journal: Journal;
  readonly config: (name: string) => ServiceConfig;
  /** Nobody has been connected for long enough. */
  readonly idle: (name: string) => void;
}

/** A look takes a fraction of a millisecond; four in each timeout, within these bounds. */
const LOOKS = 4;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 15_000;
/**
 * Whoever opens many sockets makes the table long, and a look take tens of milliseconds. Looks for
 * all services together take one of so many.
 */
const REST_TIMES = 50;

interface Awake {
  readonly addresses: readonly ListenAddress[];
  readonly timeoutMs: number;
  /** Since when nobody has been seen. */
  quietSinceMs: number;
  cancel: () => void;
  isBlind: boolean;
}

export class IdleWatch {
  readonly #parts: IdleWatchParts;
  readonly #awake = new Map<string, Awake>();
  /** The next look is not before this. */
  #restUntilMs = 0;

  constructor(parts: IdleWatchParts) {
    this.#parts = parts;
  }

  /** Takes note of the phase of a service. */
  changed(name: string, after: Phase): void {
    if (after.kind !== "up") return this.#forget(name);
    const config = this.#parts.config(name);
    const { idleTimeoutMs: timeoutMs } = config;
    if (timeoutMs === undefined || this.#awake.has(name)) return;
    const addresses = listenSpecs(config).map(({ address }) => address);
    const quietSinceMs = this.#parts.os.nowMs();
    const awake = { addresses, timeoutMs, quietSinceMs, cancel: () => {}, isBlind: false };
    this.#awake.set(name, awake);
    this.#pause(name, awake);
  }

  /** Nobody is put to sleep any more. */
  close(): void {
    for (const name of [...this.#awake.keys()]) this.#forget(name);
  }

  #forget(name: string): void {
    this.#awake.get(name)?.cancel();
    this.#awake.delete(name);
  }

  #pause(name: string, awake: Awake): void {
    const { os } = this.#parts;
    const leftMs = awake.quietSinceMs + awake.timeoutMs - os.nowMs();
    const shareMs = Math.min(LONGEST_PAUSE_MS, awake.timeoutMs / LOOKS);
    const delayMs = Math.max(SHORTEST_PAUSE_MS, Math.min(leftMs, shareMs));
    awake.cancel = os.setTimer(delayMs, () => this.#look(name, awake));
  }

  #look(name: string, awake: Awake): void {
    const { os, journal, idle } = this.#parts;
    const beganMs = os.nowMs();
    if (beganMs < this.#restUntilMs) {
      awake.cancel = os.setTimer(this.#restUntilMs - beganMs, () => this.#look(name, awake));
      return;
    }
    const isConnected = os.hasConnections(awake.addresses);
    const endedMs = os.nowMs();
    this.#restUntilMs = endedMs + REST_TIMES * (endedMs - beganMs);
    if (isConnected === undefined && !awake.isBlind) {
      awake.isBlind = true;
      const text = `${name} stays awake: /proc/net does not show who is connected to it`;
      journal.write({ level: "warn", text, service: name });
    }
    if (isConnected !== false) awake.quietSinceMs = os.nowMs();
    else if (os.nowMs() - awake.quietSinceMs >= awake.timeoutMs) return idle(name);
    this.#pause(name, awake);
  }
}
