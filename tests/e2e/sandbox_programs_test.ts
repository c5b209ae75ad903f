/**
 * Real daemons under `sandbox: strict`, with the paths that docs/sandbox.md gives: each answers, and
 * what it has beside these is refused.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { landlockTest } from "./harness/requirements.ts";
import type { Running } from "./harness/running.ts";
import { configuration, type Section } from "./scenario.ts";

const POSTGRES = "/usr/lib/postgresql/15/bin";
const PHP_FPM = "php-fpm8.2";

async function output(run: Running, words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run.exec(words);
  return stdout + stderr;
}

/** Waits until all are ready, and sees that the kernel has what was asked for. */
async function startAll(run: Running, names: readonly string[]): Promise<void> {
  // The control socket is there before the first service starts.
  await run.waitForLine(/prerequisites satisfied/, { limitMs: 30_000 });
  const { code } = await run.exec(["telchap", "wait", "--timeout", "60s", ...names]);
  assertEquals(code, 0, run.output.format());
  for (const name of names) {
    const { stdout } = await run.exec(["telchap", "audit", "--json", name]);
    const { services: [{ filter, noNewPrivs, lacking }] } = JSON.parse(stdout);
    assertEquals([name, filter, noNewPrivs, lacking], [name, "own", true, []]);
  }
}

const POSTGRES_SERVICE: Section = {
  command: `${POSTGRES}/postgres -D $(TEST_DIR)/pg -k $(TEST_DIR)/pg -p 7432`,
  directory: "$(TEST_DIR)/pg",
  uid: "postgres",
  capabilities: [],
  sandbox: { preset: "strict", write: ["/dev/shm"], bind: [7432], require: true },
  ready: { tcp: 7432 },
};

/** Trusts everybody who reaches it, and writes nothing to disk before it must. */
const INITDB =
  `mkdir "$dir/pg"; chown postgres "$dir/pg"; chmod 711 "$dir"; setpriv --reuid=postgres ` +
  `--regid=postgres --clear-groups ${POSTGRES}/initdb -D "$dir/pg" -A trust --no-sync > "$dir/log"`;

landlockTest("postgres answers queries in a strict sandbox, and reads no file beside", async () => {
  await using run = await inNamespace({
    config: configuration({ "postgres.service": POSTGRES_SERVICE }),
    setup: INITDB,
  });
  await startAll(run, ["postgres"]);
  const psql = (query: string) =>
    output(run, ["psql", "-h", "127.0.0.1", "-p", "7432", "-U", "postgres", "-Atc", query]);
  const filled = await psql("create table t(a int); insert into t values (40),(2)");
  assertMatch(filled, /INSERT 0 2\n$/);
  assertEquals(await psql("set min_parallel_table_scan_size=0; select sum(a) from t"), "SET\n42\n");
  assertStringIncludes(
    await psql("copy t from '/var/lib/dpkg/status'"),
    "Permission denied",
  );
  assertStringIncludes(await psql("copy t from program 'cat /var/lib/dpkg/status'"), "failed");
}, ["psql", `${POSTGRES}/initdb`]);

/** A page as a web server would ask php-fpm for it, by FastCGI. */
const ASK = `import socket, struct, sys
def record(kind, body):
  return struct.pack(">BBHHBx", 1, kind, 1, len(body), 0) + body
def pair(name, value):
  return bytes([len(name), len(value)]) + name + value
place = sys.argv[1].encode()
params = b"".join(pair(*each) for each in ((b"SCRIPT_FILENAME", place), (b"REQUEST_METHOD", b"GET")))
with socket.create_connection(("127.0.0.1", 7900)) as s:
  s.sendall(record(1, struct.pack(">HB5x", 1, 0)) + record(4, params) + record(4, b"") + record(5, b""))
  answer = b""
  while part := s.recv(65536):
    answer += part
print(answer.decode("latin1"))`;

