/** What a process may do, as the kernel tells it. */
export interface ProcessRights {
  /** Its effective user. */
  readonly uid: number;
  /** With the effective one. */
  readonly groups: readonly number[];
  /** Masks of capabilities. */
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly noNewPrivs: boolean;
  /** Whether a filter judges its system calls, whoever has set it. */
  readonly isFiltered: boolean;
}
