/**
 * Wherever chaperone is started: without root, without capabilities, as another process than 1,
 * with a root that cannot be written, in an image that holds nothing else, and again on the same
 * files.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inContainer } from "./harness/container.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { containerTest, namespaceTest } from "./harness/requirements.ts";
import type { Running } from "./harness/running.ts";
import { configuration, linesOf, runToEnd, sh, STAYS } from "./scenario.ts";

const ONE = configuration({ "a.service": { command: sh(`id -u; ${STAYS}`) } });
const UNPRIVILEGED = [
  "setpriv",
  "--reuid=4321",
  "--regid=4321",
  "--clear-groups",
  "--no-new-privs",
];

/** Started with a directory for sockets that the user may write. */
const WITH_RUN_DIR = [
  "/bin/sh",
  "-c",
  `XDG_RUNTIME_DIR=$TEST_DIR/tmp exec "$0" --config "$TEST_DIR/chaperone.d" "$@"`,
  "chaperone",
];

namespaceTest("179: without permission for /dev, two warnings, and services run", async () => {
  await using run = await inNamespace({
    config: ONE,
    wrapper: UNPRIVILEGED,
    program: WITH_RUN_DIR,
    setup: "chmod 755 /dev",
  });
  await run.waitForLine(/a\[\d+\]: 4321$/);
  await run.waitForLine(
    /: Permission denied: '\/dev\/log'; .* \S+\/tmp\/chaperone\/log$/,
  );
  await run.waitForLine(/: control socket is \S+: .*: '\/dev\/chaperone\.sock'$/);
  const socket = `${run.directory}/tmp/chaperone/control.sock`;
  assertEquals(((await Deno.lstat(socket)).mode ?? 0) & 0o777, 0o666);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.expectExit(0);
  assertEquals(await Array.fromAsync(Deno.readDir(`${run.directory}/tmp/chaperone`)), []);
});

namespaceTest(
  "a service whose uid is chaperone's own needs no privilege, another one fails",
  async () => {
    const own = await runToEnd({
      config: configuration({ "a.service": { command: "/usr/bin/id -u", uid: 4321 } }),
      wrapper: UNPRIVILEGED,
      program: WITH_RUN_DIR,
    });
    assertEquals([own.code, linesOf("a", own.stdout)], [0, ["4321"]], own.all);
    const other = await runToEnd({
      config: configuration({ "a.service": { command: "/usr/bin/id -u", uid: "games" } }),
      wrapper: UNPRIVILEGED,
      program: WITH_RUN_DIR,
    });
    assertEquals([other.code, linesOf("a", other.stdout)], [1, []], other.all);
    assertMatch(other.stdout.at(-1) ?? "", /exit 1: start-up failed: a\.service: .*not permitted/);
  },
);

namespaceTest(
  "4, 180: not as PID 1, it reaps its own orphans and leaves others alone",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "shutdown_timeout": 1 },
        "a.service": { command: sh(`setsid env -i sleep 71 & sh -c 'sleep 0.1 &'; ${STAYS}`) },
      }),
      // Siblings of chaperone: the same user, session and group.
      program: [
        "/bin/sh",
        "-c",
        `sleep 81 & sleep 82 &
      "$0" --force --config "$TEST_DIR/chaperone.d" & wait $!
      echo chaperone ended with $?
      while [ ! -e "$TEST_DIR/seen" ]; do sleep 0.02; done`,
        "chaperone",
      ],
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await run.waitForLine(/: Caught subprocess termination from unknown pid: \d+ -> 0$/);
    assertEquals(await sleepers(run), ["71", "81", "82"]);
    const own = (await run.processes()).find(({ name }) => name === "chaperone");
    Deno.kill(own?.outerPid ?? 0, "SIGTERM");
    await run.waitForLine(/^chaperone ended with 0$/);
    assertEquals(await sleepers(run), ["81", "82"]);
    await Deno.writeTextFile(`${run.directory}/seen`, "");
    await run.expectExit(0);
  },
);

async function sleepers(run: NamespaceRun): Promise<string[]> {
  const all = await run.processes();
  return all.filter(({ name, argv }) => name === "sleep" && /^[78]\d$/.test(argv[1] ?? ""))
    .map(({ argv }) => argv[1] ?? "").sort();
}

const BUSYBOX = configuration({
  "a.service": {
    command:
      "/bin/sh -c 'trap \"echo got TERM; exit 0\" TERM; echo up; while :; do sleep 0.1; done'",
  },
});

containerTest("an image that holds chaperone and one program is enough", async () => {
  await using run = await inContainer({
    image: "scratch",
    applets: ["sh", "sleep"],
    config: BUSYBOX,
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.expectExit(0);
});

containerTest(
  "no capability, no new privileges, a user without an account, a root that is read-only",
  async () => {
    await using run = await inContainer({
      image: "scratch",
      applets: ["sh", "sleep"],
      config: BUSYBOX,
      podman: [
        "--read-only",
        "--read-only-tmpfs=false",
        "--cap-drop=all",
        "--user=12345:12345",
        "--security-opt=no-new-privileges",
      ],
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    const status = await Deno.readTextFile(`/proc/${await run.initPid()}/status`);
    assertMatch(status, /^Uid:\s+12345/m);
    assertMatch(status, /^CapEff:\s+0+$/m);
    await run.signal("SIGTERM");
    await run.waitForLine(/a\[\d+\]: got TERM$/);
    await run.expectExit(0);
  },
);

namespaceTest(
  "324: a second run on the same files is like the first, though that was killed",
  async () => {
    await using run = await inNamespace({
      config: configuration({ "a.service": { command: sh(`id -un; ${STAYS}`) } }),
      program: [
        "/bin/sh",
        "-c",
        `set -- --force --config "$TEST_DIR/chaperone.d" --create-user bob
      "$0" "$@" & first=$!
      while [ ! -e $TEST_DIR/go ]; do sleep 0.02; done
      kill -9 $first; wait $first; echo killed
      "$0" "$@"`,
        "chaperone",
      ],
    });
    await run.waitForLine(/a\[\d+\]: bob$/);
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await run.waitForLine(/^killed$/);
    const from = run.output.lines.findIndex(({ text }) => text === "killed");
    await run.waitForLine(/\/dev\/log takes what programs log$/, { from });
    await run.waitForLine(/a\[\d+\]: bob$/, { from });
    await run.waitForLine(/: a\.service successfully started$/, { from });
    const own = (await run.processes()).find(({ name }) => name === "chaperone");
    Deno.kill(own?.outerPid ?? 0, "SIGTERM");
    await run.expectExit(0);
  },
);

containerTest("324: a container that is stopped and started again runs as before", async () => {
  await using first = await inContainer({
    image: "debian",
    config: configuration({ "a.service": { command: sh(`id -un; ${STAYS}`) } }),
    args: ["--create-user", "bob:7000"],
  });
  await expectLifeOfBob(first);
  await using second = await first.startAgain();
  await expectLifeOfBob(second);
});

async function expectLifeOfBob(run: Running): Promise<void> {
  await run.waitForLine(/a\[\d+\]: bob$/);
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.expectExit(0);
}
