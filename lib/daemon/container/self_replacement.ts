/**
 * Lets chaperone re-execute itself while its services go on: asked by telchap, for another binary
 * in its place, or by itself, after an error that nothing has caught and before its memory is used
 * up.
 *
 *     asked ─ obstacle ──▸ refused                   hold writes ─▸ gather ─▸ execute ─▸ (the next incarnation)
 *       └─ try the binary out ─ no ─▸ refused                                   └─ fails ─▸ as before
 *
 * Between gathering and executing nothing else runs.
 */
import type { SystemError } from "../../base/errors.ts";
import type { Handover, HandoverCause } from "./handover.ts";
import type { Journal } from "../logging/journal.ts";

/** What keeps failing is not helped by doing it again: so many in this time, and then no more. */
const UNASKED_MAX = 3;
const UNASKED_WINDOW_MS = 60_000;

/** It was not done, and everything goes on as before. */
export class ReplacementRefusal extends Error {}

export interface SelfReplacementParts {
  readonly journal: Journal;
  wallMs(): number;
  /** Calls back in a turn of its own. */
  later(callback: () => void): void;
  /** Why it cannot be done at the moment. */
  obstacle(): string | undefined;
  /** Lets the binary try whether it could take over; says why it could not. */
  tryOut(handover: Handover): Promise<string | undefined>;
  /** Keeps the state of writes still, from the moment it settles until `release`. */
  hold(): Promise<void>;
  release(): void;
  gather(cause: HandoverCause, unaskedWallMs: readonly number[]): Handover;
  /** Takes up again what gathering has ended. */
  resume(handover: Handover): void;
  /** Does not return where it succeeds. */
  execute(handover: Handover): SystemError;
}

export class SelfReplacement {
  readonly #parts: SelfReplacementParts;
  #unaskedWallMs: readonly number[];
  #isUnderWay = false;

  /** `unaskedWallMs`: the earlier ones, as the incarnation before has left them. */
  constructor(parts: SelfReplacementParts, unaskedWallMs: readonly number[] = []) {
    this.#parts = parts;
    this.#unaskedWallMs = unaskedWallMs;
  }

  /**
   * Finds out whether it can be done; `replace` is what then does it, and returns only where it
   * fails after all. @throws {ReplacementRefusal}
   */
  async prepare(): Promise<() => Promise<void>> {
    const { gather, resume, tryOut } = this.#parts;
    this.#refuseIfImpossible();
    const handover = gather({ kind: "request" }, this.#unaskedWallMs);
    resume(handover);
    const problem = await tryOut(handover);
    if (problem !== undefined) throw new ReplacementRefusal(problem);
    this.#refuseIfImpossible();
    return () => this.#replace({ kind: "request" });
  }

  /**
   * Does it without being asked; nothing else is told the cause. Returns whether it is going to be
   * tried: not at the end of the container, nor again and again.
   */
  replaceUnasked(cause: HandoverCause): boolean {
    const { later, obstacle, wallMs } = this.#parts;
    if (this.#isUnderWay) return true;
    const nowWallMs = wallMs();
    const recent = this.#unaskedWallMs.filter((atMs) =>
      Math.abs(nowWallMs - atMs) < UNASKED_WINDOW_MS
    );
    if (recent.length >= UNASKED_MAX || obstacle() !== undefined) return false;
    this.#unaskedWallMs = [...recent, nowWallMs];
    later(() => void this.#replace(cause));
    return true;
  }

  #refuseIfImpossible(): void {
    const obstacle = this.#isUnderWay ? "it is being done already" : this.#parts.obstacle();
    if (obstacle !== undefined) throw new ReplacementRefusal(obstacle);
  }

  async #replace(cause: HandoverCause): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    const { hold, obstacle, gather, execute, resume, release, journal } = this.#parts;
    try {
      await hold();
      // The signal that ends the container may have come meanwhile.
      if (obstacle() !== undefined) return;
      const handover = gather(cause, this.#unaskedWallMs);
      const { message } = execute(handover);
      resume(handover);
      journal.write({ level: "err", text: `chaperone cannot re-execute itself: ${message}` });
    } finally {
      release();
      this.#isUnderWay = false;
    }
  }
}
