/**
 * Events of services, in the order in which they came. One event may cause others: they queue up
 * and are taken before the call that brought the first one returns.
 */
import type { Event } from "../../service/life/event.ts";
import type { ServiceEntry } from "./service_entry.ts";

export interface EventQueueParts {
  /** Carries out all that follows from an event. */
  take(entry: ServiceEntry, event: Event): void;
  /** That has thrown; `text` tells the error with its place. */
  failed(entry: ServiceEntry, event: Event, text: string): void;
  /** All events have been taken. */
  drained(): void;
}

export class EventQueue {
  readonly #parts: EventQueueParts;
  readonly #events: { readonly entry: ServiceEntry; readonly event: Event }[] = [];
  #isDraining = false;

  constructor(parts: EventQueueParts) {
    this.#parts = parts;
  }

  /** Whether an event is being taken. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Puts an event behind all others. */
  add(entry: ServiceEntry, event: Event): void {
    this.#events.push({ entry, event });
  }

  /** Puts an event before all others: it answers what the one that is being taken has asked. */
  answer(entry: ServiceEntry, event: Event): void {
    this.#events.unshift({ entry, event });
  }

  /** Takes all events; where one is being taken already, its caller goes on with the others. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        this.#take(next.entry, next.event);
      }
    } finally {
      this.#isDraining = false;
    }
    this.#parts.drained();
  }

  /** The dispatch boundary: whatever goes wrong in here costs one service, never the container. */
  #take(entry: ServiceEntry, event: Event): void {
    try {
      this.#parts.take(entry, event);
    } catch (error) {
      const text = error instanceof Error ? error.stack ?? error.message : String(error);
      this.#parts.failed(entry, event, text);
    }
  }
}
