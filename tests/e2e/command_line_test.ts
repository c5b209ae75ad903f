/**
 * The command line as image scripts use it: what runs, what is refused, and what appears where. How
 * options are read is in tests/unit/commands/command_line_test.ts. Numbers are those of the table
 * in tests/README.md.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, EVERYTHING, linesOf, runToEnd, sh, STAYS } from "./scenario.ts";

const ONE = configuration({ "a.service": { command: "/bin/echo a runs" } });

namespaceTest(
  "3, F-019: not as PID 1 it runs all the same, and says in one line what is less",
  async () => {
    const life = await runToEnd({ isInit: false, config: ONE });
    assertEquals(linesOf("a", life.stdout), ["a runs"]);
    assertEquals(life.code, 0, life.all);
    const told = life.stdout.filter((line) => /chaperone is process \d+, not 1: /.test(line));
    assertEquals(told.length, 1, life.all);
  },
);

namespaceTest("4: --force is accepted, and then it is no warning", async () => {
  const life = await runToEnd({
    isInit: false,
    config: configuration({
      "console.logging": { selector: "*.warn;daemon.info", stdout: true },
      "a.service": { command: "/bin/echo a runs" },
    }),
    args: ["--force"],
  });
  assertEquals(linesOf("a", life.stdout), ["a runs"]);
  assertEquals(life.stdout.filter((line) => /not 1: /.test(line)), []);
  assertEquals(life.code, 0, life.all);
});

namespaceTest("13, F-020: '--' ends the options, and what follows is the command", async () => {
  const life = await runToEnd({ args: ["--exitkills", "--", "/bin/sh", "-c", "echo ran; exit 3"] });
  assertStringIncludes(life.stdout.join("\n"), "ran");
  assertEquals(life.code, 3, life.all);
});

namespaceTest("15: without configuration and command there is nothing to do", async () => {
  const life = await runToEnd({});
  assertMatch(
    life.stdout[0] ?? "",
    /^There is nothing to run: no service is configured, and no command is given\.$/,
  );
  assertEquals(life.stdout.slice(3), [
    "There is nothing at '/etc/chaperone.d', where the configuration is looked for.",
  ]);
  assertEquals(life.code, 1);
});

namespaceTest("16: with settings and logging alone there is nothing to do", async () => {
  const life = await runToEnd({ config: configuration({}) });
  assertMatch(
    life.stdout[0] ?? "",
    /^There is nothing to run: no service is configured, and no command is given\.$/,
  );
  assertEquals(life.code, 1);
});

namespaceTest("17: when all services are disabled, it warns and ends with 0", async () => {
  const config = configuration({ "a.service": { command: "/bin/true", enabled: false } });
  const life = await runToEnd({ config });
  assertStringIncludes(
    life.all,
    "No service startups attempted (all disabled?) - exiting due to 'detect_exit=true'",
  );
  assertEquals(life.code, 0, life.all);
});

namespaceTest("18: --disable-services needs a command", async () => {
  const life = await runToEnd({ config: ONE, args: ["--disable-services"] });
  assertEquals(life.stderr, [
    "--disable-services leaves nothing to run: write a command after the options",
  ]);
  assertEquals(life.stdout, []);
  assertEquals(life.code, 1);
});

namespaceTest("19: --disable-services runs the command alone, with a warning", async () => {
  const life = await runToEnd({ config: ONE, args: ["--disable", "echo", "command runs"] });
  assertEquals(linesOf("a", life.stdout), []);
  assertStringIncludes(life.all, "no configured service is started (--disable-services)");
  assertEquals(life.stdout.filter((line) => line === "command runs").length, 1);
  assertEquals(life.code, 0, life.all);
});

namespaceTest("19: telchap shows the services as disabled then", async () => {
  const life = await runToEnd({ config: ONE, args: ["--disable", "telchap", "status"] });
  const row = life.stdout.map((line) => line.trim().split(/ +/)).find(([, name]) =>
    name === "a.service"
  );
  assertEquals(row, ["-", "a.service", "false", "disabled", "-"], life.all);
});

namespaceTest("20: --disable-services still refuses an invalid configuration", async () => {
  const config = configuration({ "a.service": { command: "/bin/true", type: "bogus" } });
  const life = await runToEnd({ config, args: ["--disable-services", "echo", "runs"] });
  assertMatch(
    life.stderr[0] ?? "",
    /^\S+:1:\d+: Configuration Error: 'type' of a\.service is 'bogus'/,
  );
  assertEquals([life.code, life.stdout], [1, []]);
});

namespaceTest("21: an unknown log level is refused on stderr", async () => {
  const life = await runToEnd({ config: ONE, args: ["--log-level", "bogus"] });
  assertEquals(life.stderr, [
    "--log-level is emerg, alert, crit, err, warn, notice, info or debug, not 'bogus'",
  ]);
  assertEquals([life.code, life.stdout], [1, []]);
});

const ERRORS_ONLY = configuration({
  "console.logging": { selector: "*.err", stdout: true },
  "a.service": { command: "/bin/echo informed" },
});

for (const level of ["INFO", "info", "Debug"]) {
  namespaceTest(`22: --log-level ${level} widens a section of errors`, async () => {
    const life = await runToEnd({ config: ERRORS_ONLY, args: ["--log-level", level] });
    assertEquals(linesOf("a", life.stdout), ["informed"], life.all);
  });
}

for (const level of ["error", "warning", "emerg"]) {
  namespaceTest(`22: --log-level ${level} is accepted and shows no information`, async () => {
    const life = await runToEnd({ config: ERRORS_ONLY, args: ["--log-level", level] });
    assertEquals([life.code, linesOf("a", life.stdout)], [0, []], life.all);
  });
}

namespaceTest(
  "23: --debug prints the options first and shows debug records everywhere",
  async () => {
    const life = await runToEnd({ config: ERRORS_ONLY, args: ["--debug"] });
    assertMatch(life.stdout[0] ?? "", /^COMMAND OPTIONS \{/);
    assertStringIncludes(life.all, "FULL CONFIGURATION: ");
    assertMatch(life.all, /a\.service attempting start '\/bin\/echo informed'/);
  },
);

namespaceTest(
  "24: --no-console-log silences sections, not their files nor inherited output",
  async () => {
    const config = configuration({
      "console.logging": { ...EVERYTHING, stderr: true, file: "$(TEST_DIR)/all.log" },
      "a.service": { command: "/bin/echo to the log" },
      "b.service": { command: "/bin/echo straight out", stdout: "inherit" },
    });
    await using run = await inNamespace({ config, args: ["--no-console-log"] });
    await run.expectExit(0);
    const shown = run.output.texts();
    assertEquals(shown.filter((line) => !line.startsWith("exit 0: ")), ["straight out"]);
    const written = await Deno.readTextFile(`${run.directory}/all.log`);
    assertEquals(linesOf("a", written.split("\n")), ["to the log"]);
  },
);

const FAILS = { command: sh("echo trying; exit 3"), type: "oneshot" };

namespaceTest(
  "25: with --ignore-failures a failing service is told and dependents start",
  async () => {
    const config = configuration({
      "a.service": FAILS,
      "b.service": { command: "/bin/echo b runs", after: "a.service" },
    });
    const life = await runToEnd({ config, args: ["--ignore-failures"] });
    assertStringIncludes(
      life.all,
      "a service that fails does not end the container (--ignore-failures)",
    );
    assertStringIncludes(life.all, "a.service (ignored) failure on start-up with result");
    assertEquals(linesOf("b", life.stdout), ["b runs"]);
    assertEquals(life.code, 0, life.all);
  },
);

namespaceTest(
  "26: a service that does not ignore its failures is not covered by the option",
  async () => {
    const config = configuration({ "a.service": { ...FAILS, "ignore_failures": false } });
    const life = await runToEnd({ config, args: ["--ignore-failures"] });
    assertStringIncludes(life.all, "system startup cancelled due to error: a.service failed");
    assertEquals(life.code, 3);
  },
);

const WHO = configuration({ "a.service": { command: sh("id -un") } });

namespaceTest("27: --user in _CHAP_OPTIONS is the user of services", async () => {
  const life = await runToEnd({ config: WHO, env: { _CHAP_OPTIONS: "--user games" } });
  assertEquals(linesOf("a", life.stdout), ["games"], life.all);
});

namespaceTest(
  "28: --create-user on the command line wins over --user of _CHAP_OPTIONS",
  async () => {
    const life = await runToEnd({
      config: WHO,
      env: { _CHAP_OPTIONS: "--user games" },
      args: ["--create-user", "nobody"],
    });
    assertEquals(linesOf("a", life.stdout), ["nobody"], life.all);
  },
);

namespaceTest("29: --no-defaults ignores _CHAP_OPTIONS", async () => {
  const life = await runToEnd({
    config: WHO,
    env: { _CHAP_OPTIONS: "--user games" },
    args: ["--no-defaults"],
  });
  assertEquals(linesOf("a", life.stdout), ["root"], life.all);
});

namespaceTest(
  "30: a mistake in _CHAP_OPTIONS names the variable, then prints the usage",
  async () => {
    const life = await runToEnd({ config: ONE, env: { _CHAP_OPTIONS: "--bogus" } });
    assertEquals(life.stdout, ["The variable _CHAP_OPTIONS is not understood: --bogus"]);
    assertEquals(life.stderr.slice(0, 2), ["there is no option --bogus", "Usage:"]);
    assertEquals(life.code, 1);
  },
);

const DEFAULT_COMMAND = { _CHAP_OPTIONS: `sh -c "echo X $0 $#" first` };

namespaceTest("31: the command of _CHAP_OPTIONS runs where there is none", async () => {
  const life = await runToEnd({ env: DEFAULT_COMMAND });
  assertEquals(life.stdout[0], "X first 0");
});

namespaceTest("31: a command on the command line runs instead of the default one", async () => {
  const life = await runToEnd({ env: DEFAULT_COMMAND, args: ["echo", "Y"] });
  assertEquals(life.stdout[0], "Y");
  assertEquals(life.all.includes("X"), false);
});

namespaceTest("32: --no-exitkills wins over --exitkills of _CHAP_OPTIONS", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
    env: { _CHAP_OPTIONS: "--exitkills" },
    args: ["--no-exitkills", "echo", "command runs"],
  });
  await run.waitForLine(/^command runs$/);
  await run.waitForLine(/CONSOLE exit status|REAP|CONSOLE successfully started/);
  await run.waitForProcesses((all) => all.some((each) => each.name === "sh"));
  await run.signal("SIGTERM");
  await run.waitForLine(/got TERM/);
  await run.waitForLine(/exit 0: SIGTERM was received/);
  await run.expectExit(0);
});

namespaceTest("33: a command without arguments does not inherit those of the default", async () => {
  const life = await runToEnd({
    env: { _CHAP_OPTIONS: "echo leaked" },
    files: { "bin/count": "#!/bin/sh\necho $# arguments\n" },
    args: ["count"],
  });
  assertEquals(life.stdout[0], "0 arguments");
});

namespaceTest("34: --task needs a command", async () => {
  const life = await runToEnd({ config: ONE, args: ["--task"] });
  assertEquals(life.stderr, [
    "--task needs the command that it is to run, after the options",
  ]);
  assertEquals([life.code, life.stdout], [1, []]);
});

namespaceTest(
  "35 and 40: --task prints what its command prints and starts no service",
  async () => {
    const config = configuration({
      "a.service": { command: "/bin/echo a runs", stdout: "inherit" },
    });
    const life = await runToEnd({ config, args: ["--task", "printf", "one\\ntwo\\n"] });
    assertEquals([life.stdout, life.stderr], [["one", "two"], []]);
    assertEquals(life.code, 0);
  },
);

namespaceTest("36: _CHAP_TASK_MODE is 1 for the configuration of a task", async () => {
  const config = configuration({ settings: { "env_set": { MODE: "$(_CHAP_TASK_MODE:-none)" } } });
  const task = await runToEnd({ config, args: ["--task", "sh", "-c", "echo mode $MODE"] });
  assertEquals(task.stdout, ["mode 1"]);
  const plain = await runToEnd({ config, args: ["sh", "-c", "echo mode $MODE"] });
  assertEquals(plain.stdout.includes("mode none"), true, plain.all);
});

namespaceTest("37: --task with --debug keeps the console", async () => {
  const life = await runToEnd({ config: ONE, args: ["--task", "--debug", "echo", "done"] });
  assertMatch(life.all, /chaperone\[1\]: CONSOLE attempting start/);
  assertEquals(life.stdout.includes("done"), true);
});

namespaceTest("38: --task with a missing command ends with 127 and names it", async () => {
  const life = await runToEnd({ config: ONE, args: ["--task", "nosuch"] });
  assertStringIncludes(life.all, "exit 127: command 'nosuch' was not found");
  assertEquals(life.code, 127);
});

namespaceTest("a command may have any name, also one that JavaScript knows", async () => {
  const life = await runToEnd({ args: ["constructor"] });
  assertStringIncludes(life.all, "exit 127: command 'constructor' was not found");
  assertEquals(life.code, 127);
});

namespaceTest("39: --task sh -c 'exit 9' gives the container status 9", async () => {
  const life = await runToEnd({ config: ONE, args: ["--task", "sh", "-c", "exit 9"] });
  assertEquals(life.code, 9);
});

namespaceTest("39: a task that a signal ends gives 128 and its number", async () => {
  const life = await runToEnd({ config: ONE, args: ["--task", "sh", "-c", "kill -9 $$"] });
  assertEquals(life.code, 137);
});

namespaceTest("41: --show-dependencies prints the chart and starts nothing", async () => {
  const config = configuration({
    "a.service": { command: sh("touch /run/started") },
    "b.service": { command: sh("touch /run/started"), after: "a.service" },
  });
  await using run = await inNamespace({ config, args: ["--show-dependencies"] });
  assertEquals(await run.waitForExit(), 0);
  assertEquals(run.output.texts(), [
    "    a | b",
    "a | =",
    "b |  ====",
    "--> depends on...",
    "a | ",
    "b | a",
  ]);
  assertEquals((await fileNames(run.outerPath("/run"))).includes("started"), false);
  assertEquals((await fileNames(run.outerPath("/dev"))).includes("log"), false);
});

async function fileNames(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
}

namespaceTest("42: --show-dependencies with a cycle says so and ends with 1", async () => {
  const config = configuration({
    "a.service": { command: "/bin/true", after: "b.service" },
    "b.service": { command: "/bin/true", after: "a.service" },
  });
  const life = await runToEnd({ config, args: ["--show-dependencies"] });
  assertStringIncludes(life.all, "circular dependency in service declaration");
  assertEquals([life.code, life.stdout], [1, []]);
});
