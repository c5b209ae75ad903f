/**
 * inetd services of the compiled program, with real connections over IPv4, IPv6 and Unix sockets.
 * Numbers are those of the table in tests/README.md.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, runToEnd, type Section, sh, STAYS } from "./scenario.ts";

function inetd(command: string, more: Section = {}): Section {
  return { type: "inetd", port: 8123, command, ...more };
}

async function start(service: Section): Promise<NamespaceRun> {
  const run = await inNamespace({
    config: configuration({ settings: { "detect_exit": false }, "echo.service": service }),
  });
  await run.waitForLine(/echo\.service is listening on port 8123$/);
  return run;
}

async function stop(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

/**
 * Runs a Python program inside; `ask(text)` in it sends a text to port 8123 and returns the answer.
 */
async function inside(run: NamespaceRun, script: string): Promise<string> {
  const prelude = `import socket, threading, time, os
def ask(text, address=("127.0.0.1", 8123), family=socket.AF_INET):
    with socket.socket(family) as s:
        s.settimeout(10)
        s.connect(address)
        s.sendall(text.encode())
        parts = []
        while True:
            part = s.recv(65536)
            if not part: return b"".join(parts).decode()
            parts.append(part)
`;
  const result = await run.exec(["/usr/bin/python3", "-c", prelude + script], { limitMs: 60_000 });
  assertEquals(result.stderr, "");
  return result.stdout;
}

namespaceTest("275: a connection reads and writes through the process, then ends", async () => {
  const script = 'read line; echo "got $line"; echo oops >&2';
  await using run = await start(inetd(sh(script)));
  assertEquals(await inside(run, 'print(ask("hello\\n"), end="")'), "got hello\noops\n");
  await stop(run);
});

namespaceTest("the process has the socket itself, and knows who connects", async () => {
  const script = `import os, socket
with socket.socket(fileno=os.dup(0)) as s: peer = s.getpeername()
print(peer[0], str(peer[1]) == os.environ["REMOTE_PORT"], os.environ["REMOTE_ADDR"],
  os.get_blocking(0), sorted(map(int, os.listdir("/proc/self/fd")))[:3], flush=True)`;
  await using run = await start(inetd(python(script)));
  const told = await inside(
    run,
    `print(ask(""), end="")
print(ask("", ("::1", 8123, 0, 0), socket.AF_INET6), end="")`,
  );
  assertEquals(
    told,
    "::ffff:127.0.0.1 True 127.0.0.1 True [0, 1, 2]\n::1 True ::1 True [0, 1, 2]\n",
  );
  await stop(run);
});

namespaceTest("276: two connections at a time are served side by side", async () => {
  await using run = await start(inetd(sh("read line; echo $line")));
  const script = `with socket.create_connection(("127.0.0.1", 8123)) as first:
    print(ask("second\\n"), end="")
    first.sendall(b"first\\n")
    print(first.recv(100).decode(), end="")`;
  assertEquals(await inside(run, script), "second\nfirst\n");
  await stop(run);
});

namespaceTest("278: a port in use and a missing one are start-up failures", async () => {
  const taken = await runToEnd({
    config: configuration({
      "a.service": inetd("/bin/cat"),
      "b.service": inetd("/bin/cat", { after: "a.service" }),
    }),
  });
  assertEquals(taken.code, 1);
  assertMatch(taken.all, /start-up failed: b\.service: Address already in use/);
  const missing = await runToEnd({
    config: configuration({ "a.service": { type: "inetd", command: "/bin/cat" } }),
  });
  assertEquals(missing.code, 1);
  assertStringIncludes(
    missing.all,
    "'port' of a.service is missing, and so is 'listen'; for example port: 8080",
  );
});

