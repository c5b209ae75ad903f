/** The recipes of docs/cookbook.md are what `chaperone --init` writes, and can be installed. */
import { assert, assertEquals } from "@std/assert";
import { Draft } from "../../../lib/import/draft.ts";
import { proposeServices, startConfig } from "../../../lib/import/starter.ts";
import { blocksOf, sectionsOf } from "../../e2e/harness/shown.ts";
import { test } from "../../test.ts";
import { imageOf } from "../import/image_of.ts";
import { readProjectFile } from "./documents.ts";

const PAGE = "docs/cookbook.md";
const SECTIONS = sectionsOf(PAGE);

/** What Debian's packages bring, as far as `--init` looks at it. */
const PACKAGES: Readonly<Record<string, { paths: readonly string[]; users?: readonly string[] }>> =
  {
    "nginx and php-fpm": {
      paths: ["/usr/sbin/nginx", "/usr/sbin/php-fpm8.2", "/etc/php/8.2/fpm/pool.d/www.conf"],
    },
    PostgreSQL: {
      paths: ["postgres", "initdb", "pg_isready"].map((name) =>
        `/usr/lib/postgresql/15/bin/${name}`
      ),
      users: ["postgres"],
    },
    MariaDB: { paths: ["/usr/sbin/mariadbd", "/usr/bin/mariadb-install-db"], users: ["mysql"] },
    Redis: {
      paths: ["/usr/bin/redis-server", "/etc/redis/redis.conf", "/var/lib/redis/dump.rdb"],
      users: ["redis"],
    },
    Java: { paths: ["/usr/share/tomcat10/bin/catalina.sh"], users: ["tomcat"] },
    sshd: { paths: ["/usr/sbin/sshd"] },
  };

for (const [heading, { paths, users }] of Object.entries(PACKAGES)) {
  test(`docs/cookbook.md: ${heading} is what --init writes`, () => {
    const draft = new Draft();
    proposeServices(imageOf(paths, users), draft);
    const written = draft.services.map((service) => service.render()).join("\n\n");
    const shown = blocksOf(SECTIONS.get(heading) ?? "", "yaml")[0] ?? "";
    assertEquals(shown.replace(/^settings:\n(?: .*\n)+\n/, "").trim(), written);
  });
}

test("docs/cookbook.md begins with the file that --init writes first", () => {
  assertEquals(blocksOf(readProjectFile(PAGE), "yaml")[0], startConfig(new Draft()));
});

test("the packages of docs/cookbook.md are installed for its test", () => {
  const setup = readProjectFile("tests/setup.ts");
  for (const [heading, text] of SECTIONS) {
    const line = /^Packages: (.*?)\./m.exec(text)?.[1] ?? "";
    for (const [, name] of line.matchAll(/`([\w-]+)`/g)) {
      assert(setup.includes(`"${name}"]`), `${heading}: ${name}`);
    }
  }
});
