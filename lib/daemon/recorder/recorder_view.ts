/** What others than the recorder itself may ask of it. */
import type { FlightReading } from "../../service/flight/flight_record.ts";
import type { FlightIdentity } from "./flight_recorder.ts";

export interface RecorderView {
  /** The directory that it writes in; absent where it cannot. */
  readonly place: string | undefined;
  /** Why it cannot. */
  readonly problem: string | undefined;
  readonly life: FlightIdentity;
  /** All that is kept; undefined where nothing is. Rejects with `SystemError`. */
  read(): Promise<FlightReading | undefined>;
}
