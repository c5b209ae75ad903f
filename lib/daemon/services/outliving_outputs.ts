/**
 * Streams that outlive their process, since what it has left holds them: a daemon that has turned
 * into one, for example. They are read to their ends whoever remembers them; they are remembered so
 * that another incarnation reads on: otherwise the next line would kill its writer.
 *
 * Each takes descriptors of chaperone's, and a user can have a stream outlive every process: by a
 * message that waits at a socket, for example. So of one service there are only so many.
 */
import type { CapturedOutput, OutputHandover } from "./capture.ts";
import type { ServiceEntry } from "./service_entry.ts";

interface OutlivingOutput {
  /** The process that they were opened for. */
  readonly pid: number;
  readonly entry: ServiceEntry;
  readonly output: CapturedOutput;
}

/** A service that is exchanged again and again may leave some workers of each time. */
const PROCESSES_MAX = 32;

/** Open streams of a process that has ended. */
export interface OutlivingHandover {
  readonly pid: number;
  readonly service: string;
  readonly output: OutputHandover;
}

export class OutlivingOutputs {
  #outputs: readonly OutlivingOutput[] = [];
  readonly #told = new Set<string>();
  readonly #tell: (entry: ServiceEntry, text: string) => void;

  /** `tell` takes note of a service, once, whose oldest streams are read no longer. */
  constructor(tell: (entry: ServiceEntry, text: string) => void) {
    this.#tell = tell;
  }

  /**
   * Keeps the streams of a process that has ended in mind, and forgets all that have ended since.
   */
  keep(ended: OutlivingOutput): void {
    this.#outputs = [...this.#outputs, ended].filter(({ output }) => output.isOpen?.());
    const { name } = ended.entry.config;
    const own = this.#outputs.filter(({ entry }) => entry.config.name === name);
    if (own.length <= PROCESSES_MAX) return;
    for (const { output } of own.slice(0, -PROCESSES_MAX)) output.close?.();
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const text = `${name}: streams of more than ${PROCESSES_MAX} processes that have ended are ` +
      "still open: the oldest are read no longer";
    this.#tell(ended.entry, text);
  }

  /** `nameOf` knows which services still are. */
  handOver(nameOf: (entry: ServiceEntry) => string | undefined): OutlivingHandover[] {
    return this.#outputs.flatMap(({ pid, entry, output }) => {
      const service = nameOf(entry);
      const left = output.isOpen?.() ? output.handOver?.() : undefined;
      return service === undefined || left === undefined ? [] : [{ pid, service, output: left }];
    });
  }
}
