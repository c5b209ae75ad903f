/** What `telchap audit` tells of services that run, and `telchap check --audit` beforehand. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { fuseTest, landlockTest } from "./harness/requirements.ts";
import { configuration, python } from "./scenario.ts";

const LISTEN = python(`import socket, time
with socket.socket() as s:
  s.bind(("127.0.0.1", 7002))
  s.listen()
  print("listening", flush=True)
  time.sleep(1000)`);

const CONFIG = configuration({
  "free.service": {
    command: LISTEN,
    ready: { log: "listening" },
    "env_set": { API_KEY: "x", API_KEY_FILE: "" },
  },
  "held.service": {
    command: "sleep 1000",
    uid: 1000,
    directory: "/tmp",
    capabilities: [],
    sandbox: "strict",
  },
});

landlockTest("audit tells rights, ports, places and secrets, with a grade", async () => {
  await using run = await inNamespace({ config: CONFIG });
  await run.waitForLine(/free\[\d+\]: listening/);
  assertEquals((await run.exec(["telchap", "wait", "--timeout", "20s"])).code, 0);
  const { stdout } = await run.exec(["telchap", "audit", "--json"]);
  const { services } = JSON.parse(stdout);
  const [free, held] = services;
  assertEquals([free.service, free.uid, free.noNewPrivs, free.ports], [
    ...["free.service", 0, false, [7002]],
  ]);
  assertEquals(free.secrets, ["API_KEY"]);
  assertEquals(free.writable.includes("/"), true, JSON.stringify(free.writable));
  assertMatch(free.grade, /^[EF]$/);
  assertEquals(free.better.length, 2);
  const { uid, groups, capabilities, noNewPrivs, filter, writable, grade } = held;
  assertEquals([uid, groups, capabilities, noNewPrivs, filter], [1000, [1000], [], true, "own"]);
  assertEquals(writable, ["/tmp", "/var/log/held", "/run/held"]);
  assertEquals(grade, "A");
  const text = await run.exec(["telchap", "audit", "held"]);
  assertMatch(text.stdout, /^held: grade A, 0 points, as process \d+ runs\n/);
  const path = `${run.directory}/chaperone.d/test.conf`;
  const checked = await run.exec(["telchap", "check", "--audit", path]);
  assertMatch(checked.stdout, /^free: grade F, \d+ points, by its configuration\n/);
  assertMatch(checked.stdout, /\nheld: grade A, 0 points, by its configuration\n/);
});

/** Mounts a file system that nobody serves, as a program of the user's would by fusermount(1). */
const DEAD_MOUNT = python(`import ctypes, os, time
place = os.environ["TEST_DIR"]
device = os.open(place + "/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=1000,group_id=1000,allow_other"
mount = ctypes.CDLL(None, use_errno=True).mount
if mount(b"dead", (place + "/home/dead").encode(), b"fuse.dead", 6, options.encode()):
  raise OSError(ctypes.get_errno(), "mount")
print("mounted", flush=True)
time.sleep(1000)`);

/** Sees a file system there that would answer at once, and has given up what let it mount one. */
const HIDES = `unshare -Urm sh -c 'mount -t tmpfs tmpfs $TEST_DIR/home/dead && echo hidden &&
exec setpriv --bounding-set=-all sleep 1000'`;

fuseTest(
  "audit asks nobody who never answers, whatever a process makes of its mounts",
  async () => {
    await using run = await inNamespace({
      setup:
        `chmod 755 "$dir"; mkdir -m 777 "$dir/home" "$dir/home/dead"; mknod "$dir/fuse" c 10 229`,
      config: configuration({
        "dead.service": { command: DEAD_MOUNT, ready: { log: "mounted" } },
        "evil.service": { command: HIDES, uid: 1000, after: "dead", ready: { log: "hidden" } },
      }),
    });
    assertEquals((await run.exec(["telchap", "wait", "--timeout", "20s"])).code, 0);
    const { stdout } = await run.exec(["timeout", "30", "telchap", "audit", "--json", "evil"]);
    const [{ writable }] = JSON.parse(stdout || '{"services":[{"writable":[]}]}').services;
    assertEquals(writable.includes(`${run.directory}/home/dead`), true, stdout);
    // That nobody serves it is no mistake of this test.
    const { code } = await run.exec(["timeout", "0.5", "stat", `${run.directory}/home/dead`]);
    assertEquals(code, 124);
  },
);
