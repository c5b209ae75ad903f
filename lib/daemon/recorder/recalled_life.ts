/**
 * The present life as records, out of what is remembered in memory: for those who want to know at
 * its end why it ends, whether it was recorded or not.
 */
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import { type FlightLife, lifeOf } from "../../service/flight/flight_life.ts";
import type { FlightEvent, FlightRecord } from "../../service/flight/flight_record.ts";
import { matchesExit } from "../../service/life/restart_policy.ts";
import type { LogRing } from "../logging/log_ring.ts";
import type { ServiceHistory } from "../services/service_history.ts";
import type { Supervisor } from "../services/supervisor.ts";
import { lastLines } from "./flight_recorder.ts";

export interface RecalledParts {
  readonly supervisor: Supervisor;
  readonly history: Pick<ServiceHistory, "events">;
  readonly ring: Pick<LogRing, "recent">;
  readonly wallMs: () => number;
}

/** Returns the life that ends for this cause, which had become plain at `endingWallMs`. */
export function recallLife(
  { supervisor, history, ring, wallMs }: RecalledParts,
  cause: ShutdownCause,
  endingWallMs: number,
): FlightLife {
  const { exitCode, reason } = cause;
  const record = (atMs: number, event: FlightEvent): FlightRecord => ({ atMs, life: "", ...event });
  const records = history.events.map(({ wallMs: atMs, service, from, to, detail }) =>
    record(atMs, { kind: "state", service, from, to, detail })
  );
  for (const name of supervisor.names()) {
    const { phase, lastStatus, lastPid, ranMs } = supervisor.state(name);
    // What is down was stopped; its last process ended as it was told to.
    if (lastStatus === undefined || phase.kind === "down") continue;
    if (matchesExit(lastStatus, supervisor.config(name).success)) continue;
    const atMs = records.findLast((each) => "service" in each && each.service === name)?.atMs;
    records.push(record(atMs ?? endingWallMs, {
      kind: "exit",
      service: name,
      status: lastStatus,
      normal: false,
      ...(lastPid === undefined ? {} : { pid: lastPid }),
      ...(ranMs === undefined ? {} : { ranMs }),
      lines: lastLines(ring, name, lastPid),
    }));
  }
  const ending = record(endingWallMs, { kind: "ending", exitCode, reason });
  const sorted = records.sort((a, b) => a.atMs - b.atMs);
  const at = sorted.findIndex(({ atMs }) => atMs > endingWallMs);
  sorted.splice(at < 0 ? sorted.length : at, 0, ending);
  return lifeOf("", [...sorted, record(wallMs(), { kind: "end", exitCode, reason })]);
}
