/**
 * Streams that outlive their process, since what it has left holds them: a daemon that has turned
 * into one, for example. They are read to their ends whoever remembers them; they are remembered so
 * that another incarnation reads on: otherwise the next line would kill its writer.
 */
import type { CapturedOutput, OutputHandover } from "./capture.ts";
import type { ServiceEntry } from "./service_entry.ts";

interface OutlivingOutput {
  /** The process that they were opened for. */
  readonly pid: number;
  readonly entry: ServiceEntry;
  readonly output: CapturedOutput;
}

/** Open streams of a process that has ended. */
export interface OutlivingHandover {
  readonly pid: number;
  readonly service: string;
  readonly output: OutputHandover;
}

export class OutlivingOutputs {
  #outputs: readonly OutlivingOutput[] = [];

  /**
   * Keeps the streams of a process that has ended in mind, and forgets all that have ended since.
   */
  keep(ended: OutlivingOutput): void {
    this.#outputs = [...this.#outputs, ended].filter(({ output }) => output.isOpen?.());
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
