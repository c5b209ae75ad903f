/**
 * How a container ends: a test for each row of the table that both the last line and the reference
 * are made of, and that the last line is the last, in the form of the console.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { EXIT_ROWS, type ExitCause, type ExitRow } from "../../lib/base/exit_rows.ts";
import { inNamespace, type NamespaceOptions, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, runToEnd, type Section, sh, STAYS } from "./scenario.ts";

interface Ending extends Omit<NamespaceOptions, "config"> {
  readonly sections?: Readonly<Record<string, Section>>;
  /** What brings the end about; absent: it comes by itself. */
  readonly act?: (run: NamespaceRun) => Promise<unknown>;
  readonly code: number;
  /** The last line after `exit N: `. */
  readonly line: string;
}

const STAYING = { "a.service": { command: sh(STAYS) } };

const UNHEALTHY = {
  command: sh("exec sleep 60"),
  health: { exec: "/bin/false", interval: 0.2, retries: 1 },
};

const GIVEN_UP = {
  command: sh("exit 7"),
  restart: true,
  "startup_pause": 0,
  "restart_limit": 1,
  "restart_delay": 0.05,
  "on_give_up": "ignore",
};

const ENDINGS: Readonly<Record<ExitCause, readonly Ending[]>> = {
  stopped: [{
    sections: STAYING,
    act: (run) => run.signal("SIGTERM"),
    code: 0,
    line: "SIGTERM was received",
  }],
  interrupted: [{
    sections: STAYING,
    act: (run) => run.signal("SIGINT"),
    code: 130,
    line: "SIGINT was received",
  }],
  asked: [{
    sections: STAYING,
    act: (run) => run.exec(["telchap", "shutdown"]),
    code: 0,
    line: "telchap asked for a shutdown",
  }],
  allEnded: [
    {
      sections: { "a.service": { command: "/bin/true" } },
      code: 0,
      line: "all services have ended",
    },
    {
      // What is given up with `ignore` and outlived counts for nothing.
      sections: {
        "q.service": GIVEN_UP,
        "a.service": { command: "/bin/sleep 1.5" },
      },
      code: 0,
      line: "all services have ended",
    },
  ],
  noneEnabled: [{
    sections: { "a.service": { command: "/bin/true", enabled: false } },
    code: 0,
    line: "no service was started, all are disabled",
  }],
  exitKills: [
    {
      sections: { "a.service": { command: sh("sleep 0.3; exit 3"), "exit_kills": true } },
      code: 3,
      line: "a.service exited with code 3",
    },
    {
      // F-037
      sections: {
        "a.service": {
          command: sh("sleep 0.3; exit 143"),
          "exit_kills": true,
          "success_codes": [143],
        },
      },
      code: 0,
      line: "a.service exited with code 143, which success_codes lists",
    },
  ],
  failed: [{
    sections: { "a.service": { command: sh("sleep 0.3; exit 4") } },
    code: 4,
    line: "a.service exited with code 4",
  }],
  gaveUp: [
    {
      // F-032
      sections: {
        "q.service": {
          command: "/bin/true",
          restart: "always",
          "restart_limit": 2,
          "restart_delay": 0.1,
        },
      },
      code: 1,
      line: "q.service exited with code 0 and was given up: 2 restarts did not help",
    },
    {
      sections: {
        "q.service": GIVEN_UP,
      },
      code: 7,
      line: "q.service exited with code 7 and was given up: 1 restart did not help",
    },
    {
      // F-034
      sections: {
        "w.service": {
          ...UNHEALTHY,
          restart: true,
          "restart_limit": 1,
          "restart_delay": 0.1,
          "on_give_up": "shutdown",
        },
        ...STAYING,
      },
      code: 143,
      line: "w.service was unhealthy (exec /bin/false: exited with code 1) and was given up: " +
        "1 restart did not help",
    },
  ],
  unhealthy: [{
    sections: {
      "w.service": { ...UNHEALTHY, health: { ...UNHEALTHY.health, action: "shutdown" } },
    },
    code: 1,
    line: "w.service was unhealthy: exec /bin/false: exited with code 1",
  }],
  startFailed: [
    {
      sections: { "a.service": { command: sh("exit 5"), type: "oneshot" } },
      code: 5,
      line: "start-up failed: a.service exited with code 5 before it had started",
    },
    {
      sections: {
        "a.service": { command: "/bin/sleep 60", type: "oneshot", "process_timeout": 0.3 },
      },
      code: 1,
      line: "start-up failed: a.service did not end within 0.3 s (process_timeout)",
    },
  ],
  slept: [{
    sections: {
      settings: { "idle_exit": "1s" },
      "a.service": { command: "true", listen: "8080", "on_demand": true },
    },
    code: 0,
    line: "all services have slept for 1 s (idle_exit)",
  }],
  commandMissing: [
    { args: ["--exitkills", "/no/such"], code: 127, line: "command '/no/such' was not found" },
    { args: ["--task", "/no/such"], code: 127, line: "command '/no/such' was not found" },
    {
      sections: STAYING,
      args: ["--no-exitkills", "nosuch", "-x"],
      code: 127,
      line: "command 'nosuch' was not found",
    },
    {
      args: ["--exitkills", "/etc/passwd-of-nobody"],
      input: "terminal",
      code: 127,
      line: "command '/etc/passwd-of-nobody' was not found",
    },
  ],
  commandUnusable: [
    {
      sections: STAYING,
      args: ["/etc/passwd"],
      code: 126,
      line: "command '/etc/passwd' cannot be executed: '/etc/passwd' is not executable",
    },
    {
      args: ["--task", "/etc/passwd"],
      code: 126,
      line: "command '/etc/passwd' cannot be executed: '/etc/passwd' is not executable",
    },
  ],
};

