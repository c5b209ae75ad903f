/**
 * docs/cookbook.md: each recipe runs as it stands on this machine's packages, becomes ready, does
 * what the page shows, and stops in order. What it writes lies on file systems of the test's own.
 */
import { assertEquals } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { COOKING, filesOf, STAND_INS } from "./harness/recipes.ts";
import { blocksOf, expectAnswer, sectionsOf, shownIn } from "./harness/shown.ts";
import { readProjectFile } from "../unit/manual/documents.ts";

const PAGE = "docs/cookbook.md";
const START = blocksOf(readProjectFile(PAGE), "yaml")[0] ?? "";

/** What a machine needs beside that of every test. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "nginx and php-fpm": ["nginx", "php-fpm8.2"],
  PostgreSQL: ["initdb", "runuser", "psql"],
  MariaDB: ["mariadbd"],
  Redis: ["redis-server"],
  gunicorn: ["gunicorn"],
  Node: ["node"],
  Java: ["java"],
  Jobs: [],
  sshd: ["sshd"],
  "A pool of workers": ["redis-server"],
  "A devcontainer": ["node", "redis-server"],
  "An image of somebody else": [],
};

/** Empty volumes, as the recipe mounts them. */
function volumesOf(section: string): string {
  const paths = [...section.matchAll(/ -v \w+:(\/\S+)/g)].map((match) => match[1]);
  return paths.map((path) => `mkdir -p ${path}\nmount -t tmpfs tmpfs ${path}\n`).join("");
}

for (const [heading, section] of sectionsOf(PAGE)) {
  namespaceTest(`docs/cookbook.md: ${heading}`, async () => {
    await using run = await inNamespace({
      config: {
        "010-start.conf": START,
        "100-services.conf": blocksOf(section, "yaml").join("\n"),
      },
      files: { ...STAND_INS, ...filesOf(section) },
      setup: `${COOKING}${volumesOf(section)}cp -R "$dir/files/." /`,
    });
    await run.waitForLine(/chaperone version \S+, ready\.$/);
    const ready = await run.exec(["telchap", "wait", "--timeout", "60s"], { limitMs: 70_000 });
    assertEquals(ready.code, 0, `${ready.stdout}${ready.stderr}\n${run.output.format()}`);
    for (const shown of shownIn(section)) await expectAnswer(run, shown);
    await run.signal("SIGTERM");
    // What daemons leave of sockets is theirs: php-fpm does so now and then.
    assertEquals(await run.waitForExit(40_000), 0, run.output.format());
    const killed = run.output.texts().filter((line) => line.includes("was killed"));
    assertEquals(killed, []);
  }, PROGRAMS[heading] ?? []);
}
