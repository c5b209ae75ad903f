/** When V8's heap is so full that chaperone should begin anew with an empty one. */

/** How much of the heap is used after a collection. */
export interface HeapUse {
  readonly usedBytes: number;
  /** What it may come to: V8 ends the program there, or the kernel a process of the container. */
  readonly limitBytes: number;
}

/** Beyond this share the heap is about to be exhausted. */
const ALARMING_SHARE = 0.75;

/** Below this share another incarnation would have found it, or did. */
const MODEST_SHARE = 0.4;

/**
 * Judges one look after another. What a container needs from its beginning is no reason for alarm,
 * however much it is: another incarnation would need the same.
 */
export class HeapJudge {
  readonly #startBytes: number;
  #wasModest = false;

  /**
   * `startBytes` were used at the beginning: one that fills at once is not looked at before it is
   * full.
   */
  constructor(startBytes: number) {
    this.#startBytes = startBytes;
  }

  /** Whether the heap has grown to an alarming size. */
  isAlarming({ usedBytes, limitBytes }: HeapUse): boolean {
    const leastBytes = Math.min(usedBytes, this.#startBytes);
    if (leastBytes < limitBytes * MODEST_SHARE) this.#wasModest = true;
    return this.#wasModest && usedBytes > limitBytes * ALARMING_SHARE;
  }
}
