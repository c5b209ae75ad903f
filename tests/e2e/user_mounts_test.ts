/**
 * File systems that a service's user has mounted and never serves, where chaperone is to read,
 * write, bind or execute something: docs/security.md, "Principles", 1. Whoever asks one of them
 * waits until it is killed.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { fuseTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, type Section, sh } from "./scenario.ts";

/**
 * Mounts where it is told to, as fusermount(1) does for user 1000 wherever that one may write, and
 * answers nobody.
 */
const MOUNTS = python(`import ctypes, os
mount = ctypes.CDLL(None, use_errno=True).mount
held = []
print("ready", flush=True)
while True:
  for line in open(os.environ["TEST_DIR"] + "/asked"):
    place = line.strip()
    held.append(os.open("/dev/fuse", os.O_RDWR))
    options = f"fd={held[-1]},rootmode=40000,user_id=1000,group_id=1000,allow_other"
    if mount(b"dead", place.encode(), b"fuse.dead", 6, options.encode()):
      raise OSError(ctypes.get_errno(), "mount")
    print("mounted", place, flush=True)`);

/** The same without help: in namespaces of the user's, to which /proc leads those who may look. */
const FAR = "unshare -Urm " + python(`import ctypes, os, time
place = os.environ["TEST_DIR"] + "/home/far"
options = f"fd={os.open('/dev/fuse', os.O_RDWR)},rootmode=40000,user_id=0,group_id=0"
if ctypes.CDLL(None, use_errno=True).mount(b"far", place.encode(), b"fuse.far", 6, options.encode()):
  raise OSError(ctypes.get_errno(), "mount")
os.symlink(f"/proc/{os.getpid()}/root{place}", os.environ["TEST_DIR"] + "/home/way")
print("is far", flush=True)
time.sleep(1000)`);

const SET_UP = `chmod 755 "$dir"; mkdir "$dir/home" "$dir/home/dead" "$dir/home/far" "$dir/home/log"
echo A=1 >"$dir/home/log/env"
chown -R 1000:1000 "$dir/home"; mkfifo "$dir/asked"; mknod -m 666 /dev/fuse c 10 229`;

const DEAD = "$(TEST_DIR)/home/dead";
const STAYS = "sleep 1000";

/** What a service of the user has there, and what is said of it. */
const KINDS: Readonly<Record<string, readonly [section: Section, told: RegExp]>> = {
  secret: [
    { command: STAYS, secrets: { KEY: `file:${DEAD}/secret` } },
    /dead\/secret.*serves is mounted/,
  ],
  "env-file": [{ command: STAYS, "env_file": `${DEAD}/env` }, /dead\/env.*serves is mounted/],
  way: [{ command: STAYS, "env_file": "$(TEST_DIR)/home/way/x" }, /way\/x/],
  "pid-file": [
    { type: "forking", command: "true", pidfile: `${DEAD}/x.pid`, "process_timeout": 1 },
    /dead\/x\.pid.*serves is mounted/,
  ],
  program: [{ command: `${DEAD}/x` }, /dead\/x/],
  socket: [{ command: STAYS, listen: [`${DEAD}/x.sock`] }, /dead\/x\.sock.*serves is mounted/],
  sandbox: [
    { command: STAYS, sandbox: { write: [`${DEAD}/*`, "/tmp"] } },
    /dead'.*serves is mounted/,
  ],
  file: [
    { command: STAYS, "wait_for": [`file:${DEAD}/ready`], "wait_timeout": 1 },
    /dead\/ready.*serves is mounted/,
  ],
  door: [
    { command: STAYS, "wait_for": [`unix:${DEAD}/door`], "wait_timeout": 1 },
    /dead\/door.*serves is mounted/,
  ],
};

/** What is in a place that its user exchanges for a mount only after it was opened. */
const EXCHANGED: Readonly<Record<string, Section>> = {
  "x.logging": { selector: "[x].*", file: "$(TEST_DIR)/home/log/x.log", uid: 1000 },
  "x.service": {
    ...{ command: "sleep 1000", uid: 1000, "ignore_failures": true, "stop_timeout": 1 },
    ...{ "env_file": "$(TEST_DIR)/home/log/env", listen: ["$(TEST_DIR)/home/log/x.sock"] },
  },
};

/** What chaperone cannot help is said where it can happen. */
const CAN_HOLD =
  /user of a service can hold up this container for ever, since others than root may open \/dev\/fuse/;

fuseTest("a service that may not mount anything holds nobody up, and none is named", async () => {
  const script = "unshare -Urm true 2>&1; echo $?; [ -w /dev/fuse ] && echo could";
  await using run = await inNamespace({
    setup: SET_UP,
    config: configuration({ "x.service": { command: sh(script), uid: 1000, syscalls: "default" } }),
  });
  await run.waitForLine(/x\[\d+\]: could$/);
  const { output } = run;
  assertEquals(linesOf("x", output.texts()).slice(-2), ["1", "could"]);
  assertEquals(output.texts().filter((line) => CAN_HOLD.test(line)), []);
});

