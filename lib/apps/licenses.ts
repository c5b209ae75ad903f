/** `chaperone --licenses`: prints the notices of what others made. Wiring only. */
import { formatLicenses } from "../manual/licenses.ts";
import { print } from "../sys/self/print.ts";

/** Prints the notices and returns the exit status. */
export function runLicenses(): number {
  print("stdout", formatLicenses());
  return 0;
}
