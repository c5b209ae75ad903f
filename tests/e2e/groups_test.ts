/** Control groups of services, in a group of version 2 that the test makes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

/** Where version 2 is mounted, beside version 1 perhaps. */
const ROOT = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) => {
  try {
    return Deno.statSync(`${path}/cgroup.controllers`).isFile;
  } catch {
    return false; // ENOENT
  }
});

/** Ignores SIGTERM, and has children that leave its session. */
const STUBBORN = "trap '' TERM; for i in 1 2 3; do setsid sleep 1000 & done; echo up; wait; wait";

const BODY = async () => {
  const path = `${ROOT}/chaperone-test-${crypto.randomUUID()}`;
  await Deno.mkdir(path);
  try {
    await using run = await inNamespace({
      setup: `echo $$ > ${path}/cgroup.procs`,
      config: configuration({
        "app.service": {
          command: sh(STUBBORN),
          memory_max: "64M",
          pids_max: 50,
          stop_timeout: "100ms",
        },
        "other.service": { command: "sleep 2000" },
      }),
    });
    await run.waitForLine(/: up$/);
    const group = async (pattern: string) => {
      const script = `cat /proc/$(pgrep -of '${pattern}')/cgroup`;
      const { stdout } = await run.exec(["sh", "-c", script]);
      return /^0::(.*)$/m.exec(stdout)?.[1] ?? "";
    };
    assertMatch(await group("^sleep 1000"), /\/chap-\d+-1-app\.service$/);
    assert(!(await group("^sleep 2000")).endsWith("other.service"));
    const controllers = await Deno.readTextFile(`${path}/cgroup.controllers`);
    const isWhole = controllers.includes("pids");
    const lines = run.output.texts("stdout").filter((line) => /no effect here/.test(line));
    // Where the machine has these controllers in version 1, there is nothing to be limited.
    assertEquals(lines.length, isWhole ? 0 : 1, lines.join("\n"));
    const stopped = await run.exec(["telchap", "stop", "--wait", "app"]);
    assertEquals(stopped.code, 0, stopped.stderr);
    await run.waitForProcesses((all) =>
      all.filter(({ argv }) => argv.join(" ") === "sleep 1000").length === 0
    );
    await run.signal("SIGTERM");
    await run.expectExit(0);
    assertEquals(groupsIn(path).filter((name) => name.endsWith("app.service")), []);
  } finally {
    removeGroup(path);
  }
};

function groupsIn(path: string): string[] {
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) => isDirectory ? [name] : []);
}

/** Groups first that are in it. */
function removeGroup(path: string): void {
  for (const name of groupsIn(path)) Deno.removeSync(`${path}/${name}`);
  Deno.removeSync(path);
}

const NAME = "a service with limits has a control group of its own, and is killed with it";
if (ROOT === undefined) Deno.test({ name: `${NAME} (needs cgroup2)`, ignore: true, fn: BODY });
else namespaceTest(NAME, BODY);
