/** The pictures of the documents: there, small enough to load, and able to play as an image. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../../test.ts";
import { listFolder, readProjectFile, ROOT } from "../manual/documents.ts";

const LARGEST_BYTES = 150 * 1024;
const PICTURES = listFolder("docs/pictures/");

test("no picture is larger than 150 KiB", () => {
  assert(PICTURES.length >= 4, PICTURES.join());
  for (const path of PICTURES) {
    const { size } = Deno.statSync(new URL(path, ROOT));
    assert(size <= LARGEST_BYTES, `${path} has ${size} bytes`);
  }
});

test("a drawing runs no script and loads nothing", () => {
  for (const path of PICTURES.filter((name) => name.endsWith(".svg"))) {
    const svg = readProjectFile(path).replace('xmlns="http://www.w3.org/2000/svg"', "");
    assertEquals(/<script|https?:|@import|href="[^#]/.exec(svg)?.[0], undefined, path);
  }
});

test("every picture is shown in a document", () => {
  const documents = ["README.md", ...listFolder("docs/").filter((path) => path.endsWith(".md"))];
  const texts = documents.map(readProjectFile).join("\n");
  for (const path of PICTURES) {
    assert(texts.includes(path.replace("docs/", "")), `${path} is shown nowhere`);
  }
});
