/** telchap and its forerunner's one-line form against a real chaperone that is PID 1. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { NamespaceRun } from "../../e2e/harness/namespace.ts";
import { namespaceTest } from "../../e2e/harness/requirements.ts";
import type { ExecResult } from "../../e2e/harness/running.ts";
import { runTypeScript } from "../harness.ts";

const PROGRAM = new URL("programs/container.ts", import.meta.url);
const CONFIG_FILE = new URL("../../../deno.json", import.meta.url).pathname;
const FLAGS = ["--quiet", "--no-check", "--no-lock", "--allow-all", "--unstable-net"];

const CONFIG = `
settings: { detect_exit: false, shutdown_timeout: 2 }
all.logging: { stdout: true, selector: "*.info" }
talker.service:
  command: "sh -c 'trap \\"exit 0\\" TERM; echo I am up; while :; do sleep 0.05; done'"
  startup_pause: 0.1
  service_groups: chatty
idler.service: { command: "sleep 1000", enabled: false, startup_pause: 0.1 }
failing.service: { command: "sh -c 'sleep 0.05; exit 4'", enabled: false, startup_pause: 1 }
`;

async function startContainer(config = CONFIG, env: Record<string, string> = {}) {
  const run = await runTypeScript({ file: PROGRAM, files: { "chaperone.d/a.conf": config }, env });
  await run.waitForLine(/I am up|ready\./);
  return run;
}

function denoEnvironment(): Record<string, string> {
  const env: Record<string, string> = { NO_COLOR: "1" };
  for (const name of ["HOME", "DENO_DIR"]) env[name] = Deno.env.get(name) ?? "";
  return env;
}

async function telchap(
  run: NamespaceRun,
  line: string,
  wrapper: readonly string[] = [],
): Promise<ExecResult> {
  const argv = [...wrapper, Deno.execPath(), "run", ...FLAGS, "--config", CONFIG_FILE];
  return await run.exec([...argv, PROGRAM.pathname, "telchap", ...line.split(" ")], {
    env: denoEnvironment(),
  });
}

const PYTHON_LINE = `import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect('/dev/chaperone.sock'); s.sendall(sys.argv[1].encode())
r=b''
while True:
    d=s.recv(4096)
    if not d: break
    r+=d
sys.stdout.write(r.decode())
`;

namespaceTest("O285 O290 O291 telchap controls services and tells how they are", async () => {
  await using run = await startContainer();
  const status = await telchap(run, "status");
  assertMatch(status.stdout, /^\d+ +talker\.service +true +(running|starting) /m);
  assertEquals(status.code, 0);
  assertEquals((await telchap(run, "stop --wait chatty")).stdout, "services stopped.\n");
  assertEquals((await telchap(run, "start --wait talker")).stdout, "services started.\n");
  const idle = await telchap(run, "stop idler");
  assertEquals([idle.stdout, idle.code], ["stopped already: idler\n", 0]);
  const failed = await telchap(run, "start --wait --enable failing");
  assertMatch(
    failed.stdout,
    /^Command error: failing\.service exited with code \d+ before it had started/,
  );
  assertEquals(failed.code, 1);
  assertMatch((await telchap(run, "logs talker")).stdout, /I am up/);
  assertMatch((await telchap(run, "why failing")).stdout, /Last exit: +exited with code 4/);
  assertMatch((await telchap(run, "tree")).stdout, /talker \(running\)\n.*\d+ \S*sh -c/);
  assertEquals((await telchap(run, "tree extra")).code, 2);
  assertEquals((await telchap(run, "shutdown 0.1")).stdout, "Shutting down in 0.1 seconds\n");
  await run.expectExit(0);
});

namespaceTest("the one-line form of 0.3.9 still works", async () => {
  await using run = await startContainer();
  const ask = async (line: string) => (await run.exec(["python3", "-c", PYTHON_LINE, line])).stdout;
  assertMatch(await ask("status"), /^RESULT\n\nRunning: {11}chaperone version /);
  assertMatch(await ask("dependencies\n"), /^RESULT\n +failing \| idler \| talker/);
  assertEquals(await ask("stop x"), "EXCEPTION\nCommand error: no such service: x");
  assertMatch(
    await ask("nonsense"),
    /^COMMAND-ERROR\nthere is no command .nonsense.\nUsage: telchap/,
  );
  assertEquals(await ask("stop --wait 'talker.service'"), "RESULT\nservices stopped.");
});

namespaceTest("O300 telchap says in two lines that nobody answers", async () => {
  await using run = await runTypeScript({ source: "setInterval(() => {}, 1000);" });
  const { stdout, code } = await telchap(run, "status");
  assertEquals(
    stdout,
    "chaperone does not seem to be listening, is it running?\n" +
      "(Error is: No such file or directory: '/dev/chaperone.sock')\n",
  );
  assertEquals(code, 3);
});

const OTHER_USER = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"];

namespaceTest(
  "O302 an unprivileged user has no say here, is kept out, or may only look",
  async () => {
    // A program of the machine: the one that runs this test may lie where others cannot read.
    const askAs = async (run: NamespaceRun, line: string) =>
      await run.exec([...OTHER_USER, "python3", "-c", PYTHON_LINE, line]);
    {
      await using run = await startContainer();
      assertMatch((await askAs(run, "status")).stdout, /^RESULT\n/);
      for (const line of ["stop talker", "shutdown", "loglevel", "logs talker", "why talker"]) {
        assertMatch(
          (await askAs(run, line)).stdout,
          /^EXCEPTION\nCommand error: not permitted/,
          line,
        );
      }
      await run.waitForLine(/telchap: user 1000 may not do 'stop', it was refused$/);
      assertEquals((await telchap(run, "status")).code, 0);
    }
    {
      await using run = await startContainer(
        CONFIG.replace("detect_exit: false", "detect_exit: false, control_mode: '0600'"),
      );
      const { stdout, stderr } = await askAs(run, "status");
      assertEquals(stdout, "");
      assertMatch(stderr, /PermissionError/);
    }
    await using run = await startContainer(
      CONFIG.replace("detect_exit: false", "detect_exit: false, control_mode: '0666'"),
    );
    assertMatch((await askAs(run, "status")).stdout, /^RESULT\n/);
    for (const line of ["stop talker", "loglevel debug", "shutdown", "start", "logs talker"]) {
      assertMatch(
        (await askAs(run, line)).stdout,
        /^EXCEPTION\nCommand error: not permitted/,
        line,
      );
    }
    assertEquals((await askAs(run, "logs")).stdout, "RESULT\n");
    assertMatch((await telchap(run, "status")).stdout, /talker\.service +true +running/);
  },
);

/** Opens many connections at once, some of them rude, and counts good answers. */
const CROWD = `import os,socket,threading
good=[0]; lock=threading.Lock()
def ask():
    while True:
        try:
            s=socket.socket(socket.AF_UNIX); s.connect('/dev/chaperone.sock'); break
        except BlockingIOError: pass
    s.sendall(b'status'); r=b''
    while True:
        d=s.recv(65536)
        if not d: break
        r+=d
    with lock: good[0]+=r.startswith(b'RESULT')
rude=[]
for i in range(50):
    s=socket.socket(socket.AF_UNIX); s.connect('/dev/chaperone.sock')
    if i%3==1: s.sendall(os.urandom(5000))
    if i%3==2: s.sendall(b'CHP1\\x00\\x00\\xff\\xff'+os.urandom(100))
    rude.append(s)
threads=[threading.Thread(target=ask) for _ in range(1000)]
for t in threads: t.start()
for t in threads: t.join()
print(good[0])
`;

