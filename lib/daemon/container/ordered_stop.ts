/**
 * Takes the services down in reverse order of dependency: each is told to stop once all that depend
 * on it are gone. One deadline holds for all. What is left of it is shared out along the longest
 * chain that still has to follow, so that a stubborn service cannot use up the time of those it
 * depends on.
 */
import type { Family } from "../../service/family.ts";
import { isGone, type Phase } from "../../service/life/phase.ts";
import type { Os } from "../../door/os.ts";
import type { Supervisor } from "../services/supervisor.ts";

export interface OrderedStopParts {
  readonly supervisor: Supervisor;
  readonly family: Family;
  readonly os: Os;
  readonly deadlineMs: number;
  /** Called once when all services are gone. */
  readonly done: () => void;
}

export class OrderedStop {
  readonly #parts: OrderedStopParts;
  /** Living services, each with the living services that must be gone before it is told to stop. */
  readonly #above = new Map<string, Set<string>>();
  /** The same edges from the other end. */
  readonly #below = new Map<string, Set<string>>();
  /** The longest chain of living prerequisites below a service, itself counted. */
  readonly #chain = new Map<string, number>();
  #ended = false;

  constructor(parts: OrderedStopParts) {
    this.#parts = parts;
  }

  /** Tells all services to stop that nothing depends on; the rest follow as these go. */
  begin(): void {
    const { supervisor } = this.#parts;
    for (const name of supervisor.names()) {
      if (!isGone(supervisor.state(name).phase)) this.#above.set(name, new Set());
    }
    for (const name of this.#above.keys()) {
      const below = this.#livingBelow(name);
      this.#below.set(name, below);
      for (const other of below) this.#above.get(other)?.add(name);
    }
    const first = [...this.#above].filter(([, above]) => above.size === 0).map(([name]) => name);
    for (const name of first) this.#tell(name);
    this.#checkDone();
  }

  /** Takes note of a change of phase. */
  changed(name: string, after: Phase): void {
    const above = this.#above.get(name);
    if (!above || !isGone(after)) return;
    this.#above.delete(name);
    for (const other of this.#below.get(name) ?? []) this.#unlink(other, name, above);
    for (const other of above) this.#below.get(other)?.delete(name);
    this.#checkDone();
  }

  /** Where a service dies out of turn, those above it still come before those below it. */
  #unlink(below: string, gone: string, above: ReadonlySet<string>): void {
    const waitsFor = this.#above.get(below);
    if (!waitsFor) return;
    waitsFor.delete(gone);
    for (const other of above) {
      waitsFor.add(other);
      this.#below.get(other)?.add(below);
    }
    if (waitsFor.size === 0) this.#tell(below);
  }

  #tell(name: string): void {
    const { supervisor, os, deadlineMs } = this.#parts;
    const leftMs = Math.max(0, deadlineMs - os.nowMs());
    supervisor.stop(name, "shutdown", leftMs / this.#chainOf(name));
  }

  /** The nearest prerequisites that live: those that are gone are looked through. */
  #livingBelow(name: string): Set<string> {
    const living = new Set<string>();
    const seen = new Set<string>([name]);
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const { name: below } of this.#parts.family.prerequisites(next)) {
        if (seen.has(below)) continue;
        seen.add(below);
        if (this.#above.has(below)) living.add(below);
        else open.push(below);
      }
    }
    return living;
  }

  #chainOf(name: string): number {
    const known = this.#chain.get(name);
    if (known !== undefined) return known;
    let longest = 0;
    for (const below of this.#below.get(name) ?? []) {
      longest = Math.max(longest, this.#chainOf(below));
    }
    this.#chain.set(name, longest + 1);
    return longest + 1;
  }

  #checkDone(): void {
    if (this.#ended || this.#above.size > 0) return;
    this.#ended = true;
    this.#parts.done();
  }
}
