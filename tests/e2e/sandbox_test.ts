/**
 * An agent in a sandbox beside a neighbour: each thing is tried by tests/e2e/harness/tries.c, in
 * the sandbox and, as a control, outside it. Also: what is kept, and what is told.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inContainer } from "./harness/container.ts";
import { inNamespace, type NamespaceOptions } from "./harness/namespace.ts";
import { landlockTest, namespaceTest } from "./harness/requirements.ts";
import { mustRun, type Running } from "./harness/running.ts";
import { configuration, linesOf, python, runToEnd, type Section, sh } from "./scenario.ts";

const TRIES = await Deno.readTextFile(new URL("harness/tries.c", import.meta.url));
const PORT = 7001;

/** What an agent may do: its own file, and the one port. */
const HELD: Readonly<Record<string, string>> = {
  own: "yes",
  "allowed-port": "yes",
  shadow: "no 13",
  secret: "no 13",
  elsewhere: "no 13",
  port: "no 13",
  bind: "no 13",
  datagrams: "no 1",
  ptrace: "no 1",
  environ: "no 13",
  signal: "no 1",
  abstract: "no 1",
  namespace: "no 1",
  mount: "no 1",
};
const FREE = Object.fromEntries(Object.keys(HELD).map((name) => [name, "yes"]));

/**
 * A neighbour, an agent in a sandbox, and another one that is not. `place` is where their files
 * are.
 */
function services(place: string, agent: Section = {}, more: Section = {}) {
  const all = {
    "env_set": { TRIES_PLACE: place, TRIES_PORT: String(PORT) },
    ...more,
  };
  return {
    "console.logging": { selector: "*.info", stdout: true },
    "neighbour.service": {
      ...all,
      command: `${place}/tries serve`,
      ready: { log: "^serving" },
    },
    "agent.service": {
      ...all,
      command: `${place}/tries stay`,
      after: "neighbour.service:ready",
      sandbox: {
        preset: "strict",
        read: [`${place}/shared`],
        write: [`${place}/own`],
        connect: [PORT],
        require: true,
      },
      ...agent,
    },
    "free.service": {
      ...all,
      command: `${place}/tries stay`,
      after: "neighbour.service:ready",
    },
  };
}

/** Answers of the last try of a service: of the process itself, and of its grandchild. */
function answers(service: string, lines: readonly string[]): Record<string, string>[] {
  const own = linesOf(service, lines);
  return ["itself", "grandchild"].map((who) => {
    const from = own.lastIndexOf(`${who}:`);
    const to = own.lastIndexOf(`${who} done`);
    return Object.fromEntries(
      own.slice(from + 1, to).map((line) => {
        const [, name = "", answer = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
        return [name, answer];
      }),
    );
  });
}

async function tried(run: Running, service: string): Promise<Record<string, string>[]> {
  await run.waitForLine(new RegExp(` ${service}\\[\\d+\\]: tried$`), { limitMs: 30_000 });
  return answers(service, run.output.texts());
}

/** The answers without their errno: outside a sandbox, others decide what it is. */
function plainly(found: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).map(([name, answer]) => [name, answer.slice(0, 3).trim()]),
  );
}

const LAID_OUT = `cd "$dir"; mkdir own secrets shared mounted
echo key > secrets/key; chmod 600 secrets/key; gcc -O1 -static -o tries tries.c`;

function inPlace(options: NamespaceOptions): NamespaceOptions {
  return {
    ...options,
    files: { "tries.c": TRIES, ...options.files },
    setup: `${LAID_OUT}\n${options.setup ?? ""}`,
  };
}

landlockTest("an agent of root without capabilities is kept to its sandbox", async () => {
  const config = configuration(services("$(TEST_DIR)", { capabilities: [] }));
  await using run = await inNamespace(inPlace({ config }));
  assertEquals(await tried(run, "agent"), [HELD, HELD]);
  assertEquals((await tried(run, "free")).map(plainly), [FREE, FREE]);
}, ["gcc"]);

/** Not all below the folder: devices and the binary are the machine's own, mounted there. */
const GIVEN_AWAY =
  `cd "$dir"; chown 1000:1000 . dev run tmp; chown -R 1000:1000 own secrets shared`;

