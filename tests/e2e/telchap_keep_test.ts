/** `telchap launch --keep` of the compiled program: what is launched again by the next life. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section } from "./scenario.ts";

const WEB: Readonly<Record<string, Section>> = { "web.service": { command: "sleep 1000" } };

async function start(
  stateDir: string | undefined,
  settings: Section = {},
  services = WEB,
): Promise<NamespaceRun> {
  const place = stateDir === undefined ? {} : { "state_dir": stateDir };
  const run = await inNamespace({
    config: configuration({
      settings: { "detect_exit": false, "shutdown_timeout": 3, ...place, ...settings },
      ...services,
    }),
  });
  await run.exec(["sh", "-c", "until telchap wait; do sleep 0.1; done"]);
  return run;
}

async function end(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<[string, number]> {
  const { stdout, stderr, code } = await run.exec(["timeout", "60", "telchap", ...words]);
  return [stdout + stderr, code];
}

async function owner(run: NamespaceRun, ...words: string[]): Promise<[string, number]> {
  const user = ["setpriv", "--reuid=1001", "--regid=1001", "--clear-groups"];
  const { stdout, stderr, code } = await run.exec([...user, "telchap", ...words]);
  return [stdout + stderr, code];
}

namespaceTest(
  "launch --keep: the next life launches it again, judges anew, and forgets what it is told to",
  async () => {
    const stateDir = await Deno.makeTempDir({ prefix: "chaperone-kept-" });
    const file = `${stateDir}/launched.json`;
    try {
      {
        await using run = await start(stateDir, { "control_uid": 1001 });
        const kept = (name: string) => ["launch", "--keep", "--name", name];
        const script = ["--env", "A=$(b)", "--", "sh", "-c", "echo it is $A; exec sleep 1000"];
        assertEquals(await telchap(run, ...kept("agent"), ...script), ["agent launched.\n", 0]);
        assertEquals((await owner(run, ...kept("own"), "--", "sleep", "2000"))[1], 0);
        assertEquals((await telchap(run, ...kept("web2"), "--", "sleep", "3000"))[1], 0);
        assertEquals((await telchap(run, "launch", "--name", "gone", "--", "sleep", "1"))[1], 0);
        assertEquals((await telchap(run, ...kept("bad"), "--", "sh", "-c", "exit 3"))[1], 1);
        const { mode, uid } = await Deno.stat(file);
        assertEquals([(mode ?? 0) & 0o777, uid], [0o600, 0]);
        assertEquals((await telchap(run, "reexec"))[1], 0);
        const [told] = await telchap(run, "why", "agent");
        assertMatch(told, /^Configured: +no, launched by telchap, and kept$/m);
        await run.signal("SIGKILL");
        await run.waitForExit();
      }
      {
        // Whoever launched `own` owns the control socket no more, and web2 is configured.
        await using run = await start(stateDir, {}, {
          ...WEB,
          "web2.service": { command: "sleep 1000" },
        });
        await run.waitForLine(/agent launched again, which user 0 has had kept/);
        await run.waitForLine(/own.service, kept by .*, is not launched: .*may not have this run/);
        await run.waitForLine(/web2\.service is configured now: .* is forgotten/);
        assertEquals((await telchap(run, "wait", "--for", "log=/it is .\\(b\\)/", "agent"))[1], 0);
        assertMatch((await telchap(run, "names"))[0], /^web\nweb2\nagent\n/);
        assertEquals(await telchap(run, "forget", "agent", "own"), ["agent, own forgotten.\n", 0]);
        assertEquals(await Deno.stat(file).catch(() => "none"), "none");
        await end(run);
      }
      await Deno.writeTextFile(file, '{"format":1,"launched":[{"name":"x.service"');
      await using run = await start(stateDir);
      await run.waitForLine(/launched\.json is not what telchap launch --keep writes/);
      await end(run);
    } finally {
      await Deno.remove(stateDir, { recursive: true });
    }
  },
);

namespaceTest("launch --keep: a container with detect_exit does not end before", async () => {
  const stateDir = await Deno.makeTempDir({ prefix: "chaperone-kept-" });
  const settings = { "detect_exit": true };
  const ended = { "job.service": { type: "oneshot", command: "true" } };
  const off = { "job.service": { command: "true", enabled: false } };
  try {
    {
      await using run = await start(stateDir, settings);
      for (const name of ["one", "two"]) {
        const words = ["launch", "--keep", "--name", name, "--", "sleep", "1000"];
        assertEquals(await telchap(run, ...words), [`${name} launched.\n`, 0]);
      }
      await run.signal("SIGKILL");
      await run.waitForExit();
    }
    for (const services of [ended, off]) {
      await using run = await start(stateDir, settings, services);
      await run.waitForLine(/two launched again/);
      assertEquals((await telchap(run, "wait", "one", "two"))[1], 0);
      await end(run);
    }
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
});

namespaceTest("launch --keep: without a state_dir it is refused, and says what to do", async () => {
  await using run = await start(undefined);
  const [text, code] = await telchap(run, "launch", "--keep", "--name", "a", "--", "sleep", "9");
  assertMatch(
    text,
    /--keep has no place to remember it in: there is no state_dir .* by state_dir$/m,
  );
  assertEquals(code, 1);
  assertMatch((await telchap(run, "names"))[0], /^web\n/);
  await end(run);
});
