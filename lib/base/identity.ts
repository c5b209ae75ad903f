/**
 * A user that has been looked up. `groups` are the supplementary groups, `gid` not repeated in it.
 */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Login name; absent for a bare number without an account. */
  readonly userName?: string;
  /** Home directory; absent for a bare number without an account. */
  readonly home?: string;
}
