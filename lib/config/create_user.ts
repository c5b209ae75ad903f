/**
 * `--create-user`: reads its value, compares it with the accounts there are, and says what has to
 * be added. Adds nothing itself and never changes an account: starting a container again must work.
 * Messages are those of chaperone 0.3.9.
 */

/** The value of `--create-user`. */
export interface NewUser {
  readonly name: string;
  /** A file whose owner stands in for `uid` and `gid` where they are absent. */
  readonly file: string | undefined;
  readonly uid: number | undefined;
  /** Number or name of a group. */
  readonly gid: string | undefined;
}

/** One change of the account files. */
export type AccountAction =
  | { readonly kind: "add-group"; readonly name: string; readonly gid: number }
  | {
    readonly kind: "add-user";
    readonly name: string;
    /** Absent: the next free one. */
    readonly uid: number | undefined;
    /** Primary group, which exists; absent: as the system does it, usually one of the same name. */
    readonly group: { readonly name: string; readonly gid: number } | undefined;
    /** Absent: the usual one. It is recorded, not created. */
    readonly home: string | undefined;
  };

/** What the accounts must look like for the user to be as wanted. */
export type UserPlan =
  | { readonly kind: "actions"; readonly actions: readonly AccountAction[] }
  | { readonly kind: "refused"; readonly reason: string };

/** What planning asks about the accounts there are. */
export interface KnownAccounts {
  userByName(name: string): { readonly uid: number; readonly gid: number } | undefined;
  userById(uid: number): { readonly name: string } | undefined;
  groupByName(name: string): { readonly name: string; readonly gid: number } | undefined;
  groupById(gid: number): { readonly name: string; readonly gid: number } | undefined;
}

/** What planning needs to know of the system. */
export interface UserFacts {
  readonly accounts: KnownAccounts;
  /** Owner of `NewUser.file`. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** The value of `--default-home`. */
  readonly defaultHome: string | undefined;
  /** Whether the home that the system would give the user exists. */
  readonly usualHomeExists: boolean;
}

const NEW_USER = new RegExp(
  "^(?<name>[a-z_][a-z0-9_-]*)" +
    "(?::(?<file>/(?:\\\\:|[^:\\\\]|\\\\(?!:))*))?" +
    "(?::(?<uid>\\d*))?" +
    "(?::(?<gid>\\d*|[a-z_][a-z0-9_-]*))?$",
  "i",
);

/** Parses `name[:uid[:gid]]` or `name:/file[:uid[:gid]]`; `undefined` where it is neither. */
export function parseCreateUser(text: string): NewUser | undefined {
  const groups = NEW_USER.exec(text)?.groups;
  if (groups === undefined) return undefined;
  return {
    name: groups.name as string,
    file: groups.file?.replaceAll("\\:", ":"),
    uid: groups.uid ? Number(groups.uid) : undefined,
    gid: groups.gid || undefined,
  };
}

/** Decides what has to be added so that the user exists as wanted: nothing where it does. */
export function planUser(wanted: NewUser, facts: UserFacts): UserPlan {
  const uid = wanted.uid ?? facts.owner?.uid;
  const gid = wanted.gid ?? facts.owner?.gid.toString();
  const existing = facts.accounts.userByName(wanted.name);
  if (existing !== undefined) {
    const reason = describeDifference(wanted.name, existing, { uid, gid }, facts.accounts);
    return reason === undefined ? { kind: "actions", actions: [] } : refused(reason);
  }
  const reason = describeObstacle(wanted.name, uid, facts);
  if (reason !== undefined) return refused(reason);
  const group = planGroup(wanted.name, gid, facts.accounts);
  if (group.kind === "refused") return group;
  const home = facts.usualHomeExists ? undefined : facts.defaultHome;
  return {
    kind: "actions",
    actions: [
      ...group.actions,
      { kind: "add-user", name: wanted.name, uid, group: group.group, home },
    ],
  };
}

function refused(reason: string): { readonly kind: "refused"; readonly reason: string } {
  return { kind: "refused", reason };
}

function describeDifference(
  name: string,
  user: { readonly uid: number; readonly gid: number },
  wanted: { readonly uid: number | undefined; readonly gid: string | undefined },
  accounts: KnownAccounts,
): string | undefined {
  if (wanted.uid !== undefined && wanted.uid !== user.uid) {
    return `User ${name} exists, but does not have expected UID=${wanted.uid}`;
  }
  if (wanted.gid === undefined || wanted.gid === user.gid.toString()) return undefined;
  const group = findGroup(wanted.gid, accounts);
  if (group === undefined) return `specified group ('${wanted.gid}') does not exist`;
  if (group.gid === user.gid) return undefined;
  return `User ${name} exists, but does not have expected GID=${wanted.gid}`;
}

/** The largest id; the one above it is (uid_t) -1, which system calls read as 'no change'. */
const LARGEST_ID = 0xffff_fffe;

function describeObstacle(
  name: string,
  uid: number | undefined,
  facts: UserFacts,
): string | undefined {
  const failure = `Error while trying to add user: ${name}`;
  if (uid !== undefined && uid > LARGEST_ID) return `${failure} (UID ${uid} is out of range)`;
  const holder = uid === undefined ? undefined : facts.accounts.userById(uid);
  if (holder !== undefined) return `${failure} (UID ${uid} belongs to ${holder.name})`;
  // Both would end the field, or the line, of passwd(5).
  if (facts.defaultHome !== undefined && /[:\n]/.test(facts.defaultHome)) {
    return `${failure} (invalid home directory ${JSON.stringify(facts.defaultHome)})`;
  }
  return undefined;
}

type GroupPlan =
  | {
    readonly kind: "group";
    readonly group: { readonly name: string; readonly gid: number } | undefined;
    readonly actions: readonly AccountAction[];
  }
  | { readonly kind: "refused"; readonly reason: string };

function planGroup(
  userName: string,
  gid: string | undefined,
  accounts: KnownAccounts,
): GroupPlan {
  if (gid === undefined) return { kind: "group", group: undefined, actions: [] };
  const existing = findGroup(gid, accounts);
  if (existing !== undefined) {
    return { kind: "group", group: { name: existing.name, gid: existing.gid }, actions: [] };
  }
  if (!isNumber(gid)) return refused(`Group does not exist: ${gid}`);
  const failure = `Error while trying to add group: ${userName}`;
  if (Number(gid) > LARGEST_ID) return refused(`${failure} (GID ${gid} is out of range)`);
  const namesake = accounts.groupByName(userName);
  if (namesake !== undefined) {
    return refused(`${failure} (it exists already, with GID ${namesake.gid})`);
  }
  const group = { name: userName, gid: Number(gid) };
  return { kind: "group", group, actions: [{ kind: "add-group", ...group }] };
}

function findGroup(gid: string, accounts: KnownAccounts) {
  return isNumber(gid) ? accounts.groupById(Number(gid)) : accounts.groupByName(gid);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
