/**
 * Without /dev/log: switched off, or with no right to make it. Only the socket is missing then;
 * sections, service output and chaperone's own messages work as ever (D-31).
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "../harness/namespace.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { waitForLineIn } from "../harness/syslog.ts";

const SERVICE = `talk.service: { command: "sh -c 'echo out; echo err >&2; exec sleep 99'" }
all.logging: { file: "$(TEST_DIR)/tmp/log", extended: true }
`;

const SWITCHED_OFF: Readonly<Record<string, NamespaceOptions>> = {
  "--no-syslog": {
    config: `settings: { enable_syslog: true }\n${SERVICE}`,
    args: ["--no-syslog"],
  },
  "enable_syslog: false": { config: `settings: { enable_syslog: false }\n${SERVICE}` },
};

for (const [name, options] of Object.entries(SWITCHED_OFF)) {
  namespaceTest(`212: ${name} makes no /dev/log, and all else works`, async () => {
    await using run = await inNamespace(options);
    const lines = await waitForLineIn(`${run.directory}/tmp/log`, / err$/);
    assert(lines.some((line) => /^daemon\.info .* talk\[\d+\]: out$/.test(line)));
    assert(lines.some((line) => /^local5\.info .* chaperone\[1\]: .* ready\.$/.test(line)));
    await assertRejects(() => Deno.lstat(run.outerPath("/dev/log")), Deno.errors.NotFound);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}

namespaceTest("212: a /dev/log that is there stays untouched", async () => {
  await using run = await inNamespace({
    ...SWITCHED_OFF["--no-syslog"],
    setup: "echo mine > /dev/log",
  });
  await waitForLineIn(`${run.directory}/tmp/log`, / err$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertEquals(await Deno.readTextFile(run.outerPath("/dev/log")), "mine\n");
});

/** `DIR` is where the socket lies instead. */
const CLOSED: Readonly<Record<string, readonly [NamespaceOptions, directory: string]>> = {
  "without root": [{
    config: `settings: { run_dir: "$(TEST_DIR)/tmp/run" }\n${SERVICE}`,
    wrapper: ["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"],
  }, "$TEST_DIR/tmp/run"],
  "with a read-only /dev": [
    { config: SERVICE, setup: "mount -o remount,ro,bind /dev" },
    "/run/chaperone",
  ],
};

for (const [name, [options, directory]] of Object.entries(CLOSED)) {
  namespaceTest(`${name} the run directory has the socket, and a warning says so`, async () => {
    await using run = await inNamespace(options);
    const path = directory.replace("$TEST_DIR", run.directory);
    const file = `${run.directory}/tmp/log`;
    const lines = await waitForLineIn(file, / err$/);
    const warning = lines.find((line) => line.startsWith("local5.warn ")) ?? "";
    assertMatch(warning, /\/dev\/log/);
    assert(warning.endsWith(`programs that log must be told to use ${path}/log`), warning);
    const asOther = ["setpriv", "--reuid=65534", "--clear-groups"];
    const sent = await run.exec([...asOther, "logger", "-u", `${path}/log`, "-t", "prog", "hello"]);
    assertEquals([sent.code, sent.stderr], [0, ""]);
    await waitForLineIn(file, /^user\.notice .* prog: hello$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}

namespaceTest("what is no socket at /dev/log stays, and all else works", async () => {
  await using run = await inNamespace({ config: SERVICE, setup: "echo mine > /dev/log" });
  const lines = await waitForLineIn(`${run.directory}/tmp/log`, / err$/);
  const warning = lines.find((line) => line.startsWith("local5.warn ")) ?? "";
  assertMatch(warning, /what programs log by syslog\(3\) is lost: .*\/dev\/log/);
  assertEquals(await Deno.readTextFile(run.outerPath("/dev/log")), "mine\n");
});
