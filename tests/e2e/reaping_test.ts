/**
 * What PID 1 owes the kernel: zombies of others are gone at once, however many; and when nothing
 * happens, nothing is done.
 */
import { assertEquals, assertLess } from "@std/assert";
import { untilQuiet } from "./harness/activity.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { runCommand } from "./harness/running.ts";
import { configuration, python, type Section, sh } from "./scenario.ts";

const ORPHANS = 4_000;
/** From the death of the last orphan until no zombie is left. */
const REAPED_WITHIN_MS = 50;

/** To fork thousands of processes takes a busy machine minutes. */
const HANG_LIMIT_MS = 300_000;

// Each shell forks ten that end at once and is gone as soon, so that PID 1 inherits them.
const MAKE_ORPHANS = `import os, signal, subprocess, time
ten = "( :& :& :& :& :& :& :& :& :& :& )"
loop = "i=0; while [ $i -lt ${ORPHANS / 10} ]; do " + ten + "; i=$((i+1)); done"
subprocess.run(["/bin/sh", "-c", loop])
last = time.monotonic()
def zombies():
    count = 0
    for pid in os.listdir("/proc"):
        if not pid.isdigit(): continue
        try:
            with open("/proc/" + pid + "/stat") as file: stat = file.read()
        except OSError: continue
        if stat[stat.rindex(")") + 2] == "Z": count += 1
    return count
while zombies(): pass
print("gone after", round((time.monotonic() - last) * 1000, 1), "ms", flush=True)
signal.pause()`;

const QUIET = { selector: "*.warn;[a].info", stdout: true };

namespaceTest(
  `${ORPHANS} orphans that die one after another are gone ${REAPED_WITHIN_MS} ms after the last`,
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "console.logging": QUIET,
        "a.service": { command: python(MAKE_ORPHANS) },
      }),
    });
    const line = await run.waitForLine(/a\[\d+\]: gone after/, { limitMs: HANG_LIMIT_MS });
    assertLess(Number(/after ([\d.]+) ms/.exec(line)?.[1]), REAPED_WITHIN_MS);
    await run.expectNoZombie();
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

// All of them at once: their parent holds them until it dies.
const MAKE_BURST = `import os, signal
read, write = os.pipe()
holder = os.fork()
if holder == 0:
    os.close(write)
    for _ in range(2000):
        if os.fork() == 0:
            os.read(read, 1)
            os._exit(0)
    os._exit(0)
os.close(read)
os.waitpid(holder, 0)
os.close(write)
print("released", flush=True)
signal.pause()`;

namespaceTest("a burst of 2000 orphans that die at the same moment leaves no zombie", async () => {
  await using run = await inNamespace({
    config: configuration({
      "console.logging": QUIET,
      "a.service": { command: python(MAKE_BURST) },
    }),
  });
  await run.waitForLine(/a\[\d+\]: released$/, { limitMs: HANG_LIMIT_MS });
  await run.waitForProcesses((all) => all.length === 2, 10_000);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

/** The longer look is for a release: `IDLE_SECONDS=30 deno test …`. */
const IDLE_SECONDS = Number(Deno.env.get("IDLE_SECONDS") ?? "5");

/** What services may have besides, each of which is to cost nothing at rest. */
const BESIDES: readonly Section[] = [
  { watch: { "$(TEST_DIR)/watched/*.conf": "restart" } },
  { recycle: { age: "12h" }, "on_start": "true", "on_ready": "true", "on_stop": "true" },
  { listen: ["$(TEST_DIR)/asleep"], "idle_timeout": "100ms" },
  { instances: 2, "max_unavailable": 1, "max_surge": 1, "drain_timeout": 1, ready: { log: "^up" } },
  { requires: "s0.service", wants: "s1.service:ready", follows: "s3.service" },
];

namespaceTest(`idle with ten services, no system call is made for ${IDLE_SECONDS} s`, async () => {
  const services = Array.from({ length: 10 }, (_, index) => [
    `s${index}.service`,
    { command: sh("echo up; exec sleep 1000"), ...BESIDES[index] },
  ]);
  const config = configuration(Object.fromEntries(services));
  await using run = await inNamespace({ config, setup: 'mkdir "$dir/watched"' });
  const awake = ["s0", "s1", "s3.1", "s3.2", "s4", "s9"];
  for (const name of awake) {
    await run.waitForLine(new RegExp(`: ${name}\\.service successfully started$`));
  }
  await run.waitForLine(/s2\.service is listening on/);
  const pid = await run.initPid();
  await untilQuiet(pid);
  assertEquals(await tracedCalls(run, pid), []);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

/**
 * How much of a trace is not looked at. To be looked at interrupts waiting threads, which then wait
 * anew; a spare thread ends when it was not needed for ten seconds.
 */
const SETTLE_SECONDS = IDLE_SECONDS < 9 ? 0.5 : 11;

/**
 * Lists the system calls that any thread of chaperone makes or returns from while it is looked at.
 */
async function tracedCalls(run: NamespaceRun, pid: number): Promise<string[]> {
  const trace = `${run.directory}/trace`;
  const seconds = SETTLE_SECONDS + IDLE_SECONDS;
  const strace = ["strace", "-f", "-ttt", "-qq", "-o", trace, "-p", String(pid)];
  await runCommand(["timeout", "--signal=INT", String(seconds), ...strace], {
    limitMs: seconds * 1000 + 10_000,
  });
  const lines = (await Deno.readTextFile(trace)).split("\n").filter((line) => line !== "");
  const secondsOf = (line: string) => Number(line.split(/ +/)[1]);
  const startSeconds = secondsOf(lines[0] ?? "");
  // A call in which a thread still waits is cut off when strace goes.
  return lines.filter((line) => !/<(?:unfinished|detached) \.\.\.>$/.test(line))
    .filter((line) => secondsOf(line) > startSeconds + SETTLE_SECONDS);
}
