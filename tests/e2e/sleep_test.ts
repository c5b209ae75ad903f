/** idle_timeout of the compiled program, with real sockets: asleep, awake, and nobody refused. */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python } from "./scenario.ts";

/** Answers with its number, and holds a connection for as long as the client does. */
const SERVER = `import os, signal, socket, threading
sockets = [socket.socket(fileno=3), socket.socket(fileno=4)]
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
def serve(s):
    while True:
        c, _ = s.accept()
        c.sendall(b"%d\\n" % os.getpid())
        if c.recv(1): c.sendall(b"bye")
        c.close()
for s in sockets[1:]: threading.Thread(target=serve, args=(s,), daemon=True).start()
print("serving", flush=True)
serve(sockets[0])`;

const CLIENT = `import socket, sys, time
family, address = (socket.AF_UNIX, "/run/web.sock") if sys.argv[1] == "unix" \\
    else (socket.AF_INET, ("127.0.0.1", 8080))
s = socket.socket(family)
s.settimeout(20)
s.connect(address)
print(s.recv(100).decode().strip(), flush=True)
time.sleep(float(sys.argv[2]))
s.sendall(b"x")
assert s.recv(10) == b"bye"`;

async function ask(run: NamespaceRun, how: "tcp" | "unix", holdSecs = 0): Promise<string> {
  const { code, stdout, stderr } = await run.exec([
    ...["python3", "-c", CLIENT, how, String(holdSecs)],
  ]);
  assertEquals(code, 0, stderr);
  return stdout.trim();
}

namespaceTest("a service sleeps without connections, and each connection wakes it", async () => {
  await using run = await inNamespace({
    config: configuration({
      "web.service": {
        command: python(SERVER),
        listen: ["8080", "unix:/run/web.sock"],
        idle_timeout: "1s",
      },
      "other.service": { command: "sleep 1000" },
    }),
  });
  await run.waitForLine(/web\.service started \(pid \d+\)$/);
  const pids = new Set<string>();
  for (const [how, holdSecs] of [["tcp", 2], ["unix", 0], ["tcp", 0]] as const) {
    pids.add(await ask(run, how, holdSecs));
    await run.waitForProcesses((all) =>
      !all.some(({ argv }) => argv.join(" ").includes("fileno=3"))
    );
  }
  await run.waitForLine(/web\.service is put to sleep: nobody was connected for 1 s$/);
  await run.waitForLine(/web\.service listening on .*starts with the first connection$/);
  assertEquals(pids.size, 3);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
