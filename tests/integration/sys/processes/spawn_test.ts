import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ERRNO } from "../../../../lib/base/errors.ts";
import type { SpawnRequest } from "../../../../lib/door/os.ts";
import { test } from "../../test.ts";
import { isRoot, ObservedOs, PATH, readAll, readText, request, shell } from "../observed_os.ts";
import { runProgram } from "../run_program.ts";

const OTHER = { uid: 1234, gid: 2345, groups: [] };

test("spawn gives a process its arguments and exactly its environment", async () => {
  await using observed = new ObservedOs();
  const output = await observed.outputOf(
    'printf "%s|" "$@"; env | grep -v -e ^PWD= -e ^_= | sort',
    {
      argv: ["/bin/sh", "-c", 'printf "%s|" "$@"; env | grep -v PWD | sort', "sh", "a b", "", "ü"],
      env: { PATH, X: "1=2", Y: "" },
    },
  );
  assertEquals(output, `a b||ü|PATH=${PATH}\nX=1=2\nY=`);
});

test("spawn tells exit codes and signals apart", async () => {
  await using observed = new ObservedOs();
  const end = async (script: string) => {
    const { pid } = observed.os.spawn(shell(script));
    return await observed.ended(pid);
  };
  assertEquals(await end("exit 3"), { kind: "exited", code: 3 });
  assertEquals(await end("exit 143"), { kind: "exited", code: 143 });
  assertEquals(await end("kill -TERM $$"), {
    kind: "signaled",
    signal: 15,
    coreDumped: false,
  });
  assertEquals(await end("kill -KILL $$"), { kind: "signaled", signal: 9, coreDumped: false });
});

test("spawn hands over both streams, which end with the process", async () => {
  await using observed = new ObservedOs();
  const child = observed.os.spawn(shell("echo out; echo err >&2", {
    stdout: "pipe",
    stderr: "pipe",
  }));
  const texts = [child.stdout, child.stderr].map(readAll);
  assertEquals(await Promise.all(texts), ["out\n", "err\n"]);
  await observed.ended(child.pid);
});

test("spawn starts a session of its own where asked, and shares chaperone's otherwise", async () => {
  await using observed = new ObservedOs();
  const ids = "cut -d' ' -f1,5,6 /proc/$$/stat";
  const [pid, group, session] = (await observed.outputOf(ids)).split(" ");
  assertEquals([group, session], [pid, pid]);
  const shared = (await observed.outputOf(ids, { ownSession: false })).split(" ");
  const own = readText("/proc/self/stat").split(") ")[1]?.split(" ") ?? [];
  assertEquals(shared.slice(1), [own[2], own[3]]);
});

test("spawn leaves no descriptor above 2 open and no signal blocked or ignored", async () => {
  await using observed = new ObservedOs();
  using file = await Deno.open("/etc/passwd");
  assert(file !== undefined);
  assertEquals(
    await observed.outputOf("ls /proc/$$/fd; :"),
    "0\n1\n2",
  );
  const masks = await observed.outputOf("exec grep -E '^Sig(Blk|Ign):' /proc/self/status");
  const [blocked, ignored] = masks.split("\n").map((line) => BigInt(`0x${line.split("\t")[1]}`));
  assertEquals(blocked, 0n);
  const sigpipe = 1n << 12n;
  assertEquals((ignored ?? 0n) & sigpipe, 0n);
});

test("spawn sets umask, limits, niceness and oom_score_adj, and stays as it was itself", async () => {
  await using observed = new ObservedOs();
  const own = () => [
    /^Umask:.*/m.exec(readText("/proc/self/status"))?.[0],
    readText("/proc/self/limits"),
    readText("/proc/self/oom_score_adj"),
    readText("/proc/self/stat").split(") ")[1]?.split(" ")[16],
  ];
  const before = own();
  const output = await observed.outputOf(
    "umask; for l in -Sn -Hn -Sf -Hf -Sc; do ulimit $l; done; nice; " +
      "cat /proc/$$/oom_score_adj",
    {
      umask: 0o27,
      nice: 7,
      oomScoreAdj: 321,
      limits: [
        { resource: "nofile", soft: 700, hard: 900 },
        { resource: "fsize", soft: 512 * 8, hard: 512 * 9 },
        { resource: "core", soft: 0, hard: Infinity },
      ],
    },
  );
  assertEquals(output.split("\n"), ["0027", "700", "900", "8", "9", "0", "7", "321"]);
  assertEquals(own(), before);
});

