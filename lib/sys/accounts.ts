/**
 * Reads the account files, see passwd(5) and group(5). Only these: the program loads no NSS module,
 * so that it behaves alike in every image.
 */

/** A line of /etc/passwd. */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** A line of /etc/group. */
export interface GroupAccount {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/**
 * The account files as they were when read; serves as `Accounts` of lib/config. The first of
 * several lines for a name or number counts.
 */
export interface AccountFiles {
  userByName(name: string): UserAccount | undefined;
  userById(uid: number): UserAccount | undefined;
  groupByName(name: string): GroupAccount | undefined;
  groupById(gid: number): GroupAccount | undefined;
  /** The groups that list a user as member. */
  groupsOf(userName: string): readonly number[];
}

const ID = /^\d{1,10}$/;

/** Parses passwd(5); malformed lines are skipped. */
export function parsePasswd(text: string): UserAccount[] {
  const found: UserAccount[] = [];
  for (const line of text.split("\n")) {
    const [name, , uid, gid, , home] = line.split(":");
    if (
      !name || name.startsWith("#") || uid === undefined || gid === undefined || !ID.test(uid) ||
      !ID.test(gid)
    ) continue;
    found.push({ name, uid: Number(uid), gid: Number(gid), home: home || "/" });
  }
  return found;
}

/** Parses group(5); malformed lines are skipped. */
export function parseGroup(text: string): GroupAccount[] {
  const found: GroupAccount[] = [];
  for (const line of text.split("\n")) {
    const [name, , gid, members] = line.split(":");
    if (!name || name.startsWith("#") || gid === undefined || !ID.test(gid)) continue;
    const list = (members ?? "").split(",").map((member) => member.trim()).filter((m) => m !== "");
    found.push({ name, gid: Number(gid), members: list });
  }
  return found;
}

/** Answers questions about the content of both files. */
export function accountsFrom(passwd: string, group: string): AccountFiles {
  const users = parsePasswd(passwd);
  const groups = parseGroup(group);
  return {
    userByName: (name) => users.find((user) => user.name === name),
    userById: (uid) => users.find((user) => user.uid === uid),
    groupByName: (name) => groups.find((entry) => entry.name === name),
    groupById: (gid) => groups.find((entry) => entry.gid === gid),
    groupsOf: (name) =>
      groups.filter((entry) => entry.members.includes(name)).map((entry) => entry.gid),
  };
}

function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // ENOENT in an image without accounts, EACCES in an odd one: nobody is known.
  }
}

/** Reads both files afresh: `--create-user` changes them. A missing file knows nobody. */
export function readAccounts(): AccountFiles {
  return accountsFrom(readOrEmpty("/etc/passwd"), readOrEmpty("/etc/group"));
}
