/** What was done with a place that was given to its owner. */
export interface OwnOutcome {
  readonly path: string;
  readonly looked: number;
  readonly changed: number;
  /** What was left as it is: files with several names, devices, mounts, what lies too deep. */
  readonly linked: number;
  readonly devices: number;
  readonly mounts: number;
  readonly deep: number;
  readonly isReadOnly: boolean;
  readonly tookMs: number;
}
