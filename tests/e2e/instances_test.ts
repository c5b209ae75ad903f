/** instances of the compiled program that have one socket of `listen`: restarted under load. */
import { assertEquals } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python } from "./scenario.ts";

const SERVER = `import os, signal, socket
s = socket.socket(fileno=3)
isOver = []
signal.signal(signal.SIGTERM, lambda *_: isOver.append(1))
s.settimeout(0.2)
print("serving", flush=True)
while not isOver:
    try: c, _ = s.accept()
    except TimeoutError: continue
    c.sendall(b"%d" % os.getpid())
    c.close()`;

/** Asks again and again until two processes have answered that are not known yet. */
const CLIENT = `import socket, sys
known, seen = set(sys.argv[1:]), set()
while len(seen) < 2:
    s = socket.create_connection(("127.0.0.1", 8080), 60)
    pid = s.recv(100).decode()
    assert pid, "a connection was dropped"
    if pid not in known: seen.add(pid)
    s.close()
print(*seen)`;

namespaceTest("instances have one socket of listen, and a restart refuses nobody", async () => {
  await using run = await inNamespace({
    config: configuration({
      "web.service": { command: python(SERVER), listen: ["8080"], instances: 2 },
    }),
  });
  await run.waitForLine(/web\.2\.service started/);
  const ask = (known: readonly string[]) => run.exec(["python3", "-c", CLIENT, ...known]);
  const first = await ask([]);
  assertEquals(first.code, 0, first.stderr);
  const asking = ask(first.stdout.trim().split(" "));
  const restarted = await run.exec(["telchap", "restart", "--wait", "web.1", "web.2"]);
  assertEquals(restarted.code, 0, restarted.stderr);
  const { code, stderr } = await asking;
  assertEquals(code, 0, stderr);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
