/**
 * Who waits for lines of a service's output: readiness probes of kind `log`, for one, and what counts
 * jobs, for each. A watch holds for all streams and processes of the service, those to come included.
 */
import { type BoundedPattern, boundedPattern } from "../../base/bounded_pattern.ts";

interface Watch {
  readonly pattern: BoundedPattern;
  readonly callback: () => void;
  readonly isLasting: boolean;
}

/** The watches on one service's output. */
export class OutputWatch {
  /** Absent until the first one: most services have none. */
  #watches: Set<Watch> | undefined;

  /** Whether `tell` would tell anybody; asked for each line. */
  get isWatched(): boolean {
    return this.#watches !== undefined && this.#watches.size > 0;
  }

  /** Calls back those whose pattern is found in a line. */
  tell(line: string): void {
    const watches = this.#watches;
    for (const watch of watches ?? []) {
      if (!watch.pattern.test(line)) continue;
      if (!watch.isLasting) watches?.delete(watch);
      watch.callback();
    }
  }

  /** Adds a watch, which ends with the first line unless it is lasting. The result cancels it. */
  add(pattern: RegExp, callback: () => void, { isLasting = false } = {}): () => void {
    const watch = { pattern: boundedPattern(pattern.source, pattern), callback, isLasting };
    const watches = this.#watches ??= new Set();
    watches.add(watch);
    return () => watches.delete(watch);
  }
}

/** The watches on all services' output, by name with suffix. */
export class OutputWatches {
  readonly #byService = new Map<string, OutputWatch>();

  /** Returns the watches on a service's output. */
  of(service: string): OutputWatch {
    let watch = this.#byService.get(service);
    if (watch === undefined) {
      watch = new OutputWatch();
      this.#byService.set(service, watch);
    }
    return watch;
  }
}
