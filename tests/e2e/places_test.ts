/**
 * Where chaperone runs: each place is a row of the table in docs/places.md. In all of them
 * services start, log, are asked about with telchap, are restarted and stop in order.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceOptions, type NamespaceRun } from "./harness/namespace.ts";
import { inContainer } from "./harness/container.ts";
import { containerTest, namespaceTest } from "./harness/requirements.ts";
import {
  configuration,
  linesOf,
  runToEnd,
  type Section,
  sh,
  STAYS,
  withoutCall,
} from "./scenario.ts";

interface Place extends NamespaceOptions {
  /** What chaperone must say that it cannot do there; all of its warnings match one of these. */
  readonly degraded?: readonly RegExp[];
  /** The line of /proc/1/status that shows that the place is what it is said to be. */
  readonly proof?: RegExp;
}

const CONFIG = configuration({
  "a.service": { command: sh(STAYS) },
  "b.service": {
    command: sh(
      "echo run; [ -e $TEST_DIR/tmp/b ] && exec sleep 60; sleep 0.3; : >$TEST_DIR/tmp/b; exit 3",
    ),
    restart: true,
    "restart_delay": 0.1,
  },
});

const DEV_CLOSED = [
  /syslog socket|Permission denied.*\/dev\/log|Read-only file system.*\/dev\/log/,
  /control socket is \/(run|tmp)\/\S+: .*(Permission denied|Read-only file system)/,
];

const asUser = (...more: string[]) => [
  "setpriv",
  "--reuid=4321",
  "--regid=4321",
  "--clear-groups",
  ...more,
];

/** Runs the rest of the line with a user namespace around it, in which it is root. */
const IN_USER_NAMESPACE = ["unshare", "--user", "--map-root-user"];

/** As `--read-only --tmpfs /run --tmpfs /tmp` does it. */
const READ_ONLY = `mount -t tmpfs -o mode=1777 tmpfs "$dir/tmp"
mount -t tmpfs -o mode=755 tmpfs /run
mount -o remount,bind,ro /dev
mount -o remount,bind,ro /`;

const PLACES: Readonly<Record<string, Place>> = {
  "as root, PID 1": { proof: /^Uid:\s+0\s/m },
  "as another user, PID 1": {
    wrapper: asUser(),
    setup: "chmod 755 /dev; chmod 1777 /run",
    degraded: DEV_CLOSED,
    proof: /^Uid:\s+4321\s/m,
  },
  "as another user with --force, not PID 1": {
    wrapper: asUser(),
    setup: "chmod 755 /dev; chmod 1777 /run",
    isInit: false,
    args: ["--force"],
    degraded: DEV_CLOSED,
    proof: /^Uid:\s+4321\s/m,
  },
  "as root with --force, not PID 1": { isInit: false, args: ["--force"] },
  "with a root that is read-only and a tmpfs on /run": {
    setup: READ_ONLY,
    degraded: DEV_CLOSED,
  },
  "without any capability, as root": {
    wrapper: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    proof: /^CapEff:\s+0+$/m,
  },
  "without any capability and with no-new-privileges, as another user": {
    wrapper: asUser("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"),
    setup: "chmod 755 /dev; chmod 1777 /run",
    degraded: DEV_CLOSED,
    proof: /^NoNewPrivs:\s+1$/m,
  },
  "in a user namespace": { wrapper: IN_USER_NAMESPACE, proof: /^CapEff:\s+0*[1-9a-f]/m },
  "without /etc/passwd": { setup: "rm -f /etc/passwd /etc/group" },
  "as a user that /etc/passwd does not have": {
    wrapper: asUser(),
    setup: "rm -f /etc/passwd /etc/group; chmod 755 /dev; chmod 1777 /run",
    degraded: DEV_CLOSED,
  },
  "with /proc that hides processes (hidepid=2)": { setup: "mount -o remount,hidepid=2 /proc" },
  "with /proc that hides processes, as another user": {
    wrapper: asUser(),
    setup: "mount -o remount,hidepid=2 /proc; chmod 755 /dev; chmod 1777 /run",
    degraded: DEV_CLOSED,
  },
  "with /proc that cannot be written": { setup: "mount -o remount,ro /proc" },
  "F-054: where an old host answers statx with EPERM": {
    wrapper: withoutCall("statx"),
    proof: /^Seccomp:\s+2$/m,
  },
  "with /proc of another PID namespace": { setup: "umount -l /proc" },
};

for (const [name, place] of Object.entries(PLACES)) {
  namespaceTest(`where it runs: ${name}`, async () => {
    const { degraded = [], proof, ...options } = place;
    await using run = await inNamespace({ config: CONFIG, ...options });
    await run.waitForLine(/a\[\d+\]: up$/);
    await run.waitForLine(/b\.service restart succeeded$/);
    if (proof !== undefined) {
      assertMatch(await Deno.readTextFile(`/proc/${await run.initPid()}/status`), proof);
    }
    await expectTelchap(run, options.wrapper ?? []);
    await run.expectNoZombie();
    await run.signal("SIGTERM");
    await run.waitForLine(/a\[\d+\]: got TERM$/);
    await run.waitForLine(/exit 0: SIGTERM was received$/);
    assertEquals(await run.waitForExit(), 0);
    const warnings = run.output.texts().filter((line) => /cannot|[Pp]ermission|denied/.test(line));
    const unexplained = warnings.filter((line) => !degraded.some((each) => each.test(line)));
    assertEquals(unexplained, []);
  });
}