test("spawn sets a limit below what chaperone itself has in use", async () => {
  await using observed = new ObservedOs();
  const limits = [{ resource: "nofile", soft: 7, hard: 8 }];
  assertEquals(await observed.outputOf("ulimit -Sn; ulimit -Hn", { limits }), "7\n8");
});

test("a limit without a hard one is a soft one, at most the hard one that is there", async () => {
  await using observed = new ObservedOs();
  const own = async (soft: number) => {
    const limits = [{ resource: "nofile", soft }];
    return (await observed.outputOf("ulimit -Sn; ulimit -Hn", { limits })).split("\n");
  };
  const [low, hard] = await own(77);
  assertEquals(low, "77");
  assertEquals(await own(Infinity), [hard, hard]);
  assertNotEquals(hard, "77");
});

test("spawn sets what it can only lower without any privilege", async () => {
  assertEquals(await runProgram("lowered", { withoutPrivilege: true }), {
    lowered: ["600", "600", "19", "2097152"],
    raised: "prlimit 1",
    nicer: "setpriority 13",
    childrenLeft: false,
    told: 1,
  });
});

test("spawn sets limits and niceness for another user too", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const output = await observed.outputOf(
    "ulimit -Hn; ulimit -Hv; nice; cat /proc/$$/oom_score_adj",
    {
      identity: OTHER,
      nice: 3,
      oomScoreAdj: 44,
      limits: [
        { resource: "nofile", soft: 800, hard: 800 },
        { resource: "as", soft: 2 ** 30, hard: 2 ** 30 },
      ],
    },
  );
  assertEquals(output.split("\n"), ["800", "1048576", "3", "44"]);
});

test("F-009: spawn enters the directory as the user, and fails where it cannot", async () => {
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir();
  try {
    await Deno.chmod(directory, 0o700);
    const identity = isRoot ? { identity: OTHER } : {};
    const before = Deno.cwd();
    if (isRoot) {
      const { call, errno } = await observed.failureOf(shell("pwd", { directory, ...identity }));
      assertEquals([call, errno], ["chdir", ERRNO.EACCES]);
      await Deno.chown(directory, OTHER.uid, OTHER.gid);
    }
    assertEquals(
      await observed.outputOf("pwd", { directory, env: { PATH }, ...identity }),
      directory,
    );
    assertEquals(Deno.cwd(), before);
    const error = await observed.failureOf(shell("pwd", { directory: `${directory}/none` }));
    assertEquals([error.call, error.errno, error.target], [
      "chdir",
      ERRNO.ENOENT,
      `${directory}/none`,
    ]);
    assertEquals(Deno.cwd(), before);
  } finally {
    await Deno.remove(directory);
  }
});

test("spawn enters the home where the user may, and goes on where it may not", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const closed = await Deno.makeTempDir();
  try {
    await Deno.chmod(closed, 0o700);
    const pwd = (home: string) => observed.outputOf("pwd", { identity: OTHER, home });
    assertEquals(await pwd("/usr"), "/usr");
    assertEquals(await pwd(closed), Deno.cwd());
    assertEquals(await pwd("/none"), Deno.cwd());
  } finally {
    await Deno.remove(closed);
  }
});

