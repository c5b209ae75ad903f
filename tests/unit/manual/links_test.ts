/** Links between the documents lead somewhere. */
import { assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { DOCUMENTS, readProjectFile, ROOT } from "./documents.ts";

interface Link {
  readonly path: string;
  readonly anchor: string | undefined;
}

function linksIn(document: string): Link[] {
  const text = readProjectFile(document).replace(/```[\s\S]*?```/g, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "")
    .filter((target) => !/^\w+:/.test(target));
  return targets.map((target) => {
    const [file = "", anchor] = target.split("#");
    const base = new URL(document, ROOT);
    return { path: file === "" ? base.pathname : new URL(file, base).pathname, anchor };
  });
}

/** Returns the anchors that code hosts make of the headings of a document. */
function anchorsOf(path: string): string[] {
  const text = Deno.readTextFileSync(path).replace(/```[\s\S]*?```/g, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? "").toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

for (const document of DOCUMENTS) {
  test(`every link in ${document} leads to a file and a heading of it`, () => {
    const broken = linksIn(document).filter(({ path, anchor }) =>
      !exists(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor))
    );
    assertEquals(broken, []);
  });
}
