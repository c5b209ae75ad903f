/**
 * Adds users and groups: by useradd and groupadd, by busybox' adduser and addgroup, or, where an
 * image has none of them, by changing the account files itself. Which account is to be added is
 * decided elsewhere, see the plan of `--create-user`.
 */
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { AccountAction } from "../../config/create_user.ts";
import {
  type AccountDefaults,
  type AccountFileTexts,
  editAccounts,
  parseAccountDefaults,
  usualHome,
} from "./account_edit.ts";
import { busyboxArguments, shadowArguments } from "./account_commands.ts";
import { withAccountLock } from "./account_lock.ts";
import { AccountFiles } from "../../base/accounts.ts";
import { findExecutable } from "../paths/executable.ts";
import { fileKind, readTextFile, removeFile } from "../files/files.ts";
import { throwingSystemError } from "../libc/system_failure.ts";

const MS_PER_DAY = 24 * 60 * 60 * 1000;

/** Where accounts are changed. */
export interface AccountPlace {
  /** Directory that holds `etc`, without a slash at the end; empty for the system itself. */
  readonly root: string;
  /** Directories searched for the programs, in the form of PATH. */
  readonly searchPath: string;
}

/** Reads the accounts of a place. @throws {SystemError} */
export function readAccountsOf(place: AccountPlace): AccountFiles {
  return new AccountFiles(
    readTextFile(`${place.root}/etc/passwd`) ?? "",
    readTextFile(`${place.root}/etc/group`) ?? "",
  );
}

/** Tells who owns a file. @throws {SystemError} where there is none. */
export function readOwner(path: string): { readonly uid: number; readonly gid: number } {
  const info = throwingSystemError("stat", path, () => Deno.statSync(path));
  return { uid: info.uid ?? 0, gid: info.gid ?? 0 };
}

/** Whether the home directory exists that `name` gets by default. */
export function usualHomeExists(place: AccountPlace, name: string): boolean {
  return fileKind(place.root + usualHome(readDefaults(place), name)) !== undefined;
}

function readDefaults(place: AccountPlace): AccountDefaults {
  return parseAccountDefaults(
    readTextFile(`${place.root}/etc/login.defs`) ?? "",
    readTextFile(`${place.root}/etc/default/useradd`) ?? "",
  );
}

/**
 * Carries out `actions` in order. Returns why one failed, with those before it done, or undefined.
 * @throws {SystemError} where the files cannot be changed.
 */
export async function applyAccountActions(
  actions: readonly AccountAction[],
  place: AccountPlace,
): Promise<string | undefined> {
  for (const action of actions) {
    const tool = findTool(action, place);
    const failure = tool === undefined
      ? await editFiles(action, place)
      : await runTool(action, tool);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

interface Tool {
  readonly path: string;
  readonly args: readonly string[];
}

/** The shadow tools come first: they can do more, and only they work below another root. */
function findTool(action: AccountAction, place: AccountPlace): Tool | undefined {
  const adding = action.kind === "add-user";
  const gnu = findExecutable(adding ? "useradd" : "groupadd", place.searchPath);
  if (gnu.kind === "found") return { path: gnu.path, args: shadowArguments(action, place.root) };
  const busybox = findExecutable(adding ? "adduser" : "addgroup", place.searchPath);
  if (busybox.kind !== "found" || place.root !== "") return undefined;
  return { path: busybox.path, args: busyboxArguments(action) };
}

async function runTool(action: AccountAction, tool: Tool): Promise<string | undefined> {
  const command = new Deno.Command(tool.path, {
    args: [...tool.args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await throwingSystemError("exec", tool.path, () => command.output());
  if (success) return undefined;
  const what = action.kind === "add-user" ? "user" : "group";
  const words = [tool.path.slice(tool.path.lastIndexOf("/") + 1), ...tool.args].join(" ");
  const said = new TextDecoder().decode(stderr).trim().split("\n")[0];
  return `Error while trying to add ${what}: ${action.name} (${words})${said ? `: ${said}` : ""}`;
}

/** Last the file that makes the account visible, so that it is never visible in part. */
const WRITE_ORDER = ["gshadow", "group", "shadow", "passwd"] as const;

async function editFiles(action: AccountAction, place: AccountPlace): Promise<string | undefined> {
  const etc = `${place.root}/etc`;
  throwingSystemError("mkdir", etc, () => Deno.mkdirSync(etc, { recursive: true }));
  const paths = WRITE_ORDER.map((name) => `${etc}/${name}`).reverse();
  return await withAccountLock(paths, () => {
    const before = readTexts(etc);
    const edit = editAccounts(before, action, {
      defaults: readDefaults(place),
      today: Math.floor(Date.now() / MS_PER_DAY),
    });
    if (edit.kind === "refused") return edit.reason;
    for (const name of WRITE_ORDER) {
      const text = edit.texts[name];
      if (text !== undefined && text !== before[name]) replaceFile(`${etc}/${name}`, text);
    }
    return undefined;
  });
}

function readTexts(etc: string): AccountFileTexts {
  const shadow = readTextFile(`${etc}/shadow`);
  const gshadow = readTextFile(`${etc}/gshadow`);
  return {
    passwd: readTextFile(`${etc}/passwd`) ?? "",
    group: readTextFile(`${etc}/group`) ?? "",
    ...(shadow === undefined ? {} : { shadow }),
    ...(gshadow === undefined ? {} : { gshadow }),
  };
}

/** Replaces a file as a whole: a reader sees the old text or the new one. Keeps mode and owner. */
function replaceFile(path: string, text: string): void {
  const exists = fileKind(path) !== undefined;
  const target = exists
    ? throwingSystemError("realpath", path, () => Deno.realPathSync(path))
    : path;
  const fresh = `${target}.new`;
  try {
    throwingSystemError("open", fresh, () => {
      writeDurably(fresh, text, { createMode: 0o600 });
      const info = exists ? Deno.statSync(target) : undefined;
      if (info !== undefined) Deno.chownSync(fresh, info.uid, info.gid);
      Deno.chmodSync(fresh, (info?.mode ?? 0o644) & 0o7777);
    });
    throwingSystemError("rename", target, () => Deno.renameSync(fresh, target));
  } catch (error) {
    removeFile(fresh);
    // EBUSY: the file is a mount of its own, as some engines make it. Its name cannot move.
    if (!(error instanceof SystemError) || error.errno !== ERRNO.EBUSY) throw error;
    throwingSystemError("write", target, () => writeDurably(target, text));
  }
}

function writeDurably(path: string, text: string, options: { createMode?: number } = {}): void {
  const create = options.createMode === undefined ? {} : { create: true, mode: options.createMode };
  using file = Deno.openSync(path, { write: true, truncate: true, ...create });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}
