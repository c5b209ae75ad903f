/** Services that telchap has launched: they are configured by a text that is in no file. */
import { quoteWord } from "./environment/shell_words.ts";
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

/** Returns the text that configures such a service. */
export function launchedService(
  name: string,
  directives: Readonly<Record<string, unknown>>,
): LaunchedService {
  return { name, text: JSON.stringify({ [name]: directives }) };
}

/** Returns the value of `command` that runs these words, whatever they hold. */
export function literalCommand(words: readonly string[]): string {
  return words.map((word) => literalText(quoteWord(word))).join(" ");
}

/** Returns a text in which nothing is expanded. */
export function literalText(text: string): string {
  return text.replace(/\$(?=[({])/g, "\\$&");
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
