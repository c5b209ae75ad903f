/** Lives as records, for tests. */
import type { FlightEvent, FlightRecord } from "../../../../lib/service/flight/flight_record.ts";

const BEGAN_MS = Date.UTC(2026, 0, 31, 12);

/** Returns records of a life, each so many ms after its beginning as it says. */
export function flight(
  life: string,
  events: readonly (readonly [afterMs: number, event: FlightEvent])[],
): FlightRecord[] {
  return events.map(([afterMs, event]) => ({ atMs: BEGAN_MS + afterMs, life, ...event }));
}

/** How a life begins. */
export function begin(afterMs = 0): FlightEvent {
  return {
    kind: "begin",
    format: 1,
    version: "0.5.0",
    host: "box",
    config: "c0ffee",
    services: 2,
    beganWallMs: BEGAN_MS + afterMs,
  };
}

/** A service enters a phase. */
export function state(service: string, to: string, detail = ""): FlightEvent {
  return { kind: "state", service: `${service}.service`, from: "", to, detail };
}

/** A process of a service ends with a code. */
export function exit(service: string, code: number, lines?: readonly string[]): FlightEvent {
  return {
    kind: "exit",
    service: `${service}.service`,
    status: { kind: "exited", code },
    normal: code === 0,
    pid: 7,
    ranMs: 1500,
    ...(lines === undefined ? {} : { lines }),
  };
}
