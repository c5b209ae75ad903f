/**
 * chaperone re-executes itself while its services go on: because telchap asks, with another
 * version in the place of the binary, and because of mistakes made on purpose. What an image of the
 * program knows and no file says is under way meanwhile, and nobody but chaperone may notice.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { buildAround } from "../../build.ts";
import { VERSION } from "../../lib/base/version.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, LOSE_PROC, python, type Section, sh, STAYS } from "./scenario.ts";

const TAKEN_OVER =
  /chaperone version \S+ has taken over from itself as telchap asked: \d+ process(es)? goe?s? on/;

const stays = (more: Section = {}): Section => ({ command: sh(STAYS), ...more });

async function telchap(run: NamespaceRun, ...words: string[]): Promise<[number, string]> {
  const { code, stdout, stderr } = await run.exec(["timeout", "30", "telchap", ...words]);
  return [code, stdout + stderr];
}

async function reexec(run: NamespaceRun): Promise<void> {
  const [code, text] = await telchap(run, "reexec");
  assertMatch(text, TAKEN_OVER);
  assertEquals(code, 0);
}

interface StatusService {
  readonly name: string;
  readonly phase: string;
  readonly pid: number | null;
  readonly note?: string;
}

async function services(run: NamespaceRun): Promise<readonly StatusService[]> {
  const [, text] = await telchap(run, "status", "--json");
  return (JSON.parse(text) as { services: StatusService[] }).services;
}

async function uptimeSecs(run: NamespaceRun): Promise<number> {
  const [, text] = await telchap(run, "status", "--json");
  return (JSON.parse(text) as { uptimeSecs: number }).uptimeSecs;
}

/** Returns the process of each service that has one. */
async function pids(run: NamespaceRun): Promise<Record<string, number>> {
  const all = await services(run);
  return Object.fromEntries(all.flatMap(({ name, pid }) => pid === null ? [] : [[name, pid]]));
}

/** What PID 1 has open, without numbers that name nothing but a moment. */
async function descriptors(run: NamespaceRun): Promise<string[]> {
  const folder = `/proc/${await run.initPid()}/fd`;
  const targets: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    targets.push(await Deno.readLink(`${folder}/${name}`).catch(() => ""));
  }
  return targets.map((target) => target.replace(/\d+/, "N")).filter(Boolean).sort();
}

async function waitForUp(run: NamespaceRun, ...names: string[]): Promise<void> {
  for (const name of names) await run.waitForLine(new RegExp(`: ${name}\\.service successfully`));
}

/**
 * The numbers that a service has told, in order: each line is a word and a number, but for the
 * last.
 */
function numbersOf(run: NamespaceRun, service: string): number[] {
  const lines = linesOf(service, run.output.texts("stdout"));
  return lines.slice(0, -1).map((line) => Number(/^number (\d+)$/.exec(line)?.[1]));
}

function assertWithoutGap(numbers: readonly number[], least: number): void {
  const firstWrong = numbers.findIndex((number, at) => number !== at);
  assertEquals(firstWrong, -1, `${numbers.slice(Math.max(0, firstWrong - 2), firstWrong + 3)}`);
  assert(numbers.length >= least, `only ${numbers.length} lines`);
}

async function stop(run: NamespaceRun): Promise<void> {
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.waitForLine(/exit 0: SIGTERM was received$/);
  await run.expectExit(0);
}

/**
 * Counts as fast as a line each takes two milliseconds, each in pieces that a pipe may keep apart.
 */
const COUNTS = python(`import sys, time, itertools
for i in itertools.count():
    sys.stdout.write("number ")
    sys.stdout.flush()
    time.sleep(0.002)
    sys.stdout.write("%d\\n" % i)
    sys.stdout.flush()`);

