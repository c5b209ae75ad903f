/**
 * `run -it IMAGE bash`: the shell has the terminal as if chaperone were not there, with job
 * control, and its end is the container's. The marks in the scripts are computed, so that the echo
 * of what was typed is not taken for its outcome.
 */
import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceOptions, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh, STAYS } from "./scenario.ts";

const BASH = ["bash", "--norc", "--noprofile", "-i"];

/** Starts bash as the command and waits until it has the terminal. */
async function startBash(options: NamespaceOptions = {}): Promise<NamespaceRun> {
  const run = await inNamespace({
    input: "terminal",
    config: configuration({
      settings: { "shutdown_timeout": 3 },
      "console.logging": { selector: "*.warn", stdout: true },
    }),
    args: BASH,
    env: { PS1: "prompt> ", HISTFILE: "" },
    ...options,
  });
  await run.output.waitForText(/prompt> /);
  return run;
}

/** Types a line and waits for what its outcome must contain, and for the prompt after it. */
async function enter(run: NamespaceRun, line: string, outcome: RegExp): Promise<void> {
  await run.type(`${line}\n`);
  await run.output.waitForText(new RegExp(`${outcome.source}[^]*prompt> `));
}

/** Presses Ctrl-C and waits for the next prompt: what is typed earlier may be discarded. */
async function interrupt(run: NamespaceRun): Promise<void> {
  const from = run.output.raw("stdout").length;
  await run.type("\x03");
  const after = () => run.output.raw("stdout").slice(from);
  await waitUntil(() => /\^C[^]*prompt> /.test(after()) || undefined, "a prompt after Ctrl-C");
}

namespaceTest("175: the exit of the shell ends the container, with the shell's code", async () => {
  await using run = await startBash();
  await enter(run, "test -t 0 && echo mark$((40 + 2))", /mark42/);
  await run.type("exit 5\n");
  await run.expectExit(5);
});

for (const look of ["prefix", "json"]) {
  namespaceTest(`the shell has the terminal to itself with CHAPERONE_CONSOLE=${look}`, async () => {
    await using run = await startBash({
      env: { PS1: "prompt> ", HISTFILE: "", CHAPERONE_CONSOLE: look },
    });
    await enter(run, "test -t 1 && test -t 2 && echo mark$((40 + 2))", /\nmark42/);
    await run.type("exit 5\n");
    await run.expectExit(5);
  });
}

namespaceTest("175: --no-exitkills keeps the container up after the shell", async () => {
  await using run = await startBash({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
    args: ["--no-exitkills", ...BASH],
  });
  await run.type("exit 5\n");
  await run.waitForLine(/CONSOLE (terminated|exit status)/);
  await run.waitForProcesses((all) => all.some(({ name }) => name === "sh"));
  await run.signal("SIGTERM");
  await run.waitForLine(/got TERM$/);
  await run.expectExit(0);
});

namespaceTest(
  "Ctrl-C reaches what runs in the shell, and neither the shell nor chaperone",
  async () => {
    await using run = await startBash();
    await run.type("sleep 100\n");
    await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
    await interrupt(run);
    await enter(run, "echo status $((100 + $?))", /status 230/);
    await interrupt(run);
    await enter(run, "echo alive $((6 * 7))", /alive 42/);
    await run.type("exit\n");
    await run.waitForExit();
    assertEquals(run.output.raw("stdout").includes("killing chaperone"), false);
  },
);

namespaceTest("177: jobs stop with Ctrl-Z, go on with fg and bg, and end with Ctrl-C", async () => {
  await using run = await startBash();
  await run.type("sleep 100\n");
  await run.waitForProcesses((all) => all.some(({ name }) => name === "sleep"));
  await run.type("\x1a");
  await run.output.waitForText(/\[1\]\+\s+Stopped\s+sleep 100/);
  await run.waitForProcesses((all) =>
    all.some(({ name, state }) => name === "sleep" && state === "T")
  );
  await run.type("fg\n");
  await run.waitForProcesses((all) =>
    all.some(({ name, state }) => name === "sleep" && state === "S")
  );
  await interrupt(run);
  await enter(run, "echo status $((100 + $?))", /status 230/);
  await run.waitForProcesses((all) => all.every(({ name }) => name !== "sleep"));
  await enter(run, "jobs; echo no jobs $((6 * 7))", /no jobs 42/);
  await run.type("exit 0\n");
  await run.expectExit(0);
});

