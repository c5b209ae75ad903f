/** The files of the flight recorder, and what they hold together. */
import { decodeFlight, type FlightReading } from "../../service/flight/flight_record.ts";

/** Names in the state directory. */
export const FLIGHT_FILES = { name: "flight.jsonl", formerName: "flight.old.jsonl" } as const;

/** Reads both, the older one first. `read` returns the text of one, empty where it is missing. */
export async function readFlight(
  read: (name: string) => Promise<string>,
): Promise<FlightReading> {
  const former = decodeFlight(await read(FLIGHT_FILES.formerName));
  const present = decodeFlight(await read(FLIGHT_FILES.name));
  return {
    records: [...former.records, ...present.records],
    damaged: former.damaged + present.damaged,
    foreign: former.foreign + present.foreign,
  };
}