for (const cause of Object.keys(EXIT_ROWS) as ExitCause[]) {
  for (const ending of ENDINGS[cause]) {
    const { sections, act, code, line, ...options } = ending;
    namespaceTest(`exit status: ${EXIT_ROWS[cause].cause} (${line})`, async () => {
      const config = sections === undefined ? {} : { config: configuration(sections) };
      await using run = await inNamespace({ ...config, ...options });
      if (act !== undefined) {
        await run.waitForLine(/a\[\d+\]: up$/);
        await act(run);
      }
      await run.expectExit(code);
      const texts = run.output.texts().filter((text) => text !== "");
      assertEquals(
        // deno-lint-ignore no-control-regex -- on a terminal the line has a colour
        texts.at(-1)?.replace(/\x1b\[\d*m/g, "").replace(/^.*?exit (?=\d+: )/, "exit "),
        `exit ${code}: ${line}`,
        run.output.format(),
      );
      const { status }: ExitRow = EXIT_ROWS[cause];
      if (status !== undefined) assertEquals(code, status);
    });
  }
}

/** Both streams in one pipe, so that their order is seen. */
const JOINED = ["/bin/sh", "-c", 'exec "$@" 2>&1', "joined"];

for (const console of ["plain", "prefix", "json"]) {
  namespaceTest(`F-035: the last line is the last, with console: ${console}`, async () => {
    const life = await runToEnd({
      config: configuration({
        settings: { console },
        "console.logging": { selector: "*.warn;daemon.*", stdout: true },
        "a.service": { command: sh("for i in 1 2 3 4 5; do echo line $i; done; exit 3") },
      }),
      wrapper: JOINED,
    });
    assertEquals(life.code, 3);
    const last = life.stdout.at(-1) ?? "";
    const text = "exit 3: start-up failed: a.service exited with code 3 before it had started";
    if (console === "json") assertEquals(JSON.parse(last).message, text, life.all);
    else if (console === "prefix") assertEquals(last, `chaperone | ${text}`, life.all);
    else assertMatch(last, new RegExp(`(^|chaperone\\[1\\]: )${text}$`), life.all);
    // Once as it came, once in what is told of the failure.
    assertEquals(life.stdout.filter((line) => /line 5/.test(line)).length, 2, life.all);
  });
}

namespaceTest("F-035: the last line is the last, with losses told before it", async () => {
  const life = await runToEnd({
    config: configuration({
      "console.logging": { selector: "*.warn", stdout: true },
      "lost.logging": { selector: "*.*", file: "/proc/sys/lost" },
      "a.service": { command: sh("echo out; exit 0") },
    }),
    wrapper: JOINED,
  });
  assertMatch(
    life.stdout.at(-2) ?? "",
    /End of writing to log file '\/proc\/sys\/lost', \d+ records/,
    life.all,
  );
  assertMatch(life.stdout.at(-1) ?? "", /exit 0: all services have ended$/);
});

namespaceTest("F-035: a line that no section takes has the form of the console, too", async () => {
  const life = await runToEnd({
    config: configuration({
      settings: { console: "json" },
      "console.logging": { selector: "daemon.*", stdout: true },
      "a.service": { command: sh("echo out; exit 0") },
    }),
    wrapper: JOINED,
  });
  assertEquals(JSON.parse(life.stdout.at(-1) ?? "{}").message, "exit 0: all services have ended");
});

namespaceTest("F-087: a natural end is not told as one that was asked for", async () => {
  const life = await runToEnd({
    config: configuration({ "a.service": { command: "/bin/true" } }),
  });
  assertEquals(life.all.includes("Request made to kill system"), false, life.all);
});

/** What a newcomer need not understand. */
const INTERNALS = /<ProcStatus|unknown pid|ignore_failures=|Request made/;

namespaceTest("F-044, F-045: at info, starts and ends are told in plain words", async () => {
  await using run = await inNamespace({
    config: configuration({
      "console.logging": { selector: "*.info", stdout: true },
      "a.service": { command: sh(STAYS) },
      "b.service": {
        command: sh("sleep 0.3; exit 3"),
        "startup_pause": 0,
        restart: true,
        "restart_limit": 1,
        "restart_delay": 0.1,
      },
      "c.service": { command: sh("exit 4"), type: "oneshot", "ignore_failures": true },
      "d.service": { command: sh("sleep 0.05 & exit 0"), type: "oneshot" },
    }),
  });
  await run.waitForLine(/a\.service started \(pid \d+\)$/);
  await run.waitForLine(/b\.service exited with code 3; it is started again in 100 ms \(0 left\)$/);
  await run.waitForLine(/c\.service could not be started, which ignore_failures passes over: /);
  await run.waitForLine(/d\.service has ended well \(exited with code 0\)$/);
  await run.waitForLine(/b\.service is given up: 1 restart did not help$/);
  await run.signal("SIGTERM");
  await run.waitForLine(/a\.service stopped$/);
  await run.expectExit(0);
  assertEquals(run.output.texts().filter((line) => INTERNALS.test(line)), []);
});

namespaceTest(
  "F-036: a program that is none costs a service with ignore_failures alone",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": { command: "/etc/passwd", "ignore_failures": true },
        "k.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(
      /\(ignored\) service a\.service executable '\/etc\/passwd' cannot be executed$/,
    );
    await run.waitForLine(/k\[\d+\]: up$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

namespaceTest(
  "F-028: what has failed is not completed, whatever ignore_failures says",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "m.service": { type: "oneshot", command: "/bin/false", "ignore_failures": true },
        "w.service": { command: sh("echo w runs; sleep 60"), after: "m.service:completed" },
        "p.service": { command: sh(STAYS), after: "m.service" },
      }),
    });
    await run.waitForLine(/p\[\d+\]: up$/);
    await run.waitForLine(/w\.service is not started, since .*: m\.service exited with code 1/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
    assertEquals(run.output.texts().some((line) => /w runs$/.test(line)), false);
  },
);

namespaceTest(
  "F-110: with restart and ignore_failures a start that fails is tried again",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          command: sh("[ -e $TEST_DIR/tmp/go ] && exec sleep 60; : >$TEST_DIR/tmp/go; exit 3"),
          restart: true,
          "restart_delay": 0.1,
          "ignore_failures": true,
        },
      }),
    });
    await run.waitForLine(/a\.service could not be started, which ignore_failures passes over/);
    await run.waitForLine(/a\.service restart succeeded$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

namespaceTest("F-062: process_timeout: 0 is no limit", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { type: "oneshot", command: "/bin/sleep 0.5", "process_timeout": 0 },
    }),
  });
  assertEquals(life.code, 0, life.all);
});
