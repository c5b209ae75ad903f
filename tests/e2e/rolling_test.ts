/**
 * Instances of nginx and gunicorn under the load of ab, exchanged by restart, apply and recycle, and
 * certificates that are renewed: no request fails, and each change leads to one action.
 * PROOF_ROUNDS=20 does all of it so often, and with gunicorn, too.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration } from "./scenario.ts";

const ROUNDS = Number(Deno.env.get("PROOF_ROUNDS") ?? 0);

/** Serves on the socket that it inherits. One request in a hundred is told. */
const NGINX_CONF = `daemon off;
worker_processes 1;
error_log stderr crit;
events { worker_connections 256; }
http {
  split_clients $request_id $told { 1% 1; * 0; }
  log_format short "done";
  access_log /dev/stdout short if=$told;
  server { listen 127.0.0.1:8080; return 200 "ok\\n"; }
}
`;

const NGINX = {
  command: 'nginx -c $(TEST_DIR)/nginx.conf -g "pid /run/nginx.$(_CHAP_INSTANCE).pid;"',
  // As nginx hands its sockets to another binary of itself.
  "env_set": { NGINX: "3;" },
  "kill_signal": "QUIT",
  listen: ["127.0.0.1:8080"],
  instances: 2,
  "max_surge": 1,
};

/** Loads a URL until the result is called, which returns how many requests there were. */
function load(run: NamespaceRun, url: string): () => Promise<number> {
  const script = `ab -q -c 2 -t 600 -n 100000000 ${url} & echo $! > /run/ab.pid; wait`;
  const done = run.exec(["sh", "-c", script], { limitMs: 600_000 });
  return async () => {
    const stop = await run.exec(["sh", "-c", "kill -INT $(cat /run/ab.pid)"]);
    assertEquals(stop.code, 0, stop.stderr);
    const { stdout, stderr } = await done;
    assertMatch(stdout, /^Failed requests: +0$/m, stdout + stderr);
    assert(!stdout.includes("Non-2xx"), stdout);
    return Number(/^Complete requests: +(\d+)$/m.exec(stdout)?.[1]);
  };
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run.exec(["telchap", ...words]);
  assertEquals(code, 0, stdout + stderr);
  return stdout;
}

/** How often a line was written. */
function count(run: NamespaceRun, line: RegExp): number {
  return run.output.texts("stdout").filter((text) => line.test(text)).length;
}

const STARTED = /web\.\d\.service started/;
const STOPPED = /web\.\d\.service stopped$/;

