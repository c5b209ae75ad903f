/**
 * What is remembered of a container's life beyond its end, one line of JSON a record, and how it is
 * read again. A line that was torn off, or that another version has written, costs that line alone.
 */
import type { ExitStatus } from "../../base/exit_status.ts";

/** Counts up whenever an older version would misread a record. */
export const FLIGHT_FORMAT = 1;

/** What happened. */
export type FlightEvent =
  /** A life begins; `continued` where only its file does. */
  | {
    readonly kind: "begin";
    readonly format: number;
    readonly version: string;
    readonly host: string;
    /** Names the texts of the configuration. */
    readonly config: string;
    readonly services: number;
    readonly beganWallMs: number;
    readonly limitBytes?: number;
    readonly continued?: true;
  }
  /** All services have been started. */
  | { readonly kind: "ready" }
  | {
    readonly kind: "state";
    readonly service: string;
    readonly from: string;
    readonly to: string;
    readonly detail: string;
  }
  /** A service's own process has ended. */
  | {
    readonly kind: "exit";
    readonly service: string;
    readonly status: ExitStatus;
    /** Whether that is in order. */
    readonly normal: boolean;
    readonly pid?: number;
    readonly ranMs?: number;
    /** The most memory that the process had at any time. */
    readonly peakBytes?: number;
    /** What the container used at that moment, of how much. */
    readonly usedBytes?: number;
    readonly limitBytes?: number;
    /** The last it wrote, oldest first. */
    readonly lines?: readonly string[];
  }
  | {
    readonly kind: "health";
    readonly service: string;
    readonly health: string;
    readonly seen?: string;
  }
  /** Somebody asked something of a service. */
  | {
    readonly kind: "order";
    readonly service: string;
    readonly what: string;
    readonly by: string;
  }
  /** chaperone received a signal. */
  | { readonly kind: "signal"; readonly signal: string }
  /** Another configuration is in force. */
  | { readonly kind: "config"; readonly config: string; readonly changes: readonly string[] }
  | { readonly kind: "reexec"; readonly version: string; readonly text: string }
  /** The last that a service wrote, where the container ends in order. */
  | { readonly kind: "output"; readonly service: string; readonly lines: readonly string[] }
  /** The end begins. */
  | { readonly kind: "ending"; readonly exitCode: number; readonly reason: string }
  | {
    readonly kind: "end";
    readonly exitCode: number;
    readonly reason: string;
  }
  /** So many records of a service were left out, for there were too many. */
  | { readonly kind: "left-out"; readonly service: string; readonly count: number }
  /** So many records could not be written. */
  | { readonly kind: "lost"; readonly count: number };

/** An event with its time, and the life in which it happened. */
export type FlightRecord = FlightEvent & { readonly atMs: number; readonly life: string };

type FieldType = "string" | "number" | "boolean" | "object";

/** What a record must hold to be told. */
const FIELDS: { readonly [Kind in FlightEvent["kind"]]: Readonly<Record<string, FieldType>> } = {
  begin: { format: "number", version: "string", host: "string", config: "string" },
  ready: {},
  state: { service: "string", from: "string", to: "string", detail: "string" },
  exit: { service: "string", status: "object", normal: "boolean" },
  health: { service: "string", health: "string" },
  order: { service: "string", what: "string", by: "string" },
  signal: { signal: "string" },
  config: { config: "string", changes: "object" },
  reexec: { version: "string", text: "string" },
  output: { service: "string", lines: "object" },
  ending: { exitCode: "number", reason: "string" },
  end: { exitCode: "number", reason: "string" },
  "left-out": { service: "string", count: "number" },
  lost: { count: "number" },
};

/** What was read, and how many lines were not understood. */
export interface FlightReading {
  /** In the order in which they were written. */
  readonly records: readonly FlightRecord[];
  /** Torn off or damaged. */
  readonly damaged: number;
  /** Of another version. */
  readonly foreign: number;
}

/** Returns the record as a line. */
export function encodeFlight(record: FlightRecord): string {
  const { atMs, life, kind, ...rest } = record;
  return `${JSON.stringify({ t: atMs, l: life, k: kind, ...rest })}\n`;
}

/** Reads what was written, whatever has become of it. */
export function decodeFlight(text: string): FlightReading {
  const records: FlightRecord[] = [];
  let damaged = 0;
  let foreign = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const value = parseLine(line);
    if (value === undefined) damaged++;
    else if (isKnown(value)) records.push(toRecord(value));
    else foreign++;
  }
  return { records, damaged, foreign };
}

type Line = Readonly<Record<string, unknown>> & { readonly t: number; readonly l: string };

function parseLine(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Partial<Line> | null;
    const isLine = typeof value?.t === "number" && typeof value.l === "string";
    return isLine ? value as Line : undefined;
  } catch {
    return undefined; // A SyntaxError: the line was torn off.
  }
}

function isKnown(line: Line): boolean {
  const fields = Object.hasOwn(FIELDS, String(line["k"]))
    ? FIELDS[line["k"] as FlightEvent["kind"]]
    : undefined;
  if (fields === undefined) return false;
  if (line["k"] === "begin" && line["format"] !== FLIGHT_FORMAT) return false;
  if (line["k"] === "exit" && !isStatus(line["status"])) return false;
  return Object.entries(fields).every(([name, type]) =>
    typeof line[name] === type && line[name] !== null
  );
}

function isStatus(value: unknown): boolean {
  const status = value as { kind?: unknown; code?: unknown; signal?: unknown } | null | undefined;
  if (status?.kind === "exited") return typeof status.code === "number";
  return status?.kind === "signaled" && typeof status.signal === "number";
}

function toRecord({ t, l, k, ...rest }: Line): FlightRecord {
  return { atMs: t, life: l, kind: k, ...rest } as unknown as FlightRecord;
}
