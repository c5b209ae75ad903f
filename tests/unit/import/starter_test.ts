import { assert, assertEquals } from "@std/assert";
import { Draft } from "../../../lib/import/draft.ts";
import { type ImageFacts, proposeServices } from "../../../lib/import/starter.ts";
import { test } from "../../test.ts";
import { read } from "./converting.ts";

function image(paths: readonly string[], users: readonly string[] = []): ImageFacts {
  const directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];
  return {
    findProgram: (name) =>
      directories.map((directory) => `${directory}/${name}`).find((path) => paths.includes(path)),
    exists: (path) => paths.some((known) => known === path || known.startsWith(`${path}/`)),
    list: (directory) => [
      ...new Set(
        paths.filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1).split("/")[0] ?? ""),
      ),
    ],
    hasUser: (name) => users.includes(name),
  };
}

function propose(facts: ImageFacts) {
  const draft = new Draft();
  proposeServices(facts, draft);
  return read(draft);
}

test("proposeServices knows the programs of Debian's packages", () => {
  const { sections } = propose(image([
    "/usr/sbin/nginx",
    "/usr/bin/redis-server",
    "/etc/redis/redis.conf",
    "/var/lib/redis/dump.rdb",
    "/usr/lib/postgresql/9/bin/postgres",
    "/usr/lib/postgresql/15/bin/postgres",
    "/etc/postgresql/15/main/postgresql.conf",
    "/usr/sbin/php-fpm8.2",
  ], ["redis", "postgres"]));
  assertEquals(Object.keys(sections), [
    "postgres.service",
    "redis.service",
    "php-fpm-directory.service",
    "php-fpm.service",
    "nginx.service",
  ]);
  assertEquals(
    sections["postgres.service"]?.["command"],
    "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main " +
      "-c config_file=/etc/postgresql/15/main/postgresql.conf",
  );
  assertEquals(sections["redis.service"], {
    restart: true,
    command: "/usr/bin/redis-server /etc/redis/redis.conf --logfile '' --daemonize no",
    uid: "redis",
    directory: "/var/lib/redis",
    ready: { tcp: "127.0.0.1:6379" },
  });
  assertEquals(sections["nginx.service"]?.["after"], "php-fpm.service");
});

test("proposeServices says which configurations it could convert", () => {
  const { text } = propose(image([
    "/etc/supervisor/conf.d/web.conf",
    "/etc/s6-overlay/s6-rc.d/web/run",
    "/usr/sbin/cron",
    "/etc/crontab",
  ]));
  assert(text.includes("--from-supervisord /etc/supervisor/conf.d/web.conf"));
  assert(text.includes("--from-s6 /etc/s6-overlay/s6-rc.d"));
  assert(text.includes("--from-crontab /etc/crontab"));
});

test("proposeServices shows what a service looks like in an image without any", () => {
  const { text, config } = propose(image([]));
  assertEquals(config.services, []);
  assert(text.includes("# web.service:"));
});

test("F-085: what --init proposes can run, and stops within the time of all", () => {
  const { sections, config, text } = propose(
    image(["/usr/sbin/sshd", "/usr/sbin/mariadbd"]),
  );
  assertEquals(sections["sshd-prepare.service"], {
    type: "oneshot",
    before: "sshd.service",
    command: "/bin/sh -c 'mkdir -p /run/sshd && ssh-keygen -A'",
  });
  assertEquals(sections["mysql.service"]?.["ready"], { tcp: "127.0.0.1:3306" });
  assert(text.includes("# Its data directory must be there"));
  assertEquals(config.settings.shutdownTimeoutMs, 30_000);
});
