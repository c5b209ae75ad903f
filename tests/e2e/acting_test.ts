/** What hands and scripts do with telchap all day: start, stop, run, signal, wait, show. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

const CONFIG = `
settings: { detect_exit: false, shutdown_timeout: 2 }
web.service:
  command: "sh -c 'trap \\"echo usr1\\" USR1; echo listening; while :; do sleep 0.05; done'"
  stdout: log
backup.service: { type: cron, interval: "0 4 * * *", command: "sh -c 'exit 5'" }
off.service: { command: "sleep 1000", enabled: false }
`;

async function start(): Promise<NamespaceRun> {
  const run = await inNamespace({ config: CONFIG, args: ["--no-exitkills", "sleep", "1000"] });
  const ready = await run.exec(["sh", "-c", "until telchap wait; do sleep 0.1; done"]);
  assertEquals(ready.code, 0);
  return run;
}

async function telchap(
  run: NamespaceRun,
  ...words: string[]
): Promise<[text: string, code: number]> {
  const { stdout, code } = await run.exec(["timeout", "60", "telchap", ...words]);
  return [stdout.trimEnd(), code];
}

namespaceTest("F-066: start of what runs and stop of what is stopped end with 0", async () => {
  await using run = await start();
  assertEquals(await telchap(run, "start", "web"), ["running already: web", 0]);
  assertEquals(await telchap(run, "stop", "--wait", "web", "off"), [
    "services stopped.\nstopped already: off",
    0,
  ]);
  assertEquals(await telchap(run, "start", "--wait", "web"), ["services started.", 0]);
});

namespaceTest(
  "F-033: who stops the last service, and with it the container, is told and answered",
  async () => {
    const config = 'only.service: { command: "sleep 1000" }';
    await using run = await inNamespace({ config });
    await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
    // Without timeout(1) around it: that, too, ends with process 1.
    const { stdout, code } = await run.exec(["telchap", "stop", "--wait", "only"]);
    assertMatch(stdout, /^nothing else runs: the container ends .*\nservices stopped\.\n$/);
    assertEquals(code, 0);
    await run.expectExit(0);
  },
);

namespaceTest("an answer that cannot be written is no success; a reader who left is", async () => {
  await using run = await start();
  const full = await run.exec(["sh", "-c", "telchap status >/dev/full"]);
  assertEquals([full.code, full.stdout], [1, ""]);
  assertMatch(full.stderr, /^telchap cannot write its output: .*No space left on device/);
  const left = await run.exec(["bash", "-c", "telchap status | true; echo ${PIPESTATUS[0]}"]);
  assertEquals([left.stdout, left.stderr], ["0\n", ""]);
});

namespaceTest("F-051: run runs a job now, and ends with its status", async () => {
  await using run = await start();
  assertEquals(await telchap(run, "run", "--wait", "backup"), ["backup exited with code 5", 5]);
  assertMatch((await telchap(run, "runs", "backup"))[0], /1 runs \(1 by hand\), 1 failed/);
});

namespaceTest("F-075, F-076: wait sees a line and its time; signal and show", async () => {
  await using run = await start();
  assertEquals(await telchap(run, "wait", "--for", "log=/^listen/", "web"), ["listening", 0]);
  const waiting = telchap(run, "wait", "--for", "log=/usr1/", "--timeout", "60s", "web");
  assertEquals(await telchap(run, "signal", "web", "USR1"), ["SIGUSR1 sent.", 0]);
  assertEquals(await waiting, ["usr1", 0]);
  const late = await telchap(run, "wait", "--for", "stopped", "--timeout", "100ms", "web");
  assertEquals(late, ["not stopped, not within 100 ms: web (up)", 1]);
  const [shown] = await telchap(run, "show", "off");
  assertMatch(shown, /^ {2}enabled +false +\S+:\d+$/m);
  assertEquals(await telchap(run, "logs", "--grep", "^us", "web"), ["usr1", 0]);
});

namespaceTest("logs --level shows lines of a level or worse, as each states it", async () => {
  const script =
    `echo ERROR one; echo '{"level":"warn"}'; echo two; echo three >&2; exec sleep 1000`;
  await using run = await inNamespace({
    config: configuration({ "mix.service": { command: sh(script) } }),
  });
  const ready = "until [ $(telchap logs mix | grep -cE '^(two|three)$') = 2 ]; do sleep 0.1; done";
  assertEquals((await run.exec(["timeout", "60", "sh", "-c", ready])).code, 0);
  const sorted = async (...words: string[]) => {
    const [text, code] = await telchap(run, "logs", ...words, "mix");
    // Beside what the service printed stands what chaperone says of it.
    const own = text.split("\n").filter((line) => !/mix\.service/.test(line));
    return [own.sort(), code];
  };
  assertEquals(await sorted("--level", "err"), [["ERROR one"], 0]);
  assertEquals(await sorted("--level", "warn"), [["ERROR one", "three", '{"level":"warn"}'], 0]);
  assertEquals(await sorted("--level", "warn", "--grep", "^t"), [["three"], 0]);
  const [json] = await telchap(run, "logs", "--json", "--level", "err", "mix");
  assertMatch(json, /^\{.*"stream":"stdout".*"text":"ERROR one"\}$/);
  assertEquals(await telchap(run, "logs", "--level", "loud", "mix"), [
    "not a level: 'loud'; emerg, alert, crit, err, warn, notice, info, debug are",
    2,
  ]);
});

namespaceTest("F-071: who may not is told so, with status 4", async () => {
  await using run = await start();
  const asNobody = (...words: string[]) =>
    run.exec(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", ...words]);
  const stopped = await asNobody("telchap", "stop", "web");
  assertMatch(stopped.stdout, /not permitted/);
  assertEquals(stopped.code, 4);
  await run.exec(["chmod", "600", "/dev/chaperone.sock"]);
  const closed = await asNobody("telchap", "status");
  assertMatch(closed.stdout, /^not permitted: chaperone runs, but this user may not ask it/);
  assertEquals([closed.code, closed.stdout.includes("is it running")], [4, false]);
});
