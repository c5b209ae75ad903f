/**
 * `ready`: a service counts as started once its probe passes, whatever its type and the probe's
 * kind.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceOptions, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, runToEnd, type Section, sh } from "./scenario.ts";

/** Waits for a file `go`, then does what makes it ready, and stays. */
function becomes(readyNow: string): string {
  return python(`import os, socket, time, threading, http.server
folder = os.environ["TEST_DIR"]
while not os.path.exists(folder + "/go"): time.sleep(0.01)
${readyNow}
time.sleep(60)`);
}

const LISTENS = `s = socket.socket(); s.bind(("127.0.0.1", 8099)); s.listen()`;
const SERVES = `class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/up" else 503); self.end_headers()
    def log_message(self, *args): pass
threading.Thread(target=http.server.HTTPServer(("127.0.0.1", 8099), H).serve_forever).start()`;

const NEXT: Section = { command: "/bin/echo b runs", after: "a.service" };

async function expectReady(
  ready: Section,
  readyNow: string,
  more: Section = {},
  options: NamespaceOptions = {},
): Promise<void> {
  await using run = await inNamespace({
    ...options,
    config: configuration({
      "a.service": { command: becomes(readyNow), ready, ...more },
      "b.service": NEXT,
    }),
  });
  await run.waitForLine(/a\.service attempting start/);
  assertEquals(linesOf("b", run.output.texts("stdout")), []);
  await Deno.writeTextFile(`${run.directory}/go`, "");
  await run.waitForLine(/b\[\d+\]: b runs$/);
  await end(run);
}

async function end(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

const AS_USER: Section = { uid: 1234, gid: 2345 };

namespaceTest("tcp: ready once it accepts connections", () => expectReady({ tcp: 8099 }, LISTENS));

namespaceTest(
  "http: ready once the status is below 400",
  () => expectReady({ http: "http://127.0.0.1:8099/up" }, SERVES),
);

namespaceTest(
  "listen: ready once one of its own processes listens",
  () => expectReady({ listen: 8099 }, LISTENS, AS_USER),
);

namespaceTest(
  "listen: works without the right to look at processes of others",
  () =>
    expectReady({ listen: 8099 }, LISTENS, AS_USER, {
      wrapper: ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"],
    }),
);

namespaceTest(
  "file: ready once the file is there",
  () => expectReady({ file: "/run/up" }, `open("/run/up", "w")`),
);

namespaceTest(
  "log: ready once the line is written",
  () => expectReady({ log: "listening on \\d+$" }, `print("listening on 8099")`),
);

namespaceTest(
  "fd: ready once there is a newline on the descriptor",
  () => expectReady({ fd: 4 }, `os.write(4, b"\\n"); os.close(4)`, AS_USER),
);

namespaceTest("exec: ready once the command succeeds, as the user of the service", async () => {
  const check = `test "$(id -u)" = 1234 -a "$MINE" = yes -a -e $TEST_DIR/go`;
  await expectReady({ exec: ["/bin/sh", "-c", check] }, "", {
    ...AS_USER,
    "env_set": { MINE: "yes" },
  });
});

namespaceTest(
  "a service that is not ready in time says which probe, what it saw, its last lines",
  async () => {
    const life = await runToEnd({
      config: configuration({
        "a.service": {
          command: sh("for i in 1 2 3 4 5 6 7; do echo line $i; done; sleep 60"),
          ready: { tcp: 8099, timeout: "400ms" },
        },
        "b.service": NEXT,
      }),
    });
    assertStringIncludes(
      life.all,
      "simple service 'a.service' was not ready within 0.4 s (tcp 127.0.0.1:8099: ",
    );
    assertStringIncludes(life.all, "refused");
    assertStringIncludes(life.all, "what depends on it: b.service");
    const report = life.stdout.filter((line) => /\]: {3}\| /.test(line));
    assertEquals(report.map((line) => line.slice(line.indexOf("| ") + 2)), [
      "line 3",
      "line 4",
      "line 5",
      "line 6",
      "line 7",
    ]);
    assertEquals([life.code, linesOf("b", life.stdout)], [1, []]);
  },
);

namespaceTest("listen is not met by another process that listens on the port", async () => {
  const life = await runToEnd({
    config: configuration({
      "other.service": {
        command: python(`import socket, time\n${LISTENS}\nprint("other listens")\ntime.sleep(60)`),
        ready: { log: "other listens" },
      },
      "a.service": {
        command: "sleep 60",
        ready: { listen: 8099, timeout: "300ms" },
        after: "other.service",
      },
    }),
  });
  assertStringIncludes(life.all, "(listen 8099: another process listens)");
  assertEquals(life.code, 1);
});

namespaceTest("an exec probe that hangs is killed with its children", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": {
        command: "sleep 60",
        ready: { exec: ["/bin/sh", "-c", "sleep 61 & sleep 61"], timeout: "300ms" },
      },
    }),
  });
  assertStringIncludes(life.all, "(exec /bin/sh -c sleep 61 & sleep 61: no answer)");
  assertEquals(life.code, 1);
});

namespaceTest("a service that dies while it is probed fails with its own code", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh("echo cannot; exit 3"), ready: { tcp: 8099 } },
    }),
  });
  assertStringIncludes(
    life.all,
    "the start-up is cancelled: a.service exited with code 3 before it had started",
  );
  assertStringIncludes(life.all, "| cannot");
  assertEquals(life.code, 3);
});
