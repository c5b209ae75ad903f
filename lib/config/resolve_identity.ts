/** The identity that the name of a user stands for. */
import { type Accounts, findUser, parseId } from "../base/accounts.ts";
import type { Identity } from "../base/identity.ts";

/** A user or group does not exist. The message is the one of 0.3.9. */
export class AccountError extends Error {
  readonly what: "user" | "group";

  constructor(what: "user" | "group", name: string) {
    super(`specified ${what} ('${name}') does not exist`);
    this.name = "AccountError";
    this.what = what;
  }
}

/**
 * Looks up who `user` (a name or a number) is, with the group `group` instead of the primary one.
 * A number needs no account; without one its group is that of the same number.
 *
 * @throws {AccountError}
 */
export function resolveIdentity(accounts: Accounts, user: string, group?: string): Identity {
  const account = findUser(accounts, user);
  if (account === undefined) {
    const uid = parseId(user);
    if (uid === undefined) throw new AccountError("user", user);
    return { uid, gid: group === undefined ? uid : resolveGroup(accounts, group), groups: [] };
  }
  const gid = group === undefined ? account.gid : resolveGroup(accounts, group);
  const groups = accounts.groupsOf(account.name, gid).filter((other) => other !== gid);
  return { uid: account.uid, gid, groups, userName: account.name, home: account.home };
}

/**
 * Looks up a group by name or number; a number needs no account.
 *
 * @throws {AccountError}
 */
export function resolveGroup(accounts: Accounts, group: string): number {
  const gid = accounts.groupByName(group)?.gid ?? parseId(group);
  if (gid === undefined) throw new AccountError("group", group);
  return gid;
}
