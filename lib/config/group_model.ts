/** What the kernel holds all processes of a service to together. Part of model.ts. */

/** Limits of a control group, cgroups(7). Absent: none. */
export interface GroupLimits {
  readonly memoryMaxBytes?: number;
  /** 100 is one processor. */
  readonly cpuMaxPercent?: number;
  /** From 1 to 10,000; others have 100. */
  readonly cpuWeight?: number;
  readonly pidsMax?: number;
}
