/** What others than the recorder itself may ask of it. */
import type { FlightReading } from "../../service/flight/flight_record.ts";
import type { FlightIdentity } from "./flight_recorder.ts";

/** Name in the state directory. */
export const KEPT_FILE = "launched.json";
/** Of all services that are kept together. */
export const KEPT_MOST_BYTES = 256 * 1024;

export interface RecorderView {
  /** The directory that it writes in; absent where it cannot. */
  readonly place: string | undefined;
  /** Why it cannot. */
  readonly problem: string | undefined;
  readonly life: FlightIdentity;
  /** All that is kept; undefined where nothing is. Rejects with `SystemError`. */
  read(): Promise<FlightReading | undefined>;
  /** Whether launched services were kept. Settles once the directory is open. */
  hasKept(): Promise<boolean>;
  /**
   * Reads what was kept of launched services, its end where it is longer than allowed; undefined
   * where nothing was. Rejects with `SystemError`.
   */
  readKept(): Promise<string | undefined>;
  /** Replaces that, or removes it. Rejects with `SystemError`; only where there is a `place`. */
  writeKept(text: string | undefined): Promise<void>;
}
