/**
 * Adds users and groups to the text of the account files, see passwd(5), group(5), shadow(5) and
 * gshadow(5). Used where an image has no program for it. Text in, text out; existing lines stay
 * as they are.
 */
import type { AccountAction } from "../../config/create_user.ts";
import { parseGroup, parsePasswd } from "../../base/accounts.ts";

/** Content of the account files; the shadow files are absent where the system has none. */
export interface AccountFileTexts {
  readonly passwd: string;
  readonly group: string;
  readonly shadow?: string;
  readonly gshadow?: string;
}

/** What a new account gets where nothing else is asked for. */
export interface AccountDefaults {
  /** Directory of home directories. */
  readonly homeBase: string;
  readonly shell: string;
  readonly uids: { readonly first: number; readonly last: number };
  readonly gids: { readonly first: number; readonly last: number };
}

/** The files after a change, or why there is none. */
export type AccountEdit =
  | { readonly kind: "edited"; readonly texts: AccountFileTexts }
  | { readonly kind: "refused"; readonly reason: string };

/** Parses login.defs(5) and the defaults file of useradd(8); both may be empty. */
export function parseAccountDefaults(
  loginDefs: string,
  useraddDefaults: string,
): AccountDefaults {
  const defs = new Map<string, string>();
  for (const [, key, value] of loginDefs.matchAll(/^[ \t]*([A-Z_]+)[ \t]+(\S+)/gm)) {
    defs.set(key as string, value as string);
  }
  for (const [, key, value] of useraddDefaults.matchAll(/^[ \t]*(HOME|SHELL)=(\/\S*)/gm)) {
    defs.set(key as string, value as string);
  }
  const number = (key: string, fallback: number) => {
    const value = Number(defs.get(key) ?? NaN);
    return Number.isInteger(value) && value >= 0 ? value : fallback;
  };
  return {
    homeBase: defs.get("HOME") ?? "/home",
    shell: defs.get("SHELL") ?? "/bin/sh",
    uids: { first: number("UID_MIN", 1000), last: number("UID_MAX", 60_000) },
    gids: { first: number("GID_MIN", 1000), last: number("GID_MAX", 60_000) },
  };
}

/** Returns the home directory that `name` gets by default. */
export function usualHome(defaults: AccountDefaults, name: string): string {
  return `${defaults.homeBase.replace(/\/+$/, "")}/${name}`;
}

interface EditOptions {
  readonly defaults: AccountDefaults;
  /** Days since 1970. */
  readonly today: number;
}

/** Carries out one action, unless the files have come to say otherwise since it was planned. */
export function editAccounts(
  texts: AccountFileTexts,
  action: AccountAction,
  options: EditOptions,
): AccountEdit {
  return action.kind === "add-group" ? editGroup(texts, action) : editUser(texts, action, options);
}

function editGroup(
  texts: AccountFileTexts,
  action: AccountAction & { kind: "add-group" },
): AccountEdit {
  const taken = parseGroup(texts.group).find((group) =>
    group.name === action.name || group.gid === action.gid
  );
  if (taken !== undefined) {
    return refuse("group", action.name, `group ${taken.name} exists with GID ${taken.gid}`);
  }
  return { kind: "edited", texts: addGroup(texts, action.name, action.gid) };
}

function editUser(
  texts: AccountFileTexts,
  action: AccountAction & { kind: "add-user" },
  options: EditOptions,
): AccountEdit {
  const users = parsePasswd(texts.passwd);
  const groups = parseGroup(texts.group);
  const refuseUser = (why: string) => refuse("user", action.name, why);
  if (users.some((user) => user.name === action.name)) return refuseUser("user exists");
  const uid = action.uid ?? firstFree(options.defaults.uids, users.map((user) => user.uid));
  if (uid === undefined) return refuseUser("no UID is free");
  const holder = users.find((user) => user.uid === uid);
  if (holder !== undefined) return refuseUser(`UID ${uid} belongs to ${holder.name}`);
  if (action.group !== undefined) {
    const user = { ...action, uid, gid: action.group.gid };
    return { kind: "edited", texts: addUser(texts, user, options) };
  }
  if (groups.some((group) => group.name === action.name)) {
    // As useradd(8): an existing group may grant rights that nobody asked for.
    return refuseUser(`group ${action.name} exists, name it to use it`);
  }
  const gids = groups.map((group) => group.gid);
  const gid = gids.includes(uid) ? firstFree(options.defaults.gids, gids) : uid;
  if (gid === undefined) return refuseUser("no GID is free");
  const withGroup = addGroup(texts, action.name, gid);
  return { kind: "edited", texts: addUser(withGroup, { ...action, uid, gid }, options) };
}

function refuse(what: "user" | "group", name: string, why: string): AccountEdit {
  return { kind: "refused", reason: `Error while trying to add ${what}: ${name} (${why})` };
}

function firstFree(
  range: { readonly first: number; readonly last: number },
  taken: readonly number[],
): number | undefined {
  const used = new Set(taken);
  for (let id = range.first; id <= range.last; id++) {
    if (!used.has(id)) return id;
  }
  return undefined;
}

function addGroup(texts: AccountFileTexts, name: string, gid: number): AccountFileTexts {
  const group = appendLine(texts.group, `${name}:x:${gid}:`);
  if (texts.gshadow === undefined) return { ...texts, group };
  return { ...texts, group, gshadow: appendLine(texts.gshadow, `${name}:!::`) };
}

/** The password is locked: `!` in shadow(5), or in passwd(5) where there is no shadow file. */
function addUser(
  texts: AccountFileTexts,
  user: {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    readonly home: string | undefined;
  },
  options: EditOptions,
): AccountFileTexts {
  const home = user.home ?? usualHome(options.defaults, user.name);
  const password = texts.shadow === undefined ? "!" : "x";
  const passwd = appendLine(
    texts.passwd,
    `${user.name}:${password}:${user.uid}:${user.gid}::${home}:${options.defaults.shell}`,
  );
  if (texts.shadow === undefined) return { ...texts, passwd };
  const shadow = appendLine(texts.shadow, `${user.name}:!:${options.today}:0:99999:7:::`);
  return { ...texts, passwd, shadow };
}

function appendLine(text: string, line: string): string {
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
}
