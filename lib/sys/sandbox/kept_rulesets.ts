/**
 * Rule sets of services that are started again: to look whether each path of one still stands for
 * the same file takes a quarter of the time of making it. A rule holds on to its file, so that
 * nothing else gets the identity meanwhile.
 */
import type { LandlockRules } from "../../base/confinement.ts";
import { libc } from "../libc/libc.ts";
import { AT_FDCWD } from "../libc/fcntl.ts";
import { statAt } from "../libc/statx.ts";
import { openRuleset, type Places } from "./landlock_ruleset.ts";

/** Descriptors of chaperone's that may be open for services that may never be started again. */
const KEPT_MAX = 32;

/** A rule set for one start. */
export interface LentRuleset {
  readonly descriptor: number;
  /** Somebody else closes it. */
  readonly isKept: boolean;
}

interface KeptRuleset {
  readonly descriptor: number;
  readonly places: Places;
}

/** What was made once; the second time of a service is the first that promises a third. */
const made = new WeakSet<LandlockRules>();
/** The one that was made first comes first. */
const kept = new Map<LandlockRules, KeptRuleset>();

/**
 * Returns a rule set, closed on exec, to which nothing may be added. The same object of rules is
 * the same service's. `mayBeServed`: who serves a file system may not answer when a path in it is
 * looked at, so that nothing can be kept. @throws {SystemError}
 */
export function lendRuleset(rules: LandlockRules, mayBeServed: boolean): LentRuleset {
  const known = kept.get(rules);
  if (known !== undefined && !mayBeServed && isAsMade(known)) {
    return { descriptor: known.descriptor, isKept: true };
  }
  kept.delete(rules);
  try {
    return make(rules, !mayBeServed && !rules.paths.some(isPattern));
  } finally {
    if (known !== undefined) libc().close(known.descriptor);
  }
}

function make(rules: LandlockRules, mayBeKept: boolean): LentRuleset {
  if (!mayBeKept || !made.has(rules)) {
    made.add(rules);
    return { descriptor: openRuleset(rules), isKept: false };
  }
  const places: Places = new Map();
  const descriptor = openRuleset(rules, places);
  if (kept.size >= KEPT_MAX) dropOldest();
  kept.set(rules, { descriptor, places });
  return { descriptor, isKept: true };
}

function dropOldest(): void {
  for (const [rules, { descriptor }] of kept) {
    libc().close(descriptor);
    kept.delete(rules);
    return;
  }
}

/** What a pattern stands for is found by reading its directory. */
function isPattern({ path }: { readonly path: string }): boolean {
  return path.includes("*");
}

function isAsMade({ places }: KeptRuleset): boolean {
  for (const [path, identity] of places) {
    if (identityOf(path) !== identity) return false;
  }
  return true;
}

/**
 * Links are followed: one that leads to the same file gives no more than what was given. Undefined
 * also where it cannot be looked at, which is where no rule could be made.
 */
function identityOf(path: string): string | undefined {
  try {
    return statAt(AT_FDCWD, path, "follow")?.identity;
  } catch {
    return undefined;
  }
}
