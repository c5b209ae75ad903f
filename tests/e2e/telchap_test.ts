/**
 * The compiled program by its other names: telchap as scripts of images use it, and the small
 * programs. Numbers are those of the table in tests/README.md.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";

const CONFIG = `
settings: { detect_exit: false, shutdown_timeout: 2 }
talker.service:
  command: "sh -c 'trap \\"exit 0\\" TERM; echo I talk; while :; do sleep 0.05; done'"
  startup_pause: 0.1
  stdout: log
`;

async function shell(run: NamespaceRun, script: string): Promise<string> {
  // What outlives a limit set outside would still hold the pipes.
  const { stdout, stderr } = await run.exec(["timeout", "15", "sh", "-c", script]);
  return stdout + stderr;
}

async function startTalking(config = CONFIG): Promise<NamespaceRun> {
  const run = await inNamespace({ config, args: ["--no-exitkills", "sleep", "1000"] });
  await run.initPid();
  // The socket is there before the first service starts.
  await shell(
    run,
    "until telchap status 2>/dev/null | grep -q 'CONSOLE.*running'; do sleep 0.05; done",
  );
  return run;
}

namespaceTest("284: awk finds the state of CONSOLE in the fourth column", async () => {
  await using run = await startTalking();
  assertEquals(await shell(run, "telchap status | awk '/CONSOLE/{print $4}'"), "running\n");
  assertEquals(
    await shell(run, "chaperone telchap status | awk '/talker/{print $4}'"),
    "running\n",
  );
});

namespaceTest("298: dependencies includes CONSOLE", async () => {
  await using run = await startTalking();
  assertMatch(await shell(run, "telchap dependencies"), /^talker +\| $/m);
  assertMatch(await shell(run, "telchap dependencies"), /^CONSOLE \| talker$/m);
});

namespaceTest("303: a reply of more than 64 KiB is printed completely", async () => {
  const many = Array.from(
    { length: 1500 },
    (_, at) => `service-${at}.service: { command: "true", enabled: false }`,
  );
  await using run = await startTalking(CONFIG + many.join("\n"));
  const count = await shell(run, "telchap status | grep -c '^-  *service-[0-9]*\\.service *false'");
  assertEquals(count, "1500\n");
});

namespaceTest(
  "telchap logs -f shows what comes, and ends when its reader has seen enough",
  async () => {
    // As with tail -f, a reader that has left is noticed with the next line.
    const often = CONFIG.replace("echo I talk; while :; do", "while :; do echo I talk;");
    await using run = await startTalking(often);
    assertMatch(await shell(run, "telchap logs -f talker | head -n 1"), /^I talk$/m);
  },
);

namespaceTest("telchap status costs little more than the start of the program", async () => {
  await using run = await startTalking();
  const { stdout } = await run.exec([
    "python3",
    "-c",
    "import resource,subprocess\n" +
    "def cost(*words):\n" +
    "  used=lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])\n" +
    "  before=used()\n" +
    "  subprocess.run(words,stdout=subprocess.DEVNULL)\n" +
    "  return (used()-before)*1000\n" +
    // Processor time, the least of some, in turn: others use the machine, too.
    "costs=[(cost('telchap','status'),cost('chaperone','--licenses')) for _ in range(7)]\n" +
    "print(min(a for a,_ in costs),min(b for _,b in costs))\n",
  ]);
  const [statusMs = NaN, startMs = NaN] = stdout.trim().split(" ").map(Number);
  assert(statusMs <= 1.5 * startMs, `it took ${statusMs} ms of processor time, a start ${startMs}`);
});

namespaceTest("297: telchap shutdown ends the container with 0", async () => {
  await using run = await startTalking();
  assertEquals(await shell(run, "telchap shutdown"), "Shutting down now\n");
  await run.expectExit(0);
});

namespaceTest("the links answer to the names of 0.3.9's programs", async () => {
  await using run = await startTalking();
  assertEquals(await shell(run, "echo '$(HOME) ${NONE:-x}' | envcp -"), "/root x\n");
  assertEquals(await shell(run, "sdnotify --booted; echo $?"), "1\n");
  assertEquals(await shell(run, "sdnotify-exec sh -c 'exit 7'; echo $?"), "7\n");
  assertMatch(await shell(run, "telchap --version"), /This is 'telchap' version \S+\.$/m);
});

namespaceTest("completion of bash completes commands, services and options", async () => {
  await using run = await startTalking();
  const complete = (words: string) =>
    shell(
      run,
      `bash -c 'eval "$(telchap completion bash)"; COMP_WORDS=(${words} "\${2-}"); ` +
        `COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _telchap; echo "\${COMPREPLY[@]}"' x`,
    );
  assertMatch(await complete("telchap"), /\bstatus\b.*\blogs\b/);
  assertMatch(await complete("telchap stop"), /--wait.*\btalker\b/);
});
