/** A hundred `telchap wait` at once: they cost nothing while they wait, and all are answered. */
import { assertEquals } from "@std/assert";
import { untilQuiet } from "./harness/activity.ts";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python } from "./scenario.ts";

/** What a hundred telchaps send and read, by one program: so many would burn the machine's time. */
const WAITERS = `import json, socket, time
request = json.dumps({"words": ["wait", "--for", "stopped", "web"], "colour": False}).encode()
frame = b"CHP1" + len(request).to_bytes(4, "big") + request
waiters = []
for _ in range(100):
    s = socket.socket(socket.AF_UNIX)
    while True:
        try: s.connect("/dev/chaperone.sock"); break
        except OSError: time.sleep(0.1)
    s.sendall(frame)
    waiters.append(s)
print("asked", flush=True)
def read(s):
    text = b""
    while True:
        piece = s.recv(1000)
        if not piece: return text
        text += piece
answers = [read(s) for s in waiters]
print("answered", sum(b'"exitCode":0' in each and b"stopped: web" in each for each in answers), flush=True)
time.sleep(1000)`;

namespaceTest("100 waiters wake nothing up, and are answered at once", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "detect_exit": false, "shutdown_timeout": 2 },
      "web.service": { command: "sleep 1000" },
      "waiters.service": { command: python(WAITERS), after: "web.service" },
    }),
  });
  await run.waitForLine(/waiters\[\d+\]: asked$/);
  await untilQuiet(await run.initPid());
  const { code, stdout } = await run.exec(["telchap", "stop", "web"]);
  assertEquals(code, 0, stdout);
  await run.waitForLine(/waiters\[\d+\]: answered 100$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
}, ["python3"]);
