/**
 * Writes what of the documentation is generated, and wraps the rest: `deno task docs`; with `--site [FOLDER]`, all of
 * it as a static site, too.
 */
import { generateReference } from "../lib/manual/reference.ts";
import { MAN_PAGES } from "../lib/manual/man_pages.ts";
import { generateAnswersSchema } from "../lib/manual/answers_schema.ts";
import { generateSchema } from "../lib/manual/schema.ts";
import { generateFigures } from "./figures.ts";
import { drawIdea } from "./idea.ts";
import { wrapMarkdown } from "./wrap.ts";

/** The generated files, by name within this folder. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  "reference.md": () => wrapMarkdown(generateReference()),
  "figures.md": generateFigures,
  "chaperone.schema.json": generateSchema,
  "telchap.schema.json": generateAnswersSchema,
  "pictures/idea.svg": drawIdea,
  ...Object.fromEntries(
    Object.entries(MAN_PAGES).map(([name, generate]) => [`man/${name}`, generate]),
  ),
};

const ROOT = new URL("../", import.meta.url);

/** Lists the documents that are written by hand, by their paths below the root. */
export async function listPages(): Promise<string[]> {
  const pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "lib/README.md"];
  pages.push("tests/README.md", "tests/CHECKLIST.md");
  for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
    if (name.endsWith(".md") && !(name in GENERATED)) pages.push(`docs/${name}`);
  }
  return pages;
}

if (import.meta.main) {
  for (const [name, generate] of Object.entries(GENERATED)) {
    await Deno.writeTextFile(new URL(name, import.meta.url), generate());
  }
  for (const page of await listPages()) {
    const path = new URL(page, ROOT);
    await Deno.writeTextFile(path, wrapMarkdown(await Deno.readTextFile(path)));
  }
  const [option, folder = new URL("../dist/site", import.meta.url).pathname] = Deno.args;
  if (option === "--site") {
    // The renderer is loaded only here.
    const { writeSite } = await import("./site.ts");
    const count = await writeSite(folder);
    Deno.stdout.writeSync(new TextEncoder().encode(`${folder}: ${count} pages\n`));
  }
}
