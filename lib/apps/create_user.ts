/** Joins the plan of `--create-user` to the system, and gives the messages of chaperone 0.3.9. */
import { SystemError } from "../base/errors.ts";
import type { EarlyExit } from "../commands/command_line.ts";
import { parseCreateUser, planUser } from "../config/create_user.ts";
import {
  type AccountPlace,
  applyAccountActions,
  readAccountsOf,
  readOwner,
  usualHomeExists,
} from "../sys/accounts/account_tools.ts";

/** The name of the user that exists now, or how the program ends. */
export type CreatedUser =
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "exit"; readonly exit: EarlyExit };

/** The accounts of the system. Programs for them lie outside the PATH of many images. */
export function systemAccounts(pathVariable: string | undefined): AccountPlace {
  return { root: "", searchPath: `${pathVariable ?? "/usr/bin:/bin"}:/usr/sbin:/sbin` };
}

/** Carries out `--create-user` with this value; a user who is as wanted already stays unchanged. */
export async function createUser(
  value: string,
  defaultHome: string | undefined,
  place: AccountPlace,
): Promise<CreatedUser> {
  const wanted = parseCreateUser(value);
  if (wanted === undefined) {
    return refuse(`--create-user is NAME[:UID[:GID]] or NAME:/FILE[:UID[:GID]], not '${value}'`);
  }
  try {
    const plan = planUser(wanted, {
      accounts: readAccountsOf(place),
      owner: wanted.file === undefined ? undefined : readOwner(wanted.file),
      defaultHome,
      usualHomeExists: defaultHome !== undefined && usualHomeExists(place, wanted.name),
    });
    const reason = plan.kind === "refused"
      ? plan.reason
      : await applyAccountActions(plan.actions, place);
    if (reason === undefined) return { kind: "user", name: wanted.name };
    return refuse(`--create-user has failed: ${reason}`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return refuse(`--create-user has failed: ${error.message}`);
  }
}

function refuse(line: string): CreatedUser {
  return { kind: "exit", exit: { stdout: [line], stderr: [], exitCode: 1 } };
}
