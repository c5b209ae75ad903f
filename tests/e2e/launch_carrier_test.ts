/**
 * Where the launcher is executed from, where less and less can be executed: services start
 * everywhere, and one line says what is less safe where nothing is left.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { DIST, inNamespace } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import {
  configuration,
  type Life,
  linesOf,
  LOSE_PROC,
  python,
  runToEnd,
  sh,
  STAYS,
  withoutCall,
} from "./scenario.ts";

/** The PID namespace's own sysctl: Linux 6.3 and later. */
const NO_MEMORY_PROGRAMS = "echo 2 > /proc/sys/vm/memfd_noexec; ";
const NO_RUN_PROGRAMS = "mount -o remount,bind,noexec /run; ";
/** The machine's own /usr/local/lib stays as it is. */
const IN_IMAGE =
  "mount -t tmpfs -o mode=755 tmpfs /usr/local/lib; mkdir /usr/local/lib/chaperone; " +
  `cp ${DIST}/rootfs/usr/local/lib/chaperone/launcher /usr/local/lib/chaperone/; `;

const SERVICES = {
  "who.service": {
    type: "oneshot",
    uid: "nobody",
    umask: "027",
    limits: { nofile: 99 },
    command: sh("id -un; umask; ulimit -n; echo $0"),
  },
  "closed.service": {
    uid: "nobody",
    directory: "/root",
    command: "true",
    "ignore_failures": true,
  },
} as const;

function expectServices(life: Life): void {
  assertEquals(life.code, 0, life.all);
  assertEquals(linesOf("who", life.stdout).slice(0, 3), ["nobody", "0027", "99"], life.all);
  assertMatch(life.all, /closed\.service .*Permission denied: '\/root'/);
}

function warnings(life: Life): string[] {
  return [...life.stdout, ...life.stderr].filter((line) => line.includes("without the launcher"));
}

namespaceTest(
  "memory files forbidden, /run noexec: services start directly, and one line says so",
  async () => {
    const setup = NO_MEMORY_PROGRAMS + NO_RUN_PROGRAMS;
    const life = await runToEnd({ setup, config: configuration(SERVICES) });
    expectServices(life);
    const [warning = "", ...others] = warnings(life);
    assertEquals(others, []);
    assertMatch(warning, /a service's user can hold or signal chaperone/);
  },
);

namespaceTest(
  "memory files forbidden, /run noexec: the launcher of the image is executed",
  async () => {
    const setup = NO_MEMORY_PROGRAMS + NO_RUN_PROGRAMS + IN_IMAGE;
    const life = await runToEnd({ setup, config: configuration(SERVICES) });
    expectServices(life);
    assertEquals(warnings(life), []);
  },
);

/** Container engines leave chaperone without the right to take a lowered limit back. */
const FEWER_RIGHTS = ["setpriv", "--bounding-set=-sys_resource"];

for (const [what, wrapper] of [["", []], [" and few rights", FEWER_RIGHTS]] as const) {
  namespaceTest(`started directly${what}, a service leaves nothing behind`, async () => {
    await using run = await inNamespace({
      setup: NO_MEMORY_PROGRAMS + NO_RUN_PROGRAMS,
      wrapper,
      config: configuration({
        "a.service": { command: sh(`env -i setsid -f sleep 700; ${STAYS}`), uid: "nobody" },
        // The control: as much a stray, and none of a's.
        "b.service": { command: sh(`env -i setsid -f sleep 701; ${STAYS}`), uid: "nobody" },
      }),
    });
    await run.waitForLine(/without the launcher/);
    await run.waitForLine(/ a\[\d+\]: up$/);
    await run.waitForLine(/ b\[\d+\]: up$/);
    const sleeping = (all: readonly Process[], word: string) =>
      all.filter(({ argv }) => argv[0] === "sleep" && argv[1] === word).length;
    await run.waitForProcesses((all) => sleeping(all, "700") + sleeping(all, "701") === 2);
    assertEquals((await run.exec(["telchap", "stop", "--wait", "a"])).code, 0);
    const left = await run.processes();
    assertEquals([sleeping(left, "700"), sleeping(left, "701")], [0, 1]);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}

namespaceTest(
  "started directly, and not as PID 1: it is said that services may be left running",
  async () => {
    const setup = NO_MEMORY_PROGRAMS + NO_RUN_PROGRAMS;
    const life = await runToEnd({ setup, isInit: false, config: configuration(SERVICES) });
    expectServices(life);
    assertMatch(warnings(life).join("\n"), /keeps running if chaperone is killed/);
  },
);

for (
  const [what, spoil] of [
    ["is another program", "cp /bin/true /usr/local/lib/chaperone/launcher"],
    ["can be written by others", "chmod 0757 /usr/local/lib/chaperone/launcher"],
    ["belongs to somebody else", "chown nobody /usr/local/lib/chaperone/launcher"],
  ] as const
) {
  namespaceTest(`a launcher in the image that ${what} is not executed`, async () => {
    const setup = `${NO_MEMORY_PROGRAMS}${NO_RUN_PROGRAMS}${IN_IMAGE}${spoil}`;
    const life = await runToEnd({ setup, config: configuration(SERVICES) });
    expectServices(life);
    assertEquals(warnings(life).length, 1, life.all);
  });
}

namespaceTest(
  "memory files forbidden: the launcher is a file of the run directory, root's alone",
  async () => {
    const look = python(`import os, stat
info = os.stat("/run/chaperone/launcher")
print(oct(stat.S_IMODE(info.st_mode)), info.st_uid, sorted(os.listdir("/run/chaperone")))`);
    const config = configuration({
      ...SERVICES,
      "look.service": { type: "oneshot", command: look },
    });
    const life = await runToEnd({ setup: NO_MEMORY_PROGRAMS, config });
    expectServices(life);
    assertEquals(warnings(life), []);
    assertMatch(linesOf("look", life.stdout).join(), /^0o500 0 \[.*'launcher'.*\]$/);
  },
);

namespaceTest("without /proc the launcher is a file of the run directory", async () => {
  await using run = await inNamespace({
    config: configuration({
      "b.service": {
        command: sh("id -un; sleep 0.2; exit 3"),
        uid: "nobody",
        restart: true,
        "restart_delay": 0.1,
        "restart_limit": 0,
      },
    }),
  });
  await run.waitForLine(/b\[\d+\]: nobody$/);
  const { code, stderr } = await run.exec(["sh", "-c", LOSE_PROC]);
  assertEquals(code, 0, stderr);
  const from = run.output.lines.length;
  await run.waitForLine(/b\[\d+\]: nobody$/, { from });
  await waitUntil(async () => {
    const found = await run.exec(["test", "-e", "/run/chaperone/launcher"]);
    return found.code === 0 || undefined;
  }, "the launcher in the run directory");
  assertEquals(run.output.texts().filter((line) => line.includes("without the launcher")), []);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "a seccomp filter refuses memfd_create: files of the run directory do, and none stays",
  async () => {
    const config = configuration({
      ...SERVICES,
      "look.service": { type: "oneshot", command: sh("ls /run/chaperone") },
    });
    const wrapper = withoutCall("memfd_create");
    const life = await runToEnd({ wrapper, config });
    assertMatch(life.all, /no memfd_create: -1 1$/m);
    expectServices(life);
    assertEquals(warnings(life), []);
    const files = linesOf("look", life.stdout);
    assertEquals(files.includes("launcher"), true, life.all);
    assertEquals(files.filter((name) => name.startsWith("launch-")), [], life.all);
  },
);
