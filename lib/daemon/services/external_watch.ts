/**
 * Waits for what `wait_for` names: things outside the container that a service needs at its start.
 */
import type { ServiceConfig, WaitTarget } from "../../config/model.ts";

/** Pause between two tries of the same target. */
const RETRY_MS = 250;
/** How long one try may take. */
const TRY_TIMEOUT_MS = 2000;

/** What the watch needs of the system. */
export interface Reach {
  /**
   * Tries a target once: undefined where it answered, else what was seen instead. Never rejects.
   */
  reach(target: WaitTarget, timeoutMs: number): Promise<string | undefined>;
  setTimer(delayMs: number, callback: () => void): () => void;
  nowMs(): number;
}

interface Watch {
  active: boolean;
  cancelTimer: () => void;
}

export class ExternalWatch {
  readonly #reach: Reach;
  readonly #watches = new Map<string, Watch>();

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** Tries the targets in turn until all have answered, or until the service's `wait_timeout`. */
  watch(config: ServiceConfig, ready: () => void, failed: (text: string) => void): void {
    this.unwatch(config.name);
    const watch: Watch = { active: true, cancelTimer: () => {} };
    this.#watches.set(config.name, watch);
    this.#run(config, watch).then((text) => {
      if (!watch.active) return;
      this.#watches.delete(config.name);
      if (text === undefined) ready();
      else failed(text);
    });
  }

  /** Gives up a watch without telling anybody. */
  unwatch(name: string): void {
    const watch = this.#watches.get(name);
    if (!watch) return;
    watch.active = false;
    watch.cancelTimer();
    this.#watches.delete(name);
  }

  async #run(config: ServiceConfig, watch: Watch): Promise<string | undefined> {
    const giveUpMs = this.#reach.nowMs() + config.waitTimeoutMs;
    for (const target of config.waitFor) {
      let seen = await this.#reach.reach(target, TRY_TIMEOUT_MS);
      while (seen !== undefined && watch.active) {
        if (this.#reach.nowMs() >= giveUpMs) return timeoutText(config, target, seen);
        await this.#pause(watch);
        seen = await this.#reach.reach(target, TRY_TIMEOUT_MS);
      }
      if (!watch.active) return undefined;
    }
    return undefined;
  }

  #pause(watch: Watch): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#reach.setTimer(RETRY_MS, resolve);
      watch.cancelTimer = () => {
        cancel();
        resolve();
      };
    });
  }
}

function timeoutText(config: ServiceConfig, target: WaitTarget, seen: string): string {
  const seconds = config.waitTimeoutMs / 1000;
  return `${config.name} waited ${seconds} s for ${target.text}, which wait_for names: ${seen}`;
}
