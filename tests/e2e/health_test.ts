/** `health`: what becomes of services that stop answering. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, runToEnd, type Section, sh } from "./scenario.ts";

const KEEPER: Section = { command: "sleep 60" };
const QUICK: Section = { interval: "100ms", timeout: "200ms", retries: 2 };
const FILE_IS_THERE = { exec: ["/bin/sh", "-c", "test -e $TEST_DIR/well"], ...QUICK };

/** A web server that stops answering once the file `hang` exists. */
const SERVER = python(`import http.server, os, threading, time
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while os.path.exists(os.environ["TEST_DIR"] + "/hang"): time.sleep(0.05)
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8098), H)
print("serving", flush=True)
server.serve_forever()`);

namespaceTest(
  "a service that stops answering is restarted, and healthy again after that",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          command: SERVER,
          "restart_delay": 0.1,
          ready: { tcp: 8098 },
          health: { http: "http://127.0.0.1:8098/", ...QUICK },
        },
        "keep.service": KEEPER,
      }),
    });
    await run.waitForLine(/a\[\d+\]: serving$/);
    await Deno.writeTextFile(`${run.directory}/hang`, "");
    await run.waitForLine(/a\.service is unhealthy: no answer within 0\.2 s$/);
    await Deno.remove(`${run.directory}/hang`);
    await run.waitForLine(/a\.service restart succeeded$/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);

namespaceTest("restarts for health are counted like any other", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": {
        command: "sleep 60",
        restart: true,
        "restart_limit": 1,
        "restart_delay": 0,
        "on_give_up": "shutdown",
        health: { tcp: 8097, ...QUICK },
      },
      "keep.service": KEEPER,
    }),
  });
  assertStringIncludes(life.all, "a.service is given up: 1 restart did not help");
  assertEquals(life.code, 143);
});

namespaceTest("action: shutdown ends the container and says why", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: "sleep 60", health: { ...FILE_IS_THERE, action: "shutdown" } },
    }),
  });
  assertStringIncludes(life.all, "exit 1: a.service was unhealthy: ");
  assertEquals(life.code, 1);
});

namespaceTest("action: none reports only, and tells when it is well again", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: sh("exec sleep 60"), health: { ...FILE_IS_THERE, action: "none" } },
    }),
  });
  await run.waitForLine(/a\.service is unhealthy: exited with code 1$/);
  await Deno.writeTextFile(`${run.directory}/well`, "");
  await run.waitForLine(/a\.service is healthy again$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("failures in the start period do not count", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: "sleep 60",
        health: { ...FILE_IS_THERE, "start_period": 60, action: "shutdown" },
      },
      "touch.service": {
        type: "oneshot",
        command: sh("sleep 1; touch $TEST_DIR/well; sleep 0.5; rm $TEST_DIR/well; echo ill now"),
        after: "a.service",
      },
    }),
  });
  await run.waitForLine(/touch\[\d+\]: ill now$/);
  await run.expectExit(1);
});
