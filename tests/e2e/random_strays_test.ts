/**
 * The proof that nothing escapes: three services leave processes behind in every way that is known
 * here, and stop and crash at random. As soon as a service is at rest none of its processes is
 * left; those of the others, and those that are no service's, are all there. `STRAYS=10000` makes
 * forty containers of it, each with a seed of its own: `STRAYS=250 FUZZ_SEED=…` repeats one of them.
 */
import { assertEquals } from "@std/assert";
import { SEED } from "../unit/random_text.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration } from "./scenario.ts";

const STRAYS = Number(Deno.env.get("STRAYS") ?? 40);
/** For a machine that runs much else. */
const BUSY_LIMIT_MS = 120_000;
/** Of one container: a test must end in time, on a busy machine too. */
const STRAYS_OF_A_PART = 250;
const IS_LONG = STRAYS >= STRAYS_OF_A_PART;
const STRAYS_OF_A_LIFE = IS_LONG ? 40 : 6;

/**
 * Starts processes whose last one is a `sleep` with a number that says whose it is, each below some
 * of: a session of its own, an empty environment, a parent that has ended, another user, lowered
 * limits, a thread that outlives the first one. Says so when all are there, and stays. Gives up a
 * real-time priority that the test may have been started with: with it the lowered limit, which is
 * one of such a priority, would end strays before they are counted.
 */
const BREEDER = `import os, random, resource, shlex, signal, subprocess, sys, time
own, seed, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(os.environ["TEST_DIR"] + "/" + own, "a") as lives:
    lives.write("x")
    serial = lives.tell()
rnd = random.Random(seed * 1000003 + serial)
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
tag = "%s%06d" % (own, serial)
THREAD = """import ctypes, os, sys, threading, time
def go_on():
    os.posix_spawn(sys.argv[1], sys.argv[1:], {})
    while True: time.sleep(9)
threading.Thread(target=go_on).start()
ctypes.CDLL(None).pthread_exit(None)"""
ways = [
    lambda cmd: ["/usr/bin/setsid", "-f"] + cmd,
    lambda cmd: ["/usr/bin/env", "-i"] + cmd,
    lambda cmd: ["/bin/sh", "-c", '("$@" &)', "-"] + cmd,
    lambda cmd: ["/bin/sh", "-c", 'trap "" HUP; "$@" & exit 0', "-"] + cmd,
    lambda cmd: ["/usr/bin/env", "_CHAP_SERVICE_ID=b.service"] + cmd,
]
users = [
    lambda cmd: ["/usr/sbin/runuser", "-u", "nobody", "--"] + cmd,
    lambda cmd: ["/usr/bin/su", "-s", "/bin/sh", "games", "-c", shlex.join(cmd)],
    lambda cmd: ["/usr/bin/setpriv", "--reuid", "games", "--clear-groups"] + cmd,
    lambda cmd: ["/usr/sbin/runuser", "-l", "www-data", "-s", "/bin/sh", "-c", shlex.join(cmd)],
]
if os.path.exists("/usr/bin/sudo"): users.append(lambda cmd: ["/usr/bin/sudo", "-u", "www-data"] + cmd)
lowered = lambda cmd: ["/usr/bin/prlimit", "--rttime=1000:1000", "--locks=1:1"] + cmd
def stray():
    cmd = ["/usr/bin/sleep", tag]
    depth = rnd.randint(1, 4)
    special = rnd.randrange(depth) if rnd.random() < 0.6 else -1
    for at in range(depth):
        if at != special: cmd = rnd.choice(ways)(cmd)
        elif rnd.random() < 0.1: cmd = ["/usr/bin/python3", "-c", THREAD] + cmd
        else: cmd = rnd.choice(users)(cmd) if os.getuid() == 0 else lowered(cmd)
    subprocess.Popen(cmd, start_new_session=rnd.random() < 0.5, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]: pass
    except ChildProcessError: pass
def there():
    count = 0
    for each in os.listdir("/proc"):
        if not each.isdigit(): continue
        try: words = open("/proc/%s/cmdline" % each, "rb").read().split(bytes(1))
        except OSError: continue
        count += words[:2] == [b"/usr/bin/sleep", tag.encode()]
    return count
assert resource.getrlimit(resource.RLIMIT_RTTIME)[1] != -1
number = rnd.randint(1, most)
print("life", serial, flush=True)
for _ in range(number): stray()
while there() < number:
    reap()
    time.sleep(0.02)
print("bred", number, flush=True)
while True:
    reap()
    time.sleep(0.1)
`;

function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Digits that begin the numbers of each service. */
const SERVICES = { a: 861, b: 862, c: 863 } as const;
type Name = keyof typeof SERVICES;
const NAMES = Object.keys(SERVICES) as Name[];

const wordsWith = (all: readonly Process[], tag: string) =>
  all.filter(({ state, argv }) => state !== "Z" && argv.some((word) => word.includes(tag)));

/** A service from the test's point of view. */
interface Life {
  /** Lines before this one are of earlier lives. */
  from: number;
  pid: number;
  tag: string;
  /** Undefined while it still breeds. */
  bred?: number | undefined;
}

class Proof {
  readonly #run: NamespaceRun;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #lives = new Map<Name, Life>();
  strays = 0;
  /** How long each end took, from the stop or the kill to the word that it is over. */
  readonly endsMs: number[] = [];

  constructor(run: NamespaceRun, seed: number) {
    this.#run = run;
    this.#seed = seed;
    this.#random = randomFrom(seed);
  }

