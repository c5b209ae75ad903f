/**
 * What the variable `_CHAP_OPTIONS` of an image says of its configuration, for programs beside
 * process 1: how that was called is not to be seen any more.
 */
import { type Accounts, findUser, type UserAccount } from "../base/accounts.ts";
import { VERSION } from "../base/version.ts";
import {
  type ChaperoneOptions,
  DEFAULT_CONFIG_PATH,
  parseCommandLine,
} from "../commands/command_line.ts";
import { resolveConfigPath } from "../config/source/config_files.ts";

/** What it says. */
export interface ImageOptions {
  /** Undefined where it is not understood, or asks for a help text. */
  readonly options: ChaperoneOptions | undefined;
  /** Whom services run as; undefined: nobody is named, or `--create-user` has yet to make it. */
  readonly account: UserAccount | undefined;
  /** Where the configuration lies. */
  readonly configPath: string;
  /** Why chaperone refuses to start with it. */
  readonly problem: string | undefined;
}

/** Reads the variable; `config` counts in place of its `--config`. */
export function readImageOptions(
  variables: Readonly<Record<string, string>>,
  accounts: Accounts,
  config?: string,
): ImageOptions {
  const defaults = variables["_CHAP_OPTIONS"];
  const parsed = parseCommandLine([], { programName: "chaperone", version: VERSION, defaults });
  const options = parsed.kind === "run" ? parsed.options : undefined;
  const user = options?.user ?? options?.createUser?.split(":")[0];
  const account = user === undefined ? undefined : findUser(accounts, user);
  const place = config ?? options?.config ?? DEFAULT_CONFIG_PATH;
  return {
    options,
    account,
    configPath: resolveConfigPath(place, account?.home),
    problem: parsed.kind === "exit" && parsed.exit.exitCode !== 0
      ? [...parsed.exit.stdout, ...parsed.exit.stderr.slice(0, 1)].join(": ")
      : undefined,
  };
}
