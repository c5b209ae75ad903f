/** A map on top of another one that it leaves as it is: many can share what they have in common. */

/** Reads as a map of which the upper entries replace the lower ones, in their places. */
export class LayeredMap<Key, Value> {
  readonly #lower: LayeredMap<Key, Value> | undefined;
  readonly #upper: ReadonlyMap<Key, Value>;

  /** `upper` must not change any more. */
  constructor(upper: ReadonlyMap<Key, Value>, lower?: LayeredMap<Key, Value>) {
    this.#lower = lower;
    this.#upper = upper;
  }

  get(key: Key): Value | undefined {
    return this.#upper.has(key) ? this.#upper.get(key) : this.#lower?.get(key);
  }

  has(key: Key): boolean {
    return this.#upper.has(key) || this.#lower?.has(key) === true;
  }

  *[Symbol.iterator](): IterableIterator<[Key, Value]> {
    const lower = this.#lower;
    if (lower !== undefined) {
      for (const [key, value] of lower) {
        yield [key, this.#upper.has(key) ? this.#upper.get(key) as Value : value];
      }
    }
    for (const entry of this.#upper) {
      if (lower?.has(entry[0]) !== true) yield entry;
    }
  }
}
