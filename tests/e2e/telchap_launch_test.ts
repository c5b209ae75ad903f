/** `telchap launch` of the compiled program: services that no file declares. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration } from "./scenario.ts";

const SETTINGS = { "detect_exit": false, "shutdown_timeout": 3, "control_uid": 1001 };
const CONFIG = configuration({
  settings: SETTINGS,
  "web.service": { command: "sleep 1000" },
});

async function start(config = CONFIG): Promise<NamespaceRun> {
  const run = await inNamespace({ config, args: ["--no-exitkills", "sleep", "1000"] });
  await run.exec(["sh", "-c", "until telchap wait; do sleep 0.1; done"]);
  return run;
}

async function telchap(run: NamespaceRun, ...words: string[]): Promise<[string, number]> {
  const { stdout, stderr, code } = await run.exec(["timeout", "30", "telchap", ...words]);
  return [stdout + stderr, code];
}

async function facts(run: NamespaceRun, name: string): Promise<Record<string, unknown>> {
  return JSON.parse((await telchap(run, "why", "--json", name))[0]);
}

const LAUNCH = ["launch", "--name", "agent", "--restart", "always"];

namespaceTest(
  "launch: what is launched is a service in all, and runs the words as they are",
  async () => {
    await using run = await start();
    const script = "echo $1 $COLOUR $(id -u); pwd; sleep 1000";
    const [text, code] = await telchap(
      run,
      ...LAUNCH,
      ...["--uid", "1000", "--directory", "/tmp", "--env", "COLOUR=$(blue)", "--env", "B=2"],
      ...["--ready", "log=/^.tmp/", "--", "sh", "-c", script, "sh", "it's $(HOME) `x`"],
    );
    assertEquals([text, code], ["agent launched.\n", 0]);
    assertEquals((await telchap(run, "logs", "agent"))[0], "it's $(HOME) `x` $(blue) 1000\n/tmp\n");
    assertMatch((await telchap(run, "why", "agent"))[0], /^Configured: +no, launched by telchap$/m);
    assertEquals((await facts(run, "web"))["launched"], false);
    const { pid } = await facts(run, "agent");
    await run.exec(["kill", "-9", String(pid)]);
    await telchap(run, "wait", "--for", "ready", "agent");
    const again = await facts(run, "agent");
    assertEquals([again["restartsTotal"], again["pid"] === pid], [1, false]);
    assertEquals(await telchap(run, "stop", "--wait", "agent"), ["services stopped.\n", 0]);
    assertEquals((await telchap(run, "start", "--wait", "agent"))[1], 0);
    await run.waitForLine(/user 0 has launched agent: sh/);
  },
);

namespaceTest("launch: it stays over reexec and apply, until it is forgotten", async () => {
  await using run = await start();
  assertEquals((await telchap(run, ...LAUNCH, "--", "sleep", "777"))[1], 0);
  const { pid } = await facts(run, "agent");
  assertEquals((await telchap(run, "reexec"))[1], 0);
  const more = { settings: SETTINGS, "web.service": { command: "sleep 1000" } };
  const write = (sections: Record<string, Record<string, unknown>>) =>
    Deno.writeTextFile(`${run.directory}/chaperone.d/test.conf`, configuration(sections));
  await write({ ...more, "new.service": { command: "sleep 1000" } });
  assertEquals((await telchap(run, "apply"))[1], 0);
  assertEquals((await facts(run, "agent"))["pid"], pid);
  assertEquals((await facts(run, "new"))["launched"], false);

  const taken = await telchap(run, ...LAUNCH, "--", "sleep", "1");
  assertEquals(taken, ["Command error: there is a service agent already\n", 1]);
  await write({ ...more, "agent.service": { command: "sleep 1000" } });
  const [text, code] = await telchap(run, "apply");
  assertMatch(text, /'agent.service' has been launched by telchap: say telchap forget first/);
  assertEquals(code, 1);
  const configured = await telchap(run, "forget", "web");
  assertMatch(configured[0], /can only forget what was launched: web/);
  assertEquals(await telchap(run, "forget", "agent"), ["agent forgotten.\n", 0]);
  assertMatch((await telchap(run, "why", "agent"))[0], /agent/);
  assertEquals((await run.exec(["pgrep", "-fx", "/usr/bin/sleep 777"])).code, 1);
  assertEquals((await telchap(run, "apply"))[1], 0);
});

namespaceTest("launch: what cannot be is refused, and leaves nothing behind", async () => {
  await using run = await start();
  const refused = async (pattern: RegExp, code: number, ...words: string[]) => {
    const [text, status] = await telchap(run, ...words);
    assertMatch(text, pattern);
    assertEquals(status, code, text);
  };
  await refused(/launch needs a --name/, 1, "launch", "--", "sleep", "1");
  await refused(/a name has letters/, 1, "launch", "--name", "a b", "--", "sleep", "1");
  await refused(/nothing was changed: .*nothing/, 1, "launch", "--name", "a", "--", "nothing");
  await refused(/--ready is log=/, 1, "launch", "--name", "a", "--ready", "x", "--", "sleep", "1");
  await refused(
    /it was not started: .*code 3/,
    1,
    "launch",
    "--name",
    "a",
    "--",
    "sh",
    "-c",
    "exit 3",
  );
  assertMatch((await telchap(run, "names"))[0], /^web\nCONSOLE\n/);
  const as = async (uid: number, ...words: string[]) => {
    const user = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    return await run.exec([...user, "telchap", ...words]);
  };
  assertEquals((await as(1000, "launch", "--name", "a", "--", "id")).code, 4);
  const root = await as(1001, "launch", "--name", "a", "--uid", "0", "--", "sleep", "1");
  assertMatch(root.stdout, /launch gives the user, groups and capabilities/);
  assertEquals(root.code, 4);
  assertEquals((await as(1001, "launch", "--name", "mine", "--", "sleep", "1000")).code, 0);
  const { pid } = await facts(run, "mine");
  assertEquals((await run.exec(["stat", "-c", "%u", `/proc/${pid}`])).stdout, "1001\n");
});

namespaceTest("launch: the owner of the socket gets no group that is not his own", async () => {
  await using run = await start();
  const launch = async (user: readonly string[], ...words: string[]) => {
    const id = ["sh", "-c", "id -u; id -G; sleep 1000"];
    const line = [...user, "telchap", "launch", ...words, "--ready", "log=/ /", "--", ...id];
    return await run.exec(["setpriv", "--reuid=1001", "--regid=1001", ...line]);
  };
  for (const gid of ["0", "shadow"]) {
    const { stdout, code } = await launch(["--clear-groups"], "--name", "a", "--gid", gid);
    assertMatch(stdout, /in no group that is not the owner's, and with no capability/);
    assertEquals(code, 4);
  }
  assertMatch((await telchap(run, "names"))[0], /^web\nCONSOLE\n/);
  assertEquals((await launch(["--groups=42,7"], "--name", "a", "--gid", "shadow")).code, 0);
  assertEquals((await launch(["--groups=42,7"], "--name", "b")).code, 0);
  assertEquals((await telchap(run, "logs", "a"))[0], "1001\n42 7 1001\n");
  assertEquals((await telchap(run, "logs", "b"))[0], "1001\n1001 7 42\n");
});

namespaceTest("launch: false in settings switches it off", async () => {
  await using run = await start(configuration({
    settings: { ...SETTINGS, launch: false },
    "web.service": { command: "sleep 1000" },
  }));
  const answer = await telchap(run, ...LAUNCH, "--", "sleep", "1");
  assertEquals(answer, ["Command error: the settings say launch: false\n", 1]);
});

namespaceTest("launch: who asks has nothing run, or told, that is not his own", async () => {
  await using run = await start();
  const file = `${run.directory}/tmp/made`;
  const construct = "$(`id -u >> " + file + "`)";
  const launchAs = async (uid: number, ...words: string[]) => {
    const user = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
    return await run.exec([...user, "telchap", "launch", ...words]);
  };
  const made = async () => (await run.exec(["cat", file])).stdout;
  // The control: what a file of root says is run.
  const config = { settings: SETTINGS, "web.service": { command: "sleep 1000", gid: construct } };
  await Deno.writeTextFile(`${run.directory}/chaperone.d/test.conf`, configuration(config));
  await telchap(run, "diff");
  assertEquals(await made(), "0\n");
  const options = [
    ["--uid", construct],
    ["--uid", "root", "--gid", construct],
    ["--uid", "root", "--directory", construct],
    ["--uid", "root", "--ready", `file=/${construct}`],
    ["--gid", construct],
    ["--directory", construct],
    ["--ready", `log=${construct}`],
  ];
  for (const words of options) {
    await launchAs(1001, "--name", "a", ...words, "--", "false");
    assertEquals(await made(), "0\n", words.join(" "));
  }
  const told = await launchAs(1001, "--name", "a", "--uid", "$(HOME)", "--", "false");
  assertMatch(told.stdout, /specified user \('\$\(HOME\)'\) does not exist/);
  const refused = await launchAs(1001, "--name", "defaults", "--", "sleep", "1");
  assertMatch(refused.stdout, /defaults\.service is what all services take over/);
});
