/** When services of the group IDLE may start: a delay after the first of them could. */
import type { ServiceConfig } from "../../config/model.ts";
import type { Os } from "../../door/os.ts";
import type { Family } from "../../service/family.ts";
import type { Journal } from "../logging/journal.ts";

export interface IdleStartParts {
  readonly family: Family;
  readonly os: Pick<Os, "nowMs">;
  readonly journal: Journal;
}

/** As another incarnation takes it over. */
export interface IdleHandover {
  readonly idleUntilMs?: number;
}

export class IdleStart {
  readonly #parts: IdleStartParts;
  #untilMs: number | undefined;

  constructor(parts: IdleStartParts) {
    this.#parts = parts;
  }

  /**
   * Returns when a service may start, undefined where it is none of the group. The first to ask
   * sets it.
   */
  untilMs({ name, idleDelayMs }: ServiceConfig): number | undefined {
    const { family, os, journal } = this.#parts;
    if (!family.idle.has(name)) return undefined;
    if (this.#untilMs === undefined) {
      this.#untilMs = os.nowMs() + idleDelayMs;
      if (idleDelayMs > 0) {
        const seconds = `${idleDelayMs / 1000}`;
        const delay = seconds.includes(".") ? seconds : `${seconds}.0`;
        const text = `IDLE transition hit.  delaying for ${delay} seconds`;
        journal.write({ level: "debug", text });
      }
    }
    return this.#untilMs;
  }

  /** What another incarnation needs to know of it. */
  handOver(): IdleHandover {
    return this.#untilMs === undefined ? {} : { idleUntilMs: this.#untilMs };
  }

  /** Goes on with what another incarnation has left. */
  takeOver({ idleUntilMs }: IdleHandover): void {
    this.#untilMs = idleUntilMs;
  }
}
