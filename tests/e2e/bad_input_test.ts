/**
 * Configurations that cannot work: a clear message on stderr with its place, exit 1, nothing
 * started and nothing left behind. What only shows at the start of services is told in the log,
 * too. All the texts are in tests/unit/config/load_checklist_test.ts.
 */
import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, sh } from "./scenario.ts";

/** Bounds the run, reading ten megabytes included. */
const LIMIT_MS = 10_000;
/** More than this is not told of one mistake. */
const MESSAGE_MAX = 2000;

const WITNESS = { command: sh("touch $TEST_DIR/started; echo started") };

/**
 * Runs it, sees that nothing was started or left, and returns what was said, all of it on stderr.
 */
async function refusal(options: NamespaceOptions): Promise<string> {
  await using run = await inNamespace(options);
  await run.expectExit(1, LIMIT_MS);
  const { output } = run;
  assertEquals(output.texts("stdout"), []);
  const names = await Array.fromAsync(Deno.readDir(run.directory), (entry) => entry.name);
  assertEquals(names.includes("started"), false, "a service was started");
  assertEquals(await Array.fromAsync(Deno.readDir(`${run.directory}/tmp`)), []);
  const said = output.raw("stderr");
  assertLess(said.length, MESSAGE_MAX, said.slice(0, MESSAGE_MAX));
  return said;
}

const config = (more: Record<string, Record<string, unknown>>) =>
  configuration({ "witness.service": WITNESS, ...more });

namespaceTest(
  "a configuration file that is missing is as good as none: nothing to do",
  async () => {
    await using run = await inNamespace({ args: ["--config", "/nonexistent/chaperone.d"] });
    await run.expectExit(1);
    assertMatch(run.output.raw("stdout"), /^There is nothing to run/);
  },
);

namespaceTest("a file that cannot be read is named", async () => {
  const said = await refusal({
    config: config({}),
    setup: `chmod 600 "$dir/chaperone.d/test.conf"`,
    wrapper: ["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"],
    args: ["--force"],
  });
  assertMatch(said, /^Configuration Error: .*Permission denied: .*chaperone\.d\/test\.conf/);
});

namespaceTest("84: a syntax error is told with file, line and column", async () => {
  const text = "a.service: {\n  command: /bin/true\n  type: simple }\n";
  assertMatch(
    await refusal({ config: text }),
    /chaperone\.d\/test\.conf:\d+:\d+: Configuration Error: \S/,
  );
});

namespaceTest("69: an unknown directive is told with its place and the likely name", async () => {
  const text = "a.service:\n  command: /bin/true\n  restrat: true\n";
  assertMatch(
    await refusal({ config: text }),
    /test\.conf:3:3: Configuration Error: unknown directive 'restrat' of a\.service; did you mean 'restart'\?/,
  );
});

namespaceTest("73: a value of the wrong type is told with its place", async () => {
  const text = "a.service:\n  command: /bin/true\n  startup_pause: soon\n";
  assertMatch(
    await refusal({ config: text }),
    /test\.conf:3:\d+: Configuration Error: 'startup_pause' of a\.service is 'soon'; expected seconds or a duration/,
  );
});

namespaceTest("all mistakes are told at once", async () => {
  const said = await refusal({
    config: "a.service: { command: /bin/true, tpye: simple }\nb.service: { type: simple }\n",
  });
  assertMatch(said, /test\.conf:1:\d+: .*tpye/);
  assertMatch(said, /test\.conf:2:\d+: .*'command' of b\.service is missing/);
});

namespaceTest("153: a cycle is told with the services in it", async () => {
  const said = await refusal({
    config: config({
      "a.service": { command: "/bin/true", after: "c.service" },
      "b.service": { command: "/bin/true", after: "a.service" },
      "c.service": { command: "/bin/true", after: "b.service" },
    }),
  });
  assertMatch(said, /^Configuration Error: circular dependency in service declaration/);
  for (const name of ["a.service", "b.service", "c.service"]) assertMatch(said, new RegExp(name));
});

namespaceTest("78: a user that does not exist is named", async () => {
  const said = await refusal({
    config: config({ "a.service": { command: "/bin/true", uid: "nosuch" } }),
  });
  assertMatch(said, /Configuration Error: specified user \('nosuch'\) does not exist/);
});

namespaceTest("a limit that no process can have is refused before anything starts", async () => {
  const said = await refusal({
    config: config({ "a.service": { command: "/bin/true", limits: { nofile: "20:10" } } }),
  });
  assertMatch(said, /test\.conf:1:\d+: Configuration Error: .*nofile/);
  const unknown = await refusal({
    config: config({ "a.service": { command: "/bin/true", limits: { nofiles: 10 } } }),
  });
  assertMatch(unknown, /nofiles.*nofile/);
});

namespaceTest("an alias bomb is refused", async () => {
  const levels = Array.from(
    { length: 30 },
    (_, index) =>
      `x${index + 1}.logging: &x${index + 1} [${Array(10).fill(`*x${index}`).join(", ")}]\n`,
  );
  const text = `x0.logging: &x0 [lol, lol]\n${levels.join("")}`;
  assertMatch(await refusal({ config: text }), /Configuration Error: \S/);
});

namespaceTest("ten megabytes of YAML are refused, by their size", async () => {
  const line = "# ten bytes\n".repeat(900_000);
  const said = await refusal({ config: `${line}a.service: { command: /bin/true }\n` });
  assertMatch(said, /Configuration Error: .*test\.conf/);
});

// What follows is only known when services are about to start: told in the log, and as the last
// line.

/** Runs it and returns all that was printed. Nothing may have been started. */
async function startFailure(
  sections: Record<string, Record<string, unknown>>,
  code = 1,
): Promise<string> {
  await using run = await inNamespace({ config: config(sections) });
  await run.expectExit(code, LIMIT_MS);
  const names = await Array.fromAsync(Deno.readDir(run.directory), (entry) => entry.name);
  assertEquals(names.includes("started"), false, "a service was started");
  return run.output.texts().join("\n");
}

namespaceTest(
  "123, F-108: a missing executable is named with its place and keeps everything from starting",
  async () => {
    const said = await startFailure({ "a.service": { command: "nosuch --option" } });
    assertMatch(said, /system startup cancelled due to error: executable 'nosuch' not found/);
    assertMatch(
      said,
      /exit 1: start-up failed: a\.service: executable 'nosuch' not found \(\S+\.conf:\d+\)$/,
    );
  },
);

namespaceTest("124: a file that is not executable is named, optional or not", async () => {
  const said = await startFailure({
    "a.service": { command: "/etc/passwd", optional: true },
  });
  assertMatch(
    said,
    /exit 1: start-up failed: a\.service: '\/etc\/passwd' is not executable \(\S+\.conf:\d+\)$/,
  );
});

namespaceTest("126: an empty command is refused", async () => {
  const said = await startFailure({ "a.service": { command: "" } });
  assertMatch(said, /its command is empty: write the program that it is to run/);
});

namespaceTest("a bad log selector keeps everything from starting", async () => {
  const said = await startFailure({ "bad.logging": { selector: "nonsense", stdout: true } });
  assertMatch(said, /nonsense/);
});

namespaceTest("a limit above what the kernel allows is told, and the container ends", async () => {
  await using run = await inNamespace({
    config: configuration({
      "a.service": { command: "/bin/true", limits: { nofile: 4_000_000_000 } },
    }),
  });
  await run.expectExit(1);
  assertMatch(run.output.texts().at(-1) ?? "", /exit 1: start-up failed: a\.service: .*nofile/);
});
