/** idle_timeout of the compiled program, with real sockets: asleep, awake, and nobody refused. */
import { assert, assertEquals } from "@std/assert";
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
  await run.waitForLine(/web\.service is listening on .*starts with the first connection$/);
  assertEquals(pids.size, 3);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

const ROUNDS = Number(Deno.env.get("PROOF_ROUNDS") ?? 0);

/** Has 200 MB, and answers one byte. */
const LARGE = `import os, signal, socket, sys
held = bytearray(b"x") * (200 << 20)
s = socket.socket(fileno=3) if len(sys.argv) < 2 else socket.create_server(("127.0.0.1", 8081))
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
while True:
    c, _ = s.accept()
    c.sendall(b"x")
    c.close()`;

/** Says how many milliseconds pass until somebody answers at a port. */
const ASK = `import socket, sys, time
began = time.monotonic()
while True:
    try: s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
    except ConnectionRefusedError: continue
    if s.recv(1) == b"x": break
print((time.monotonic() - began) * 1000)`;

if (ROUNDS > 0) {
  namespaceTest("200 MB sleep as nothing, and wake in 100 ms beyond their own start", async () => {
    await using run = await inNamespace({
      files: { "large.py": LARGE, "ask.py": ASK },
      config: configuration({
        "web.service": {
          command: "/usr/bin/python3 $(TEST_DIR)/large.py",
          listen: ["8080"],
          idle_timeout: "200ms",
        },
        "other.service": { command: "sleep 1000" },
      }),
    });
    const milliseconds = async (script: string) => {
      const { code, stdout, stderr } = await run.exec(["sh", "-c", `cd $TEST_DIR; ${script}`]);
      assertEquals(code, 0, stderr);
      return Number(stdout);
    };
    const asleep = () =>
      run.waitForProcesses((all) => !all.some(({ argv }) => argv.join(" ").includes("large.py")));
    const over: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await asleep();
      const woken = await milliseconds("python3 ask.py 8080");
      await asleep();
      const own = await milliseconds("python3 large.py own & python3 ask.py 8081; kill $!");
      over.push(woken - own);
    }
    const sorted = over.sort((a, b) => a - b);
    const shown = sorted.map((ms) => Math.round(ms)).join(" ");
    assert((sorted[Math.floor(ROUNDS / 2)] ?? 0) < 100, `beyond its own start, in ms: ${shown}`);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}