/**
 * What does not work in a place, and what works all the same: each ends the start, or says who it
 * is.
 */
interface Difference extends NamespaceOptions {
  readonly service: Section;
  /** What the service prints; absent: it fails. */
  readonly prints?: string;
  readonly says?: RegExp;
}

const NO_ACCOUNTS = "rm -f /etc/passwd /etc/group";
const SAYS_USER = { command: "/usr/bin/id -u", uid: "games" };
const NOT_PERMITTED =
  /exit 1: start-up failed: a\.service: Operation not permitted: 'games' \(chaperone is not root/;

const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "without /etc/passwd a user has a number": {
    setup: NO_ACCOUNTS,
    service: { command: "/usr/bin/id -u", uid: 4321, gid: 4321 },
    prints: "4321",
  },
  "without /etc/passwd a user has no name": {
    setup: NO_ACCOUNTS,
    service: SAYS_USER,
    says: /Configuration Error: specified user \('games'\) does not exist$/,
  },
  "without any capability there is no other user": {
    wrapper: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    service: SAYS_USER,
    says: NOT_PERMITTED,
  },
  "in a user namespace there is no user that is not mapped": {
    wrapper: IN_USER_NAMESPACE,
    service: SAYS_USER,
    says: NOT_PERMITTED,
  },
  "with /proc of another PID namespace there are other users": {
    setup: "umount -l /proc",
    service: SAYS_USER,
    prints: "5",
  },
  "with /proc that cannot be written there is no oom_score_adj": {
    setup: "mount -o remount,ro /proc",
    service: { command: "/usr/bin/id -u", "oom_score_adj": 500 },
    says:
      /exit 1: start-up failed: a\.service: .*Read-only file system: '\/proc\/self\/oom_score_adj'$/,
  },
  "with no-new-privileges a setuid program is none": {
    wrapper: asUser("--no-new-privs"),
    setup: `chmod 755 /dev; chmod 1777 /run; mount -t tmpfs tmpfs "$dir/tmp"
cp /usr/bin/id "$dir/tmp/id"; chmod 4755 "$dir/tmp/id"`,
    service: { command: "$(TEST_DIR)/tmp/id -u" },
    prints: "4321",
  },
};

for (const [name, difference] of Object.entries(DIFFERENCES)) {
  namespaceTest(`where it runs: ${name}`, async () => {
    const { service, prints, says, ...options } = difference;
    const life = await runToEnd({ ...options, config: configuration({ "a.service": service }) });
    assertEquals([life.code, linesOf("a", life.stdout)], [
      prints === undefined ? 1 : 0,
      prints === undefined ? [] : [prints],
    ], life.all);
    if (says !== undefined) {
      assertMatch([...life.stdout, ...life.stderr].find((line) => says.test(line)) ?? "", says);
    }
  });
}

/** As the user that chaperone runs as. */
async function expectTelchap(run: NamespaceRun, wrapper: readonly string[]): Promise<void> {
  const asCaller = wrapper[0] === "setpriv" ? wrapper : [];
  const status = await run.exec([...asCaller, `${run.directory}/bin/telchap`, "status"]);
  assertEquals(status.code, 0, status.stderr + run.output.format());
  assertMatch(status.stdout, /a\.service/);
  const restart = await run.exec([
    ...asCaller,
    `${run.directory}/bin/telchap`,
    "restart",
    "b.service",
  ]);
  assertEquals(restart.code, 0, restart.stderr + run.output.format());
}

containerTest("where it runs: in an image without a shell", async () => {
  await using run = await inContainer({
    image: "scratch",
    applets: ["sleep"],
    config: configuration({
      "a.service": { command: "/bin/sleep 60", "env_set": { EMPTY: "`echo full`" } },
      "b.service": { command: "/bin/sleep 0.3", restart: "always", "restart_delay": 0.1 },
    }),
  });
  await run.waitForLine(/a backtick has failed: .*No such file .*'\/bin\/sh'/);
  await run.waitForLine(/a\.service successfully started$/);
  await run.waitForLine(/b\.service restart succeeded$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("F-055: it stays in WORKDIR, and holds no other volume", async () => {
  const there =
    "mount -t tmpfs none /mnt; mount -t tmpfs none /media; mkdir /mnt/work; cd /mnt/work; " +
    'exec chaperone --config "$TEST_DIR/chaperone.d"';
  await using run = await inNamespace({
    program: ["sh", "-c", there],
    config: configuration({
      "a.service": { command: sh(`pwd; ${STAYS}`) },
      "b.service": { command: sh(`pwd; ${STAYS}`), directory: "/media" },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.waitForLine(/b\[\d+\]: up$/);
  assertEquals(linesOf("a", run.output.texts())[0], "/mnt/work");
  assertEquals((await run.exec(["readlink", "/proc/1/cwd"])).stdout, "/mnt/work\n");
  await run.exec(["telchap", "stop", "--wait", "b"]);
  assertEquals((await run.exec(["umount", "/media"])).code, 0);
  const held = await run.exec(["umount", "/mnt"]);
  assertMatch(held.stderr, /busy/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
