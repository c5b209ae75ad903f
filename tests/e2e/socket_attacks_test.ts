/**
 * What a user of the container tries at chaperone's sockets: each test shows that the attack ran.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { whileItHeeds } from "./harness/heeding.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

/**
 * Puts a link to a file of root's in the place of a socket, whenever there is one; counts how
 * often.
 */
const SWAP = `import os, stat
os.chdir("/run/app")
print("swapping")
while True:
    try:
        if not os.path.islink("l"): os.symlink("/run/victim", "l")
        if stat.S_ISSOCK(os.lstat("s").st_mode):
            os.rename("l", "s")
            open("swaps", "a").write("x")
    except FileNotFoundError: pass`;

/** Starts and stops the service in a row, and takes away what the attacker has put in the way. */
const ROUNDS = `import os, socket
def ask(line):
    c = socket.socket(socket.AF_UNIX); c.connect("/dev/chaperone.sock"); c.sendall(line)
    while c.recv(65536): pass
for i in range(60):
    ask(b"start --force --wait sock"); ask(b"stop --force --wait sock")
    try: os.unlink("/run/app/s")
    except FileNotFoundError: pass
print(os.path.getsize("/run/app/swaps"))`;

async function telchap(run: NamespaceRun, ...words: string[]) {
  return await run.exec(["telchap", ...words]);
}

async function end(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

namespaceTest("F-001, F-104: no file of root's is given away for a socket of listen", async () => {
  await using run = await inNamespace({
    setup: "mkdir /run/app; chown nobody /run/app; echo x > /run/victim; chmod 600 /run/victim",
    config: configuration({
      "keep.service": { command: "sleep 1000" },
      "sock.service": {
        type: "inetd",
        command: "cat",
        uid: "nobody",
        listen: "unix:/run/app/s",
        enabled: false,
        "ignore_failures": true,
      },
      "x.service": { command: python(SWAP), uid: "nobody" },
    }),
  });
  await run.waitForLine(/x\[\d+\]: swapping$/);
  await telchap(run, "enable", "sock");
  const { stdout } = await run.exec(["python3", "-c", ROUNDS], { limitMs: 120_000 });
  assert(Number(stdout) >= 3, `the socket was exchanged ${stdout} times`);
  assertEquals((await run.exec(["stat", "-c", "%a %U", "/run/victim"])).stdout, "600 root\n");
  assert(
    !run.output.texts().some((line) => /internal error/.test(line)),
    run.output.texts().join("\n"),
  );
  // And once the attacker is gone, a start opens the socket anew.
  await telchap(run, "stop", "--wait", "x");
  await run.exec(["rm", "-f", "/run/app/s"]);
  const started = await telchap(run, "start", "--force", "--wait", "sock");
  assertEquals(started.code, 0, started.stdout);
  const said = await run.exec([
    "python3",
    "-c",
    `import socket
s = socket.socket(socket.AF_UNIX); s.connect("/run/app/s"); s.sendall(b"echo"); print(s.recv(9))`,
  ]);
  assertEquals(said.stdout, "b'echo'\n", said.stderr);
  await end(run);
});

/** Passes sockets that take long to close, by processes that end at once. */
const LINGERING = `import array, os, socket, struct, sys, time
def lingering():
    server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
    s = socket.socket(); s.connect(server.getsockname()); s.setblocking(False)
    try:
        while True: s.send(bytes(65536))
    except BlockingIOError: pass
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 600))
    return server, s
def attack(connect, count):
    passed = 0
    for i in range(count):
        server, s = lingering()
        if os.fork() == 0:
            try:
                c = connect()
                c.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
                os._exit(0)
            except PermissionError: os._exit(7)
            except BrokenPipeError: os._exit(8)
            except OSError as e: print("failed", e, file=sys.stderr); os._exit(1)
        s.close()
        passed += os.waitstatus_to_exitcode(os.wait()[1]) == 0
        keep.append(server)
    return passed
keep = []
def datagram(path):
    def connect():
        c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(path); return c
    return connect
def stream(path):
    def connect():
        c = socket.socket(socket.AF_UNIX); c.connect(path); return c
    return connect
`;

namespaceTest("F-118: a socket that is passed and takes long to close holds nobody", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { http: "unix:/run/status.sock", "control_mode": "0666" },
      "keep.service": { command: sh(STAYS) },
      "a.service": {
        type: "notify",
        uid: "nobody",
        command: python(`${LINGERING}
n = datagram(os.environ["NOTIFY_SOCKET"])
n().send(b"READY=1")
counts = [attack(c, 5) for c in (datagram("/dev/log"), stream("/dev/chaperone.sock"), n)]
print("passed", *counts)
time.sleep(1000)`),
      },
    }),
  });
  const passed = /a\[\d+\]: passed \d/;
  const line = await whileItHeeds(run, () => run.waitForLine(passed, { limitMs: 60_000 }));
  const [, log, control, notify] = /passed (\d+) (\d+) (\d+)$/.exec(line) ?? [];
  // The kernel refuses them where it can; barriers need those of notify sockets.
  assertEquals(notify, "5", line);
  assert(log === control && (log === "0" || log === "5"), line);
  await whileItHeeds(run, async () => {
    assertEquals((await telchap(run, "status")).code, 0);
    await run.exec(["logger", "still heard"]);
    await run.waitForLine(/still heard$/);
  });
  await end(run);
});

