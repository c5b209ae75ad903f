/** Who runs a service or owns a file: what `uid`, `gid` and `groups` of a section stand for. */
import type { Accounts } from "../base/accounts.ts";
import { AccountError, resolveGroup, resolveIdentity } from "./resolve_identity.ts";
import type { Environment } from "./environment/environment.ts";
import type { Identity } from "../base/identity.ts";
import type { Section } from "./section.ts";

/** What a section says about its user. */
export interface NamedIdentity {
  /** Who it is in the end; absent: chaperone itself. */
  readonly identity?: Identity;
  /** The same where the section itself names a user: then HOME and USER follow. */
  readonly own?: Identity;
  /** A name that belongs to no account. */
  readonly missingUser?: string;
}

/**
 * Reads `uid` and `gid` of a section, expanded in the environment around it.
 * A section with a `uid` takes nothing over from `inherited`; `userOption` may stand in for `uid`.
 */
export function readIdentity(
  section: Section<"uid" | "gid">,
  outer: Environment,
  accounts: Accounts,
  inherited: Identity | undefined,
  userOption?: string,
): NamedIdentity {
  const uid = section.expanded("uid", outer) || userOption;
  const gid = section.expanded("gid", outer) || undefined;
  if (uid === undefined) {
    if (gid !== undefined) section.fail("gid", "cannot specify 'gid' without 'uid'");
    return inherited === undefined ? {} : { identity: inherited };
  }
  try {
    const own = resolveIdentity(accounts, uid, gid);
    return { identity: own, own };
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    if (error.what === "user") return { missingUser: uid };
    section.fail("gid", error.message);
    return {};
  }
}

/** Returns `identity` with the supplementary groups that the directive `groups` lists. */
export function withGroups(
  section: Section<"groups">,
  environment: Environment,
  accounts: Accounts,
  identity: Identity | undefined,
): Identity | undefined {
  const names = section.texts("groups", environment);
  if (names === undefined) return identity;
  if (identity === undefined) {
    return section.fail("groups", "cannot specify 'groups' without 'uid'");
  }
  try {
    const gids = new Set(names.map((name) => resolveGroup(accounts, name.trim())));
    gids.delete(identity.gid);
    return { ...identity, groups: [...gids] };
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    return section.fail("groups", error.message);
  }
}

/** Returns the id that a text names: a number, or the name of a user or group. */
export function readId<Name extends string>(
  section: Section<Name>,
  name: Name,
  environment: Environment,
  lookUp: (text: string) => number,
): number | undefined {
  return section.parsed(name, environment, (text) => {
    try {
      return lookUp(text.trim());
    } catch (error) {
      if (!(error instanceof AccountError)) throw error;
      return undefined;
    }
  });
}
