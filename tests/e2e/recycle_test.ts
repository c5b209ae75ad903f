/** recycle of the compiled program: real memory of real processes, and a socket that stays open. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python } from "./scenario.ts";

/** Its child grows when somebody connects. */
const SERVER = `import os, signal, socket
s = socket.socket(fileno=3)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("serving", flush=True)
while True:
    c, _ = s.accept()
    if c.recv(4) == b"grow" and os.fork() == 0:
        held = b"x" * (80 << 20)
        signal.pause()
    c.sendall(b"%d" % os.getpid())
    c.close()`;

const CLIENT = `import socket, sys
s = socket.create_connection(("127.0.0.1", 8080), 60)
s.sendall(sys.argv[1].encode())
print(s.recv(100).decode())`;

namespaceTest("recycle: a service that has grown is replaced, and nobody refused", async () => {
  await using run = await inNamespace({
    config: configuration({
      "web.service": {
        command: python(SERVER),
        listen: ["8080"],
        recycle: { memory: "60M for 1s", age: "1h" },
      },
    }),
  });
  const ask = async (word: string) => {
    const { code, stdout, stderr } = await run.exec(["python3", "-c", CLIENT, word]);
    assertEquals(code, 0, stderr);
    return stdout.trim();
  };
  await run.waitForLine(/: serving$/);
  const first = await ask("grow");
  await run.waitForLine(/web\.service is recycled: it has had more than 60 MiB of memory for 1 s/);
  const second = await ask("look");
  await run.waitForLine(/web\.service stopped$/);
  assertEquals(first === second && first === await ask("look"), false);
  const why = await run.exec(["telchap", "why", "web"]);
  assertMatch(why.stdout, /Restarted by: .*since it has had more than 60 MiB of memory for 1 s/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
