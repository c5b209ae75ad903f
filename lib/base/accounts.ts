/**
 * Users and groups as passwd(5) and group(5) list them. Where the two texts come from is decided
 * elsewhere, and so is what a user is to chaperone.
 */

/** A line of passwd(5). */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** A line of group(5). */
export interface GroupAccount {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** What can be asked about accounts. */
export interface Accounts {
  userByName(name: string): UserAccount | undefined;
  userById(uid: number): UserAccount | undefined;
  groupByName(name: string): GroupAccount | undefined;
  groupById(gid: number): GroupAccount | undefined;
  /** Returns the groups that list the user as a member. `gid` need not be left out. */
  groupsOf(userName: string, gid: number): readonly number[];
}

/** The highest id; the next one means "unchanged" to setresuid(2). */
const ID_MAX = 0xffff_fffe;

/** Reads a decimal id as Python's `int` does; `undefined` where it is none. */
export function parseId(text: string): number | undefined {
  if (!/^\s*\+?\d+\s*$/.test(text)) return undefined;
  const id = Number(text);
  return id <= ID_MAX ? id : undefined;
}

/** Returns the account that a name or a number stands for. */
export function findUser(accounts: Accounts, nameOrId: string): UserAccount | undefined {
  const uid = parseId(nameOrId);
  return accounts.userByName(nameOrId) ?? (uid === undefined ? undefined : accounts.userById(uid));
}

/** Reads the text of a passwd file; lines that make no sense are left out. */
export function parsePasswd(text: string): UserAccount[] {
  const accounts: UserAccount[] = [];
  for (const line of text.split("\n")) {
    const [name, , uidText, gidText, , home] = line.split(":");
    const uid = parseId(uidText ?? "");
    const gid = parseId(gidText ?? "");
    if (!name || name.startsWith("#") || uid === undefined || gid === undefined) continue;
    accounts.push({ name, uid, gid, home: home || "/" });
  }
  return accounts;
}

/** Reads the text of a group file; lines that make no sense are left out. */
export function parseGroup(text: string): GroupAccount[] {
  const accounts: GroupAccount[] = [];
  for (const line of text.split("\n")) {
    const [name, , gidText, members] = line.split(":");
    const gid = parseId(gidText ?? "");
    if (!name || name.startsWith("#") || gid === undefined) continue;
    const names = (members ?? "").split(",").map((member) => member.trim());
    accounts.push({ name, gid, members: names.filter((member) => member !== "") });
  }
  return accounts;
}

/** The texts of passwd(5) and group(5). */
export interface AccountTexts {
  readonly passwd: string;
  readonly group: string;
}

/**
 * Accounts out of the texts of /etc/passwd and /etc/group. The first of equal names or ids wins.
 */
export class AccountFiles implements Accounts {
  readonly #users: readonly UserAccount[];
  readonly #groups: readonly GroupAccount[];

  constructor(passwd: string, group: string) {
    this.#users = parsePasswd(passwd);
    this.#groups = parseGroup(group);
  }

  userByName(name: string): UserAccount | undefined {
    return this.#users.find((user) => user.name === name);
  }

  userById(uid: number): UserAccount | undefined {
    return this.#users.find((user) => user.uid === uid);
  }

  groupByName(name: string): GroupAccount | undefined {
    return this.#groups.find((group) => group.name === name);
  }

  groupById(gid: number): GroupAccount | undefined {
    return this.#groups.find((group) => group.gid === gid);
  }

  groupsOf(userName: string, gid: number): number[] {
    const gids = new Set<number>();
    for (const group of this.#groups) {
      if (group.gid !== gid && group.members.includes(userName)) gids.add(group.gid);
    }
    return [...gids].sort((a, b) => a - b);
  }
}
