/**
 * The routes in force and what all sources share when they write to them: the time, the question
 * whether a sink has room, and that something waits to be done.
 */
import { LogClock } from "../../log/timestamp.ts";
import type { LogRoute } from "./log_route.ts";
import type { Sink } from "../sinks/sink.ts";

/** How much of own messages a sink that is full is burdened with. */
const OWN_BACKLOG_BYTES = 4 * 1024 * 1024;

/** Routes, and the state of taking one chunk in. */
export class RouteTable {
  readonly clock: LogClock;
  /** In the order of their sections. */
  routes: readonly LogRoute[] = [];
  /** Changes whenever routes or their selectors do. */
  generation = 0;
  /** The blocking sink that was full since `begin`: its sources must wait for it. */
  overfilled: Sink | undefined;

  readonly #onPending: () => void;
  #isPending = false;
  #forcedSeverity: number | undefined;

  constructor(wallMs: () => number, onPending: () => void) {
    this.clock = new LogClock(wallMs);
    this.#onPending = onPending;
  }

  /** The severity of `--log-level`, if one is forced. */
  get forcedSeverity(): number | undefined {
    return this.#forcedSeverity;
  }

  /** Replaces all routes. */
  setRoutes(routes: readonly LogRoute[]): void {
    this.routes = routes;
    this.forceLevel(this.#forcedSeverity);
  }

  /** Forces a level on all routes; `undefined` takes it back. */
  forceLevel(severity: number | undefined): void {
    this.#forcedSeverity = severity;
    for (const route of this.routes) route.forceLevel(severity);
    this.rebind();
  }

  /** Has each source find its outputs anew. */
  rebind(): void {
    this.generation++;
  }

  /** Begins to take something in: lets the time go on. */
  begin(): void {
    this.clock.advance();
    this.overfilled = undefined;
  }

  /**
   * Asks a sink without room again. False: the record is dropped, and counted. `isOwn` says that
   * nobody reads the source, so that stopping the reader would not help.
   */
  admit(route: LogRoute, sink: Sink, isOwn: boolean): boolean {
    sink.flush();
    if (sink.hasRoom) return true;
    const isTooMuch = isOwn && sink.buffer.length > OWN_BACKLOG_BYTES;
    if (route.config.whenFull === "drop" || isTooMuch) {
      sink.dropped(1);
      return false;
    }
    this.overfilled = sink;
    return true;
  }

  /** Notes that there is something to flush, or a deadline to keep. */
  noteWork(): void {
    if (this.#isPending) return;
    this.#isPending = true;
    this.#onPending();
  }

  /** Notes that all buffers have been flushed. */
  noteFlushed(): void {
    this.#isPending = false;
  }
}
