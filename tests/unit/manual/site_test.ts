/** The documents as a static site. */
import { assert, assertEquals } from "@std/assert";
import { anchorOf, brokenLinks, PAGES, renderPage, renderSite } from "../../../docs/site.ts";
import { SCRIPT, STYLE } from "../../../docs/site_assets.ts";
import { test } from "../../test.ts";
import { DOCUMENTS, readProjectFile } from "./documents.ts";

test("every document is a page of the site", () => {
  const paths = PAGES.map(([path]) => path);
  assertEquals(DOCUMENTS.filter((path) => !paths.includes(path)), []);
});

test("the links of the site lead to pages and headings of it", () => {
  const pages = renderSite(readProjectFile);
  assertEquals(brokenLinks(pages), []);
  assert(pages.flatMap(({ links }) => links).length > 100);
});

test("the site loads nothing from elsewhere, and shows no comment", () => {
  for (const { name, html } of renderSite(readProjectFile)) {
    assertEquals(
      html.match(/(?:src|srcset)="(?!pictures\/|index\.js|site\.js)[^"]*"/g),
      null,
      name,
    );
    assertEquals(/<!--/.test(html), false, name);
  }
  assertEquals(/https?:|import\(|fetch\(/.test(STYLE + SCRIPT), false);
});

test("a page has its headings in the contents, with links to what is in the site", () => {
  const markdown = "# Guide\n\n## A `first` part\n\nSee [types](reference.md#states), " +
    "[code](../lib/README.md) and <b>.\n\n| a |\n| --- |\n| `x\\|y` |\n";
  const page = renderPage("docs/guide.md", "Guide", markdown);
  assertEquals(page.name, "guide.html");
  assert(page.html.includes('<li><a href="#a-first-part">A first part</a></li>'), page.html);
  assert(page.html.includes('<a href="reference.html#states">types</a>, code and'));
  assert(page.html.includes("<td><code>x|y</code></td>"));
  assertEquals(page.links, ["reference.html#states"]);
  assertEquals(page.entries.map(({ at, title }) => [at, title]), [
    ["guide.html#guide", "Guide"],
    ["guide.html#a-first-part", "A first part"],
  ]);
});

test("anchorOf is what code hosts make of a heading", () => {
  assertEquals(anchorOf("settings: `env_set`, and $X"), "settings-env_set-and-x");
});