namespaceTest("what is passed to an inetd service that refuses holds no other one up", async () => {
  await using run = await inNamespace({
    config: configuration({
      "u.service": {
        ...{ type: "inetd", command: "sleep 1000", uid: "games", "max_instances": 1 },
        listen: "unix:/run/u.sock",
      },
      "t.service": { type: "inetd", command: "echo answered", port: 8123 },
      "keep.service": { command: "sleep 1000" },
      "x.service": {
        uid: "nobody",
        command: python(`${LINGERING}
first = stream("/run/u.sock")()
passed = 0
while passed < 6: passed += attack(stream("/run/u.sock"), 1)
print("passed", passed)
time.sleep(1000)`),
      },
    }),
  });
  // The control: the kernel lets what a service is passed through.
  await run.waitForLine(/x\[\d+\]: passed 6$/);
  await run.waitForLine(/u\.service refuses a connection/);
  const ask = `import socket
s = socket.create_connection(("127.0.0.1", 8123)); s.settimeout(30); text = b""
while True:
    more = s.recv(99)
    if not more: break
    text += more
print(text)`;
  const { stdout, stderr } = await run.exec(["python3", "-c", ask]);
  assertEquals(stdout, "b'answered\\n'\n", stderr);
  await end(run);
});

namespaceTest("F-118: descriptors that are passed to a notify socket are all closed", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "notify",
        command: python(`import array, os, socket, time
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(os.environ["NOTIFY_SOCKET"])
fds = array.array("i", [os.open("/dev/null", os.O_RDONLY) for _ in range(250)])
for i in range(300):
    c.sendmsg([b"FDSTORE=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
c.send(b"STATUS=75000 are sent\\nREADY=1")
time.sleep(1000)`),
      },
    }),
  });
  await run.waitForLine(/a\.service successfully started$/);
  const pid = await run.initPid();
  await waitUntil(async () => {
    const open = await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`));
    return open.length < 60 ? true : undefined;
  }, "75,000 descriptors to be closed");
  assertMatch((await telchap(run, "status")).stdout, /75000 are sent/);
  assertEquals(run.output.texts().filter((line) => /descriptor store/.test(line)).length, 1);
  await end(run);
});

namespaceTest("F-026: a service of root that has dropped its privileges says READY=1", async () => {
  const drop = "setpriv --reuid=nobody --regid=nogroup --clear-groups";
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        type: "notify",
        command: sh(`${drop} sdnotify --ready; exec sleep 1000`),
      },
      "b.service": {
        type: "notify",
        command: `${drop} ${
          python(`import os, socket, time
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(os.environ["NOTIFY_SOCKET"])
c.send(b"READY=1"); time.sleep(1000)`)
        }`,
      },
    }),
  });
  await run.waitForLine(/b\.service successfully started$/);
  await run.waitForLine(/a\.service successfully started$/);
  await end(run);
});

namespaceTest(
  "F-026, F-011: a stranger is not heard, and a flood of notes fills no log",
  async () => {
    const send = (socket: string, notes: string) =>
      `import itertools, os, socket
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(${socket})
notes = [${notes}]
for i in range(20000): c.send(notes[i % len(notes)])`;
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          type: "notify",
          uid: "nobody",
          command: python(
            `${send('os.environ["NOTIFY_SOCKET"]', 'b"MAINPID=1", b"X=%d" % 1, b"junk"')}
c.send(b"STATUS=flood is over\\nREADY=1")
import time; time.sleep(1000)`,
          ),
        },
        "b.service": {
          uid: "games",
          after: "a.service",
          command: python(`${send('"/run/chaperone/notify/a.service.sock"', 'b"STATUS=forged"')}
print("sent all"); import time; time.sleep(1000)`),
        },
      }),
    });
    await run.waitForLine(/a\.service successfully started$/);
    await run.waitForLine(/b\[\d+\]: sent all$/, { limitMs: 60_000 });
    assertMatch((await telchap(run, "status")).stdout, /flood is over/);
    const told = run.output.texts().filter((line) =>
      /chaperone\[1\]: a\.service (?:sent|named|notify)/.test(line)
    );
    assertEquals(told.length, 4, told.join("\n"));
    assertEquals(
      told.filter((line) => /is none of the service's and is not heard/.test(line)).length,
      1,
    );
    await end(run);
  },
);

/** Asks for the page from another address and port 40001, and ends its sending at once. */
const ASK_PAGE = `import os, socket, sys
os.setgid(60); os.setuid(5)
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 40001)); s.connect(("127.0.0.1", 9090))
s.sendall(b"GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n"); s.shutdown(socket.SHUT_WR)
b = b""
while True:
    d = s.recv(65536)
    if not d: break
    b += d
