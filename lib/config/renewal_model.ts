/** When and how services that run are renewed, as the configuration says it. Part of model.ts. */

/** When a service that runs is restarted all the same. */
export interface RecycleRules {
  /** Resident memory of all its processes. */
  readonly memory?: { readonly bytes: number; readonly forMs: number };
  /** Of one processor, all its processes together. */
  readonly cpu?: { readonly percent: number; readonly forMs: number };
  readonly age?: { readonly ms: number; readonly jitterMs: number };
  readonly jobs?: JobsRule;
}

/** After how many jobs a process has done enough, and how they are counted. */
export type JobsRule =
  /** Lines of its output in which the pattern is found. */
  | { readonly kind: "log"; readonly count: number; readonly pattern: string }
  /** The first number in what the URL answers. */
  | { readonly kind: "http"; readonly count: number; readonly url: string };

/** Who is restarted first, and how long they must stay ready before the others are. */
export interface CanaryRule {
  readonly count: number;
  readonly forMs: number;
}

/** What a change of watched files leads to. */
export type WatchAction =
  | { readonly kind: "reload" | "restart" }
  | { readonly kind: "signal"; readonly signal: number }
  | { readonly kind: "run"; readonly argv: readonly string[] };

/** Files that are watched for a service: a path or pattern, or those of its environment. */
export type WatchRule =
  | { readonly kind: "path"; readonly pattern: string; readonly action: WatchAction }
  | { readonly kind: "secrets"; readonly action: WatchAction };