const AS_USER = [
  "setpriv",
  ...["--reuid=1000", "--regid=1000", "--clear-groups", "--no-new-privs", "--bounding-set=-all"],
];

landlockTest("so is an agent of a chaperone that has no capability itself", async () => {
  await using run = await inNamespace(inPlace({
    config: configuration(services("$(TEST_DIR)", { capabilities: [] })),
    setup: GIVEN_AWAY,
    wrapper: AS_USER,
  }));
  assertEquals(await tried(run, "agent"), [HELD, HELD]);
  // Of /etc/shadow, its mode says the same; without a capability nobody mounts.
  const free = { ...FREE, shadow: "no", mount: "no" };
  assertEquals((await tried(run, "free")).map(plainly), [free, free]);
}, ["gcc"]);

landlockTest("a sandbox is kept over restart, apply and re-exec", async () => {
  const sections = services("$(TEST_DIR)", { capabilities: [] });
  const { "free.service": _, ...config } = sections;
  await using run = await inNamespace(inPlace({ config: configuration(config) }));
  assertEquals((await tried(run, "agent"))[1], HELD);
  const status = async () => {
    const agent = (await run.processes()).find(({ argv }) => argv[1] === "stay");
    return await Deno.readTextFile(`/proc/${agent?.outerPid}/status`);
  };
  assertMatch(await status(), /^Seccomp:\s+2$/m);
  const again = async (words: readonly string[]) => {
    const from = run.output.lines.length;
    const { code, stdout } = await run.exec(["telchap", ...words]);
    assertEquals(code, 0, stdout);
    await run.waitForLine(/ agent\[\d+\]: tried$/, { from, limitMs: 30_000 });
    assertEquals(answers("agent", run.output.texts().slice(from)), [HELD, HELD], words.join(" "));
  };
  await again(["restart", "agent"]);
  assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
  assertMatch(await status(), /^Seccomp:\s+2$/m);
  await again(["restart", "agent"]);
  const changed = { ...config["agent.service"], nice: 1 };
  const path = `${run.directory}/chaperone.d/test.conf`;
  await Deno.writeTextFile(path, configuration({ ...config, "agent.service": changed }));
  await again(["apply"]);
}, ["gcc"]);

const ASK_TO_STOP = `import socket
with socket.socket(socket.AF_UNIX) as s:
  s.connect("/dev/chaperone.sock")
  s.sendall(b"stop victim")
  s.shutdown(socket.SHUT_WR)
  print("answer:", s.recv(1000).decode().split("\\n")[1], flush=True)
import time
time.sleep(1000)`;

/** Leaves parent, session and group, and all that its mark says without a doubt. */
const DISGUISE = `import os, resource, time
if os.fork():
  time.sleep(1000)
os.setsid()
if os.fork():
  os._exit(0)
while os.getppid() != 1:
  time.sleep(0.01)
for mark in (10, 15):
  resource.setrlimit(mark, (2**60, 2**60))
`;

landlockTest("root in a sandbox cannot have others stopped; without one it can", async () => {
  for (const script of [ASK_TO_STOP, DISGUISE + ASK_TO_STOP]) {
    for (
      const [sandbox, answer] of [
        [{ sandbox: "strict" }, / agent\[\d+\]: answer: .*not permitted/],
        [{}, / agent\[\d+\]: answer: services stopping/],
      ] as const
    ) {
      await using run = await inNamespace({
        config: configuration({
          "victim.service": { command: "sleep 1000" },
          "agent.service": { command: python(script), ...sandbox, after: "victim.service" },
        }),
      });
      await run.waitForLine(answer, { limitMs: 30_000 });
    }
  }
});

const READ_PAGE = `import socket, time
with socket.socket(socket.AF_UNIX) as s:
  s.connect("/run/page.sock")
  s.sendall(b"GET / HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n")
  page = b""
  while part := s.recv(65536):
    page += part
print("page:", b"victim" in page, b"password" in page, flush=True)
time.sleep(1000)`;