print(b.decode(errors="replace"))`;

namespaceTest(
  "F-010: the page takes nobody for root who has the port of root's connection",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { http: "127.0.0.1:9090" },
        "a.service": { command: sh("echo only-for-root; exec sleep 1000") },
        "root.service": {
          command: python(`import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 40001)); s.connect(("127.0.0.1", 9090))
s.sendall(b"GET /events HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n"); s.recv(10); print("reads events")
time.sleep(1000)`),
        },
      }),
    });
    await run.waitForLine(/root\[\d+\]: reads events$/);
    await run.waitForLine(/a\[\d+\]: only-for-root$/);
    const stranger = await run.exec(["python3", "-c", ASK_PAGE, "127.0.0.2"]);
    assertMatch(stranger.stdout, /^HTTP\/1\.1 200/, stranger.stderr);
    assertEquals(stranger.stdout.includes("only-for-root"), false);
    // root itself, in the same state of the connection, is known.
    const asRoot = ASK_PAGE.replace(/os\.setgid.*\n/, "");
    const root = await run.exec(["python3", "-c", asRoot, "127.0.0.3"]);
    assertEquals(root.stdout.includes("only-for-root"), true);
    assertEquals(linesOf("a", run.output.texts()), ["only-for-root"]);
    await end(run);
  },
);

namespaceTest(
  "F-027, F-030, F-125: what a service announces is shown, believed and bounded",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          type: "notify",
          command: sh("sdnotify RELOADING=1; sdnotify --ready; exec sleep 1000"),
        },
        "b.service": {
          type: "notify",
          "ignore_failures": true,
          "stop_timeout": 0.2,
          command: python(`import os, signal, socket, time
c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.connect(os.environ["NOTIFY_SOCKET"])
signal.signal(signal.SIGTERM, lambda *_: c.send(b"EXTEND_TIMEOUT_USEC=18446744073709551615"))
c.send(b"READY=1")
while True: time.sleep(1)`),
        },
        "c.service": {
          type: "notify",
          "ignore_failures": true,
          command: sh("sdnotify --ready; sleep 0.3; sdnotify ERRNO=28; exec sleep 1000"),
        },
      }),
    });
    for (const name of ["a", "b", "c"]) {
      await run.waitForLine(new RegExp(`${name}\\.service successfully started$`));
    }
    assertEquals((await telchap(run, "status")).stdout.includes("reloading"), false);
    const stopped = await telchap(run, "stop", "--wait", "b");
    assertEquals(stopped.code, 0, stopped.stdout);
    await waitUntil(async () => {
      const { stdout } = await telchap(run, "why", "c");
      return /It reported: +No space left on device/.test(stdout) || undefined;
    }, "the reported errno");
    await end(run);
  },
);
