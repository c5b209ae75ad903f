/**
 * What one incarnation leaves to the next when chaperone re-executes itself: plain data,
 * with everything that is true of services, processes, schedules and records and stands in no file.
 * Configuration is handed over as what it was loaded from, so that another version reads it by
 * itself.
 */
import type { LoadRecord } from "../../config/load_record.ts";
import type { ResourceLimit } from "../../config/model.ts";
import type { ContainerHandover } from "./container.ts";
import type { ReporterHandover } from "./container_reporter.ts";
import type { AlertsHandover } from "../alerts/alerts.ts";
import type { FlightIdentity } from "../recorder/flight_recorder.ts";
import type { FeedHandover } from "../http/event_feed.ts";
import type { UsageHandover } from "../http/usage_ring.ts";
import type { LinesHandover } from "../logging/log_tail.ts";
import type { SocketHandover } from "../sockets/kept_socket.ts";
import type { LoggingHandover } from "../logging/logging.ts";
import type { WatchHandover } from "../renewal/file_watches.ts";
import type { RecycleHandover } from "../renewal/recycler.ts";
import type { ReadinessHandover } from "../readiness/readiness.ts";
import type { HistoryHandover } from "../services/service_history.ts";
import type { SupervisorHandover } from "../services/service_handover.ts";
import type { TriggersHandover } from "../triggers/service_triggers.ts";

/** What the binary answers where it could go on. */
export const TAKES_OVER = "can take over";

/** Counts up whenever an older incarnation's handover could be misread. */
export const HANDOVER_FORMAT = 3;

/** Why chaperone re-executes itself. */
export type HandoverCause =
  | { readonly kind: "request" }
  | { readonly kind: "error" }
  | { readonly kind: "memory"; readonly usedBytes: number; readonly limitBytes: number };

/** Children by number. Those that are not their program yet tell by a pipe when they are. */
export interface ChildrenHandover {
  readonly own: readonly number[];
  readonly discarded: readonly number[];
  readonly launches: readonly {
    readonly pid: number;
    readonly descriptor: number;
    readonly leftMs: number;
    readonly steps: readonly { readonly call: string; readonly target?: string }[];
  }[];
}

/** What the status server has counted and told. */
export interface HttpHandover {
  readonly reporter: ReporterHandover;
  readonly lines: LinesHandover;
  readonly feed: FeedHandover;
  /** Absent from an older chaperone, as the key of the page's buttons. */
  readonly usage?: UsageHandover;
  readonly key?: string;
}

/** Every descriptor in it stands under the name `descriptor`. */
export interface Handover {
  readonly format: typeof HANDOVER_FORMAT;
  /** The version of chaperone that leaves it. */
  readonly version: string;
  readonly cause: HandoverCause;
  readonly pid: number;
  /** Both clocks at the moment. */
  readonly nowMs: number;
  readonly wallMs: number;
  /** When, by the wall clock, incarnations replaced themselves that nobody had asked to. */
  readonly unaskedWallMs: readonly number[];
  /** What chaperone was given of descriptors, where it has more itself. */
  readonly descriptorLimit?: ResourceLimit | undefined;
  readonly record: LoadRecord;
  readonly children: ChildrenHandover;
  /** Pipes with signals that nobody has read. */
  readonly signals?: readonly { readonly descriptor: number }[];
  readonly syslog: { readonly named?: SocketHandover; readonly former: readonly SocketHandover[] };
  readonly logging: LoggingHandover;
  readonly container: ContainerHandover;
  readonly supervisor: SupervisorHandover;
  readonly triggers?: TriggersHandover;
  readonly readiness?: ReadinessHandover;
  /** When the manager of the container was told that it is ready. */
  readonly upstreamReadyMs?: number;
  /** The level that telchap has forced on all logging sections. */
  readonly forcedLevel?: number;
  /** When the container is to end that telchap has given a delay. */
  readonly shutdownDueMs?: number;
  readonly history: HistoryHandover;
  readonly alerts?: AlertsHandover;
  /** What was seen of the files that are watched, and how long services are above their limits. */
  readonly renewal?: {
    readonly watches: readonly WatchHandover[];
    readonly recycling: readonly RecycleHandover[];
  };
  /** The life that goes on, where it is recorded. */
  readonly life?: FlightIdentity;
  readonly http?: HttpHandover;
}

/**
 * Returns what was left for the process of this number; undefined where it is nothing of that kind.
 */
export function toHandover(value: unknown, pid: number): Handover | undefined {
  const handover = value as Partial<Handover> | null;
  const isOurs = handover?.format === HANDOVER_FORMAT && handover.pid === pid;
  return isOurs ? handover as Handover : undefined;
}

/** Returns the descriptors that must stay open. */
export function descriptorsIn(value: unknown): number[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === "descriptor" && typeof part === "number" ? [part] : descriptorsIn(part)
  );
}

/** Returns the line that says what has happened. */
export function describeTakeOver(handover: Handover, version: string, tookMs: number): string {
  const { cause, supervisor } = handover;
  const processes = supervisor.processes.filter(({ isHelper }) => !isHelper).length;
  const whom = version === handover.version ? "itself" : `version ${handover.version}`;
  return `chaperone version ${version} has taken over from ${whom} ${describeCause(cause)}: ` +
    `${processes} ${processes === 1 ? "process goes" : "processes go"} on, ` +
    `services were unsupervised for ${Math.round(tookMs)} ms`;
}

function describeCause(cause: HandoverCause): string {
  switch (cause.kind) {
    case "request":
      return "as telchap asked";
    case "error":
      return "after an internal error";
    case "memory":
      return `since its memory was nearly used up (${mebibytes(cause.usedBytes)} of ` +
        `${mebibytes(cause.limitBytes)} MiB)`;
    default:
      return cause satisfies never;
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
