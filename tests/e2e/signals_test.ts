/**
 * Signals to chaperone: what ends the container, what reaches the command, what the configuration
 * makes of them.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { runCommand } from "./harness/running.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

/** From outside, by number: realtime signals have no name in Deno. */
async function kill(run: NamespaceRun, signal: number): Promise<void> {
  const { code } = await runCommand(["kill", `-${signal}`, String(await run.initPid())]);
  assertEquals(code, 0);
}

const STOP_SIGNALS = { SIGQUIT: 3, SIGWINCH: 28, SIGPWR: 30, "SIGRTMIN+3": 37 };

for (const [name, number] of Object.entries(STOP_SIGNALS)) {
  namespaceTest(`F-018: ${name} from outside stops the container in order`, async () => {
    await using run = await inNamespace({
      config: configuration({ "a.service": { command: sh(STAYS) } }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await kill(run, number);
    await run.waitForLine(/a\[\d+\]: got TERM$/);
    await run.waitForLine(new RegExp(`exit 0: ${name.replace("+", "\\+")} was received$`));
    await run.expectExit(0);
  });
}

/** Says each signal that it gets, until SIGTERM comes. */
const SAYS_SIGNALS = `import signal, sys
for each in (1, 10, 12, 28, 35): signal.signal(each, lambda number, frame: print("got", number))
signal.signal(15, lambda number, frame: sys.exit(0))
print("listening")
while True: signal.pause()
`;

namespaceTest(
  "F-018, F-021: SIGWINCH from inside and what means nothing is the command's",
  async () => {
    await using run = await inNamespace({
      config: configuration({ settings: { signals: { HUP: "forward" } } }),
      args: ["--exitkills", "/usr/bin/python3", "-u", "-c", SAYS_SIGNALS],
    });
    await run.waitForLine(/^listening$/);
    await run.exec(["kill", "-WINCH", "1"]);
    await run.waitForLine(/^got 28$/);
    for (const number of [10, 12, 35, 1]) {
      await kill(run, number);
      await run.waitForLine(new RegExp(`^got ${number}$`));
    }
    await kill(run, 28);
    await run.waitForLine(/exit 0: SIGWINCH was received$/);
    await run.expectExit(0);
  },
);

namespaceTest("F-021: SIGUSR1 to the container has dnsmasq tell its figures", async () => {
  const words = "-k -C /dev/null -p 5353 -i lo -u root --log-facility=- --pid-file=/run/d.pid";
  await using run = await inNamespace({
    config: configuration({ "k.service": { command: "/bin/sleep 1000" } }),
    args: ["--exitkills", "/usr/sbin/dnsmasq", ...words.split(" ")],
  });
  await run.waitForLine(/started, version/);
  await kill(run, 10);
  await run.waitForLine(/queries forwarded/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("F-021: without such a command a signal without meaning is told once", async () => {
  await using run = await inNamespace({
    config: configuration({
      "console.logging": { selector: "*.info", stdout: true },
      "a.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await kill(run, 10);
  await run.waitForLine(/SIGUSR1 was received and means nothing to chaperone/);
  await kill(run, 10);
  await kill(run, 12);
  await run.waitForLine(/SIGUSR2 was received and means nothing to chaperone/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertEquals(run.output.texts().filter((line) => /SIGUSR1 was received/.test(line)).length, 1);
});

namespaceTest("settings.signals: reload, restart, signal and shutdown", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: {
        signals: {
          HUP: "reload a",
          USR1: "signal a RTMIN+1",
          USR2: "restart b.service",
          ALRM: "restart none",
          URG: "shutdown",
        },
      },
      "a.service": { command: python(SAYS_SIGNALS), "reload_signal": "USR2" },
      "b.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/a\[\d+\]: listening$/);
  await run.waitForLine(/b\[\d+\]: up$/);
  await run.waitForLine(/a\.service started/);
  await run.waitForLine(/b\.service started/);
  await kill(run, 1);
  await run.waitForLine(/a\[\d+\]: got 12$/);
  await kill(run, 10);
  await run.waitForLine(/a\[\d+\]: got 35$/);
  const from = run.output.lines.length;
  await kill(run, 12);
  await run.waitForLine(/b\[\d+\]: up$/, { from });
  await kill(run, 14);
  await run.waitForLine(/restart none by SIGALRM: .*no such service: none$/);
  await kill(run, 23);
  await run.waitForLine(/exit 0: SIGURG was received$/);
  await run.expectExit(0);
  const words = linesOf("b", run.output.texts()).filter((line) => line !== "Terminated");
  assertEquals(words, ["up", "got TERM", "up", "got TERM"]);
});

const STUBBORN = python(`import signal, time
signal.signal(15, lambda *_: print("got TERM"))
print("up")
while True: time.sleep(0.05)
`);

namespaceTest(
  "F-022: a second SIGTERM changes nothing, a second SIGINT kills what is left",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { "shutdown_timeout": 60 },
        "a.service": { command: STUBBORN },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    await run.signal("SIGTERM");
    await run.waitForLine(/a\[\d+\]: got TERM$/);
    await run.signal("SIGTERM");
    // A question that is answered after the second one shows that it has been dealt with.
    const status = await run.exec(["telchap", "status"]);
    assertEquals(status.code, 0, status.stderr);
    assertEquals(linesOf("a", run.output.texts()), ["up", "got TERM"]);
    await run.signal("SIGINT");
    await run.waitForLine(/exit 0: SIGTERM was received$/);
    await run.expectExit(0, 10_000);
  },
);