namespaceTest("every process goes on, and every line is told once and whole", async () => {
  await using run = await inNamespace({
    config: configuration({
      "counts.service": { command: COUNTS },
      "later.service": stays({ after: "counts.service" }),
    }),
  });
  await waitForUp(run, "counts", "later");
  const before = await pids(run);
  await reexec(run);
  const open = await descriptors(run);
  for (let round = 0; round < 5; round++) await reexec(run);
  assertEquals(await pids(run), before);
  await waitUntil(
    async () => (await descriptors(run)).join() === open.join() || undefined,
    `the descriptors ${open.join(", ")}`,
  );
  const told = numbersOf(run, "counts").length;
  await waitUntil(() => numbersOf(run, "counts").length > told + 20 || undefined, "more lines");
  await stop(run);
  assertWithoutGap(numbersOf(run, "counts"), 300);
});

namespaceTest("what outlives the process that started it is read on, too", async () => {
  const pidfile = "$TEST_DIR/daemon.pid";
  await using run = await inNamespace({
    config: configuration({
      "daemon.service": {
        type: "forking",
        pidfile: "$(TEST_DIR)/daemon.pid",
        command: sh(`setsid ${COUNTS} & echo $! > ${pidfile}.new; mv ${pidfile}.new ${pidfile}`),
      },
    }),
  });
  await waitForUp(run, "daemon");
  const before = await pids(run);
  for (let round = 0; round < 3; round++) await reexec(run);
  const told = numbersOf(run, "daemon").length;
  await waitUntil(() => numbersOf(run, "daemon").length > told + 20 || undefined, "more lines");
  assertEquals(await pids(run), before);
  await stop(run);
  assertWithoutGap(numbersOf(run, "daemon"), 100);
});

/** Sends numbered messages to /dev/log, waiting where its queue is full. */
const LOGS = python(`import socket, time, itertools
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/dev/log")
for i in range(4000):
    s.send(b"<14>sender: message %d" % i)
    if i % 10 == 0: time.sleep(0.004)
print("sent all", flush=True)
time.sleep(1000)`);

namespaceTest(
  "no datagram to /dev/log is lost, and who has connected need not connect again",
  async () => {
    await using run = await inNamespace({
      config: configuration({ "logs.service": { command: LOGS } }),
    });
    await run.waitForLine(/sender: message 100$/);
    for (let round = 0; round < 4; round++) await reexec(run);
    await run.waitForLine(/logs\[\d+\]: sent all$/, { limitMs: 60_000 });
    await run.waitForLine(/sender: message 3999$/);
    const numbers = run.output.texts("stdout").flatMap((line) =>
      /sender: message (\d+)$/.exec(line)?.[1] ?? []
    );
    assertWithoutGap(numbers.map(Number), 4000);
    await stop(run);
  },
);

interface RunsAnswer {
  readonly runs: readonly { readonly dueWallMs: number }[];
  readonly missed: number;
  readonly skipped: number;
}

namespaceTest("a cron service misses no second and runs in none twice", async () => {
  await using run = await inNamespace({
    config: configuration({
      "tick.service": { type: "cron", interval: "* * * * * *", command: "/bin/date +%s" },
    }),
  });
  const ticks = () => linesOf("tick", run.output.texts()).map(Number);
  await waitUntil(() => ticks().length > 0 || undefined, "the first tick");
  // Where the machine is busy, an execution takes longer than a second.
  let missable = 0;
  for (let round = 0; round < 4; round++) {
    const before = ticks().length;
    const beganMs = performance.now();
    await reexec(run);
    missable += Math.floor((performance.now() - beganMs) / 1000);
    await waitUntil(() => ticks().length > before || undefined, "another tick");
  }
  // A second in which the run before still lasts is skipped.
  const [, answer] = await telchap(run, "runs", "--json", "tick");
  const [{ runs, missed, skipped }] = JSON.parse(answer) as [RunsAnswer];
  const due = runs.map(({ dueWallMs }) => dueWallMs / 1000);
  assertEquals(due, [...new Set(due)].sort((a, b) => a - b));
  assert(missed <= missable, answer);
  const seconds = (due.at(-1) ?? 0) - (due[0] ?? 0) + 1;
  assert(seconds <= due.length + skipped + missed, answer);
  await stop(run);
});

