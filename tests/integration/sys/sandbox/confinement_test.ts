/** What a process that is confined can no longer do, tried on this machine's kernel. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ERRNO } from "../../../../lib/base/errors.ts";
import type { ConfinementConfig, SandboxConfig } from "../../../../lib/config/sandbox_model.ts";
import { planConfinement } from "../../../../lib/service/sandbox/confine.ts";
import type { SpawnRequest } from "../../../../lib/door/os.ts";
import { landlockAbi } from "../../../../lib/sys/sandbox/landlock_ruleset.ts";
import { test } from "../../test.ts";
import { isRoot, ObservedOs, shell } from "../observed_os.ts";

const NOBODY = { uid: 65534, gid: 65534, groups: [] };

type Extra = Partial<SpawnRequest>;

function confined(config: ConfinementConfig, landlock = landlockAbi()): Extra {
  const kernel = { landlockAbi: landlock, machine: Deno.build.arch, ownUid: Deno.uid() ?? 0 };
  const place = { name: "test.service", ...config };
  return planConfinement(place, "/bin/sh", { kernel, helps: false });
}

function sandbox(lists: Partial<SandboxConfig>): ConfinementConfig {
  return { sandbox: { presets: [], datagrams: false, require: false, ...lists } };
}

const STATUS = "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status";

/** Fields of /proc/PID/status by name; sets of capabilities as numbers. */
async function statusOf(extra: Extra): Promise<Record<string, string>> {
  await using observed = new ObservedOs();
  const text = await observed.outputOf(STATUS, extra);
  return Object.fromEntries(
    text.split("\n").map((line) => {
      const [name = "", value = ""] = line.split(/:\s+/);
      return [name, name.startsWith("Cap") ? BigInt(`0x${value}`).toString(16) : value];
    }),
  );
}

const NONE = { CapInh: "0", CapPrm: "0", CapEff: "0", CapBnd: "0", CapAmb: "0" };

test("capabilities are exactly those that were asked for, of root and of a user", async () => {
  if (!isRoot) return;
  for (const identity of [undefined, { uid: 0, gid: 0, groups: [] }, NOBODY]) {
    const user = identity === undefined ? {} : { identity };
    const none = await statusOf({ ...confined({ capabilities: [] }), ...user });
    assertEquals(none, { ...NONE, NoNewPrivs: "0", Seccomp: "0" });
    const some = await statusOf({
      ...confined({ capabilities: ["NET_BIND_SERVICE", "CHOWN"], noNewPrivs: true }),
      ...user,
    });
    const all = Object.fromEntries(Object.keys(NONE).map((name) => [name, "401"]));
    assertEquals(some, { ...all, NoNewPrivs: "1", Seccomp: "0" });
  }
});