namespaceTest(
  "277, 279: telchap shows what is served, closes the port, opens it again",
  async () => {
    const script = "trap 'exit 0' TERM; echo hi; while :; do sleep 0.05; done";
    await using run = await start(inetd(sh(script)));
    const status = async () => (await run.exec(["telchap", "status"])).stdout;
    const client = inside(run, 'print(ask(""), end="")');
    await run.waitForLine(/echo\.service instance connected to port 8123$/);
    const note = "waiting on port 8123; req recvd = 1; running = 1";
    assertMatch(await status(), new RegExp(`^- +echo\\.service +true +ready +${note}`, "m"));
    await run.exec(["telchap", "stop", "--wait", "echo"]);
    await run.waitForLine(
      /echo\.service terminating 1 processes on port 8123 that are still running$/,
    );
    assertMatch(await client, /^hi\n(Terminated\n)?$/);
    const refused = await run.exec(["/usr/bin/python3", "-c", CONNECT]);
    assertMatch(refused.stderr, /ConnectionRefusedError/);
    await run.exec(["telchap", "start", "--wait", "echo"]);
    assertEquals((await run.exec(["/usr/bin/python3", "-c", CONNECT])).stderr, "");
    await stop(run);
  },
);

/** Holds a program by a lease: whoever executes it waits until this ends. */
const HOLDS_PROGRAM = `import fcntl, os, signal, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
program = os.open(os.environ["TEST_DIR"] + "/app/program", os.O_RDWR)
fcntl.fcntl(program, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("holds it")
time.sleep(1000)`;

/** Connects so often, and tells when all connections have been closed at the other end. */
const MANY = `import socket
many = [socket.create_connection(("127.0.0.1", 8123)) for _ in range(100)]
print("connected", flush=True)
for each in many: each.recv(1)
print("all are served")`;

namespaceTest("launches that never end take no door of PID 1 from others", async () => {
  await using run = await inNamespace({
    program: [
      ...["sh", "-c", 'ulimit -n 110; exec "$0" --config "$TEST_DIR/chaperone.d"', "chaperone"],
    ],
    setup: `mkdir "$dir/app"; printf '#!/bin/sh\n' >"$dir/app/program"
chmod 755 "$dir" "$dir/app/program"; chown -R nobody "$dir/app"`,
    config: configuration({
      settings: { "detect_exit": false },
      "holder.service": {
        ...{ command: python(HOLDS_PROGRAM), uid: "nobody", "ignore_failures": true },
        ready: { log: "holds it" },
      },
      "echo.service": inetd("$(TEST_DIR)/app/program", { uid: "nobody" }),
      "many.service": { command: python(MANY), after: "holder.service:ready" },
      "other.service": { command: sh(STAYS), enabled: false },
    }),
  });
  await run.waitForLine(/many\[\d+\]: connected$/);
  // The control: so many are held up.
  await waitUntil(async () => {
    const { stdout } = await run.exec(["telchap", "status"]);
    return stdout.includes("running = 64") || undefined;
  }, "64 launches under way");
  assertEquals((await run.exec(["telchap", "start", "--enable", "--wait", "other"])).code, 0);
  await run.exec(["telchap", "stop", "holder"]);
  await run.waitForLine(/many\[\d+\]: all are served$/);
  await stop(run);
});

const CONNECT = "import socket; socket.create_connection(('127.0.0.1', 8123)).close()";

namespaceTest(
  "280, 281: user, directory and serial hold; a failure is told and no more",
  async () => {
    const script = 'echo "$(id -un) $(pwd) $SERIAL"; exit 3';
    const service = inetd(sh(script), {
      uid: "games",
      directory: "/usr",
      "env_set": { SERIAL: "$(_CHAP_SERVICE_SERIAL)" },
    });
    await using run = await start(service);
    const told = await inside(run, 'print(ask(""), ask(""), sep="", end="")');
    assertEquals(told, "games /usr 1\ngames /usr 2\n");
    await run.waitForLine(/echo\.service exit status for pid=\d+ is '<ProcStatus exit_status=3>'$/);
    await stop(run);
  },
);