/** Says that it is ready, then that it lives, as often as its watchdog wants it. */
const NOTIFIES = python(`import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ["NOTIFY_SOCKET"])
time.sleep(0.7)
s.send(b"READY=1\\nSTATUS=all is well")
while True:
    s.send(b"WATCHDOG=1")
    time.sleep(0.1)`);

namespaceTest(
  "notify services and their watchdogs are heard on, also one that is starting",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "notifies.service": { type: "notify", command: NOTIFIES, watchdog: "600ms" },
        "later.service": stays({ after: "notifies.service" }),
      }),
    });
    await run.waitForLine(/notifies\.service attempting start/);
    await waitUntil(async () => (await telchap(run, "names"))[0] === 0 || undefined, "telchap");
    await reexec(run);
    await waitForUp(run, "notifies", "later");
    const before = await pids(run);
    await reexec(run);
    await run.exec(["sleep", "1.5"]);
    assertEquals(await pids(run), before);
    assertEquals((await services(run)).find(({ pid }) => pid !== null)?.note, "all is well");
    await stop(run);
  },
);

namespaceTest("listening sockets stay open: nobody is refused", async () => {
  const serves = python(`import socket, os
s = socket.socket(fileno=3)
n = 0
while True:
    c, _ = s.accept()
    c.sendall(b"%d\\n" % os.getpid())
    c.close()`);
  await using run = await inNamespace({
    config: configuration({
      settings: { "detect_exit": false },
      "served.service": { listen: "127.0.0.1:9001", command: serves },
      "demanded.service": { listen: "127.0.0.1:9002", "on_demand": true, command: serves },
      "echo.service": { type: "inetd", port: 9003, command: sh("echo inetd") },
    }),
  });
  await waitForUp(run, "served");
  const enough = `${run.directory}/enough`;
  const asks = run.exec([
    "/usr/bin/python3",
    "-c",
    `import os, socket, time
counts = {9001: 0, 9003: 0}
while min(counts.values()) < 50 or not os.path.exists(${JSON.stringify(enough)}):
    for port in counts:
        with socket.create_connection(("127.0.0.1", port), 60) as s:
            assert s.recv(100), port
        counts[port] += 1
    time.sleep(0.002)
with socket.create_connection(("127.0.0.1", 9002), 60) as s: assert s.recv(100)
print("all answered")`,
  ], { limitMs: 120_000 });
  for (let round = 0; round < 4; round++) await reexec(run);
  await Deno.writeTextFile(enough, "");
  const { stdout, stderr } = await asks;
  assertEquals([stdout, stderr], ["all answered\n", ""]);
  await reexec(run);
  assertEquals((await run.exec(["sh", "-c", "cat < /dev/tcp/127.0.0.1/9003 || true"])).code, 0);
  await stop(run);
});

namespaceTest(
  "a service that ends in the very moment is restarted once, and leaves no zombie",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "short.service": {
          command: sh("sleep 0.01"),
          restart: true,
          "restart_delay": 0,
          "startup_pause": 0,
        },
        "same.service": stays(),
      }),
    });
    await waitForUp(run, "same");
    const before = await pids(run);
    for (let round = 0; round < 6; round++) await reexec(run);
    assertEquals((await pids(run))["same.service"], before["same.service"]);
    await telchap(run, "stop", "--wait", "short");
    await run.expectNoZombie();
    const left = (await run.processes()).filter(({ argv }) => argv.join(" ") === "sleep 0.01");
    assertEquals(left, []);
    await stop(run);
  },
);

namespaceTest("SIGTERM is obeyed whenever it comes, with services stopped in order", async () => {
  for (const delayMs of [0, 20, 40, 60, 80, 100, 140]) {
    await using run = await inNamespace({
      config: configuration({ "a.service": stays(), "b.service": stays({ after: "a.service" }) }),
    });
    await waitForUp(run, "a", "b");
    const asked = run.exec(["timeout", "2", "telchap", "reexec"]);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await run.signal("SIGTERM");
    await run.expectExit(0);
    await asked;
    const ends = run.output.texts("stdout").filter((line) => line.endsWith(": got TERM"));
    assertEquals(ends.map((line) => /(\w)\[\d+\]/.exec(line)?.[1]), ["b", "a"]);
  }
});

