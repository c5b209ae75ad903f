/**
 * Sockets that chaperone opens for services: what these inherit, and what clients see of a restart.
 */
import { assert, assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, type Section, sh } from "./scenario.ts";

/** Answers each connection with its number of the process; ends between two of them on SIGTERM. */
const SERVER = `import os, select, signal, socket
assert os.environ["LISTEN_PID"] == str(os.getpid()) and os.environ["LISTEN_FDS"] == "1"
server = socket.socket(fileno=3)
wake, waker = os.pipe()
os.set_blocking(waker, False)
signal.set_wakeup_fd(waker)
signal.signal(signal.SIGTERM, lambda *_: None)
print("serving", flush=True)
while wake not in select.select([server, wake], [], [])[0]:
    client, _ = server.accept()
    client.recv(100)
    client.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n%d" % os.getpid())
    client.close()
print("bye", flush=True)`;

/**
 * Requests from four threads for some seconds; prints how many went well, failed, and the servers.
 */
const LOAD = `import socket, sys, threading, time
good, bad, pids = [0] * 4, [], set()
def load(i):
    end = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", 8080), 10) as s:
                s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                text = b""
                while True:
                    part = s.recv(1000)
                    if not part: break
                    text += part
            pids.add(text.split(b"\\r\\n\\r\\n")[1])
            good[i] += 1
        except Exception as error:
            bad.append(repr(error))
threads = [threading.Thread(target=load, args=(i,)) for i in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(good), len(bad), len(pids), *bad[:3])`;

function web(more: Section = {}): Section {
  return { command: python(SERVER), listen: ["127.0.0.1:8080"], ...more };
}

async function start(sections: Readonly<Record<string, Section>>): Promise<NamespaceRun> {
  return await inNamespace({ config: configuration(sections) });
}

async function stop(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertEquals(await run.leftoverSockets(), []);
}

async function load(run: NamespaceRun, seconds: number): Promise<number[]> {
  const argv = ["/usr/bin/python3", "-c", LOAD, String(seconds)];
  const { stdout, stderr } = await run.exec(argv, { limitMs: 60_000 });
  assertEquals(stderr, "");
  const numbers = stdout.trim().split(" ").map(Number);
  assertEquals(numbers.length, 3, stdout);
  return numbers;
}

namespaceTest("a restart under load refuses no connection and loses no request", async () => {
  await using run = await start({ "web.service": web() });
  await run.waitForLine(/ web\[\d+\]: serving$/);
  const loading = load(run, 4);
  for (let restart = 0; restart < 3; restart++) {
    const { code, stdout, stderr } = await run.exec(["telchap", "restart", "--wait", "web"]);
    assertEquals(code, 0, stdout + stderr);
  }
  const [good = 0, bad, servers = 0] = await loading;
  assertEquals(bad, 0);
  assert(good > 500 && servers >= 2, `${good} requests, ${servers} servers`);
  await stop(run);
});

namespaceTest("a crash under load refuses no connection", async () => {
  const more = { restart: true, "restart_delay": 0.2, "kill_signal": "SIGTERM" };
  await using run = await start({ "web.service": web(more) });
  await run.waitForLine(/ web\[\d+\]: serving$/);
  const refused = `import socket, sys, time
end = time.monotonic() + 2
count = 0
while time.monotonic() < end:
    with socket.create_connection(("127.0.0.1", 8080), 5): count += 1
    time.sleep(0.005)
print(count)`;
  const connecting = run.exec(["/usr/bin/python3", "-c", refused]);
  const server = (await run.processes()).find(({ name }) => name.startsWith("python"));
  await run.exec(["sh", "-c", `sleep 0.5; kill -9 ${server?.pid ?? 0}`]);
  await run.waitForLine(/web\.service restart succeeded$/);
  const { code, stderr } = await connecting;
  assertEquals([code, stderr], [0, ""]);
  await stop(run);
});

namespaceTest(
  "on_demand starts a service with the first connection, and again after it",
  async () => {
    const once = SERVER.replace("while wake not in", "if wake not in");
    const service = web({ command: python(once), "on_demand": true });
    await using run = await start({ "web.service": service });
    await run.waitForLine(/web\.service is listening on .*, starts with the first connection$/);
    assertEquals((await run.processes()).length, 1);
    const ask = "import socket; s = socket.create_connection(('127.0.0.1', 8080)); " +
      "s.sendall(b'x'); print(s.recv(15).decode())";
    for (let i = 0; i < 2; i++) {
      const { stdout } = await run.exec(["/usr/bin/python3", "-c", ask]);
      assertEquals(stdout.trim(), "HTTP/1.0 200 OK");
      await run.waitForProcesses((all) => all.length === 1);
    }
    assertEquals(linesOf("web", run.output.texts()), ["serving", "bye", "serving", "bye"]);
    await stop(run);
  },
);

namespaceTest("a service gets TCP, UDP and Unix sockets of both kinds, in order", async () => {
  const script = `import os, socket
for i in range(int(os.environ["LISTEN_FDS"])):
    s = socket.socket(fileno=3 + i)
    print(s.family.name, s.type.name, s.getsockname(), s.getblocking())
    s.detach()
print(os.environ["LISTEN_FDNAMES"])`;
  await using run = await start({
    "many.service": {
      command: python(script + "\nimport time\ntime.sleep(60)"),
      uid: "games",
      listen: [
        "web=*:8080",
        "udp://127.0.0.1:5353",
        "log=unix:/run/log.sock",
        "unix-dgram:/run/dgram",
      ],
    },
  });
  await run.waitForLine(/ many\[\d+\]: web:many:log:many$/);
  assertEquals(linesOf("many", run.output.texts()).slice(0, 4), [
    "AF_INET6 SOCK_STREAM ('::', 8080, 0, 0) True",
    "AF_INET SOCK_DGRAM ('127.0.0.1', 5353) True",
    "AF_UNIX SOCK_STREAM /run/log.sock True",
    "AF_UNIX SOCK_DGRAM /run/dgram True",
  ]);
  const { stdout } = await run.exec(["stat", "-c", "%U %a", "/run/log.sock"]);
  assertEquals(stdout, "games 666\n");
  await stop(run);
});

namespaceTest(
  "instances restart one after another, each once the one before is ready",
  async () => {
    const script = "trap 'exit 0' TERM; echo up $N; while :; do sleep 0.05; done";
    await using run = await start({
      "web.service": {
        command: sh(script),
        instances: 3,
        "env_set": { N: "$(_CHAP_INSTANCE)" },
      },
    });
    for (const n of [1, 2, 3]) await run.waitForLine(new RegExp(` web\\.${n}\\[\\d+\\]: up ${n}$`));
    await run.waitForLine(/web\.3\.service successfully started$/);
    const from = run.output.lines.length;
    const { code } = await run.exec(["telchap", "restart", "--wait", "web"]);
    assertEquals(code, 0);
    const steps = run.output.lines.slice(from).flatMap(({ text }) => {
      const match = /using SIGTERM to terminate (web\.\d)|(web\.\d)\.service successfully/.exec(
        text,
      );
      return match ? [match[1] ? `stop ${match[1]}` : `up ${match[2]}`] : [];
    });
    const [first, second, third] = ["web.1", "web.2", "web.3"].map((name) => [
      `stop ${name}`,
      `up ${name}`,
    ]);
    assertEquals(steps, [...first ?? [], ...second ?? [], ...third ?? []]);
    await stop(run);
  },
);
