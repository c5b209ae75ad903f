/** Gives the program its local time. Part of run_container.ts. */
import { useLocalZone } from "../../base/local_zone.ts";
import type { Logging } from "../../daemon/logging/logging.ts";
import { findLocalZone, isZoneStated, type LocalZone } from "../../sys/files/zone_source.ts";

/**
 * Lets local time be that of tzset(3). Without TZ, /etc/localtime is read when the time is needed
 * first: a container that writes no dates and schedules nothing never does.
 */
export function useSystemZone(): LocalZone {
  if (isZoneStated()) {
    const zone = findLocalZone();
    useLocalZone(zone.offsetAt && (() => zone.offsetAt));
    return zone;
  }
  useLocalZone(() => findLocalZone().offsetAt);
  return {};
}

/** Says what of TZ is not understood. */
export function tellZoneProblem(logging: Logging, { problem }: LocalZone): void {
  if (problem !== undefined) logging.write({ level: "warn", text: problem });
}
