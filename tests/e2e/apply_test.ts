/**
 * `telchap diff` and `telchap apply` on the compiled program: the configuration is changed in its
 * folder while the container runs, and put in force, all of it or nothing.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh, STAYS } from "./scenario.ts";

type Sections = Readonly<Record<string, Section>>;

const stays = (more: Section = {}): Section => ({ command: sh(STAYS), ...more });

async function start(sections: Sections): Promise<NamespaceRun> {
  const run = await inNamespace({ config: configuration(sections) });
  await run.initPid();
  const isUp = "until telchap status 2>/dev/null | grep -q 'same.*\\(running\\|started\\)'; " +
    "do sleep 0.05; done";
  await run.exec(["timeout", "20", "sh", "-c", isUp]);
  return run;
}

async function configure(run: NamespaceRun, sections: Sections): Promise<void> {
  const path = `${run.directory}/chaperone.d/test.conf`;
  await Deno.writeTextFile(path, configuration(sections));
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<[number, string]> {
  const { code, stdout } = await run.exec(["timeout", "30", "telchap", ...words]);
  return [code, stdout];
}

/** Returns the process of each service that has one. */
async function pids(run: NamespaceRun): Promise<Record<string, number>> {
  const [, text] = await telchap(run, "status", "--json");
  const { services } = JSON.parse(text) as { services: { name: string; pid: number | null }[] };
  return Object.fromEntries(
    services.flatMap(({ name, pid }) => pid === null ? [] : [[name.split(".")[0] ?? "", pid]]),
  );
}

namespaceTest("diff tells what would happen, apply does it and nothing else", async () => {
  await using run = await start({
    "same.service": stays(),
    "changed.service": stays({ "env_set": { PORT: "1" } }),
    "later.service": stays(),
    "gone.service": stays(),
  });
  const before = await pids(run);
  await configure(run, {
    "same.service": stays(),
    "changed.service": stays({ "env_set": { PORT: "2" }, nice: 1 }),
    "later.service": stays({ "stop_timeout": 3 }),
    "new.service": stays(),
  });
  const [code, text] = await telchap(run, "diff");
  assertEquals(code, 0);
  assertMatch(text, /^~ changed\.service +restarts +nice, environment \(PORT\)$/m);
  assertMatch(text, /^~ later\.service +goes on +stop_timeout$/m);
  assertMatch(text, /^- gone\.service +stops$/m);
  assertMatch(text, /^\+ new\.service +starts$/m);
  assertMatch(text, /^1 service unchanged\.$/m);
  assertEquals(await pids(run), before);
  const [, json] = await telchap(run, "diff", "--json");
  assertEquals(JSON.parse(json).services[0], {
    name: "changed.service",
    change: "changed",
    action: "restart",
    directives: ["nice"],
    variables: ["PORT"],
  });
  const [applied, answer] = await telchap(run, "apply");
  assertEquals(applied, 0, answer);
  assertMatch(answer, /^configuration applied\.$/m);
  const now = await pids(run);
  assertEquals([now["same"], now["later"]], [before["same"], before["later"]]);
  assertNotEquals(now["changed"], before["changed"]);
  assertEquals(Object.keys(now).sort(), ["changed", "later", "new", "same"]);
  assertEquals(await telchap(run, "diff"), [0, "Nothing is different.\n"]);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("a service that does not come up brings the former configuration back", async () => {
  const sections = { "same.service": stays(), "changed.service": stays(), "gone.service": stays() };
  await using run = await start(sections);
  const before = await pids(run);
  await configure(run, {
    "same.service": stays(),
    "changed.service": { command: sh("exit 7") },
    "new.service": stays(),
  });
  const [code, text] = await telchap(run, "apply");
  assertEquals(code, 1, text);
  assertMatch(
    text,
    /not applied: changed\.service exited with code 7 before it had started/,
  );
  assertMatch(text, /the former configuration is back in force/);
  const now = await pids(run);
  assertEquals(Object.keys(now).sort(), ["changed", "gone", "same"]);
  assertEquals(now["same"], before["same"]);
  // Nothing has been forgotten of it: it can be applied as soon as it is right.
  await configure(run, sections);
  assertEquals(await telchap(run, "diff"), [0, "Nothing is different.\n"]);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("a configuration with errors is refused with all of them", async () => {
  await using run = await start({ "same.service": stays() });
  const before = await pids(run);
  await configure(run, {
    "same.service": stays({ nice: "much" }),
    "other.service": stays({ "stop_timeout": "never" }),
  });
  const [code, text] = await telchap(run, "apply");
  assertEquals(code, 1);
  assertMatch(text, /nothing was changed/);
  assertMatch(text, /nice/);
  assertMatch(text, /stop_timeout/);
  await configure(run, { settings: { console: "json" }, "same.service": stays() });
  assertMatch((await telchap(run, "apply"))[1], /Cannot apply console of settings/);
  assertEquals(await pids(run), before);
});

namespaceTest("no line is lost while logging changes", async () => {
  const counts = sh(
    "trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.002; done",
  );
  const sections = (file: string) => ({
    "same.service": { command: counts },
    "file.logging": { selector: "[same].*", file: `$(TEST_DIR)/${file}` },
  });
  await using run = await start(sections("first.log"));
  const read = async (name: string) => {
    const text = await Deno.readTextFile(`${run.directory}/${name}`).catch(() => "");
    return [...text.matchAll(/: line (\d+)$/gm)].map(([, number]) => Number(number));
  };
  const files = ["first.log", "second.log", "third.log"];
  for (const file of files.slice(1)) {
    await configure(run, sections(file));
    const [code, text] = await telchap(run, "apply");
    assertEquals(code, 0, text);
    assertMatch(text, /^~ file\.logging +applies +file$/m);
  }
  const lastPid = (await pids(run))["same"];
  assert(lastPid !== undefined);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const numbers = (await Promise.all(files.map(read))).flat();
  assert(numbers.length > 20);
  assertEquals(numbers, numbers.map((_, at) => at + 1));
});

namespaceTest("a configuration may be the first with a schedule, a socket or a probe", async () => {
  await using run = await start({ "same.service": stays() });
  await configure(run, {
    "same.service": stays(),
    "probed.service": stays({ ready: { log: "^up$" } }),
    "told.service": { type: "notify", command: sh("$TEST_DIR/bin/sdnotify --ready; sleep 60") },
    "cron.service": { type: "cron", interval: "0 1 * * *", command: "true" },
    "inetd.service": { type: "inetd", port: 8123, command: "cat" },
  });
  const [code, text] = await telchap(run, "apply");
  assertEquals(code, 0, text);
  const [, status] = await telchap(run, "status");
  assertMatch(status, /probed\.service +true +running/);
  assertMatch(status, /cron\.service +true +waiting/);
  assertMatch(status, /waiting on port 8123/);
  await configure(run, { "same.service": stays() });
  assertEquals((await telchap(run, "apply"))[0], 0);
  assertEquals(Object.keys(await pids(run)), ["same"]);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
