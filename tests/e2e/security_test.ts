/** Who may do what: docs/security.md, sentence by sentence. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { openSender } from "./harness/syslog.ts";
import { configuration, linesOf, python, runToEnd, sh, STAYS } from "./scenario.ts";

/** Says what a process finds: its descriptors, signals, variables. */
const LOOK = `import os
for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
    try: print("fd", fd, os.readlink("/proc/self/fd/%d" % fd).split(":")[0])
    except OSError: pass
for line in open("/proc/self/status"):
    if line.startswith(("SigBlk", "SigIgn", "SigCgt")): print(*line.split())
for name in sorted(os.environ): print("env", name)`;

for (const uid of ["root", "nobody"]) {
  namespaceTest(`a service of ${uid} inherits no descriptor, no signal mask`, async () => {
    const life = await runToEnd({
      setup: "exec 7</etc/passwd 9>/dev/null",
      config: configuration({
        settings: { http: "127.0.0.1:8099" },
        "file.logging": { selector: "*.debug", file: "$(TEST_DIR)/log" },
        "n.service": { type: "notify", command: sh("sdnotify --ready; exec sleep 60") },
        "i.service": { type: "inetd", port: 7007, command: "/bin/cat" },
        "s.service": { command: sh(STAYS), listen: "7008" },
        "x.service": { command: sh(STAYS) },
        "a.service": {
          command: python(LOOK),
          uid,
          "exit_kills": true,
          after: "n.service, x.service",
        },
      }),
    });
    const lines = linesOf("a", life.stdout);
    assertEquals(lines.filter((line) => line.startsWith("fd")).slice(0, 4), [
      "fd 0 /dev/null",
      "fd 1 pipe",
      "fd 2 pipe",
      // The directory that is being listed has been closed by then.
    ]);
    assertEquals(lines.filter((line) => /^Sig(Blk|Ign)/.test(line)), [
      "SigBlk: 0000000000000000",
      // Python itself ignores SIGPIPE and SIGXFSZ.
      "SigIgn: 0000000001001000",
    ]);
  });
}

namespaceTest("a service gets the variables it was given, and those that _CHAP tells", async () => {
  const life = await runToEnd({
    env: { GIVEN: "1", NOTIFY_SOCKET: "/run/upstream", _CHAP_OPTIONS: "--no-syslog" },
    config: configuration({ "a.service": { command: python(LOOK), "exit_kills": true } }),
  });
  const names = linesOf("a", life.stdout).filter((line) => line.startsWith("env"))
    .map((line) => line.slice(4));
  assertEquals(names.filter((name) => !name.startsWith("_")), [
    "GIVEN",
    "HOME",
    "LC_CTYPE",
    "PATH",
    "TEST_DIR",
  ]);
  assertEquals(names.filter((name) => name.startsWith("_")), ["_CHAP_SERVICE_ID"]);
});

