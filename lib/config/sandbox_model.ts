/** What a service says of the rights that its processes do not have, checked. */

export type SandboxPreset = "strict" | "no_network";

export type SandboxScope = "signals" | "abstract_sockets";

/** What is absent is not restricted; a list names all that is left. */
export interface SandboxConfig {
  readonly presets: readonly SandboxPreset[];
  /** Absolute paths; what is below is meant, too. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly execute?: readonly string[];
  /** TCP ports. */
  readonly connect?: readonly number[];
  readonly bind?: readonly number[];
  /** Whether it may send and receive datagrams, where `connect` or `bind` is there. */
  readonly datagrams: boolean;
  readonly scope?: readonly SandboxScope[];
  /** Whether the start fails where the kernel cannot do all of it. */
  readonly require: boolean;
}

export type SyscallPreset = "default" | "strict";

/** Which system calls are refused. */
export interface SyscallPolicy {
  readonly preset?: SyscallPreset;
  /** Besides those of the preset. */
  readonly refuse: readonly string[];
  /** Of the preset, what is not. */
  readonly allow: readonly string[];
  /** Whether the kernel logs what is refused. */
  readonly log: boolean;
}

/** What is absent is as it would be anyway. */
export interface ConfinementConfig {
  readonly noNewPrivs?: boolean;
  /** Names as in capabilities(7), without `CAP_`. */
  readonly capabilities?: readonly string[];
  readonly sandbox?: SandboxConfig;
  readonly syscalls?: SyscallPolicy;
  /** Whether it has a /tmp and a /var/tmp of its own. */
  readonly privateTmp?: boolean;
  /** Absolute paths that nobody in it writes. */
  readonly readOnlyPaths?: readonly string[];
  /** Whether /proc hides the processes of others. */
  readonly hideProc?: boolean;
}
