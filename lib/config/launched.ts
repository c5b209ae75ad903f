/** Services that telchap has launched: they are configured by a text that is in no file. */
import { COMMAND_NAME, shortName } from "../base/service_name.ts";
import { literal } from "./environment/expansion.ts";
import { DEFAULTS_SECTION } from "./source/merge.ts";
import type { Problems } from "./source/problems.ts";
import type { SourceMap } from "./source/source.ts";

/** Plain data, which another incarnation and a new configuration take over. */
export interface LaunchedService {
  /** With .service. */
  readonly name: string;
  /** Its section, as a file would have it. */
  readonly text: string;
  /** Where it is launched again whenever the container starts: who had it launched. */
  readonly kept?: Launcher;
}

/** Who has had a service launched, as the kernel said. */
export interface Launcher {
  readonly uid: number;
  /** The primary one first. */
  readonly groups: readonly number[];
}

/** What messages say in place of a file. */
const PLACE = "telchap launch";

/** Returns the text that configures such a service. Nothing in what the directives say is expanded. */
export function launchedService(
  name: string,
  directives: Readonly<Record<string, unknown>>,
): LaunchedService {
  // Expanding runs commands, perhaps as root, and that before anybody knows whose service it will be.
  const unexpanded = (_key: string, value: unknown) =>
    typeof value === "string" ? literal(value) : value;
  return { name, text: JSON.stringify({ [name]: directives }, unexpanded) };
}

/** What a section may say that telchap has made. */
const LAUNCHED_DIRECTIVES = new Set([
  "command",
  "directory",
  "env_set",
  "gid",
  "groups",
  "ready",
  "restart",
  "stderr",
  "stdout",
  "uid",
]);
const NAME = /^\w[\w.@-]*$/;

/** Whether a service may be launched under a name, which is without .service. */
export function isLaunchName(short: string): boolean {
  return NAME.test(short) && short !== COMMAND_NAME;
}

/** Whether a text is one that `launchedService` has made for a service of this name. */
export function isLaunchedSection(name: string, text: string): boolean {
  let root: Record<string, unknown> | null;
  try {
    root = JSON.parse(text);
  } catch {
    return false; // A SyntaxError.
  }
  const short = shortName(name);
  if (name !== `${short}.service` || !isLaunchName(short) || name === DEFAULTS_SECTION) {
    return false;
  }
  const section = root?.[name];
  if (typeof section !== "object" || section === null) return false;
  return Object.keys(root ?? {}).length === 1 &&
    Object.keys(section).every((directive) => LAUNCHED_DIRECTIVES.has(directive));
}

/** The texts to be read after those of files. A file may not have a service of the same name. */
export function launchedTexts(
  launched: readonly LaunchedService[],
  files: readonly { readonly root: SourceMap | undefined }[],
  problems: Problems,
): { readonly name: string; readonly text: string }[] {
  return launched.map(({ name, text }) => {
    const section = files.flatMap(({ root }) => root?.entries.get(name) ?? [])[0];
    if (section !== undefined) {
      const remedy = "say telchap forget first, or give the section another name";
      problems.add(`'${name}' has been launched by telchap: ${remedy}`, section.key);
    }
    return { name: PLACE, text };
  });
}
