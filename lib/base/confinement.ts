/**
 * What is taken from a process besides what its user may not do anyway, in the kernel's terms.
 */

/** Numbers of capabilities, see capabilities(7). */
export type CapabilitySet = readonly number[];

export interface Confinement {
  /** Nothing that it executes gives it more: neither a set-uid bit nor capabilities of a file. */
  readonly noNewPrivs: boolean;
  /** All that it has, in each of its five sets; absent: what it would have anyway. */
  readonly capabilities?: CapabilitySet;
  readonly landlock?: LandlockRules;
  readonly filter?: SyscallFilter;
  readonly mounts?: MountChanges;
}

/** What a process sees otherwise than the container, in a mount namespace of its own. */
export interface MountChanges {
  /** The rights of Landlock on its own /tmp and /var/tmp; absent: these are the container's. */
  readonly privateTmp?: number;
  /** Absolute; with all that is mounted below. */
  readonly readOnlyPaths: readonly string[];
  /** Whether /proc shows it the processes of its user alone. */
  readonly hidesProc: boolean;
}

/** A rule set of Landlock, see landlock(7): what is handled is refused but for the rules. */
export interface LandlockRules {
  /** Rights on files, on TCP ports, and what is kept to the processes of the sandbox. */
  readonly handledFiles: number;
  readonly handledPorts: number;
  readonly scoped: number;
  readonly paths: readonly PathRule[];
  readonly ports: readonly PortRule[];
}

export interface PathRule {
  /** Absolute; a name in it may be a pattern with `*`. What is not there is passed over. */
  readonly path: string;
  readonly rights: number;
}

export interface PortRule {
  readonly port: number;
  readonly rights: number;
}

/** A program of classic BPF that judges system calls, see seccomp(2). */
export interface SyscallFilter {
  /** Instructions of eight bytes. */
  readonly program: Uint8Array<ArrayBuffer>;
  /** Whether the kernel logs what is refused. */
  readonly log: boolean;
}
