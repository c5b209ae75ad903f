/**
 * An unprivileged user does at random what might hold PID 1 up while services are restarted 20
 * times a second. PID 1 stamps lines that say when they were written: it is never late, but for the
 * time in which it works or waits for a processor, which the kernel counts: so a busy machine does
 * not make it late, and being held does.
 */
import { assert } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, python, sh } from "./scenario.ts";

/** For the long look: `LAUNCH_ADVERSARY_SECONDS=60 deno test …`. */
const SECONDS = Number(Deno.env.get("LAUNCH_ADVERSARY_SECONDS") ?? 5);
/** How long PID 1 may neither run nor wait for a processor while a line waits for it. */
const HELD_MS = 100;

const ATTACKS = `import ctypes, fcntl, os, random, signal, time
paths = [os.environ["TEST_DIR"] + "/tmp/prog%d" % i for i in range(5)]
# By then chaperone has given back what memory its start has left, which takes it a moment.
time.sleep(3)
seed = int(time.time()); random.seed(seed); print("seed", seed, flush=True)
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGIO, signal.SIG_IGN)
leases = [os.open(path, os.O_RDONLY) for path in paths]
done = dict.fromkeys(["stop", "go", "kill", "lease", "nice", "trace", "bind"], 0)
def attack(kind, pid):
    if kind == "stop": os.kill(pid, signal.SIGSTOP)
    elif kind == "go": os.kill(pid, signal.SIGCONT)
    elif kind == "kill": os.kill(pid, signal.SIGKILL)
    elif kind == "nice": os.setpriority(os.PRIO_PROCESS, pid, 19)
    elif kind == "bind": os.sched_setaffinity(pid, {0})
    elif kind == "lease": fcntl.fcntl(random.choice(leases), fcntl.F_SETLEASE, random.choice([fcntl.F_WRLCK, fcntl.F_UNLCK]))
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

/**
 * A process of nobody's that sees, 200 times a second, how long PID 1 has run and has waited for a
 * processor, all threads together (proc(5), schedstat), until its input ends.
 */
const CONTROL = `import os, select, sys, time
tasks = "/proc/%s/task" % sys.argv[1]
while not select.select([sys.stdin], [], [], 0.005)[0]:
    busy = 0
    for each in os.listdir(tasks):
        try: busy += sum(map(int, open("%s/%s/schedstat" % (tasks, each)).read().split()[:2]))
        except OSError: pass
    print("%.3f %.3f" % (time.time() * 1000, busy / 1e6))`;

interface Sample {
  readonly atMs: number;
  /** Milliseconds in which a thread of PID 1 ran or waited for a processor, since its start. */
  readonly busyMs: number;
}

class Control implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #text: Promise<string>;
  #isOver = false;

  constructor(pid: number) {
    this.#child = new Deno.Command("python3", {
      args: ["-c", CONTROL, `${pid}`],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#text = new Response(this.#child.stdout).text();
  }

  /** Returns what it has seen. */
  async end(): Promise<Sample[]> {
    await this[Symbol.asyncDispose]();
    return (await this.#text).trim().split("\n").map((line) => {
      const [atMs = 0, busyMs = 0] = line.split(" ").map(Number);
      return { atMs, busyMs };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#child.stdin.close();
    await this.#text;
    await this.#child.status;
  }
}

interface Wait {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How much of a wait PID 1 neither ran nor waited for a processor. */
function unexplainedMs({ fromMs, toMs }: Wait, samples: readonly Sample[]): number {
  if (toMs - fromMs < HELD_MS) return 0;
  const before = samples.findLast(({ atMs }) => atMs <= fromMs);
  const after = samples.find(({ atMs }) => atMs >= toMs) ?? samples.at(-1);
  return toMs - fromMs - ((after?.busyMs ?? 0) - (before?.busyMs ?? 0));
}

/** The control waits for a processor as PID 1 does, and for nothing else. */
function longestGapMs(samples: readonly Sample[]): number {
  return samples.reduce(
    (longest, { atMs }, at) => Math.max(longest, atMs - (samples[at - 1]?.atMs ?? atMs)),
    0,
  );
}

const restarted = (uid: string, i: number) => ({
  command: `$(TEST_DIR)/tmp/prog${i} 0`,
  uid,
  restart: "always",
  "restart_limit": 0,
  "restart_delay": 0.2,
  "startup_pause": 0,
});

namespaceTest("whatever a user does to launches, PID 1 is never late", async () => {
  await using run = await inNamespace({
    setup:
      `for i in 0 1 2 3 4; do cp /bin/sleep "$dir/tmp/prog$i"; chown nobody "$dir/tmp/prog$i"; done`,
    config: configuration({
      settings: { "shutdown_timeout": 2 },
      "console.logging": { selector: "*.info", stdout: true, format: "rfc5424" },
      "clock.service": { command: python(CLOCK), uid: "games" },
      ...Object.fromEntries(
        ["nobody", "nobody", "nobody", "games", "games"].map((uid, i) => [
          `r${i}.service`,
          restarted(uid, i),
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
  await using control = new Control(await run.initPid());
  const limitMs = (SECONDS + 30) * 1000;
  const done = await run.waitForLine(/ x \d+ .*done /, { limitMs });
  for (const kind of ["stop", "kill", "lease", "nice", "trace"]) {
    assert(done.includes(`${kind}=True`), `the attack has not run: ${done}`);
  }
  const samples = await control.end();
  const lines = run.output.texts("stdout");
  const attacked = lines.slice(lines.findIndex((line) => / x \d+ .*seed /.test(line)));
  const waits = attacked.flatMap((line) => {
    const [, stamp, said] = /^<\d+>1 (\S+) \S+ clock \d+ - - (\d+\.\d+)$/.exec(line) ?? [];
    return stamp === undefined ? [] : [{ fromMs: Number(said) * 1000, toMs: Date.parse(stamp) }];
  });
  assert(waits.length > SECONDS * 20, `the clock spoke ${waits.length} times`);
  const lateMs = Math.max(...waits.map(({ fromMs, toMs }) => toMs - fromMs));
  const heldMs = Math.max(...waits.map((wait) => unexplainedMs(wait, samples)));
  const limit = HELD_MS + longestGapMs(samples);
  const figures = `PID 1 was ${lateMs.toFixed()} ms late, ${heldMs.toFixed()} ms of them held, ` +
    `of ${SECONDS} s; the control ${longestGapMs(samples).toFixed()} ms; ${attacked[0]}`;
  assert(heldMs < limit, figures);
  if (SECONDS > 5) await Deno.stderr.write(new TextEncoder().encode(`${figures}\n`));
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