namespaceTest(
  "counters, history, forced level, health and failures are those of the container",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "fails.service": { command: sh("exit 3"), "ignore_failures": true },
        "crashes.service": {
          command: sh(
            "sleep 0.2; [ -e $TEST_DIR/again ] || { touch $TEST_DIR/again; exit 1; }; exec sleep 1000",
          ),
          restart: true,
          "restart_delay": 0,
          "startup_pause": 0,
        },
        "sick.service": stays({
          health: { exec: "false", interval: "50ms", retries: 1, action: "none" },
        }),
      }),
    });
    await run.waitForLine(/crashes\.service.*restart/);
    await run.waitForLine(/sick\.service is unhealthy/);
    await waitUntil(
      async () => (await services(run)).every(({ phase }) => phase !== "starting") || undefined,
      "no service is starting any more",
    );
    await telchap(run, "loglevel", "info");
    const look = async () => {
      // What counts the seconds goes on counting.
      const facts = (await services(run)).map((service) => ({ ...service, sinceSecs: undefined }));
      const events = (await telchap(run, "events"))[1];
      const logs = (await telchap(run, "logs", "crashes"))[1];
      return { facts, events, logs, level: (await telchap(run, "loglevel"))[1] };
    };
    const before = await look();
    await reexec(run);
    assertEquals(await look(), before);
    await stop(run);
  },
);

namespaceTest(
  "the configuration in force goes on, not the one that lies in the folder",
  async () => {
    const config = (value: string) =>
      configuration({ "a.service": stays({ "env_set": { VALUE: value } }), "b.service": stays() });
    await using run = await inNamespace({ config: config("`echo first`") });
    await waitForUp(run, "a", "b");
    const before = await pids(run);
    await Deno.writeTextFile(`${run.directory}/chaperone.d/test.conf`, config("second"));
    await reexec(run);
    assertEquals(await pids(run), before);
    assertMatch((await telchap(run, "diff"))[1], /^~ a\.service +restarts +environment/m);
    assertEquals((await telchap(run, "apply"))[0], 0);
    const applied = await pids(run);
    await Deno.writeTextFile(`${run.directory}/chaperone.d/test.conf`, "broken: [");
    await reexec(run);
    assertEquals(await pids(run), applied);
    await stop(run);
  },
);

/** Runs a copy of the binary, which a test may replace. */
const COPY = {
  setup: 'mkdir "$dir/own"; cp "$dir/bin/chaperone" "$dir/own/chaperone"',
  program: ["/bin/sh", "-c", "exec $TEST_DIR/own/chaperone --config $TEST_DIR/chaperone.d"],
};

/** Writes a binary that says another version of itself. */
async function writeOtherVersion(from: string, to: string): Promise<void> {
  const bytes = await Deno.readFile(from);
  const text = new TextDecoder("latin1").decode(bytes);
  const other = new TextEncoder().encode("9.9.9");
  assertEquals(VERSION.length, other.length);
  // It is in the text of the program, and in what V8 has compiled of it.
  for (let at = text.indexOf(VERSION); at >= 0; at = text.indexOf(VERSION, at + 1)) {
    bytes.set(other, at);
  }
  await Deno.writeFile(`${to}.new`, bytes, { mode: 0o755 });
  await Deno.rename(`${to}.new`, to);
}

namespaceTest("a newer binary in the place of the old one takes over under load", async () => {
  await using run = await inNamespace({
    config: configuration({
      "counts.service": { command: COUNTS },
      "logs.service": { command: LOGS },
    }),
    ...COPY,
  });
  await waitForUp(run, "counts", "logs");
  const before = await pids(run);
  const own = `${run.directory}/own/chaperone`;
  await writeOtherVersion(own, own);
  const [code, text] = await telchap(run, "reexec");
  assertEquals(code, 0, text);
  assertMatch(text, /^chaperone version 9\.9\.9 has taken over from version \S+ as telchap asked/);
  assertEquals(await pids(run), before);
  await run.waitForLine(/sender: message 3999$/, { limitMs: 60_000 });
  await stop(run);
  assertWithoutGap(numbersOf(run, "counts"), 100);
});

