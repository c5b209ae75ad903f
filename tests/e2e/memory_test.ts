/**
 * What chaperone takes of a container's memory at rest: what its cgroup is charged for (anonymous
 * memory), and what ps shows (resident). It comes back to that after it was busy, by itself.
 */
import { assert, assertEquals } from "@std/assert";
import { untilQuiet } from "./harness/activity.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { inNamespace } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { type Running } from "./harness/running.ts";

const ANONYMOUS_MAX_KB = 16_000_000 / 1024;
const RESIDENT_MAX_KB = 25_000_000 / 1024;
/** Of chaperone, and of a machine that is busy with other tests. */
const REST_LIMIT_MS = 60_000;

/** Plain YAML, as most configurations are; all of YAML takes 1 MB more. */
const CONFIG = `settings: { startup_pause: 0, idle_delay: 0 }
console.logging: { selector: "*.warn", stdout: true }
a.service: { command: "sleep 1000" }
talker.service: { command: "sh -c 'seq 100000; exec sleep 1000'", enabled: false }
`;

interface Memory {
  readonly anonymousKb: number;
  readonly residentKb: number;
}

async function memoryOf(run: Running): Promise<Memory> {
  const status = await Deno.readTextFile(`/proc/${await run.initPid()}/status`);
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { anonymousKb: kb("RssAnon"), residentKb: kb("VmRSS") };
}

/** Waits until memory is within the bounds, and returns it. */
async function rest(run: Running, max: Memory): Promise<Memory> {
  let memory = await memoryOf(run);
  const fits = async () => {
    memory = await memoryOf(run);
    const isBelow = memory.anonymousKb <= max.anonymousKb && memory.residentKb <= max.residentKb;
    return isBelow ? memory : undefined;
  };
  return await waitUntil(
    fits,
    () => `memory below ${JSON.stringify(max)}; it is ${JSON.stringify(memory)}`,
    REST_LIMIT_MS,
  );
}

namespaceTest(
  "memory at rest is below the bars, and again after commands, lines, restart, apply and re-exec",
  async () => {
    await using run = await inNamespace({ config: CONFIG });
    await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
    const pid = await run.initPid();
    await untilQuiet(pid);
    const first = await memoryOf(run);
    assert(first.anonymousKb <= ANONYMOUS_MAX_KB, `anonymous: ${first.anonymousKb} KiB`);
    assert(first.residentKb <= RESIDENT_MAX_KB, `resident: ${first.residentKb} KiB`);
    for (let i = 0; i < 20; i++) await run.exec(["telchap", "status"]);
    await run.exec(["telchap", "start", "--enable", "--wait", "talker"]);
    await run.exec(["telchap", "restart", "--wait", "a"]);
    const busy = await memoryOf(run);
    assert(busy.residentKb > first.residentKb * 1.1, "it was busy");
    const max = {
      anonymousKb: first.anonymousKb * 1.1,
      residentKb: first.residentKb * 1.1,
    };
    await rest(run, max);
    const more = 'b.service: { command: "sleep 1000" }\n';
    await Deno.writeTextFile(`${run.directory}/chaperone.d/more.conf`, more);
    assertEquals((await run.exec(["telchap", "apply"])).code, 0);
    assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
    await rest(run, max);
  },
);
