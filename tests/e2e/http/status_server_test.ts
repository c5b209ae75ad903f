/**
 * The status server: what probes, Prometheus and people are told, who may see what, and clients
 * that mean harm. It listens on a socket in /run, where the test reaches it from outside.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { configuration, type Section, sh, STAYS } from "../scenario.ts";
import { connect, get, send } from "./asking.ts";

const HTTP = "unix:/run/http.sock";

async function start(
  sections: Readonly<Record<string, Section>>,
  settings: Section = {},
): Promise<NamespaceRun & { readonly socket: string }> {
  const run = await inNamespace({
    config: configuration({ ...sections, settings: { http: HTTP, ...settings } }),
  });
  await run.waitForLine(/status server listens on/);
  return Object.assign(run, { socket: run.outerPath("/run/http.sock") });
}

async function stop(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

namespaceTest(
  "readyz names what is not ready, and is off from SIGTERM on, before drain",
  async () => {
    await using run = await start({
      "web.service": {
        command: sh(STAYS),
        ready: { file: "$(TEST_DIR)/go", interval: "50ms" },
      },
      "db.service": { command: sh(STAYS) },
    }, { drain: 1 });
    const early = await get(run.socket, "/readyz");
    assertEquals(early.status, 503);
    assertStringIncludes(early.body, "web.service: ");
    assertEquals((await get(run.socket, "/livez")).status, 200);
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await waitUntil(async () => {
      return (await get(run.socket, "/readyz")).status === 200 ? true : undefined;
    }, "readiness");
    await run.signal("SIGTERM");
    await run.waitForLine(/Request made to kill system/);
    const late = await get(run.socket, "/readyz");
    assertEquals([late.status, late.body], [503, "not ready: shutting down\n"]);
    assert(!run.output.texts().some((line) => /\]: got TERM$/.test(line)), "stopped before drain");
    assertEquals((await get(run.socket, "/livez")).status, 200);
    await run.expectExit(0);
  },
);

namespaceTest("status tells states, exits, restarts, lines, memory", async () => {
  await using run = await start({
    "web.service": { command: sh(STAYS) },
    "bad.service": { command: sh("echo a; echo b >&2; exit 3"), "ignore_failures": true },
  });
  let last = "";
  const status = await waitUntil(async () => {
    last = (await get(run.socket, "/status")).body;
    const value = JSON.parse(last);
    const bad = value.services.find((each: { name: string }) => each.name === "bad.service");
    return value.ready && bad.exits["3"] === 1 ? value : undefined;
  }, () => `the end of bad.service; the last status was ${last}`);
  const [web, bad] = ["web.service", "bad.service"].map((name) =>
    status.services.find((each: { name: string }) => each.name === name)
  );
  assertEquals([web.phase, web.status, web.ready, web.processes >= 1], [
    "up",
    "running",
    true,
    true,
  ]);
  assert(web.memoryBytes > 100_000);
  assertEquals([bad.lastExit, bad.logLines], ["exited with code 3", { stdout: 1, stderr: 1 }]);
  await stop(run);
});

namespaceTest("Prometheus's own parser accepts the metrics", async () => {
  await using run = await start({
    "web.service": { command: sh(STAYS) },
    "odd name.service": { command: sh(STAYS) },
    "tick.service": { type: "cron", interval: "* * * * *", command: "true" },
  });
  await run.waitForLine(/web\.service successfully started$/);
  const plain = await get(run.socket, "/metrics");
  assertStringIncludes(plain.head, "text/plain; version=0.0.4");
  const check = await run.exec(["promtool", "check", "metrics"], { stdin: plain.body });
  assertEquals([check.code, check.stdout, check.stderr], [0, "", ""]);
  const open = await get(run.socket, "/metrics", "Accept: application/openmetrics-text\r\n");
  assertStringIncludes(open.head, "application/openmetrics-text; version=1.0.0");
  assertStringIncludes(open.body, 'chaperone_service_up{service="web.service"} 1\n');
  assert(open.body.endsWith("# EOF\n"));
  await stop(run);
}, ["promtool"]);

namespaceTest("events tell each change of a service, and those that a reader missed", async () => {
  await using run = await start({
    "web.service": { command: sh(`echo $$ > $TEST_DIR/pid; ${STAYS}`), restart: true },
  });
  await run.waitForLine(/web\.service successfully started$/);
  {
    using connection = await connect(run.socket);
    const request = "GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 0\r\n\r\n";
    await connection.write(new TextEncoder().encode(request));
    const reader = connection.readable.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const { value, done } = await within(reader.read(), () => `${pattern} in ${text}`);
        assert(!done, text);
        text += value;
      }
    };
    await until(/event: phase\ndata: \{[^\n]*"service":"web.service"[^\n]*"to":"up"/);
    await run.exec(["sh", "-c", "kill -KILL $(cat $TEST_DIR/pid)"]);
    await until(/"from":"[a-z]+","to":"backoff"/);
    await run.signal("SIGTERM");
    await until(/event: system\ndata: \{[^\n]*"phase":"draining"\}/);
    await reader.cancel();
  }
  await run.expectExit(0);
});

const LIMIT_MS = 10_000;

async function within<T>(promise: Promise<T>, what: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${LIMIT_MS} ms for ${what()}`)), LIMIT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks by TCP: prints the page. */
const ASK_TCP = `import sys, urllib.request
print(urllib.request.urlopen(f"http://{sys.argv[1]}:9100/").read().decode())`;

