/** Services that telchap has launched: they are configured by a text that is in no file. */
import { literal } from "./environment/expansion.ts";
import type { Problems } from "./source/problems.ts";
import type { SourceMap } from "./source/source.ts";

/** Plain data, which another incarnation and a new configuration take over. */
export interface LaunchedService {
  /** With .service. */
  readonly name: string;
  /** Its section, as a file would have it. */
  readonly text: string;
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