async function mountAt(run: NamespaceRun, place: string): Promise<void> {
  const from = run.output.lines.length;
  await run.exec(["sh", "-c", `echo "$TEST_DIR/${place}" >$TEST_DIR/asked`]);
  await run.waitForLine(/\]: mounted /, { from });
  // The control: whoever asks it anything gets no answer, and has to be killed.
  const asks = ["timeout", "--signal=KILL", "0.3", "stat", `${run.directory}/${place}`];
  assertEquals((await run.exec(asks)).code, 137);
}

async function demandAnswer(run: NamespaceRun, after: string): Promise<void> {
  const { code } = await run.exec(["timeout", "60", "telchap", "status"]);
  assertEquals(code, 0, `chaperone is held up after ${after}: ${run.output.raw("stdout")}`);
}

fuseTest("a file system of a user's that never answers holds chaperone up nowhere", async () => {
  const services = Object.entries(KINDS).map(([name, [section]]) => [`${name}.service`, {
    ...{ uid: 1000, enabled: false, "ignore_failures": true, restart: false, "stop_timeout": 1 },
    ...section,
  }]);
  await using run = await inNamespace({
    setup: SET_UP,
    config: configuration({
      "mounts.service": { command: MOUNTS, ready: { log: "ready" } },
      "far.service": { command: FAR, uid: 1000, ready: { log: "is far" } },
      ...EXCHANGED,
      ...Object.fromEntries(services),
    }),
  });
  const up = await run.exec(["telchap", "wait", "--timeout", "60s", "mounts", "far", "x"]);
  assertEquals(up.code, 0, run.output.raw("stdout"));
  assertEquals(run.output.texts().filter((line) => CAN_HOLD.test(line)).length, 1);
  await mountAt(run, "home/dead");
  const names = Object.keys(KINDS);
  const starts =
    `for name; do timeout 60 telchap start --enable "$name"; [ $? = 124 ] && exit; done`;
  await run.exec(["sh", "-c", starts, "sh", ...names]);
  await demandAnswer(run, "starts");
  for (const [, told] of Object.values(KINDS)) await run.waitForLine(told);
  await run.exec(["timeout", "60", "telchap", "stop", ...names]);
  await demandAnswer(run, "stops");

  await mountAt(run, "home/log");
  await run.signal("SIGHUP");
  await run.waitForLine(/log\/x\.log.*serves is mounted/);
  await run.exec(["timeout", "60", "telchap", "restart", "x"]);
  await run.waitForLine(/log\/env.*serves is mounted/);
  await demandAnswer(run, "a restart");
});

/**
 * Serves a file to a reader whom it never answers, and maps it in another process: for that mmap(2)
 * has the pages of the reader given up, and waits, with the lock of its memory held.
 */
const HOLDS_MEMORY = "unshare -Urm " + python(`import ctypes, mmap, os, struct
place = os.environ["TEST_DIR"] + "/home/far"
device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
if ctypes.CDLL(None, use_errno=True).mount(b"own", place.encode(), b"fuse.own", 6, options.encode()):
  raise OSError(ctypes.get_errno(), "mount")
def attributes(node):
  return struct.pack("<6Q10I", node, 4096, 8, 0, 0, 0, 0, 0, 0, 0o40755 if node == 1 else 0o100644, 1, 0, 0, 0, 4096, 0)
def serve():
  opened, reading = 0, False
  while True:
    _, call, unique, node = struct.unpack_from("<IIQQ", os.read(device, 1 << 20))
    body, error = b"", 0
    if call == 26: body = struct.pack("<4I2H2I2H8I", 7, 31, 0, 0, 1, 1, 4096, 1, 1, 0, *[0] * 8)
    elif call == 1: body = struct.pack("<4Q2I", 2, 0, 60, 60, 0, 0) + attributes(2)
    elif call == 3: body = struct.pack("<Q2I", 60, 0, 0) + attributes(node)
    elif call == 14: body = struct.pack("<Q2I", 0, 0 if opened else 1, 0); opened += 1
    elif call == 15:
      os.write(told, b"r")
      continue
    elif call == 2: continue
    else: error = -38
    os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)
heard, told = os.pipe()
if os.fork() == 0: serve()
os.close(device) # What it is served by ends with whoever serves it.
mapped = os.open(place + "/x", os.O_RDONLY)
if os.fork() == 0: os.read(os.open(place + "/x", os.O_RDONLY), 10)
os.read(heard, 1)
print("holds", os.getpid(), flush=True)
mmap.mmap(mapped, 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)`);

fuseTest("a process that holds the lock of its memory for ever is looked at without", async () => {
  await using run = await inNamespace({
    setup: SET_UP,
    config: configuration({
      "settings": { "detect_exit": false },
      "holds.service": { command: HOLDS_MEMORY, uid: 1000, "stop_timeout": 1 },
    }),
  });
  const line = await run.waitForLine(/\]: holds \d+$/);
  const pid = /\d+$/.exec(line)?.[0];
  const cat = `until ! timeout --signal=KILL 0.3 cat /proc/${pid}/cmdline >/dev/null; do :; done`;
  // The control: at last, whoever reads its arguments gets no answer.
  assertEquals((await run.exec(["timeout", "30", "sh", "-c", cat])).code, 0);
  for (const words of [["tree"], ["status", "holds"], ["stop", "--wait", "holds"]]) {
    const { code } = await run.exec(["timeout", "60", "telchap", ...words]);
    assertEquals(code, 0, words.join(" "));
  }
});