namespaceTest("max_instances: who comes beyond it is refused at once", async () => {
  await using run = await start(inetd("/bin/cat", { "max_instances": 1 }));
  const script = `with socket.create_connection(("127.0.0.1", 8123)) as first:
    first.sendall(b"x"); first.recv(1)
    print(repr(ask("")))
    first.shutdown(socket.SHUT_WR); first.recv(1)`;
  assertEquals(await inside(run, script), "''\n");
  await run.waitForLine(/echo\.service refuses a connection from 127\.0\.0\.1 on port 8123/);
  await stop(run);
});

namespaceTest("the end of the container ends what runs, and closes the port", async () => {
  const script = "trap 'echo bye; exit 0' TERM; echo hi; while :; do sleep 0.05; done";
  await using run = await start(inetd(sh(script)));
  const client = inside(run, 'print(ask(""), end="")');
  await waitUntil(
    () => run.output.texts().some((line) => line.includes("instance connected")) || undefined,
    "the connection",
  );
  await run.waitForProcesses((all) => all.some(({ name }) => name === "sh"));
  await stop(run);
  // The shell tells of its sleep, which got the signal as well.
  assertMatch(await client, /^hi\n(Terminated\n)?bye\n$/);
});

namespaceTest("a Unix socket serves like a port, and its file goes with it", async () => {
  const service = { type: "inetd", listen: ["/run/echo.sock"], command: "/bin/cat" };
  await using run = await inNamespace({ config: configuration({ "echo.service": service }) });
  await run.waitForLine(/echo\.service is listening on \/run\/echo\.sock$/);
  const script = `with socket.socket(socket.AF_UNIX) as s:
    s.connect("/run/echo.sock"); s.sendall(b"hello"); s.shutdown(socket.SHUT_WR)
    print(s.recv(100).decode(), end="")`;
  assertEquals(await inside(run, script), "hello");
  await stop(run);
  assertEquals(await run.leftoverSockets(), []);
});

namespaceTest(
  "200 connections a second: none is lost, no descriptor and no zombie stays",
  async () => {
    await using run = await start(inetd("/bin/cat"));
    const descriptors = async () => {
      const names = [];
      for await (const { name } of Deno.readDir(`/proc/${await run.initPid()}/fd`)) {
        names.push(
          name,
        );
      }
      return names.length;
    };
    // The first connection opens what is opened once.
    const once = `with socket.create_connection(("127.0.0.1", 8123)) as s:
    s.shutdown(socket.SHUT_WR)
    s.recv(1)`;
    await inside(run, once);
    await run.waitForProcesses((all) => all.length === 1);
    const before = await descriptors();
    const seconds = 3;
    // Beside it: as many processes at that rate, without connections.
    const script = `import subprocess
good = []
def process(i):
    subprocess.run(["/bin/cat"], stdin=subprocess.DEVNULL)
def connection(i):
    with socket.create_connection(("127.0.0.1", 8123), 20) as s:
        s.sendall(b"%d" % i)
        s.shutdown(socket.SHUT_WR)
        text = b""
        while True:
            part = s.recv(100)
            if not part: break
            text += part
        if text == b"%d" % i: good.append(i)
def timed(one):
    began = time.monotonic()
    threads = []
    for i in range(200 * ${seconds}):
        left = began + i / 200 - time.monotonic()
        if left > 0: time.sleep(left)
        thread = threading.Thread(target=one, args=(i,))
        thread.start()
        threads.append(thread)
    for thread in threads: thread.join()
    return time.monotonic() - began
control = timed(process)
took = timed(connection)
print(len(good), took, control)`;
    const [good, took = NaN, control = NaN] = (await inside(run, script)).split(" ").map(Number);
    assertEquals(good, 200 * seconds);
    assert(
      took < 2 * Math.max(seconds, control),
      `it took ${took} s, processes alone ${control} s`,
    );
    await run.waitForProcesses((all) => all.length === 1);
    assertEquals(await descriptors(), before);
    await stop(run);
  },
);