/** Runs a command of root's on a machine of its own, as what comes through a published port does. */
const FROM_OUTSIDE = `ip link add in type veth peer name out
unshare --net sleep 1000 & other=$!
until ip link set out netns $other && [ $(readlink /proc/$other/ns/net) != $(readlink /proc/1/ns/net) ]
do sleep 0.05; done
ip addr add 10.9.9.1/24 dev in && ip link set in up
nsenter -t $other --net sh -c 'ip addr add 10.9.9.2/24 dev out && ip link set out up'
nsenter -t $other --net "$@"
status=$?; kill $other; exit $status`;

namespaceTest(
  "F-077: what services write is shown to root alone, and not to who comes through a published port",
  async () => {
    await using run = await start({
      "web.service": { command: sh(`echo the-secret-line; ${STAYS}`) },
    }, { http: "0.0.0.0:9100" });
    await run.waitForLine(/the-secret-line/);
    await run.waitForLine(/web\.service successfully started$/);
    const askAt = (host: string) => ["/usr/bin/python3", "-c", ASK_TCP, host];
    const ask = askAt("127.0.0.1");
    const own = await run.exec(ask);
    assertStringIncludes(own.stdout, "the-secret-line", own.stderr);
    const lower = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const foreign = await run.exec([...lower, ...ask]);
    assertStringIncludes(foreign.stdout, "is shown to those only", foreign.stderr);
    assert(!foreign.stdout.includes("the-secret-line"));
    const outside = await run.exec(["sh", "-c", FROM_OUTSIDE, "sh", ...askAt("10.9.9.1")]);
    assertStringIncludes(outside.stdout, "is shown to those only", outside.stderr);
    assert(!outside.stdout.includes("the-secret-line"));
    await stop(run);
  },
  ["python3", "ip"],
);

namespaceTest("the socket's file belongs to those who may control chaperone", async () => {
  await using run = await start({ "web.service": { command: sh(STAYS) } }, {
    "control_uid": 65534,
    "control_mode": "0660",
  });
  const info = await Deno.stat(run.socket);
  assertEquals([info.uid, (info.mode ?? 0) & 0o777], [65534, 0o660]);
  await run.waitForLine(/web\.service successfully started$/);
  await stop(run);
});

namespaceTest("an address that is taken costs the status server, not the container", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { http: "unix:/dev/null" },
      "web.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/status server cannot listen on unix:\/dev\/null/);
  await run.waitForLine(/web\.service successfully started$/);
  await stop(run);
});