test("spawn says when it is a script's first line that is wrong", async () => {
  await using observed = new ObservedOs();
  const path = await Deno.makeTempFile();
  try {
    for (
      const [text, errno, note] of [
        [
          "#! /none/sh -e\n",
          ERRNO.ENOENT,
          "its first line asks for '/none/sh', which does not exist",
        ],
        ["#!/bin/sh\r\n", ERRNO.ENOENT, "its lines end as on Windows, with CR LF"],
        ["echo\n", ERRNO.ENOEXEC, "it has no first line that begins with '#!'"],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      await Deno.chmod(path, 0o755);
      const error = await observed.failureOf(request([path]));
      assertEquals(error.errno, errno);
      assertEquals(error.message.endsWith(`: '${path}' (${note})`), true, error.message);
    }
  } finally {
    await Deno.remove(path);
  }
});

const FAILURES: readonly [string, Partial<SpawnRequest>, call: string, errno: number][] = [
  ["a program that is missing", { argv: ["/none"] }, "execve", ERRNO.ENOENT],
  ["a program without execute bit", { argv: ["/etc/passwd"] }, "execve", ERRNO.EACCES],
  ["a directory as program", { argv: ["/tmp"] }, "execve", ERRNO.EACCES],
  ["a file as directory", { directory: "/etc/passwd" }, "chdir", ERRNO.ENOTDIR],
  ["too long a command line", { argv: ["/bin/true", "x".repeat(3e6)] }, "execve", ERRNO.E2BIG],
  ["NUL in an argument", { argv: ["/bin/true", "a\0b"] }, "execve", ERRNO.EINVAL],
  ["NUL in a variable", { env: { A: "a\0b" } }, "execve", ERRNO.EINVAL],
  ["NUL in the directory", { directory: "/tmp\0" }, "encode", ERRNO.EINVAL],
  ["no program", { argv: [] }, "execve", ERRNO.EINVAL],
  [
    "more descriptors than the kernel allows",
    { limits: [{ resource: "nofile", soft: 2 ** 40, hard: 2 ** 40 }] },
    "prlimit",
    ERRNO.EPERM,
  ],
  [
    "a soft limit above the hard one",
    { limits: [{ resource: "nofile", soft: 9, hard: 8 }] },
    "prlimit",
    ERRNO.EINVAL,
  ],
  [
    "a limit nobody knows",
    { limits: [{ resource: "none", soft: 9, hard: 9 }] },
    "prlimit",
    ERRNO.EINVAL,
  ],
  ["an oom_score_adj out of range", { oomScoreAdj: 5000 }, "write", ERRNO.EINVAL],
];

for (const [what, extra, call, errno] of FAILURES) {
  test(`spawn leaves nothing running after ${what}`, async () => {
    await using observed = new ObservedOs();
    const limitsBefore = readText("/proc/self/limits");
    const failing = request(["/bin/sleep", "60"], { stdout: "pipe", stderr: "pipe", ...extra });
    const error = await observed.failureOf(failing);
    assertEquals([error.call, error.errno], [call, errno]);
    assertEquals(observed.os.hasChildren(), false);
    assertEquals(readText("/proc/self/limits"), limitsBefore);
  });
}

test("spawn refuses a script without #!, which no kernel runs", async () => {
  await using observed = new ObservedOs();
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "echo unexpected\n");
    await Deno.chmod(path, 0o755);
    const error = await observed.failureOf(request([path]));
    assertEquals([error.call, error.errno, error.target], ["execve", ERRNO.ENOEXEC, path]);
  } finally {
    await Deno.remove(path);
  }
});

test("spawn tells that a core was dumped", async () => {
  const pattern = (await Deno.readTextFile("/proc/sys/kernel/core_pattern")).trim();
  // A core that is piped somewhere or written elsewhere is nothing this test can foresee.
  if (pattern !== "core") return;
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir();
  try {
    const limits = [{ resource: "core", soft: 2 ** 30, hard: Infinity }];
    const { pid } = observed.os.spawn(shell("kill -SEGV $$", { directory, limits }));
    const status = await observed.ended(pid);
    assertEquals(status, { kind: "signaled", signal: 11, coreDumped: true });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("kill says whether there is such a process, or such a group", async () => {
  await using observed = new ObservedOs();
  const { pid } = observed.os.spawn(shell("sleep 60 & wait"));
  assertEquals(observed.os.kill(pid, 0), true);
  assertEquals(observed.os.kill(-pid, 9), true);
  assertEquals(await observed.ended(pid), { kind: "signaled", signal: 9, coreDumped: false });
  assertEquals(observed.os.kill(pid, 0), false);
  for (const none of [0, -1, NaN]) assertEquals(observed.os.kill(none, 0), false);
});
