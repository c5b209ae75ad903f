import { assert, assertEquals } from "@std/assert";
import { Draft } from "../../../lib/import/draft.ts";
import { type ImageFacts, proposeServices } from "../../../lib/import/starter.ts";
import { test } from "../../test.ts";
import { read } from "./converting.ts";
import { imageOf } from "./image_of.ts";

function propose(facts: ImageFacts) {
  const draft = new Draft();
  proposeServices(facts, draft);
  return read(draft);
}

test("proposeServices knows the programs of Debian's packages", () => {
  const { sections } = propose(imageOf([
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
    "postgres-directory.service",
    "postgres.service",
    "redis-directory.service",
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
    "no_new_privs": true,
    capabilities: [],
  });
  assertEquals(sections["nginx.service"]?.["after"], "php-fpm.service");
});

test("proposeServices takes from programs what they are known not to need", () => {
  const programs = ["/usr/sbin/nginx", "/usr/bin/redis-server", "/usr/bin/memcached"];
  const { sections } = propose(imageOf([...programs, "/usr/sbin/sshd"], ["redis"]));
  const taken = Object.entries(sections).map(([name, section]) =>
    [name, section["no_new_privs"], section["capabilities"]] as const
  );
  // As root a program reaches the files of others by capabilities alone.
  assertEquals(
    new Map(taken.map(([name, ...values]) => [name, values])),
    new Map([
      ["redis-directory.service", [undefined, undefined]],
      ["redis.service", [true, []]],
      ["nginx.service", [true, undefined]],
      ["memcached.service", [undefined, undefined]],
      ["sshd-prepare.service", [undefined, undefined]],
      ["sshd.service", [undefined, undefined]],
    ] as unknown as [string, [boolean, string[]]][]),
  );
});

test("proposeServices says which configurations it could convert", () => {
  const { text } = propose(imageOf([
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
  const { text, config } = propose(imageOf([]));
  assertEquals(config.services, []);
  assert(text.includes("# web.service:"));
});

test("F-085: what --init proposes can run, and stops within the time of all", () => {
  const { sections, config, text } = propose(
    imageOf(["/usr/sbin/sshd", "/usr/sbin/mariadbd"]),
  );
  assertEquals(sections["sshd-prepare.service"], {
    type: "oneshot",
    before: "sshd.service",
    command: "/bin/sh -c 'mkdir -p /run/sshd && ssh-keygen -A'",
  });
  assertEquals(sections["mysql.service"]?.["ready"], { listen: "3306" });
  assert(text.includes("# Makes the data directory ready where it is empty"));
  assertEquals(config.settings.shutdownTimeoutMs, 30_000);
});
