/**
 * Writes what of the documentation is generated: `deno task docs`; with `--site [FOLDER]`, all of
 * it as a static site, too.
 */
import { generateReference } from "../lib/manual/reference.ts";
import { MAN_PAGES } from "../lib/manual/man_pages.ts";
import { generateAnswersSchema } from "../lib/manual/answers_schema.ts";
import { generateSchema } from "../lib/manual/schema.ts";
import { generateFigures } from "./figures.ts";
import { drawIdea } from "./idea.ts";

/** The generated files, by name within this folder. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  "reference.md": generateReference,
  "figures.md": generateFigures,
  "chaperone.schema.json": generateSchema,
  "telchap.schema.json": generateAnswersSchema,
  "pictures/idea.svg": drawIdea,
  ...Object.fromEntries(
    Object.entries(MAN_PAGES).map(([name, generate]) => [`man/${name}`, generate]),
  ),
};

if (import.meta.main) {
  for (const [name, generate] of Object.entries(GENERATED)) {
    await Deno.writeTextFile(new URL(name, import.meta.url), generate());
  }
  const [option, folder = new URL("../dist/site", import.meta.url).pathname] = Deno.args;
  if (option === "--site") {
    // The renderer is loaded only here.
    const { writeSite } = await import("./site.ts");
    const count = await writeSite(folder);
    Deno.stdout.writeSync(new TextEncoder().encode(`${folder}: ${count} pages\n`));
  }
}
