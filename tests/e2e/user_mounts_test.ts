/**
 * File systems that a service's user has mounted and never serves, where chaperone is to read,
 * write, bind or execute something: docs/security.md, "Principles", 1. Whoever asks one of them
 * waits until it is killed.
 */
import { assertEquals } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { fuseTest } from "./harness/requirements.ts";
import { configuration, python, type Section } from "./scenario.ts";

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
  await mountAt(run, "home/dead");
  const names = Object.keys(KINDS);
  const starts = `for name; do timeout 60 telchap start --enable "$name"; done`;
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