namespaceTest("chaperone health exits with 0 when ready, else with 1 and the reason", async () => {
  await using run = await start({
    "web.service": { command: sh(STAYS), ready: { file: "$(TEST_DIR)/go", interval: "50ms" } },
  });
  const early = await run.exec(["chaperone", "health", HTTP]);
  assertEquals(early.code, 1);
  assertMatch(early.stdout, /^not ready: starting\nweb\.service: starting\n$/);
  await Deno.writeTextFile(`${run.directory}/go`, "");
  await run.waitForLine(/web\.service successfully started$/);
  const config = ["--config", `${run.directory}/chaperone.d`];
  for (const args of [[HTTP], config, ["-q", HTTP]]) {
    const { code, stdout } = await run.exec(["chaperone", "health", ...args]);
    assertEquals([code, stdout], [0, args[0] === "-q" ? "" : "ready\n"], args.join(" "));
  }
  const nobody = await run.exec(["chaperone", "health", "unix:/run/nobody.sock"]);
  assertEquals(nobody.code, 1);
  assertStringIncludes(nobody.stdout, "/run/nobody.sock");
  await stop(run);
});

namespaceTest("as PID 1, chaperone health runs a command of that name", async () => {
  await using run = await inNamespace({
    args: ["health"],
    files: { "bin/health": "#!/bin/sh\necho feeling fine\n" },
  });
  await run.waitForLine(/feeling fine/);
  await run.expectExit(0);
});

async function residentMib(run: NamespaceRun): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${await run.initPid()}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function descriptors(run: NamespaceRun): Promise<number> {
  const names = await Array.fromAsync(Deno.readDir(`/proc/${await run.initPid()}/fd`));
  return names.length;
}

/** Waits for all, a thousand at a time. */
async function storm(socket: string, count: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: count }, () => get(socket, "/status")));
  assertEquals(answers.filter(({ status }) => status === 200).length, count);
}

namespaceTest(
  "1,000 at a time, garbage and clients that never read leave PID 1 as it was",
  async () => {
    await using run = await start({ "web.service": { command: sh(STAYS) } });
    await run.waitForLine(/web\.service successfully started$/);
    for (let round = 0; round < 3; round++) await storm(run.socket, 1000);
    const before = { mib: await residentMib(run), fds: await descriptors(run) };
    for (let round = 0; round < 3; round++) await storm(run.socket, 1000);
    const stuck = await Promise.all(Array.from({ length: 200 }, () => neverReads(run.socket)));
    // Those who neither write nor read do not keep a probe out.
    assertEquals((await get(run.socket, "/livez")).status, 200);
    await garbage(run.socket);
    for (const connection of stuck) connection.close();
    assertEquals((await get(run.socket, "/readyz")).status, 200);
    await waitUntil(
      async () => (await descriptors(run)) <= before.fds ? true : undefined,
      "descriptors to be closed",
    );
    const grownMib = await residentMib(run) - before.mib;
    assert(grownMib < 24, `grew by ${grownMib.toFixed(1)} MiB from ${before.mib.toFixed(1)}`);
    await stop(run);
  },
);

/**
 * Asks for what is large, ten times over, and reads nothing of it; every other one does not even
 * ask.
 */
async function neverReads(socket: string): Promise<Deno.UnixConn> {
  const connection = await connect(socket);
  const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(10);
  if (Math.random() < 0.5) await connection.write(new TextEncoder().encode(request)).catch(() => 0);
  return connection;
}

async function garbage(socket: string): Promise<void> {
  const noise = Array.from({ length: 100 }, (_, at) => {
    const bytes = crypto.getRandomValues(new Uint8Array(1 + at * 300));
    if (at % 3 === 0) bytes[0] = 71;
    return bytes;
  });
  const answers = await Promise.all(noise.map((bytes) => send(socket, bytes)));
  for (const { status } of answers) assert([0, 400, 431].includes(status), String(status));
}
