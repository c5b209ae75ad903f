/**
 * The earliest of many deadlines, of which most pass unneeded: a heap, in which a deadline that was
 * replaced stays until it comes to the top. To look at all services at each step would make the end
 * of n services take the time of n².
 */

interface Noted<Owner> {
  readonly owner: Owner;
  readonly atMs: number;
}

/** As many replaced deadlines are kept beside those of so many owners. */
const SPARE = 64;

/** The deadlines of owners who have one at a time, or none. */
export class Deadlines<Owner> {
  readonly #current: (owner: Owner) => number | undefined;
  #heap: Noted<Owner>[] = [];
  #compactAt = SPARE;

  /** `current` says which deadline an owner has. */
  constructor(current: (owner: Owner) => number | undefined) {
    this.#current = current;
  }

  /** Takes note of an owner's deadline after it has changed. */
  note(owner: Owner): void {
    const atMs = this.#current(owner);
    if (atMs === undefined) return;
    if (this.#heap.length >= this.#compactAt) this.#compact();
    this.#rise({ owner, atMs });
  }

  /** The earliest that still holds. */
  earliestMs(): number | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#holds(top)) return top.atMs;
      this.#removeTop();
    }
    return undefined;
  }

  #holds({ owner, atMs }: Noted<Owner>): boolean {
    return this.#current(owner) === atMs;
  }

  #compact(): void {
    const held = new Map(
      this.#heap.filter((noted) => this.#holds(noted)).map((noted) => [noted.owner, noted]),
    );
    // In order, it is a heap.
    this.#heap = [...held.values()].sort((a, b) => a.atMs - b.atMs);
    this.#compactAt = 2 * this.#heap.length + SPARE;
  }

  #rise(noted: Noted<Owner>): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Noted<Owner>;
      if (parent.atMs <= noted.atMs) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = noted;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = (heap[left + 1]?.atMs ?? Infinity) < (heap[left]?.atMs ?? Infinity)
        ? left + 1
        : left;
      const below = heap[child];
      if (below === undefined || below.atMs >= last.atMs) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
