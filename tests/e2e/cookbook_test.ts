/**
 * docs/cookbook.md: each recipe runs as it stands on this machine's packages, becomes ready, does
 * what the page shows, and stops in order. What it writes lies on file systems of the test's own.
 */
import { assertEquals } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
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
  Jobs: [],
  sshd: ["sshd"],
  "A pool of workers": ["redis-server"],
  "An image of somebody else": [],
};

/** What images have and this machine has not. */
const STAND_INS: Readonly<Record<string, string>> = {
  "bin/curl": '#!/bin/sh\nexec busybox wget -qO- "$2"\n',
  "files/usr/local/bin/docker-entrypoint.sh": `#!/bin/sh
echo "$1 serves $3"
exec sleep 600
`,
};

/** Has the machine's folders written to in memory. */
const PRIVATE = ["var", "srv", "usr/local"].map((folder) =>
  `mkdir -p "$dir/own/${folder}"
mount -t tmpfs tmpfs "$dir/own/${folder}"
mkdir "$dir/own/${folder}/upper" "$dir/own/${folder}/work"
mount -t overlay overlay -o "lowerdir=/${folder},upperdir=$dir/own/${folder}/upper,workdir=$dir/own/${folder}/work" /${folder}
`
).join("");

/** The files that a recipe shows: a comment in the first two lines is the path. */
function filesOf(section: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const language of ["nginx", "php", "python", "sh"]) {
    for (const text of blocksOf(section, language)) {
      const path = /^(?:#!.*\n)?(?:<\?php )?(?:#|\/\/) (\/\S+)$/m.exec(text)?.[1];
      if (path !== undefined) files[`files${path}`] = text;
    }
  }
  return files;
}

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
      setup: `${PRIVATE}${volumesOf(section)}cp -R "$dir/files/." /`,
    });
    await run.waitForLine(/chaperone version \S+, ready\.$/);
    const ready = await run.exec(["telchap", "wait", "--timeout", "60s"], { limitMs: 70_000 });
    assertEquals(ready.code, 0, `${ready.stdout}${ready.stderr}\n${run.output.format()}`);
    for (const shown of shownIn(section)) await expectAnswer(run, shown);
    await run.signal("SIGTERM");
    await run.expectExit(0, 40_000);
    const killed = run.output.texts().filter((line) => line.includes("was killed"));
    assertEquals(killed, []);
  }, PROGRAMS[heading] ?? []);
}