  async begin(name: Name, from = 0): Promise<void> {
    const pattern = new RegExp(` ${name}\\[(\\d+)\\]: life (\\d+)$`);
    const line = await this.#run.waitForLine(pattern, { from, limitMs: BUSY_LIMIT_MS });
    const [, pid, serial = ""] = pattern.exec(line) ?? [];
    const tag = `${SERVICES[name]}${serial.padStart(6, "0")}`;
    this.#lives.set(name, { from, pid: Number(pid), tag });
  }

  async #breed(name: Name): Promise<Life> {
    const life = this.#lives.get(name) as Life;
    if (life.bred !== undefined) return life;
    const pattern = new RegExp(` ${name}\\[${life.pid}\\]: bred (\\d+)$`);
    const line = await this.#run.waitForLine(pattern, { from: life.from, limitMs: BUSY_LIMIT_MS });
    life.bred = Number(pattern.exec(line)?.[1]);
    this.strays += life.bred;
    return life;
  }

  /** Ends one service at random, and looks at all that there is. */
  async round(): Promise<void> {
    const run = this.#run;
    const name = NAMES[Math.floor(this.#random() * NAMES.length)] as Name;
    const others = NAMES.filter((each) => each !== name);
    for (const other of others) await this.#breed(other);
    // Now and then it ends while it still breeds.
    const life = this.#random() < 0.8 ? await this.#breed(name) : this.#lives.get(name) as Life;
    const from = run.output.lines.length;
    const startMs = performance.now();
    const isStop = this.#random() < 0.5;
    if (isStop) {
      await this.#telchap("stop", "--wait", name);
    } else {
      const main = (await run.processes()).find(({ pid }) => pid === life.pid);
      Deno.kill(main?.outerPid ?? 0, "SIGKILL");
      await run.waitForLine(new RegExp(`${name}\\.service .*; it is started again in `), {
        from,
        limitMs: BUSY_LIMIT_MS,
      });
    }
    this.endsMs.push(performance.now() - startMs);
    const all = await run.processes();
    assertEquals(
      wordsWith(all, life.tag),
      [],
      `${name} has left processes, FUZZ_SEED=${this.#seed}`,
    );
    for (const other of others) {
      const { tag, bred } = this.#lives.get(other) as Life;
      const left = all.filter(({ state, argv }) =>
        state !== "T" && argv[0] === "/usr/bin/sleep" && argv[1] === tag
      );
      assertEquals(left.length, bred, `${other} has lost processes, FUZZ_SEED=${this.#seed}`);
    }
    if (isStop) await this.#telchap("start", name);
    await this.begin(name, from);
  }

  async #telchap(...words: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.#run.exec(["telchap", ...words], {
      limitMs: BUSY_LIMIT_MS,
    });
    const what = `${words.join(" ")} after ${this.strays}: ${stdout}${stderr}`;
    assertEquals(
      code,
      0,
      `${what}, FUZZ_SEED=${this.#seed}\n${this.#run.output.format().slice(-4000)}`,
    );
  }
}

async function report({ strays, endsMs }: Proof, seed: number): Promise<void> {
  const sorted = endsMs.toSorted((a, b) => a - b);
  const [median, longest] = [sorted.length >> 1, sorted.length - 1]
    .map((at) => Math.round(sorted[at] as number));
  const late = sorted.filter((ms) => ms > 1000).length;
  await Deno.stderr.write(new TextEncoder().encode(
    `FUZZ_SEED=${seed}: ${strays} strays, ${sorted.length} ends, of ${median} ms in the middle, ` +
      `${longest} ms at most; ${late} took over 1 s\n`,
  ));
}

async function prove(count: number, seed: number): Promise<void> {
  const breeder = (name: Name) =>
    `/usr/bin/python3 $(TEST_DIR)/breeder.py ${SERVICES[name]} ${seed} ${STRAYS_OF_A_LIFE}`;
  const common = { restart: true, "restart_limit": 0, "restart_delay": 0.05, "startup_pause": 0 };
  await using run = await inNamespace({
    setup: `chmod 777 "$dir"`,
    files: { "breeder.py": BREEDER },
    config: configuration({
      "console.logging": { selector: "*.info", stdout: true },
      "a.service": { command: breeder("a"), ...common },
      "b.service": { command: breeder("b"), uid: "nobody", ...common },
      "c.service": { command: breeder("c"), uid: "games", ...common },
      "k.service": { command: "sleep 100000" },
    }),
  });
  // Nobody's, as what an operator leaves behind; one names a service and runs as its user.
  const nobodys = [
    "setsid -f sleep 870001 >/dev/null 2>&1",
    "env _CHAP_SERVICE_ID=b.service setsid -f setpriv --reuid nobody sleep 870002 >/dev/null 2>&1",
  ];
  for (const each of nobodys) assertEquals((await run.exec(["sh", "-c", each])).code, 0);
  const before = wordsWith(
    await run.waitForProcesses((all) => wordsWith(all, "87000").length === 2),
    "87000",
  );
  const proof = new Proof(run, seed);
  for (const name of NAMES) await proof.begin(name);
  while (proof.strays < count) await proof.round();
  assertEquals(
    wordsWith(await run.processes(), "87000").filter(({ state }) => state !== "T")
      .map(({ pid }) => pid),
    before.map(({ pid }) => pid),
  );
  if (IS_LONG) await report(proof, seed);
  await run.signal("SIGTERM");
  await run.expectExit(0);
}

for (let part = 0; part * STRAYS_OF_A_PART < STRAYS; part++) {
  const count = Math.min(STRAYS_OF_A_PART, STRAYS - part * STRAYS_OF_A_PART);
  const seed = SEED + part;
  namespaceTest(
    `F-015: of ${count} random strays none is left and no other process is ended (FUZZ_SEED=${seed})`,
    () => prove(count, seed),
  );
}
