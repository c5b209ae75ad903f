/** Changes as numbered events: the last ones are kept for readers whose connection broke. */
import { formatPhaseEvent, formatSystemEvent, type PhaseChange } from "../../page/event_text.ts";
import type { ContainerPhase } from "../../service/container_phase.ts";

const KEPT = 200;

/** What tells changes of services. */
export interface ChangeSource {
  observe(observer: (change: PhaseChange) => void): () => void;
}

interface FeedEvent {
  readonly id: number;
  readonly text: string;
}

/** The events that are kept, for another incarnation. */
export interface FeedHandover {
  readonly lastId: number;
  readonly kept: readonly FeedEvent[];
}

/** Numbers and formats changes from its creation on. */
export class EventFeed {
  readonly #kept: FeedEvent[] = [];
  readonly #readers = new Set<(text: string) => void>();
  #lastId = 0;

  constructor(source: ChangeSource) {
    source.observe((change) => this.#add((id) => formatPhaseEvent(id, change)));
  }

  /** Tells that the container as a whole has entered another phase. */
  system(phase: ContainerPhase, wallMs: number): void {
    this.#add((id) => formatSystemEvent(id, wallMs, phase));
  }

  handOver(): FeedHandover {
    return { lastId: this.#lastId, kept: this.#kept };
  }

  /** Goes on numbering: readers come back with the number that they know. */
  takeOver({ lastId, kept }: FeedHandover): void {
    this.#lastId = lastId;
    this.#kept.unshift(...kept);
  }

  /** The number of the last event; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Returns what came after an event that a reader knows, as far as it is kept. */
  since(id: number): string {
    return this.#kept.filter((event) => event.id > id).map(({ text }) => text).join("");
  }

  /** Begins to tell a reader each event; the result ends that. */
  observe(reader: (text: string) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  #add(format: (id: number) => string): void {
    const event = { id: ++this.#lastId, text: format(this.#lastId) };
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const reader of this.#readers) reader(event.text);
  }
}
