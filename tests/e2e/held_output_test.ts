/**
 * Who writes to a pipe or a socket holds a lock of it while the bytes are copied, and a page that
 * must first be fetched can take for ever. Nobody but who writes there waits for that; nor does it
 * take more than its share of PID 1's descriptors to hold pipes open: docs/security.md,
 * "Principles", 1 and 6.
 */
import { assertEquals } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { fuseTest, namespaceTest } from "./harness/requirements.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

/** Far above what a busy machine needs. */
const ANSWER_MS = 8000;

/**
 * Serves a file system with one file, as FUSE lets anybody who may open its device, and answers for
 * 20 s nobody who reads that file: so that a test that fails leaves nothing behind. Another process
 * writes what it has mapped of it to `target`.
 */
const HOLDER = `import array, ctypes, mmap, os, select, socket, struct, subprocess, time
place = os.environ["TEST_DIR"]
device = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % device
if ctypes.CDLL(None, use_errno=True).mount(b"x", (place + "/home").encode(), b"fuse.x", 6, options):
    raise OSError(ctypes.get_errno(), "mount")
def attr(ino): return struct.pack("<6Q10I", ino, 4096, 8, 0, 0, 0, 0, 0, 0,
    0o40755 if ino == 1 else 0o100644, 1, 0, 0, 0, 4096, 0)
reader, told = os.pipe()
def answer(unique, body, error=0):
    os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
def serve():
    held = until = None
    while True:
        if not select.select([device], [], [], None if until is None else max(0, until - time.monotonic()))[0]:
            answer(held, bytes(4096)); until = None
            continue
        _, op, unique, node = struct.unpack_from("<IIQQ", os.read(device, 1 << 20))
        if op == 26: answer(unique, struct.pack("<4I2H2I2H8I", 7, 31, 0, 0, 1, 1, 4096, 1, 1, 0, *[0] * 8))
        elif op == 1: answer(unique, struct.pack("<4Q2I", 2, 0, 60, 60, 0, 0) + attr(2))
        elif op == 3: answer(unique, struct.pack("<Q2I", 60, 0, 0) + attr(node))
        elif op == 14: answer(unique, struct.pack("<Q2I", 0, 0, 0))
        elif op == 15:
            held, until = unique, time.monotonic() + 20
            os.write(told, b"!")
        elif op != 2: answer(unique, b"", -38)
if os.fork() == 0: serve()
os.close(device)
TARGET
if os.fork() == 0:
    page = mmap.mmap(os.open(place + "/home/x", os.O_RDONLY), 4096, prot=mmap.PROT_READ)
    os.write(target, b"begins\\n")
    os.write(target, page)
    time.sleep(1000)
os.read(reader, 1)
END`;

function holder(target: string, end: string): string {
  return HOLDER.replace("TARGET", target).replace("END", end);
}

const SET_UP = `chmod 755 "$dir"; mkdir -m 777 "$dir/home"; mknod -m 666 /dev/fuse c 10 229`;

for (
  const [what, end] of [
    ["that stays", "time.sleep(1000)"],
    ["that is left to another process", "exit(0)"],
  ] as const
) {
  fuseTest(`a write ${what} and never ends holds nobody up`, async () => {
    await using run = await inNamespace({
      setup: SET_UP,
      files: {
        "holder.py": holder("target = 1", `os.write(2, b"holds its output\\n")\n${end}`),
      },
      config: configuration({
        "x.service": {
          command: "unshare -Urm python3 $(TEST_DIR)/holder.py",
          uid: "nobody",
          "ignore_failures": true,
        },
        "k.service": { command: "sleep 1000" },
      }),
    });
    // The control: it says so when its page is asked for, within write(2).
    await run.waitForLine(/x\[\d+\]: holds its output$/);
    const began = performance.now();
    assertEquals((await run.exec(["timeout", "20", "telchap", "status"])).code, 0);
    const from = run.output.lines.length;
    await run.exec(["logger", "--tag", "other", "still heard"]);
    await run.waitForLine(/other: still heard$/, { from });
    assertEquals((await run.exec(["timeout", "20", "telchap", "stop", "--wait", "x"])).code, 0);
    assertEquals(performance.now() - began < ANSWER_MS, true);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}

for (
  const [what, target] of [
    ["a pipe", "passed, target = os.pipe()"],
    [
      "a socket",
      `listener = socket.create_server(("127.0.0.1", 0))
passed = socket.create_connection(listener.getsockname()).detach()
target = passed`,
    ],
  ] as const
) {
  fuseTest(`${what} that is passed while a write to it never ends holds nobody up`, async () => {
    const pass = `notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
notify.sendmsg([b"READY=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [passed]))])
began = time.monotonic()
subprocess.run(["timeout", "40", "telchap", "status"], stdout=subprocess.DEVNULL, check=True)
os.write(2, b"answered after %d ms\\n" % ((time.monotonic() - began) * 1000))
time.sleep(1000)`;
    await using run = await inNamespace({
      setup: SET_UP,
      files: { "holder.py": holder(target, pass) },
      config: configuration({
        "x.service": {
          ...{ type: "notify", uid: "nobody", "ignore_failures": true, "stop_timeout": 1 },
          command: "unshare -Urm python3 $(TEST_DIR)/holder.py",
        },
        "k.service": { command: "sleep 1000" },
      }),
    });
    // The control: it passes it only once its page is asked for, within write(2).
    const line = await run.waitForLine(/x\[\d+\]: answered after \d+ ms$/);
    assertEquals(Number(/(\d+) ms$/.exec(line)?.[1]) < ANSWER_MS, true, line);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}

/** Opens the standard error of each process that asks for it, for good, before it ends. */
const KEEPER = `import os
place = os.environ["TEST_DIR"]
kept = []
while True:
  for line in open(place + "/asked"):
    if len(kept) == 60: continue
    kept.append(os.open(f"/proc/{int(line)}/fd/2", os.O_WRONLY))
    if len(kept) == 60: print("keeps 60", flush=True)
    open(place + "/kept", "w").close()`;

namespaceTest("pipes that outlive each start of a service do not use PID 1 up", async () => {
  await using run = await inNamespace({
    program: [
      ...["sh", "-c", 'ulimit -n 70; exec "$0" --config "$TEST_DIR/chaperone.d"', "chaperone"],
    ],
    setup: 'mkfifo -m 666 "$dir/asked" "$dir/kept"; chmod 755 "$dir"',
    config: configuration({
      "keeper.service": { command: python(KEEPER), uid: "nobody" },
      "x.service": {
        ...{ uid: "nobody", restart: "always", "restart_limit": 0, "restart_delay": 0.001 },
        ...{ "ignore_failures": true, "stop_timeout": 1 },
        command: sh("echo $$ >$TEST_DIR/asked; read line <$TEST_DIR/kept"),
      },
      "other.service": { command: sh(STAYS), enabled: false },
    }),
  });
  await run.waitForLine(/streams of more than 32 processes that have ended are still open/);
  await run.waitForLine(/keeper\[\d+\]: keeps 60$/);
  assertEquals((await run.exec(["telchap", "start", "--enable", "--wait", "other"])).code, 0);
  await run.signal("SIGTERM");
  await run.waitForExit();
});