namespaceTest(
  "a binary that could not take over is refused, and everything stays as it is",
  async () => {
    await using run = await inNamespace({
      config: configuration({ "a.service": stays() }),
      ...COPY,
    });
    await waitForUp(run, "a");
    const before = await pids(run);
    const own = `${run.directory}/own/chaperone`;
    const replaceBy = async (text: string | undefined, mode = 0o755) => {
      await Deno.remove(own).catch(() => {});
      if (text !== undefined) await Deno.writeTextFile(own, text, { mode });
    };
    for (
      const [text, mode, says] of [
        [undefined, 0, "cannot be run: "],
        ["#!/bin/sh\necho I am something else\n", 0o755, "says: I am something else"],
        ["#!/bin/sh\nexit 0\n", 0o755, "says nothing"],
        ["#!/bin/sh\n", 0o644, "cannot be run: "],
      ] as const
    ) {
      await replaceBy(text, mode);
      const [code, answer] = await telchap(run, "reexec");
      assertEquals(code, 1);
      assertStringIncludes(answer, "chaperone keeps running as it is: ");
      assertStringIncludes(answer, says);
    }
    assertEquals(await pids(run), before);
    await stop(run);
  },
);

async function residentKiB(run: NamespaceRun): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${await run.initPid()}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}

namespaceTest("an image that has taken over gives back what that took", async () => {
  const idle = Array.from(
    { length: 500 },
    (_, i) => [`idle${i}.service`, { command: "/bin/sleep 99999" }] as const,
  );
  await using run = await inNamespace({ config: configuration(Object.fromEntries(idle)) });
  await waitForUp(run, "idle499");
  await reexec(run);
  const taken = await residentKiB(run);
  await waitUntil(
    async () => await residentKiB(run) < taken * 0.95 || undefined,
    () => `less memory than ${taken} KiB`,
  );
  await stop(run);
});

/** Asks as telchap of 0.3.9 did: telchap itself does not start without /proc. */
const ASK_WITHOUT_PROC = `${LOSE_PROC}
/usr/bin/python3 -c 'import socket
control = socket.socket(socket.AF_UNIX)
control.connect("/dev/chaperone.sock")
control.send(b"reexec")
print(control.makefile().read())'
mount -t proc proc /proc`;

namespaceTest(
  "without /proc no other image would start: this one goes on, and says so",
  async () => {
    await using run = await inNamespace({ config: configuration({ "a.service": stays() }) });
    await waitForUp(run, "a");
    const before = await pids(run);
    const { stdout } = await run.exec(["sh", "-c", ASK_WITHOUT_PROC]);
    assertMatch(stdout, /chaperone keeps running as it is: .* says: error: .*\/proc/);
    assertEquals(stdout.includes("\x1b"), false);
    assertEquals(await pids(run), before);
    await reexec(run);
    assertEquals(await pids(run), before);
    await stop(run);
  },
);

namespaceTest("a host that allows no executable files in memory is no obstacle", async () => {
  await using run = await inNamespace({ config: configuration({ "a.service": stays() }) });
  await waitForUp(run, "a");
  const before = await pids(run);
  for (const level of [1, 2]) {
    // Linux 6.3 has brought it; it holds for this namespace, and may only be raised.
    const set = `[ ! -e $1 ] || echo ${level} > $1`;
    const { code } = await run.exec(["sh", "-c", set, "set", "/proc/sys/vm/memfd_noexec"]);
    assertEquals(code, 0);
    await reexec(run);
  }
  assertEquals(await pids(run), before);
  await stop(run);
});

let faulty: Promise<string> | undefined;

/** The program with mistakes, see tests/fixtures/programs/faulty_chaperone.ts, and a small heap. */
function faultyChaperone(): Promise<string> {
  const main = "tests/fixtures/programs/faulty_chaperone.ts";
  return faulty ??= buildAround(main, ["--max-old-space-size=64"]);
}