namespaceTest("177: a stop sends the shell SIGHUP, which it heeds", async () => {
  await using run = await startBash();
  await enter(
    run,
    "trap 'echo got HUP' HUP; trap 'echo left' EXIT; echo mark$((40 + 2))",
    /mark42/,
  );
  const startMs = performance.now();
  await run.signal("SIGTERM");
  await run.output.waitForText(/got HUP/);
  await run.type("exit 0\n");
  await run.waitForExit();
  // One that does not is killed after 8 s.
  assertLess(performance.now() - startMs, 6000);
});

namespaceTest(
  "177: telchap stop CONSOLE hangs up the shell, which ends the container",
  async () => {
    await using run = await startBash();
    const stopped = await run.exec(["telchap", "stop", "CONSOLE"]);
    assertMatch(
      stopped.stdout,
      /^the container ends with CONSOLE \(exit_kills\)\nservices stopping\.\n$/,
    );
    await run.output.waitForText(/CONSOLE was killed by SIGHUP/);
    await run.expectExit(129);
  },
);

namespaceTest("178: ps shows the command in the title, without its arguments", async () => {
  await using run = await startBash();
  await enter(run, "echo title: $(ps -o args= -p 1).", /title: \[chaperone\] bash\./);
  await run.type("exit 0\n");
  await run.expectExit(0);
});

namespaceTest("236: _CHAP_INTERACTIVE is 1 on a terminal", async () => {
  await using run = await startBash({
    config: configuration({
      settings: { "env_set": { INTERACTIVE: "$(_CHAP_INTERACTIVE)" } },
      "console.logging": { selector: "*.warn", stdout: true },
    }),
  });
  await enter(run, "echo interactive: $((INTERACTIVE + 41)).", /interactive: 42\./);
  await run.type("exit 0\n");
  await run.expectExit(0);
});

namespaceTest(
  "139: on a terminal it is announced that the command ends the container",
  async () => {
    await using run = await startBash();
    await run.output.waitForText(/the container ends when '\/\S*\/bash' exits \(exit_kills\)/);
    await run.type("exit 0\n");
    await run.expectExit(0);
  },
);

namespaceTest("170: Ctrl-C without a command ends services in order, and gives 130", async () => {
  await using run = await inNamespace({
    input: "terminal",
    config: configuration({ "a.service": { command: sh(STAYS) } }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.type("\x03");
  await run.waitForLine(/Ctrl-C \.\.\. killing chaperone\.$/);
  await run.waitForLine(/a\[\d+\]: got TERM$/);
  await run.expectExit(130);
});

namespaceTest("services beside a shell are not hit by its Ctrl-C", async () => {
  await using run = await startBash({
    config: configuration({ "a.service": { command: sh(`trap 'echo got INT' INT; ${STAYS}`) } }),
  });
  await run.type("sleep 100\n");
  await run.waitForProcesses((all) =>
    all.some(({ name, argv }) => name === "sleep" && argv[1] === "100")
  );
  await interrupt(run);
  await enter(run, "echo status $((100 + $?))", /status 230/);
  await run.type("exit 0\n");
  await run.waitForExit();
  const said = run.output.raw("stdout");
  assertEquals(
    [/a\[\d+\]: got INT/.test(said), /a\[\d+\]: got TERM/.test(said)],
    [false, true],
    said,
  );
});

namespaceTest("a shell that is killed leaves the container with 137", async () => {
  await using run = await startBash();
  await run.type("kill -9 $$\n");
  await run.expectExit(137);
});
