/** How busy the machine is. */

/**
 * Returns how many processes of the machine, not of the container alone, want a processor: the
 * averages over 1, 5 and 15 minutes, see getloadavg(3).
 */
export function machineLoad(): readonly number[] {
  return Deno.loadavg();
}