landlockTest("root in a sandbox does not see on the page what others write", async () => {
  for (
    const [sandbox, shown] of [
      [{ sandbox: "strict" }, / agent\[\d+\]: page: True False/],
      [{}, / agent\[\d+\]: page: True True/],
    ] as const
  ) {
    await using run = await inNamespace({
      config: configuration({
        settings: { http: "unix:/run/page.sock" },
        "victim.service": { command: sh("echo password; exec sleep 1000"), ready: { log: "pass" } },
        "agent.service": { command: python(READ_PAGE), ...sandbox, after: "victim.service:ready" },
      }),
    });
    await run.waitForLine(shown, { limitMs: 30_000 });
  }
});

landlockTest("podman's own filter, no capability, and a sandbox on top", async () => {
  const folder = await Deno.makeTempDir({ prefix: "chaperone-e2e-" });
  try {
    await Deno.writeTextFile(`${folder}/tries.c`, TRIES);
    await mustRun(["gcc", "-O1", "-static", "-o", `${folder}/tries`, `${folder}/tries.c`]);
    for (const name of ["own", "secrets", "shared", "mounted"]) {
      await Deno.mkdir(`${folder}/${name}`);
    }
    await Deno.writeTextFile(`${folder}/secrets/key`, "key");
    await mustRun(["chown", "-R", "1000:1000", folder]);
    await Deno.chmod(folder, 0o755);
    await using run = await inContainer({
      image: "debian",
      config: configuration(services("/place", { capabilities: [] })),
      podman: [
        ...["--user=1000:1000", "--cap-drop=all", "--security-opt=no-new-privileges"],
        `--volume=${folder}:/place`,
      ],
    });
    // The image has no /etc/shadow.
    const held = plainly(HELD);
    assertEquals((await tried(run, "agent")).map(plainly), [held, held]);
    const { stdout: status } = await run.exec(["cat", "/proc/1/status"]);
    assertMatch(status, /^Seccomp:\s+2$/m);
    for (const found of (await tried(run, "free")).map(plainly)) {
      // Versions of podman differ in what they say of namespaces.
      const free = { ...FREE, shadow: "no", mount: "no", namespace: found["namespace"] };
      assertEquals(found, free);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ["gcc", "podman", "runc"]);

namespaceTest("what cannot be ends the start, with the reason", async () => {
  const life = async (service: Section, options: NamespaceOptions = {}) => {
    const { code, all } = await runToEnd({
      config: configuration({ "a.service": { command: "/bin/true", type: "oneshot", ...service } }),
      ...options,
    });
    assertEquals(code === 0, false, all);
    return all;
  };
  const dropped = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-all"];
  const lacking = await life({ capabilities: ["NET_ADMIN"] }, { wrapper: dropped });
  assertStringIncludes(lacking, "'NET_ADMIN' (the container has not given it to chaperone)");
  const misspelt = await life({ capabilities: ["NET_BIND_SERVIC"] });
  assertStringIncludes(misspelt, "'NET_BIND_SERVIC' is none; did you mean 'NET_BIND_SERVICE'?");
  const wrong = await life({ sandbox: { write: ["srv"] } });
  assertStringIncludes(wrong, "invalid sandbox of 'a.service': 'srv' is not an absolute path");
  const needed = await life({ syscalls: ["execve"] });
  assertStringIncludes(needed, "execve cannot be refused: the program itself is started by it");
});

landlockTest("what the settings say is a default, which a service replaces", async () => {
  const show = sh("grep -E '^(NoNewPrivs|CapBnd|Seccomp):' /proc/self/status");
  const { code, stdout } = await runToEnd({
    config: configuration({
      settings: { capabilities: [], "no_new_privs": true, syscalls: "default" },
      "console.logging": { selector: "*.info", stdout: true },
      "a.service": { command: show, type: "oneshot" },
      "b.service": { command: show, type: "oneshot", capabilities: ["CHOWN"] },
    }),
  });
  assertEquals(code, 0, stdout.join("\n"));
  const of = (name: string) => linesOf(name, stdout).map((line) => line.replace(/\s+0*/, " "));
  assertEquals(of("a"), ["CapBnd: ", "NoNewPrivs: 1", "Seccomp: 2"]);
  assertEquals(of("b"), ["CapBnd: 1", "NoNewPrivs: 1", "Seccomp: 2"]);
});