namespaceTest("1,000 callers at once and rude ones leave PID 1 as it was", async () => {
  await using run = await startContainer();
  const memory = async () => {
    const text = await Deno.readTextFile(`/proc/${await run.initPid()}/status`);
    return Number(/^RssAnon:\s+(\d+)/m.exec(text)?.[1]);
  };
  const fds = async () =>
    (await Array.fromAsync(Deno.readDir(`/proc/${await run.initPid()}/fd`))).length;
  const used: number[] = [];
  for (let round = 0; round < 6; round++) {
    const { stdout } = await run.exec(["python3", "-c", CROWD], { limitMs: 60_000 });
    assertEquals(stdout, "1000\n");
    used.push(await memory());
  }
  // How many are there at once, and when the collector runs, differs from round to round.
  const [before, after] = [Math.max(...used.slice(0, 3)), Math.min(...used.slice(3))];
  assert(after < before + 10_000, `anonymous memory after each round, in kB: ${used.join(", ")}`);
  assert(await fds() < 60, "descriptors were left open");
  assertEquals((await telchap(run, "status")).code, 0);
});

namespaceTest("telchap check reports everything that is wrong", async () => {
  await using run = await startContainer();
  await Deno.writeTextFile(`${run.directory}/bad.conf`, "a.service: { comand: x, type: odd }\n");
  const bad = await telchap(run, `check ${run.directory}/bad.conf`);
  assertEquals(bad.code, 1);
  assertMatch(bad.stdout, /^error: .*bad\.conf:1:\d+: .*comand/m);
  const good = await telchap(run, `check ${run.directory}/chaperone.d`);
  assertEquals([good.stdout, good.code], ["3 services and 1 logging section, no error\n", 0]);
});
