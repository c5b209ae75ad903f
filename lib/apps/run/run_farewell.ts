/**
 * Tells those outside why the container ends: Kubernetes reads it from a file. Imported at an end
 * that is not in order, where there is such a file.
 */
import { SystemError } from "../../base/errors.ts";
import { type RecalledParts, recallLife } from "../../daemon/recorder/recalled_life.ts";
import type { ShutdownCause } from "../../service/ending/exit_causes.ts";
import { tellEnd } from "../../service/flight/flight_story.ts";
import { openTerminationLog, TERMINATION_LOG_MOST_BYTES } from "../../sys/state/termination_log.ts";

/** How a message of chaperone's own begins, which a later one may replace. */
const OWN = "chaperone: ";

/** Writes it, unless a service has left a message of its own there. */
export function bidFarewell(
  parts: RecalledParts,
  cause: ShutdownCause,
  endingWallMs: number,
): void {
  const file = openTerminationLog();
  if (file === undefined) return;
  try {
    if (file.text !== "" && !file.text.startsWith(OWN)) return;
    file.write(tellEnd(recallLife(parts, cause, endingWallMs), TERMINATION_LOG_MOST_BYTES));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error; // A full disk: the last line has said it, too.
  } finally {
    file.close();
  }
}