namespaceTest("restart rolls nginx through a spare, and no request fails", async () => {
  await using run = await inNamespace({
    files: { "nginx.conf": NGINX_CONF },
    config: configuration({ "web.service": NGINX }),
  });
  await run.waitForLine(/web\.2\.service started/);
  const finish = load(run, "http://127.0.0.1:8080/");
  const rounds = Math.max(1, Math.ceil(ROUNDS / 4));
  for (let round = 0; round < rounds; round++) await telchap(run, "restart", "--wait", "web");
  assert(await finish() > 0);
  // Two members and the spare, each time.
  await waitUntil(() => count(run, STOPPED) === 3 * rounds || undefined, "the spare to stop");
  assertEquals(count(run, STARTED), 2 + 3 * rounds);
  assertMatch(await telchap(run, "why", "web.3"), /Enabled: +no: it is a spare/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["nginx", "ab"]);

namespaceTest(
  "recycle exchanges one of nginx's instances at a time, after so many jobs",
  async () => {
    const recycle = { "uptime_jobs": "20 by log done" };
    await using run = await inNamespace({
      files: { "nginx.conf": NGINX_CONF },
      config: configuration({ "web.service": { ...NGINX, recycle } }),
    });
    await run.waitForLine(/web\.2\.service started/);
    const finish = load(run, "http://127.0.0.1:8080/");
    const recycled = /web\.\d\.service is recycled: it has done \d+ jobs$/;
    const rounds = Math.max(1, Math.ceil(ROUNDS / 2));
    await waitUntil(() => count(run, recycled) >= rounds || undefined, "recycling", 600_000);
    assert(await finish() > 0);
    // One that is due may come a second later; each takes a member and the spare.
    await waitUntil(
      () => count(run, STOPPED) === 2 * count(run, recycled) || undefined,
      () => `${count(run, recycled)} to be exchanged; ${count(run, STOPPED)} stopped`,
    );
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
  ["nginx", "ab"],
);

const TLS_CONF = NGINX_CONF.replace(
  "listen 127.0.0.1:8080;",
  "listen 8443 ssl; ssl_certificate tls.pem; ssl_certificate_key tls.pem;",
);

/** Makes a certificate with its key in one file, and puts it in place at once. */
const CERTIFY = `cd $TEST_DIR
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=$1 \
  -keyout new.key -out new.crt 2> /dev/null
cat new.crt new.key > new.pem; mv new.pem tls.pem`;

const SUBJECT =
  "openssl s_client -connect 127.0.0.1:8443 < /dev/null 2> /dev/null | openssl x509 -noout -subject";

namespaceTest("certificates are exchanged once for each change, and no request fails", async () => {
  await using run = await inNamespace({
    files: { "nginx.conf": TLS_CONF, "certify": `#!/bin/sh\n${CERTIFY}` },
    setup: 'TEST_DIR=$dir sh "$dir/certify" first',
    config: configuration({
      "web.service": {
        command: 'nginx -c $(TEST_DIR)/nginx.conf -g "pid /run/nginx.pid;"',
        kill_signal: "QUIT",
        reload_signal: "HUP",
        watch: { "$(TEST_DIR)/tls.pem": "reload" },
        watch_debounce: "50ms",
      },
    }),
  });
  await run.waitForLine(/web\.service watches 1 file$/);
  const finish = load(run, "https://127.0.0.1:8443/");
  const reloaded = /tls\.pem has changed: reload$/;
  for (let round = 1; round <= Math.max(1, ROUNDS); round++) {
    const { code, stderr } = await run.exec(["sh", "-c", "$TEST_DIR/certify round" + round]);
    assertEquals(code, 0, stderr);
    await waitUntil(async () => {
      const { stdout } = await run.exec(["sh", "-c", SUBJECT]);
      return stdout.trimEnd().endsWith(`= round${round}`) || undefined;
    }, `the certificate round${round}`);
    assertEquals(count(run, reloaded), round);
  }
  assert(await finish() > 0);
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["nginx", "ab", "openssl"]);

const APP = `def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\\n"]
`;

if (ROUNDS > 0) {
  namespaceTest(
    "gunicorn is restarted, exchanged and taken back, and no request fails",
    async () => {
      const config = (app: string) =>
        configuration({
          "web.service": {
            type: "notify",
            // Loads the application before it says that it is ready: without, a worker does.
            command: `gunicorn --preload --workers 1 --chdir $(TEST_DIR) ${app}:app`,
            listen: ["8080"],
            instances: 2,
            max_surge: 1,
            canary: "1 for 1s",
          },
        });
      await using run = await inNamespace({ files: { "app.py": APP }, config: config("app") });
      await run.waitForLine(/web\.2\.service started/);
      const finish = load(run, "http://127.0.0.1:8080/");
      const written = `${run.directory}/chaperone.d/test.conf`;
      for (let round = 0; round < ROUNDS / 4; round++) {
        await telchap(run, "restart", "--wait", "web");
        // What does not exist is tried by the spare alone.
        await Deno.writeTextFile(written, config("nothing"));
        const refused = await run.exec(["telchap", "apply"]);
        assertEquals(refused.code, 1, refused.stdout);
        assertMatch(refused.stderr + refused.stdout, /the former configuration is back in force/);
        await Deno.writeTextFile(written, config("app"));
        assertMatch(await telchap(run, "apply"), /Nothing is different|applied/);
      }
      assert(await finish() > 0);
      await run.signal("SIGTERM");
      await run.expectExit(0);
    },
    ["gunicorn", "ab"],
  );
}
