/**
 * Texts of others against the time of PID 1: regular expressions, and what /proc says of a process.
 * docs/security.md, "Principles", 4.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { whileItHeeds } from "./harness/heeding.ts";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { DATE, openSender } from "./harness/syslog.ts";
import { configuration, python, sh, STAYS } from "./scenario.ts";

async function expectAnswer(run: NamespaceRun): Promise<void> {
  assertEquals((await run.exec(["telchap", "status"])).code, 0);
}

/** Takes a pattern that goes back through it a time that is cubic: seconds for 15 KB. */
const EVIL = "mail from a to ".repeat(2000);

namespaceTest("F-006: a datagram does not hold up a selector", async () => {
  await using run = await inNamespace({
    config: configuration({
      "console.logging": { selector: "*.*;!/mail from .* to .* rejected/.*", stdout: true },
      "a.service": { command: sh(STAYS) },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  using sender = await openSender(run);
  await whileItHeeds(run, async () => {
    await sender.send(`<13>${DATE} x: ${EVIL}`, `<13>${DATE} x: mail from a to b rejected`);
    await sender.send(`<13>${DATE} x: MAIL FROM a TO b REJECTED`, `<13>${DATE} x: the end`);
    await run.waitForLine(/x: the end$/);
    await expectAnswer(run);
  });
  // The control: the pattern was held against them.
  assertEquals(run.output.texts().filter((line) => /rejected/i.test(line)), []);
  assert(run.output.texts().some((line) => line.includes("mail from a to mail from a to")));
});

namespaceTest("F-006: nor does a service's output hold up multiline and ready", async () => {
  await using run = await inNamespace({
    files: { evil: `${EVIL}\n${EVIL}\ngo\n  more\n` },
    config: configuration({
      "a.service": {
        command: sh(`cat $TEST_DIR/evil; ${STAYS}`),
        multiline: "mail from .* to .* rejected|^ ",
        ready: { log: "mail from .* to .* rejected|more" },
      },
    }),
  });
  await whileItHeeds(run, async () => {
    await run.waitForLine(/a\[\d+\]: go#012 {2}more$/);
    await expectAnswer(run);
  });
});

namespaceTest("F-014: a replacement in a variable ends soon, or is refused", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh("echo B=$B; echo done"),
        "env_set": { A: `${"a".repeat(28)}b`, B: "$(A:/(a+)+$/x/)" },
      },
    }),
  });
  await whileItHeeds(run, () => run.waitForLine(/a\[\d+\]: B=a{28}b$/));
  await using refused = await inNamespace({
    config: configuration({
      "a.service": { command: "true", "env_set": { A: "aaab", B: "$(A:/(?=(a+)+$)x/y/)" } },
    }),
  });
  assertEquals(await refused.waitForExit(), 1);
  assertStringIncludes(
    refused.output.texts("stderr").join("\n"),
    "could take any time: a repetition stands within another",
  );
});

namespaceTest("F-014: an importer is told a directory that is none, and says so once", async () => {
  await using run = await inNamespace({
    program: ["sh", "-c", "exec $TEST_DIR/bin/chaperone --init --stdout --from-s6 /proc/self"],
  });
  assertEquals(await whileItHeeds(run, () => run.waitForExit()), 0);
});

/**
 * Says that its environment (or its arguments) is a region of some hundred MiB: prctl(2),
 * PR_SET_MM_MAP.
 */
const HUGE = (what: "arguments" | "environment") =>
  `import ctypes, mmap, os, signal, struct
n = 400 << 20
m = mmap.mmap(-1, n, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
a = ctypes.addressof(ctypes.c_char.from_buffer(m))
f = [0] * 3 + open("/proc/self/stat").read().rpartition(")")[2].split()
g = lambda *k: [int(f[i]) for i in k]
c = ctypes.CDLL(None); c.sbrk.restype = ctypes.c_void_p
area = ${what === "arguments" ? "[a, a + n, *g(50, 51)]" : "[*g(48, 49), a, a + n]"}
s = struct.pack("11QQIi", *g(26, 27, 45, 46, 47), c.sbrk(0), *g(28), *area, 0, 0, -1)
assert c.prctl(35, 14, s, ctypes.c_ulong(len(s)), 0) == 0
for _ in range(8):
    if os.fork() == 0:
        os.setsid(); signal.pause()
print("huge"); signal.pause()`;

for (const what of ["environment", "arguments"] as const) {
  namespaceTest(`F-005, F-013: ${what} of 400 MiB are read in part`, async () => {
    await using run = await inNamespace({
      config: configuration({
        "x.service": { command: python(HUGE(what)), uid: "nobody", "stop_timeout": 1 },
        "a.service": { command: sh(STAYS) },
      }),
    });
    await run.waitForLine(/x\[\d+\]: huge$/);
    // The control: the kernel takes its word for it.
    const size = await run.exec([
      "sh",
      "-c",
      `cat /proc/$(pgrep -o python3)/${what === "arguments" ? "cmdline" : "environ"} | wc -c`,
    ]);
    assert(Number(size.stdout) > 300_000_000, size.stdout + size.stderr);
    await whileItHeeds(run, async () => {
      assertEquals((await run.exec(["telchap", "tree"])).code, 0);
      assertEquals((await run.exec(["telchap", "stop", "--wait", "x"])).code, 0);
    });
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
}

namespaceTest("an exec probe that prints without end holds nobody up", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh(STAYS),
        uid: "nobody",
        health: { exec: "yes", interval: 0.1, timeout: 1, action: "none" },
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await whileItHeeds(run, async () => {
    await run.waitForLine(/a\.service.*(?:health|unhealthy)/);
    await expectAnswer(run);
  });
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
