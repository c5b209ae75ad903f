/** Who asks something of chaperone, as far as the kernel says so. */

/** What a caller may do. Whatever it is, a caller may handle the services that run as its user. */
export interface Caller {
  /** Everything. */
  readonly mayControl: boolean;
  /** Look at all services, but not at what those of other users write. */
  readonly mayLook: boolean;
  /** Undefined where the kernel did not say. */
  readonly uid: number | undefined;
  /** The primary one first; absent where the kernel did not say. */
  readonly groups?: readonly number[];
  /** What is told of who it is, where a token and not the kernel lets it in. */
  readonly by?: string;
}
