/** drain_timeout of the compiled program, with the kernel's own table of connections. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python } from "./scenario.ts";

/** Takes nobody new after SIGUSR1, and would drop all at SIGTERM. */
const SERVER = `import os, signal, socket, threading
s = socket.create_server(("127.0.0.1", 8080))
signal.signal(signal.SIGUSR1, lambda *_: print("takes nobody new", flush=True))
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
def serve(c):
    c.sendall(b"hello")
    c.sendall(c.recv(10))
    c.close()
print("serving", flush=True)
while True:
    try: c, _ = s.accept()
    except InterruptedError: continue
    threading.Thread(target=serve, args=(c,), daemon=True).start()`;

/** Holds a connection until it is told. */
const CLIENT = `import socket, os, sys
s = socket.create_connection(("127.0.0.1", 8080), 60)
assert s.recv(5) == b"hello"
open("/run/connected", "w").close()
open("/run/go").read()
s.sendall(b"done")
assert s.recv(4) == b"done"`;

namespaceTest("drain: who is connected is served to the end before the service stops", async () => {
  await using run = await inNamespace({
    setup: "mkfifo /run/go",
    config: configuration({
      "web.service": {
        command: python(SERVER),
        uid: "www-data",
        drain_timeout: "10m",
        drain_signal: "USR1",
      },
      "other.service": { command: "sleep 1000" },
    }),
  });
  await run.waitForLine(/: serving$/);
  const client = run.exec(["python3", "-c", CLIENT]);
  await run.exec(["sh", "-c", "until [ -e /run/connected ]; do sleep 0.05; done"]);
  const stopping = run.exec(["telchap", "stop", "--wait", "web"]);
  await run.waitForLine(/web\.service drains: it is stopped once nobody is connected to it$/);
  await run.waitForLine(/: takes nobody new$/);
  const why = await run.exec(["telchap", "why", "web"]);
  assertMatch(why.stdout, /State: +draining .*\n(?:.*\n)*Waits for: +the end of its connections/);
  await run.exec(["sh", "-c", "echo > /run/go; rm /run/go"]);
  assertEquals((await client).code, 0, (await client).stderr);
  assertEquals((await stopping).code, 0);
  await run.waitForLine(/web\.service stopped$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