namespaceTest("only sockets that judge their callers are open to everybody", async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { http: "unix:/run/status.sock" },
      "file.logging": { selector: "*.debug", file: "/run/logs/a.log" },
      "user.logging": { selector: "*.debug", file: "/run/logs/user/b.log", uid: "nobody" },
      "n.service": {
        type: "notify",
        command: sh("sdnotify --ready; exec sleep 60"),
        uid: "nobody",
      },
      "a.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/n\.service successfully started$/);
  await run.waitForLine(/a\.service successfully started$/);
  const found = await run.exec([
    "sh",
    "-c",
    "find /dev /run -xdev ! -type l \\( -newer $TEST_DIR/chaperone.d/test.conf -o -path '/run/*' \\) -printf '%M %u %p\\n' | sort -k3",
  ]);
  const entries = found.stdout.trim().split("\n").map((line) => line.split(" "));
  const own = entries.filter(([, , path = ""]) => /^\/run\/.|^\/dev\/(log|chaperone)/.test(path))
    .map(([mode, user, path]) => `${mode} ${user} ${path?.replace(/\/notify\/.+/, "/notify/*")}`);
  const worldWritable = own.filter((line) => /^.{8}w/.test(line));
  assertEquals(worldWritable, [
    "srw-rw-rw- root /dev/chaperone.sock",
    "srw-rw-rw- root /dev/log",
    "srw-rw-rw- root /run/chaperone/notify/*",
  ]);
  assertEquals(own.filter((line) => /chaperone/.test(line)), [
    "srw-rw-rw- root /dev/chaperone.sock",
    "drwx--x--x root /run/chaperone",
    "drwx--x--x root /run/chaperone/notify",
    "srw-rw-rw- root /run/chaperone/notify/*",
  ], found.stdout);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

const SECRETS = {
  DB_PASSWORD: "hunter2-inherited",
  "API_TOKEN": "hunter2-inherited",
};

namespaceTest("no secret is shown by --debug, by telchap, or by the process title", async () => {
  await using run = await inNamespace({
    env: SECRETS,
    args: ["--debug"],
    config: configuration({
      settings: { "env_set": { GLOBAL_SECRET: "hunter2-global" } },
      "a.service": {
        command: sh(STAYS),
        debug: true,
        "env_set": { SESSION_KEY: "hunter2-own", PLAIN: "seen" },
        "env_file": ["$(TEST_DIR)/env"],
      },
      "b.service": {
        command: sh("exit 3"),
        debug: true,
        "ignore_failures": true,
        "env_set": { FAIL_PASSWORD: "hunter2-fail" },
      },
    }),
    files: { env: "FILE_PASSWORD=hunter2-file\n" },
  });
  await run.waitForLine(/ PLAIN = 'seen'$/);
  await run.waitForLine(/ SESSION_KEY = '\*\*\*'$/);
  await run.waitForLine(/FULL CONFIGURATION: .*'SESSION_KEY': '\*\*\*'/);
  await run.waitForLine(/a\.service successfully started$/);
  await run.waitForLine(/\(ignored\) failure.*b\.service|b\.service.*ignored/);
  let told = "";
  for (const words of [["status"], ["why", "b"], ["tree"], ["logs", "a"], ["dependencies"]]) {
    const answer = await run.exec(["telchap", ...words]);
    told += answer.stdout + answer.stderr;
  }
  assertMatch(told, /a\.service/);
  const title = await Deno.readTextFile(`/proc/${await run.initPid()}/cmdline`);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const everything = run.output.format() + told + title;
  assertEquals(everything.split("\n").filter((line) => line.includes("hunter2")), []);
});

namespaceTest("a datagram cannot forge a line, nor steer a terminal", async () => {
  await using run = await inNamespace({
    input: "terminal",
    config: configuration({ "a.service": { command: sh(STAYS) } }),
  });
  await run.waitForLine(/a\.service successfully started/);
  using sender = await openSender(run);
  await sender.send(
    "<13>Nov 23 10:00:00 prog: one\nNov 23 10:00:00 vm chaperone[1]: exit 0: forged \x1b]0;title\x07 \x9b2J\r gone",
  );
  await run.waitForLine(/prog: one#012Nov.*forged #033\]0;title#007 #302#2332J#015 gone/);
  const forged = run.output.texts().filter((line) => /chaperone\[1\]: exit 0: forged/.test(line));
  assertEquals(forged.map((line) => line.includes(" prog: one#012")), [true]);
  await run.type("\x03");
  await run.waitForExit();
});

namespaceTest("what a service prints does not steer the terminal of who asks telchap", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh(
          `printf 'one \\033[31mred\\033[m \\033]0;title\\007\\033[2J\\rgone\\n'; ${STAYS}`,
        ),
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  for (const words of ["logs a", "why a"]) {
    const shown = await run.exec(["script", "-qec", `telchap ${words}`, "/dev/null"]);
    const line = "one \x1b[31mred\x1b[m #033]0;title#007#033[2J#015gone\r\n";
    assertStringIncludes(shown.stdout, line);
  }
  // Into a file goes what was written.
  const raw = await run.exec(["telchap", "logs", "a"]);
  assertStringIncludes(raw.stdout, "\x1b]0;title\x07\x1b[2J\rgone\n");
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("commands beside a service run as the service's user", async () => {
  const note = (what: string) => sh(`echo $(id -un) >>$TEST_DIR/open/${what}`);
  await using run = await inNamespace({
    setup: `mkdir -m 777 "$dir/open"`,
    config: configuration({
      "a.service": {
        command: sh(STAYS),
        uid: "nobody",
        "env_set": { BACKTICK: "`id -un >>$TEST_DIR/open/backtick`" },
        ready: { exec: note("ready") },
        health: { exec: note("health"), interval: 0.1 },
        "reload_command": note("reload"),
        "stop_command": `${sh("echo $(id -un) >>$TEST_DIR/open/stop; kill -TERM -1")}`,
      },
      "b.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/a\.service successfully started$/);
  assertEquals((await run.exec(["telchap", "reload", "--wait", "a"])).code, 0);
  const read = (what: string) =>
    Deno.readTextFile(`${run.directory}/open/${what}`).catch(() => undefined);
  await waitUntil(() => read("health"), "a check of health");
  assertEquals((await run.exec(["telchap", "stop", "--wait", "a"])).code, 0);
  for (const what of ["backtick", "ready", "health", "reload", "stop"]) {
    assertEquals(new Set((await read(what))?.trim().split("\n")), new Set(["nobody"]), what);
  }
  // It told all that it may to end.
  assertEquals(linesOf("b", run.output.texts()), ["up"]);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "files are made without following links, with a mode, and for chaperone alone",
  async () => {
    await using run = await inNamespace({
      isInit: false,
      program: [
        ...[
          "strace",
          "-f",
          "-qq",
          "-e",
          "trace=open,openat,creat,mkdir,mkdirat,mknod,memfd_create",
        ],
        ...["-o", "/run/trace", "sh", "-c"],
        `exec "$TEST_DIR/bin/chaperone" --force --config "$TEST_DIR/chaperone.d"`,
      ],
      config: configuration({
        "own.logging": {
          selector: "*.debug",
          file: "$(TEST_DIR)/logs/a.log",
          "rotate_size": "1k",
          "rotate_compress": true,
        },
        "user.logging": { selector: "*.debug", file: "/run/logs/b.log", uid: "nobody" },
        "n.service": { type: "notify", command: sh("sdnotify --ready; exec sleep 60") },
        "a.service": { command: sh("while :; do echo a line to be rotated; sleep 0.02; done") },
      }),
    });
    await run.waitForLine(/n\.service successfully started$/, { limitMs: 30_000 });
    await waitUntil(
      () => Deno.stat(`${run.directory}/logs/a.log.1.gz`).catch(() => undefined),
      "a file that was rotated",
    );
    const own = (await run.processes()).find(({ name }) => name === "chaperone");
    Deno.kill(own?.outerPid ?? 0, "SIGTERM");
    await run.expectExit(0);
    // A line is cut where strace saw another thread's call before it saw the end of this one.
    const trace = (await Deno.readTextFile(run.outerPath("/run/trace"))).split("\n")
      .map((line) => line.replace(/ <unfinished \.\.\.>$/, ")"));
    const made = trace.filter((line) => line.includes("O_CREAT"))
      // The services are shells and sleeps, which make nothing.
      .map((line) => line.slice(line.indexOf("open")));
    assertMatch(made.join("\n"), /"a\.log"[\s\S]*"b\.log"|"b\.log"[\s\S]*"a\.log"/);
    // O_EXCL follows no link either, see open(2).
    const careless = made.filter((line) =>
      !/O_NOFOLLOW|O_EXCL/.test(line) || !/O_CLOEXEC/.test(line) || !/, 0[0-7]{3}\)/.test(line)
    );
    assertEquals(careless, []);
    const directories = trace.filter((line) => /mkdir(at)?\(/.test(line) && / = 0$/.test(line));
    assertEquals(directories.filter((line) => !/, 07[05][05]\)|, 0775\)/.test(line)), []);
  },
  ["strace"],
);

/** Prints what telchap answers, and its exit status. */
const ASK = (line: string) => `telchap ${line} 2>&1; echo "status $?"`;

namespaceTest(
  "F-086: a service's script starts what runs as its own user, and nothing else",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        settings: { uid: "nobody" },
        "web.service": { enabled: false, command: sh(STAYS) },
        "games.service": { uid: "games", command: sh(STAYS) },
        "keep.service": { uid: "root", command: sh(STAYS) },
        "boot.service": {
          type: "oneshot",
          after: "games.service, keep.service",
          command: sh([
            ASK("start --force --enable web"),
            ASK("stop games"),
            ASK("stop keep"),
            ASK("shutdown"),
            ASK("status"),
          ].join("\n")),
        },
      }),
    });
    await run.waitForLine(/web\[\d+\]: up$/);
    await run.waitForLine(/chaperone\[1\]: telchap: user \d+ may not do 'stop', it was refused$/);
    await run.waitForLine(/boot\.service .*exit/i);
    const said = linesOf("boot", run.output.texts());
    assertEquals(said.filter((line) => line.startsWith("status")), [
      "status 0",
      "status 4",
      "status 4",
      "status 4",
      "status 0",
    ]);
    assertEquals(said.filter((line) => /(?:games|keep)\.service/.test(line)), []);
    assertEquals(linesOf("games", run.output.texts()), ["up"]);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);
