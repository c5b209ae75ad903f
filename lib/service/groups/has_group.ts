/** Whether a service asks for a control group of its own. */
import type { GroupLimits } from "../../config/group_model.ts";

/** Whether anything is asked for that takes a control group. */
export function hasGroup(
  { memoryMaxBytes, cpuMaxPercent, cpuWeight, pidsMax }: GroupLimits,
): boolean {
  return (memoryMaxBytes ?? cpuMaxPercent ?? cpuWeight ?? pidsMax) !== undefined;
}