const PAGE = `<?php session_start();
echo "sum ", 40 + 2, "\n";
echo "outside ", @file_get_contents("/var/lib/dpkg/status") === false ? "refused" : "read", "\n";
echo "port ", @fsockopen("127.0.0.1", 7432) === false ? "refused" : "open", "\n";`;

const POOL = `[global]
error_log = /proc/self/fd/2
[www]
listen = 127.0.0.1:7900
pm = static
pm.max_children = 2
`;

landlockTest(
  "php-fpm serves pages in a strict sandbox, and they reach nothing beside",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "php-fpm.service": {
          command: `${PHP_FPM} --nodaemonize --fpm-config $(TEST_DIR)/pool.conf`,
          directory: "$(TEST_DIR)/site",
          uid: "www-data",
          capabilities: [],
          sandbox: {
            preset: "strict",
            read: ["$(TEST_DIR)/pool.conf"],
            // The opcache keeps a lock file in /tmp.
            write: ["/tmp", "/var/lib/php/sessions"],
            bind: [7900],
            require: true,
          },
          ready: { tcp: 7900 },
        },
      }),
      files: { "pool.conf": POOL, "site/index.php": PAGE, "ask.py": ASK },
      setup: `chmod 711 "$dir"; mount -t tmpfs -o mode=1733 tmpfs /var/lib/php/sessions`,
    });
    await startAll(run, ["php-fpm"]);
    const place = `${run.directory}/site/index.php`;
    const page = await output(run, ["python3", `${run.directory}/ask.py`, place]);
    assertMatch(page, /sum 42\noutside refused\nport refused\n/);
  },
  [PHP_FPM],
);

const NGINX = `user www-data;
worker_processes 1;
error_log stderr;
events {}
http {
  access_log off;
  server { listen 80; root /srv; location /outside { alias /var/lib/dpkg/; } }
}
`;

landlockTest("nginx and redis answer in a strict sandbox", async () => {
  await using run = await inNamespace({
    config: configuration({
      "nginx.service": {
        command: "nginx -c $(TEST_DIR)/nginx.conf -g 'daemon off;'",
        capabilities: ["NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE"],
        sandbox: {
          preset: "strict",
          read: ["/srv", "$(TEST_DIR)/nginx.conf"],
          write: ["/var/lib/nginx", "/run"],
          bind: [80],
          require: true,
        },
        ready: { tcp: 80 },
      },
      "redis.service": {
        command: "redis-server --port 6379 --dir $(TEST_DIR)/redis --enable-protected-configs yes",
        directory: "$(TEST_DIR)/redis",
        uid: 999,
        capabilities: [],
        sandbox: { preset: "strict", bind: [6379], require: true },
        ready: { tcp: 6379 },
      },
    }),
    files: { "nginx.conf": NGINX },
    setup: `chmod 711 "$dir"; mkdir "$dir/redis"; chown 999 "$dir/redis"
mount -t tmpfs tmpfs /var/lib/nginx; mount -t tmpfs tmpfs /srv; echo hello > /srv/index.html`,
  });
  await startAll(run, ["nginx", "redis"]);
  assertEquals(await output(run, ["busybox", "wget", "-qO-", "http://127.0.0.1/"]), "hello\n");
  const outside = await output(run, ["busybox", "wget", "-qO-", "http://127.0.0.1/outside/status"]);
  assertMatch(outside, /403 Forbidden/);
  assertEquals(await output(run, ["redis-cli", "set", "a", "b"]), "OK\n");
  assertEquals(await output(run, ["redis-cli", "save"]), "OK\n");
  assertEquals((await Deno.stat(`${run.directory}/redis/dump.rdb`)).isFile, true);
  // What it may not write, the sandbox refuses, and not the owner of the place.
  await output(run, ["redis-cli", "config", "set", "dir", "/tmp"]);
  assertStringIncludes(await output(run, ["redis-cli", "save"]), "ERR");
}, ["nginx", "redis-server"]);
