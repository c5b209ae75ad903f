/** Each promise of README names the tests that hold it, in a comment. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../../test.ts";
import { listFolder, readProjectFile } from "./documents.ts";

function promises(): readonly string[] {
  const [, after = ""] = readProjectFile("README.md").split("\n## What it promises\n");
  return (after.split("\n## ")[0] ?? "").split(/^- /m).slice(1);
}

test("each promise of README names a test that exists", () => {
  assert(promises().length >= 7);
  for (const promise of promises()) {
    const named = [...promise.matchAll(/<!-- test: (\S+\.ts): (.+?) -->/g)];
    assert(named.length > 0, promise);
    for (const [, path = "", name = ""] of named) {
      assert(readProjectFile(path).includes(`"${name}"`), `${path} has no test "${name}"`);
    }
  }
});

test("README has the two commands, and is read in two minutes", () => {
  const text = readProjectFile("README.md");
  assert(text.includes("\nnpx -y deno@2.9.6 task demo "));
  assert(text.includes("\nnpx -y deno@2.9.6 task test "));
  assert(text.split("\n").length < 120, `${text.split("\n").length} lines`);
});

test("docs/README.md leads to every page", () => {
  const contents = readProjectFile("docs/README.md");
  const pages = listFolder("docs/").filter((path) => /^docs\/[\w.-]+\.md$/.test(path))
    .map((path) => path.slice("docs/".length)).filter((name) => name !== "README.md");
  assertEquals(pages.filter((name) => !contents.includes(`](${name})`)), []);
});

test("docs/faq.md has twenty questions, each with a place that answers it and where it is asked", () => {
  const questions = readProjectFile("docs/faq.md").split(/^## /m).slice(1);
  assertEquals(questions.length, 20);
  for (const question of questions) {
    assert(/\]\([\w.-]+\.md/.test(question), question);
    assert(/^\*Asked: [^*]+\*$/m.test(question), question);
  }
});

/** Cases whose right value is a sentence: what a page says of them. */
const SENTENCES: readonly (readonly [name: string, page: string, says: RegExp])[] = [
  [
    "F-029: NOTIFY_SOCKET is set with a watchdog, too",
    "docs/reference.md",
    /`NOTIFY_SOCKET` \| set for services of type `notify` and those with a `watchdog`/,
  ],
  [
    "chaperone stays in WORKDIR, and how a volume there is kept free",
    "docs/places.md",
    /image's `WORKDIR`[^]*unmounted/,
  ],
  [
    "how a browser outside the container reaches the page, and what it does not see",
    "docs/observing.md",
    /docker run -p 127\.0\.0\.1:9100:9100[^]*the page shows no log/,
  ],
];

for (const [name, page, says] of SENTENCES) {
  test(`${page} says ${name}`, () => assertMatch(readProjectFile(page), says));
}
