/** Control groups of services, cgroups(7) version 2: what there is, and what is written. */

/** What there is of them where chaperone runs. */
export interface GroupFacts {
  /** Why chaperone can make none; absent: it can. */
  readonly problem?: string;
  /** What the kernel can limit there: `memory`, `cpu`, `pids`. */
  readonly controllers: ReadonlySet<string>;
}

/** A file of a group, and what it is to hold. */
export interface GroupSetting {
  readonly controller: string;
  readonly file: string;
  readonly text: string;
}