test("a set-uid program gives nothing to a service that has no_new_privs", async () => {
  if (!isRoot) return;
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir();
  try {
    await Deno.chmod(directory, 0o755);
    await Deno.copyFile("/usr/bin/id", `${directory}/id`);
    await Deno.chmod(`${directory}/id`, 0o4755);
    const script = `${directory}/id -u`;
    const user = { identity: NOBODY };
    assertEquals(await observed.outputOf(script, user), "0");
    const held = { ...confined({ noNewPrivs: true }), ...user };
    assertEquals(await observed.outputOf(script, held), "65534");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("a capability that chaperone does not have is named", async () => {
  await using observed = new ObservedOs();
  const unknown = { confinement: { noNewPrivs: true, capabilities: [63] } };
  const { message } = await observed.failureOf(shell("true", unknown));
  assertStringIncludes(message, "CAP_63");
  assertStringIncludes(message, "has not given it to chaperone");
});

test("a filter refuses with EPERM, and is counted", async () => {
  await using observed = new ObservedOs();
  const filtered = confined({
    syscalls: { preset: "default", refuse: [], allow: [], log: false },
  });
  const status = await observed.outputOf(STATUS, filtered);
  assertStringIncludes(status, "NoNewPrivs:\t1");
  assertStringIncludes(status, "Seccomp:\t2");
  const script = "unshare -U true 2>&1 || echo refused";
  assertStringIncludes(await observed.outputOf(script, filtered), "Operation not permitted");
  assertEquals(await observed.outputOf(script), "");
});

/** What the kernel of this machine has: where it should be, its absence is a failure. */
const hasLandlock = landlockAbi() >= 6;

function landlockTest(name: string, fn: () => Promise<void>): void {
  if (hasLandlock) return test(name, fn);
  Deno.test({ name: `${name} (needs Landlock, ABI 6)`, ignore: true, fn });
}

const BASE = ["/usr", "/bin", "/lib", "/lib64", "/proc"];

landlockTest("a sandbox reads, writes and executes what it names, and nothing else", async () => {
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    await Deno.mkdir(`${directory}/own`);
    await Deno.writeTextFile(`${directory}/secret`, "secret");
    await Deno.copyFile("/bin/true", `${directory}/own/true`);
    await Deno.symlink("/etc", `${directory}/own/link`);
    const script = `cd ${directory}; cat secret; cat own/link/passwd; ls .; echo x > other
      echo in > own/file && cat own/file; own/true || echo not executed
      setsid sh -c "cat ${directory}/secret" || echo nor by a grandchild`;
    const held = confined(sandbox({ execute: BASE, write: [`${directory}/own`] }));
    assertEquals(await observed.outputOf(script, held), "in\nnot executed\nnor by a grandchild");
    const pattern = confined(sandbox({ read: BASE, write: [`${directory}/o*`] }));
    assertEquals(await observed.outputOf(script, pattern), "in\nnor by a grandchild");
    const free = await observed.outputOf(script);
    assertStringIncludes(free, "secret");
    assert(!free.includes("grandchild"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

landlockTest("nobody widens the next sandbox by a link, root neither", async () => {
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    await Deno.mkdir(`${directory}/own/tools`, { recursive: true });
    await Deno.writeTextFile(`${directory}/secret`, "secret");
    await Deno.symlink(directory, `${directory}/link`);
    const tools = `${directory}/own/tools`;
    const held = (place: string) =>
      confined(sandbox({ execute: [...BASE, place], write: [`${directory}/own`] }));
    const script = `cat ${directory}/secret || echo held; rmdir ${tools} && ln -s .. ${tools}`;
    assertEquals(await observed.outputOf(script, held(tools)), "held");
    assertEquals(await Deno.readLink(tools), "..");
    // Once more, and below the link.
    for (const place of [tools, `${tools}/own`, `${tools}/s*`]) {
      const { errno } = await observed.failureOf(shell(script, held(place)));
      assertEquals(errno, ERRNO.ELOOP, place);
    }
    // A link that the sandbox cannot have made still counts.
    const control = await observed.outputOf(`cat ${directory}/secret`, held(`${directory}/link`));
    assertEquals(control, "secret");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

landlockTest("a directory with very many names is not read for a pattern", async () => {
  await using observed = new ObservedOs();
  const directory = await Deno.makeTempDir({ dir: "/tmp" });
  try {
    const held = confined(sandbox({ read: [...BASE, `${directory}/x*`] }));
    assertEquals(await observed.outputOf("echo read", held), "read");
    const name = "n".repeat(240);
    for (let i = 0; i < 5000; i++) await Deno.symlink("/", `${directory}/${name}${i}`);
    const { size } = await Deno.stat(directory);
    if (size <= 1024 * 1024) return; // A file system that counts otherwise.
    const { message } = await observed.failureOf(shell("true", held));
    assertStringIncludes(message, "it holds too many names for a `*`");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

landlockTest("signals and other processes are out of reach of a sandbox", async () => {
  await using observed = new ObservedOs();
  const neighbour = observed.os.spawn(shell("exec sleep 60"));
  await observed.launched(neighbour.pid);
  const script = `kill -0 ${neighbour.pid} || echo no signal
    cat /proc/${neighbour.pid}/environ > /dev/null || echo no environment`;
  // CAP_PERFMON alone would show the memory of every process.
  const held = confined({ ...sandbox({ scope: ["signals"] }), capabilities: [] });
  assertEquals(await observed.outputOf(script, held), "no signal\nno environment");
  assertEquals(await observed.outputOf(script), "");
  observed.os.kill(neighbour.pid, 9);
  await observed.ended(neighbour.pid);
});

landlockTest(
  "the launcher proves a sandbox, and a path that is not there is passed over",
  async () => {
    await using observed = new ObservedOs();
    const held = confined(sandbox({ read: [...BASE, "/nonexistent", "/nonexistent/*"], bind: [] }));
    assertEquals(await observed.outputOf("echo fine", held), "fine");
    const { confinement } = held;
    const landlock = confinement?.landlock;
    if (confinement === undefined || landlock === undefined) throw new Error("no rules");
    // As with a kernel that enforces nothing: the root can be read after all.
    const root = { path: "/usr/..", rights: 1 << 3 };
    const everything = { ...landlock, paths: [...landlock.paths, root] };
    const loose = { confinement: { ...confinement, landlock: everything } };
    const { message } = await observed.failureOf(shell("true", loose));
    assertStringIncludes(message, "the kernel does not enforce the sandbox");
  },
);

landlockTest(
  "a strict sandbox reads the time zone, and the files of /etc that libraries ask for",
  async () => {
    await using observed = new ObservedOs();
    const files = "/etc/localtime /etc/passwd /etc/group /etc/hosts /etc/nsswitch.conf /dev/null";
    const script = `for file in ${files}; do test -e $file && cksum < $file; done`;
    const outside = await observed.outputOf(script);
    const strict = confined(sandbox({ presets: ["strict"] }));
    assertEquals(await observed.outputOf(`${script}; cat /etc/fstab /etc/shadow`, strict), outside);
  },
);