async function runFaulty(config: string): Promise<NamespaceRun> {
  const program = await faultyChaperone();
  const script = `exec ${program} --config $TEST_DIR/chaperone.d`;
  return await inNamespace({ config, program: ["/bin/sh", "-c", script] });
}

namespaceTest("an error that nothing catches costs no process and no line", async () => {
  await using run = await runFaulty(configuration({
    "counts.service": { command: COUNTS },
    "a.service": stays(),
  }));
  await waitForUp(run, "counts", "a");
  const before = await pids(run);
  await run.signal("SIGTSTP");
  await run.waitForLine(
    /internal error, chaperone re-executes itself: Error: made on purpose/,
  );
  await run.waitForLine(/has taken over from itself after an internal error: 2 processes go on/);
  assertEquals(await pids(run), before);
  await stop(run);
  assertWithoutGap(numbersOf(run, "counts"), 1);
});

namespaceTest("errors again and again do not make chaperone do nothing else", async () => {
  await using run = await runFaulty(configuration({ "a.service": stays() }));
  await waitForUp(run, "a");
  const before = await pids(run);
  for (let round = 1; round <= 3; round++) {
    const from = run.output.lines.length;
    await run.signal("SIGTSTP");
    await run.waitForLine(/has taken over from itself after an internal error/, { from });
    // It listens to signals from then on.
    await telchap(run, "status");
  }
  await run.signal("SIGTSTP");
  await run.waitForLine(/internal error, the container keeps running: Error: made on purpose/);
  assertEquals(await pids(run), before);
  await stop(run);
});

namespaceTest("a heap that is nearly used up is left behind in time", async () => {
  await using run = await runFaulty(configuration({
    "counts.service": { command: COUNTS },
    "a.service": stays(),
  }));
  await waitForUp(run, "counts", "a");
  // By then the collector has worked once: what there is now is what the container needs.
  await waitUntil(async () => await uptimeSecs(run) > 1.5 || undefined, "1.5 s of uptime");

  const before = await pids(run);
  await run.signal("SIGTTIN");
  await run.waitForLine(
    /has taken over from itself since its memory was nearly used up \(\d+ of \d+ MiB\)/,
    { limitMs: 60_000 },
  );
  assertEquals(await pids(run), before);
  await stop(run);
  assertWithoutGap(numbersOf(run, "counts"), 1);
});

const ASKS = `import sys, urllib.request, urllib.error
try: print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())
except urllib.error.HTTPError as error: print(error.read().decode())`;

namespaceTest(
  "the status server goes on: ready, with the same counts and numbers of events",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { http: "127.0.0.1:8090" },
        "a.service": stays(),
        "crashes.service": { command: sh("exit 3"), "ignore_failures": true },
      }),
    });
    await waitForUp(run, "a");
    await run.waitForLine(/crashes\.service \(ignored\) failure/);
    const ask = async (path: string) =>
      (await run.exec(["/usr/bin/python3", "-c", ASKS, `http://127.0.0.1:8090${path}`])).stdout;
    const counts = async () =>
      (await ask("/metrics")).split("\n").filter((line) =>
        /^chaperone_service_(exits|restarts|log_lines)_total|^chaperone_start/.test(line)
      );
    const before = await counts();
    assert(before.length > 3, before.join("\n"));
    const status = (await ask("/readyz")).slice(0, 5);
    await reexec(run);
    assertEquals(await counts(), before);
    assertEquals((await ask("/readyz")).slice(0, 5), status);
    await stop(run);
  },
);

namespaceTest(
  "a shutdown that has a delay outlives re-execution, and can be called off",
  async () => {
    await using run = await inNamespace({ config: configuration({ "a.service": stays() }) });
    await waitForUp(run, "a");
    await telchap(run, "shutdown", "600");
    await reexec(run);
    assertEquals(await telchap(run, "shutdown", "--cancel"), [0, "Shutdown called off\n"]);
    await telchap(run, "shutdown", "3");
    await reexec(run);
    await run.expectExit(0);
  },
);
