/** What is reported about services, and where: an alert section in force. */
import type { SourcePosition } from "../base/errors.ts";

/** What may be told, apart from `restarts>N/TIME`. */
export const ALERT_EVENTS = [
  "failed",
  "gave_up",
  "oom",
  "unhealthy",
  "job_failed",
  "stop_overdue",
  "degraded",
  "ready",
  "ended",
  "recovered",
] as const;

/** Something that may be told. */
export type AlertEvent = (typeof ALERT_EVENTS)[number];

/** A service was restarted more often than so many times within a time. */
export interface RestartsRule {
  readonly moreThan: number;
  readonly withinMs: number;
}

export interface AlertConfig {
  /** With the suffix `.alert`. */
  readonly name: string;
  readonly enabled: boolean;
  readonly events: readonly AlertEvent[];
  readonly restarts: readonly RestartsRule[];
  /** Names and patterns of services. */
  readonly services: readonly string[];
  readonly command?: readonly string[];
  readonly webhook?: string;
  /** Authorities that the web server's certificate may be of, besides those known anyway. */
  readonly tlsCaFile?: string;
  /** Absolute. */
  readonly file?: string;
  readonly format: "json" | "text" | "slack" | "ntfy" | "alertmanager";
  /** What is sent instead of what `format` says. */
  readonly template?: string;
  readonly groupWaitMs: number;
  readonly repeatMs: number;
  /** So many messages in each period. */
  readonly rateLimit: { readonly count: number; readonly periodMs: number };
  readonly origin?: SourcePosition;
}
