/**
 * An unprivileged user does at random what might hold PID 1 up while services are restarted 20
 * times a second. PID 1 stamps lines that say when they were written: it is never late.
 */
import { assert } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, sh } from "./scenario.ts";

/** For the long look: `LAUNCH_ADVERSARY_SECONDS=60 deno test …`, alone on the machine. */
const SECONDS = Number(Deno.env.get("LAUNCH_ADVERSARY_SECONDS") ?? 5);
/**
 * A busy machine lets PID 1 wait for its turn. A held one waits for as long as the attacker likes.
 */
const LATE_MS = Deno.env.has("LAUNCH_ADVERSARY_SECONDS") ? 100 : 500;

const ATTACKS = `import ctypes, fcntl, os, random, signal, time
path = os.environ["TEST_DIR"] + "/tmp/prog"
# By then chaperone has given back what memory its start has left, which takes it a moment.
time.sleep(3)
seed = int(time.time()); random.seed(seed); print("seed", seed, flush=True)
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGIO, signal.SIG_IGN)
lease = os.open(path, os.O_RDONLY)
done = dict.fromkeys(["stop", "go", "kill", "lease", "nice", "trace", "bind"], 0)
def attack(kind, pid):
    if kind == "stop": os.kill(pid, signal.SIGSTOP)
    elif kind == "go": os.kill(pid, signal.SIGCONT)
    elif kind == "kill": os.kill(pid, signal.SIGKILL)
    elif kind == "nice": os.setpriority(os.PRIO_PROCESS, pid, 19)
    elif kind == "bind": os.sched_setaffinity(pid, {0})
    elif kind == "lease": fcntl.fcntl(lease, fcntl.F_SETLEASE, random.choice([fcntl.F_WRLCK, fcntl.F_UNLCK]))
    elif libc.ptrace(0x4206, pid, None, None) != 0: raise PermissionError
    done[kind] += 1
end = time.monotonic() + ${SECONDS}
while time.monotonic() < end:
    last = int(open("/proc/loadavg").read().split()[-1])
    kind = random.choice(list(done))
    for _ in range(100):
        pid = random.choice([1, last, last + 1, last + 2, last + 3])
        try: attack(kind, pid)
        except OSError: pass
    time.sleep(0.002)
print("done", *(f"{kind}={count > 0}" for kind, count in sorted(done.items())), flush=True)
time.sleep(600)`;

/** Says the time, a hundred times a second, as a user that is not attacked. */
const CLOCK = `import time
while True:
    print("%.6f" % time.time(), flush=True)
    time.sleep(0.01)`;

const restarted = (uid: string) => ({
  command: "$(TEST_DIR)/tmp/prog 0",
  uid,
  restart: "always",
  "restart_limit": 0,
  "restart_delay": 0.2,
  "startup_pause": 0,
});

namespaceTest("whatever a user does to launches, PID 1 is never late", async () => {
  await using run = await inNamespace({
    setup: "cp /bin/sleep $dir/tmp/prog; chown nobody $dir/tmp/prog",
    config: configuration({
      settings: { "shutdown_timeout": 2 },
      "console.logging": { selector: "*.info", stdout: true, format: "rfc5424" },
      "clock.service": { command: python(CLOCK), uid: "games" },
      ...Object.fromEntries(
        ["nobody", "nobody", "nobody", "games", "games"].map((uid, i) => [
          `r${i}.service`,
          restarted(uid),
        ]),
      ),
      "probed.service": {
        command: sh("exec sleep 600"),
        uid: "nobody",
        health: { exec: "/bin/true", interval: 0.2, timeout: 1, retries: 1000 },
        restart: "always",
        "restart_limit": 0,
        "restart_delay": 0.2,
      },
      "x.service": { command: python(ATTACKS), uid: "nobody" },
    }),
  });
  const limitMs = (SECONDS + 30) * 1000;
  const done = await run.waitForLine(/ x \d+ .*done /, { limitMs });
  for (const kind of ["stop", "kill", "lease", "nice", "trace"]) {
    assert(done.includes(`${kind}=True`), `the attack has not run: ${done}`);
  }
  const lines = run.output.texts("stdout");
  const attacked = lines.slice(lines.findIndex((line) => / x \d+ .*seed /.test(line)));
  const lateMs = attacked.flatMap((line) => {
    const [, stamp, said] = /^<\d+>1 (\S+) \S+ clock \d+ - - (\d+\.\d+)$/.exec(line) ?? [];
    return stamp === undefined ? [] : [Date.parse(stamp) - Number(said) * 1000];
  });
  assert(lateMs.length > SECONDS * 20, `the clock spoke ${lateMs.length} times`);
  const worst = Math.max(...lateMs);
  assert(worst < LATE_MS, `PID 1 was ${worst} ms late of ${SECONDS} s; ${attacked[0]}`);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
