/**
 * Texts of others against the time of PID 1: regular expressions, and what /proc says of a process.
 * docs/security.md, "Principles", 4.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { DATE, openSender } from "./harness/syslog.ts";
import { configuration, sh, STAYS } from "./scenario.ts";

/** A machine that runs other tests at the same time is slow; unbounded were minutes. */
const SOON_MS = 5000;

async function expectHeeds(run: NamespaceRun): Promise<void> {
  const before = performance.now();
  assertEquals((await run.exec(["telchap", "status"])).code, 0);
  const tookMs = performance.now() - before;
  assert(tookMs < SOON_MS, `telchap status took ${Math.round(tookMs)} ms`);
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
  await sender.send(`<13>${DATE} x: ${EVIL}`, `<13>${DATE} x: mail from a to b rejected`);
  await sender.send(`<13>${DATE} x: MAIL FROM a TO b REJECTED`, `<13>${DATE} x: the end`);
  await expectHeeds(run);
  await run.waitForLine(/x: the end$/);
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
  await run.waitForLine(/a\[\d+\]: go#012 {2}more$/);
  await expectHeeds(run);
});

namespaceTest("F-014: a replacement in a variable ends soon, or is refused", async () => {
  const before = performance.now();
  await using run = await inNamespace({
    config: configuration({
      "a.service": {
        command: sh("echo B=$B; echo done"),
        "env_set": { A: `${"a".repeat(28)}b`, B: "$(A:/(a+)+$/x/)" },
      },
    }),
  });
  await run.waitForLine(/a\[\d+\]: B=a{28}b$/);
  assert(performance.now() - before < 2 * SOON_MS);
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
    program: ["sh", "-c", "$TEST_DIR/bin/chaperone --init --stdout --from-s6 /proc/self"],
  });
  const before = performance.now();
  await run.waitForExit();
  assert(performance.now() - before < 2 * SOON_MS, run.output.format());
});
