/**
 * What is left of a container's life: the flight recorder in state_dir, `post-mortem` from within
 * the next life and over the directory of a container that is gone, and what Kubernetes reads.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { runCommand } from "./harness/running.ts";
import { configuration, type Section, sh, STAYS } from "./scenario.ts";

const stays: Section = { command: sh(STAYS) };

/** A directory that outlives containers. */
async function withState(act: (stateDir: string) => Promise<void>): Promise<void> {
  const stateDir = await Deno.makeTempDir({ prefix: "chaperone-state-" });
  try {
    await act(stateDir);
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

function container(
  stateDir: string | undefined,
  services: Readonly<Record<string, Section>>,
  setup?: string,
): Promise<NamespaceRun> {
  const settings = stateDir === undefined ? {} : { "state_dir": stateDir };
  return inNamespace({
    config: configuration({ settings, ...services }),
    ...(setup === undefined ? {} : { setup }),
  });
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<string> {
  const { stdout, stderr } = await run.exec(["timeout", "30", "telchap", ...words]);
  return stdout + stderr;
}

/** What has been written. */
async function untilRecorded(stateDir: string, text: string): Promise<void> {
  await waitUntil(async () => {
    const written = await Deno.readTextFile(`${stateDir}/flight.jsonl`).catch(() => "");
    return written.includes(text) || undefined;
  }, `a record with ${text}`);
}

const CHAPERONE = new URL("../../dist/chaperone", import.meta.url).pathname;

async function postMortem(stateDir: string, ...words: string[]): Promise<string> {
  const line = [CHAPERONE, "post-mortem", "--state-dir", stateDir, ...words];
  const { stdout, stderr } = await runCommand(line);
  return stdout + stderr;
}

namespaceTest(
  "kill -9 of process 1: the next life tells that the last one broke off, and what ran",
  async () => {
    await withState(async (stateDir) => {
      {
        await using run = await container(stateDir, {
          "web.service": stays,
          "job.service": {
            type: "oneshot",
            command: sh("echo it is broken; exit 3"),
            "ignore_failures": true,
          },
        });
        await untilRecorded(stateDir, '"k":"ready"');
        await run.signal("SIGKILL");
        await run.waitForExit();
      }
      const outside = await postMortem(stateDir);
      assertStringIncludes(outside, "It broke off: process 1 was killed");
      await using run = await container(stateDir, { "web.service": stays });
      await run.waitForLine(/: up$/);
      const told = await telchap(run, "post-mortem");
      assertStringIncludes(told, "It broke off: process 1 was killed");
      assertMatch(told, /job\[\d+\] exited with code 3 after .*\n {6}\| it is broken\n/);
      assertMatch(told, /^ {2}web +up since \S+ \S+Z \(pid \d+\)$/m);
      assertStringIncludes(await telchap(run, "post-mortem", "--previous", "0"), "It goes on.");
      assertStringIncludes(
        await telchap(run, "post-mortem", "--previous", "2"),
        "no life 2 before this one is recorded",
      );
      const status = JSON.parse(await telchap(run, "status", "--json")) as { stateDir: string };
      assertEquals(status.stateDir, stateDir);
      // The one that runs is no life that is over.
      assertEquals((await postMortem(stateDir)).split("\n")[0], told.split("\n")[0]);
      await run.signal("SIGTERM");
      await run.expectExit(0);
    });
  },
);

namespaceTest(
  "a service that ends the container is told with its last lines, as text and as JSON, from a torn file, too",
  async () => {
    await withState(async (stateDir) => {
      await using run = await container(stateDir, {
        "web.service": {
          command: sh("sleep 0.3; echo no more memory; exit 4"),
          "exit_kills": true,
        },
      });
      await run.expectExit(4);
      const told = await postMortem(stateDir);
      assertMatch(told, /^It ended with status 4: web\.service exited with code 4/m);
      assertStringIncludes(told, "      | no more memory\n");
      const value = JSON.parse(await postMortem(stateDir, "--json"));
      assertEquals(value.exitCode, 4);
      const path = `${stateDir}/flight.jsonl`;
      const size = (await Deno.stat(path)).size;
      await Deno.truncate(path, size - 5);
      const torn = await postMortem(stateDir);
      assertStringIncludes(torn, "It broke off");
      assertStringIncludes(torn, "1 torn or damaged records");
      assertStringIncludes(torn, "      | no more memory\n");
    });
  },
);

namespaceTest(
  "one life goes on over a re-execution and another configuration; both are told",
  async () => {
    await withState(async (stateDir) => {
      await using run = await container(stateDir, { "web.service": stays, "job.service": stays });
      await untilRecorded(stateDir, '"k":"ready"');
      await telchap(run, "reexec");
      const config = `${run.directory}/chaperone.d/test.conf`;
      const text = await Deno.readTextFile(config);
      await Deno.writeTextFile(config, text.replace('"job.service":{', '"job.service":{"nice":3,'));
      assertMatch(await telchap(run, "apply"), /applied/i);
      await telchap(run, "stop", "job", "--wait");
      await run.signal("SIGTERM");
      await run.expectExit(0);
      const told = await postMortem(stateDir);
      assertStringIncludes(told, "has taken over from itself as telchap asked");
      assertStringIncludes(told, "was put in force: job.service changed: nice");
      assertStringIncludes(told, "job: stop, asked by telchap (root)");
      assertStringIncludes(told, "chaperone received SIGTERM");
      assertStringIncludes(told, "It ended with status 0");
      assertStringIncludes(await postMortem(stateDir, "--previous=2"), "no life 2 before now");
    });
  },
);

namespaceTest(
  "logs --previous shows what services wrote in the life before, of all or of one",
  async () => {
    await withState(async (stateDir) => {
      const services = {
        "web.service": { command: sh("sleep 0.3; echo out of luck; exit 4"), "exit_kills": true },
        "db.service": { command: sh("echo level=error checkpoint; exec sleep 1000") },
      };
      {
        await using run = await container(stateDir, services);
        await run.expectExit(4);
      }
      await using run = await container(stateDir, { "db.service": stays });
      await run.waitForLine(/: up$/);
      assertEquals(
        (await telchap(run, "logs", "--previous")).trim().split("\n"),
        ["web | out of luck", "db  | level=error checkpoint"],
      );
      assertEquals(await telchap(run, "logs", "--previous", "web"), "out of luck\n");
      assertEquals(
        await telchap(run, "logs", "--previous", "--level", "err"),
        "db | level=error checkpoint\n",
      );
      assertStringIncludes(
        await telchap(run, "logs", "--previous", "--grep", "luck"),
        "out of luck",
      );
      assertStringIncludes(await telchap(run, "logs", "--previous", "-f"), "is over");
      await run.signal("SIGTERM");
      await run.expectExit(0);
    });
  },
);

// Control groups of version 2 cannot be had on every machine that runs this, so the files that a
// kernel would write are given, and the kill of all is `kill -9` of process 1, as the kernel does it.
// container_readiness_test.ts has a service that a real kernel ends, where podman can limit memory.
namespaceTest(
  "a service that the kernel killed for memory, and then the container: the next life tells both",
  async () => {
    await withState(async (stateDir) => {
      const setup = `mount -t tmpfs tmpfs /sys/fs/cgroup; cd /sys/fs/cgroup
echo 'oom_kill 2' >memory.events; echo 1000000 >memory.max; echo 990000 >memory.current; cd /`;
      {
        await using run = await container(stateDir, {
          "keeper.service": stays,
          "web.service": {
            command: sh(
              "echo hungry; sleep 0.3; echo 'oom_kill 3' >/sys/fs/cgroup/memory.events; kill -9 $$",
            ),
            "ignore_failures": true,
          },
        }, setup);
        await untilRecorded(stateDir, '"hungry"');
        await run.signal("SIGKILL");
        await run.waitForExit();
      }
      const told = await postMortem(stateDir);
      assertMatch(told, /web\[\d+\] was killed by the kernel \(out of memory\) after /);
      assertStringIncludes(told, "      | hungry\n");
      assertStringIncludes(told, "the memory of the container was nearly used up shortly before");
    });
  },
);

namespaceTest("a full disk costs the recorder alone, and is told once", async () => {
  await using run = await container(
    "/run/state",
    {
      "web.service": {
        command: sh("sleep 0.2; exit 3"),
        restart: true,
        "restart_limit": 8,
        "restart_delay": 0,
      },
      "keeper.service": stays,
    },
    "mount -t tmpfs -o size=4k tmpfs /run; mkdir /run/state; : > /run/state/lock; chmod 600 /run/state/lock",
  );
  await run.waitForLine(/nothing of this life is recorded|the recorder cannot write/);
  await run.waitForLine(/web\.service is given up/);
  const said = run.output.texts().filter((line) => line.includes("the recorder cannot write"));
  assert(said.length <= 1, said.join("\n"));
  assertMatch(await telchap(run, "status"), /keeper/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "what a service's user could touch is no state_dir: it is said, and services run",
  async () => {
    await withState(async (stateDir) => {
      await Deno.mkdir(`${stateDir}/of-user`);
      await Deno.chown(`${stateDir}/of-user`, 1000, 1000);
      await using run = await container(`${stateDir}/of-user`, { "web.service": stays });
      await run.waitForLine(/nothing of this life is recorded.*it belongs to user 1000/);
      await run.waitForLine(/: up$/);
      assertStringIncludes(await telchap(run, "post-mortem"), "nothing is recorded");
      await run.signal("SIGTERM");
      await run.expectExit(0);
    });
  },
);

namespaceTest(
  "an end that is not in order is told to Kubernetes, without a state_dir, too",
  async () => {
    const setup = 'touch "$dir/dev/termination-log"';
    await using run = await container(undefined, {
      "web.service": { command: sh("sleep 0.3; echo last words; exit 5"), "exit_kills": true },
    }, setup);
    await run.expectExit(5);
    const text = await Deno.readTextFile(run.outerPath("/dev/termination-log"));
    assertMatch(text, /^chaperone: exit 5: web\.service exited with code 5/);
    assertStringIncludes(text, "      | last words\n");
  },
);

namespaceTest(
  "/var/lib/chaperone is used where it is there, and where it is not, nothing is recorded",
  async () => {
    const stateOf = async (setup: string) => {
      const config = configuration({ "web.service": stays });
      await using run = await inNamespace({
        config,
        setup: `mount -t tmpfs tmpfs /var/lib; ${setup}`,
      });
      await run.waitForLine(/: up$/);
      const { stateDir } = JSON.parse(await telchap(run, "status", "--json"));
      const told = await telchap(run, "post-mortem", "--previous", "0");
      await run.signal("SIGTERM");
      await run.expectExit(0);
      return { stateDir, told };
    };
    const there = await stateOf("mkdir /var/lib/chaperone");
    assertEquals(there.stateDir, "/var/lib/chaperone");
    assertStringIncludes(there.told, "It goes on.");
    const open = await stateOf("mkdir /var/lib/chaperone; chmod 777 /var/lib/chaperone");
    assertEquals(open.stateDir, null);
    assertStringIncludes(open.told, "others than root may write it");
    const missing = await stateOf(":");
    assertEquals(missing.stateDir, null);
    assertStringIncludes(missing.told, "there is no /var/lib/chaperone");
  },
);

namespaceTest("what a service has written for Kubernetes itself stays", async () => {
  const setup = 'touch "$dir/dev/termination-log"';
  await using run = await container(undefined, {
    "web.service": {
      command: sh("echo mine >/dev/termination-log; sleep 0.3; exit 5"),
      "exit_kills": true,
    },
  }, setup);
  await run.expectExit(5);
  assertEquals(await Deno.readTextFile(run.outerPath("/dev/termination-log")), "mine\n");
});
