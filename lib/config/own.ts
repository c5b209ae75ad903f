/** Reads `own`: what is given to whom before a start. */
import type { Accounts } from "../base/accounts.ts";
import { whyNoPath } from "../base/path_text.ts";
import type { Environment } from "./environment/environment.ts";
import type { OwnedPlace } from "./model.ts";
import { AccountError, resolveIdentity } from "./resolve_identity.ts";
import type { Section } from "./section.ts";

/** What is read where: of the settings it `isShared`. */
export interface OwnContext {
  readonly accounts: Accounts;
  readonly isShared: boolean;
}

/** Reads a section; undefined: nothing is given to anybody. */
export function readOwn(
  section: Section<"own">,
  environment: Environment,
  { accounts, isShared }: OwnContext,
): readonly OwnedPlace[] | undefined {
  const places: OwnedPlace[] = [];
  for (const [key, value] of section.fields("own", environment) ?? []) {
    const path = section.expandText(key, environment) ?? key;
    const owner = typeof value === "string" ? value.trim() : "";
    const found = ownerOf(owner, accounts);
    const wrong = typeof found === "string" ? found : problemOf(path);
    if (wrong !== undefined) {
      return section.fail("own", `invalid own of '${section.name}': ${wrong}`);
    }
    if (typeof found === "object") places.push({ path, ...found, owner, isShared });
  }
  return places.length === 0 ? undefined : places;
}

function problemOf(path: string): string | undefined {
  return whyNoPath(path) ??
    (/^\/+$/.test(path) ? "the root directory is nobody's to give" : undefined);
}

/** A bare user has its own group, as `uid` has it. */
function ownerOf(
  text: string,
  accounts: Accounts,
): Pick<OwnedPlace, "uid" | "gid"> | string {
  const [user = "", group] = text.split(":");
  if (!/^[^\s:]+(?::[^\s:]+)?$/.test(text)) return `'${text}' is not USER or USER:GROUP`;
  try {
    const { uid, gid } = resolveIdentity(accounts, user, group);
    return { uid, gid };
  } catch (error) {
    if (error instanceof AccountError) return error.message;
    throw error;
  }
}
