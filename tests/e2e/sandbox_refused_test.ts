/** Where a sandbox cannot be: no service starts that would have more rights than it should. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, type Section, sh, withoutCall } from "./scenario.ts";

const ONCE: Section = { type: "oneshot", command: sh("echo ran") };

function lives(...names: readonly [string, Section][]) {
  return Object.fromEntries(
    names.map(([name, differing]) => [
      `${name}.service`,
      { ...ONCE, ignore_failures: true, ...differing },
    ]),
  );
}

namespaceTest("without Landlock, a service that requires its sandbox does not start", async () => {
  const files = { read: ["/"] };
  const { all, stdout } = await runToEnd({
    wrapper: withoutCall("landlock_create_ruleset"),
    config: configuration(lives(
      ["required", { sandbox: { ...files, require: true } }],
      ["wanted", { sandbox: files }],
      ["filtered", { sandbox: { preset: "no_network", require: true } }],
    )),
  });
  assertEquals(linesOf("required", stdout), [], all);
  assertStringIncludes(all, "its sandbox cannot be: this kernel cannot restrict files");
  assertEquals(linesOf("wanted", stdout), ["ran"], all);
  assertStringIncludes(all, "the sandbox of wanted.service is incomplete: this kernel cannot");
  // A filter sees to it that there is no socket at all.
  assertEquals(linesOf("filtered", stdout), ["ran"], all);
});

/** Neither files in memory nor those of /run may be executed. */
const NO_LAUNCHER = "echo 2 > /proc/sys/vm/memfd_noexec; mount -o remount,bind,noexec /run";

namespaceTest("without a launcher, no confined service is started directly", async () => {
  const { all, stdout } = await runToEnd({
    setup: NO_LAUNCHER,
    config: configuration(lives(
      ["plain", {}],
      ["held", { sandbox: "strict" }],
      ["bound", { capabilities: [] }],
      ["kept", { no_new_privs: true }],
      ["filtered", { syscalls: "default" }],
    )),
  });
  assertStringIncludes(all, "services are started without the launcher");
  assertEquals(linesOf("plain", stdout), ["ran"], all);
  for (const name of ["held", "bound", "kept", "filtered"]) {
    assertEquals(linesOf(name, stdout), [], all);
    assertEquals(all.split("\n").some((line) => line.includes(`${name}.service`)), true, all);
  }
});
