/** A log router at a fixed time with sinks in memory. */
import type { RouteConfig, RouteRequest } from "../../../lib/daemon/logging/log_route.ts";
import { LogRouter, type LogRouterOptions } from "../../../lib/daemon/logging/log_router.ts";
import { MemorySink } from "./memory_sink.ts";

export const DATE = "Jan  5 10:11:12";
export const WALL_MS = new Date(2026, 0, 5, 10, 11, 12).getTime();

const encoder = new TextEncoder();

export class RouterCase {
  readonly early = new MemorySink();
  readonly router: LogRouter;
  /** Monotonic. */
  nowMs = 0;
  pendingCount = 0;

  constructor(options: Partial<LogRouterOptions> = {}) {
    this.router = new LogRouter({
      hostname: "own",
      console: "plain",
      hasColour: () => false,
      nowMs: () => this.nowMs,
      wallMs: () => WALL_MS + this.nowMs,
      program: "chaperone",
      pid: 1,
      early: this.early,
      lineMaxBytes: 1000,
      ringBytes: 4096,
      onPending: () => this.pendingCount++,
      ...options,
    });
  }

  /** Opens one section with one sink and returns the sink. */
  openOne(config: Partial<RouteConfig> = {}, sink = new MemorySink()): MemorySink {
    this.router.open([section(config, sink)]);
    return sink;
  }

  datagram(text: string): MemorySink | undefined {
    return this.router.datagram(encoder.encode(text)) as MemorySink | undefined;
  }
}

/** A section with defaults for what a test does not say. */
export function section(config: Partial<RouteConfig>, ...sinks: MemorySink[]): RouteRequest {
  return {
    config: {
      name: "test.logging",
      selector: "*.*",
      format: "text",
      extended: false,
      whenFull: "block",
      ...config,
    },
    sinks,
  };
}
