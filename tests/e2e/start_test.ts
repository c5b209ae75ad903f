/**
 * docs/start.md, typed from top to bottom: the configuration is what `--init` writes for an image
 * with the packages that the page names, and runs on those of this machine.
 */
import { assert, assertEquals } from "@std/assert";
import { inNamespace, shellQuote } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { COOKING, filesOf, STAND_INS } from "./harness/recipes.ts";
import { expectAnswer, sectionsOf, type Shown, shownIn } from "./harness/shown.ts";

const SECTIONS = sectionsOf("docs/start.md");

/** What `--init` finds in the image of the page. */
const IMAGE = {
  "image/usr/sbin/nginx": "#!/bin/sh\n",
  "image/usr/sbin/php-fpm8.2": "#!/bin/sh\n",
  "image/etc/php/8.2/fpm/pool.d/www.conf": "",
  "image/usr/sbin/mariadbd": "#!/bin/sh\n",
  "image/usr/bin/mariadb-install-db": "#!/bin/sh\n",
  "image/etc/passwd": "root:x:0:0::/root:/bin/sh\nmysql:x:100:101::/nonexistent:/bin/false\n",
};

/** A command of the page as it is typed within the container. */
function typed({ command, lines }: Shown): Shown {
  const inside = command?.replace(/^docker exec shop /, "");
  return inside === undefined ? { lines } : { command: inside, lines };
}

function shownUnder(heading: string): readonly Shown[] {
  const shown = shownIn(SECTIONS.get(heading) ?? "").map(typed);
  assert(shown.length > 0, heading);
  return shown;
}

namespaceTest(
  "docs/start.md: nginx, PHP and MariaDB run in ten minutes",
  async () => {
    const startMs = performance.now();
    const [init] = shownUnder("2. A configuration");
    const writes = ["chaperone", "--init", "--root", "$dir/image", "--to", "/out"];
    await using run = await inNamespace({
      files: { ...STAND_INS, ...IMAGE, ...filesOf(SECTIONS.get("1. An image") ?? "") },
      setup: `${COOKING}mount -t tmpfs tmpfs /var/lib/mysql
mkdir -p "$dir/out" && PATH="$dir/bin:$PATH"
ln -s "$dir/out" /run/out
cp -R "$dir/files/." /
${writes.join(" ").replaceAll("/out", "/run/out")} > "$dir/written"
`,
      args: ["--config", "/run/out"],
    });
    await run.waitForLine(/chaperone version \S+, ready\.$/);
    const written = await run.exec(["sh", "-c", `cat ${shellQuote(`${run.directory}/written`)}`]);
    assertEquals(written.stdout.replaceAll("/run/out", "/out").trimEnd().split("\n"), init?.lines);
    for (const shown of shownUnder("3. Run it")) await expectAnswer(run, shown);
    for (const shown of shownUnder("4. Break it")) await expectAnswer(run, shown);
    await run.signal("SIGTERM");
    // What daemons leave of sockets is theirs: php-fpm does so now and then.
    assertEquals(await run.waitForExit(40_000), 0, run.output.format());
    for (const shown of shownUnder("5. Stop it")) await expectAnswer(run, shown);
    assert(performance.now() - startMs < 600_000);
  },
  ["nginx", "php-fpm8.2", "mariadbd"],
);
