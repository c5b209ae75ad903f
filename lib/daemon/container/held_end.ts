/** What holds back that the container ends by itself. */
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";

export class HeldEnd {
  #names: ReadonlySet<string> | undefined;
  #cause: ShutdownCause | undefined;
  #awaits = false;

  /** Whether it does not end because nothing is left. */
  get isHeld(): boolean {
    return this.#names !== undefined || this.#awaits;
  }

  /** While another configuration is tried: nor does it end because of one of these services. */
  hold(names: ReadonlySet<string>): void {
    this.#names = names;
  }

  /** Whether the end that a service would lead to is held back; the first cause is kept. */
  holdsBack(name: string, cause: ShutdownCause): boolean {
    if (this.#names?.has(name) !== true) return false;
    this.#cause ??= cause;
    return true;
  }

  /** Ends what `hold` began; returns what was held back. */
  release(): ShutdownCause | undefined {
    const cause = this.#cause;
    this.#names = this.#cause = undefined;
    return cause;
  }

  /** While more services are launched. Settles as `launched` does. */
  async until(launched: Promise<void>): Promise<void> {
    this.#awaits = true;
    await launched.finally(() => this.#awaits = false);
  }
}
