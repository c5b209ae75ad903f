/**
 * What a service's process is given: its words, directory, user, group, descriptors, environment
 * and streams.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, runToEnd, type Section, sh, STAYS } from "./scenario.ts";

const WORDS = '#!/bin/sh\necho $# words\nfor word; do echo "<$word>"; done\n';

/** Runs one service to its end and returns its lines. */
async function linesOfOne(section: Section, env: Record<string, string> = {}): Promise<string[]> {
  const life = await runToEnd({
    config: configuration({ "a.service": section }),
    files: { "tools/words": WORDS, "bin/words": WORDS },
    env,
  });
  assertEquals(life.code, 0, life.all);
  return linesOf("a", life.stdout);
}

namespaceTest(
  "87: a command is found in the PATH of the service, and argv[0] is its path",
  async () => {
    await using run = await inNamespace({
      config: configuration({
        "a.service": {
          command: "mine 60",
          "env_set": { PATH: "$(TEST_DIR)/tools:$(PATH)" },
        },
      }),
      setup: `mkdir "$dir/tools"; cp /bin/sleep "$dir/tools/mine"`,
    });
    const processes = await run.waitForProcesses((all) => all.some(({ name }) => name === "mine"));
    assertEquals(processes.find(({ name }) => name === "mine")?.argv, [
      `${run.directory}/tools/mine`,
      "60",
    ]);
  },
);

namespaceTest(
  "88: ~ is the home of chaperone in the first word and literal in others",
  async () => {
    const life = await runToEnd({
      program: [
        "/bin/sh",
        "-c",
        `HOME=$TEST_DIR exec "$0" --config "$TEST_DIR/chaperone.d"`,
        "chaperone",
      ],
      config: configuration({ "a.service": { command: "~/tools/words ~ ~/x" } }),
      files: { "tools/words": WORDS },
    });
    assertEquals(linesOf("a", life.stdout), ["2 words", "<~>", "<~/x>"], life.all);
  },
);

namespaceTest("89: quotes, backslashes and # are taken as a shell splits words", async () => {
  assertEquals(await linesOfOne({ command: `words 'a  b' "c d" e\\ f # g` }), [
    "5 words",
    ...["<a  b>", "<c d>", "<e f>", "<#>", "<g>"],
  ]);
});

namespaceTest("90: no shell is there: ; > and * are words", async () => {
  assertEquals(await linesOfOne({ command: "words a;b > *" }), ["3 words", "<a;b>", "<>>", "<*>"]);
});

namespaceTest("91: an expanded variable with blanks is split into words", async () => {
  assertEquals(await linesOfOne({ command: "words $(MANY)" }, { MANY: "one 'two three'" }), [
    "2 words",
    "<one>",
    "<two three>",
  ]);
});

namespaceTest("92: directory is the current one", async () => {
  assertEquals(await linesOfOne({ command: "/bin/pwd", directory: "/usr/share" }), ["/usr/share"]);
});

namespaceTest(
  "92: a directory that is missing is a start failure, which may be ignored",
  async () => {
    const section = { command: "/bin/echo runs", directory: "/nonexistent" };
    const strict = await runToEnd({ config: configuration({ "a.service": section }) });
    assertEquals(strict.code, 1);
    assertMatch(strict.all, /cancelled due to error: .*No such file or directory: '\/nonexistent'/);
    const lenient = await runToEnd({
      config: configuration({
        "a.service": { ...section, "ignore_failures": true },
        "b.service": { command: "/bin/echo b runs", after: "a.service" },
      }),
    });
    assertMatch(lenient.all, /service a\.service ignoring failures\. Exception: .*\/nonexistent/);
    assertEquals(linesOf("b", lenient.stdout), ["b runs"]);
    assertEquals(lenient.code, 0, lenient.all);
  },
);

namespaceTest(
  "93: with uid, the current directory is the user's home where it exists",
  async () => {
    const config = configuration({
      "a.service": { command: "/bin/pwd", uid: "bob" },
      "b.service": { command: "/bin/pwd", uid: "homeless" },
      "c.service": { command: "/bin/pwd" },
    });
    const life = await runToEnd({
      config,
      setup: `useradd --no-create-home --home-dir "$dir/tmp" bob
      useradd --no-create-home --home-dir /nonexistent homeless`,
      program: [
        "/bin/sh",
        "-c",
        `cd /usr; exec "$0" --config "$TEST_DIR/chaperone.d"`,
        "chaperone",
      ],
    });
    assertMatch(linesOf("a", life.stdout)[0] ?? "", /^\/tmp\/chaperone-e2e-\w+\/tmp$/, life.all);
    assertEquals(linesOf("b", life.stdout), ["/usr"], life.all);
    assertEquals(linesOf("c", life.stdout), ["/usr"], life.all);
    assertEquals(life.code, 0);
  },
);

namespaceTest(
  "94: a service leads a process group, and with setpgrp: false it does not",
  async () => {
    const report = python("import os; print(os.getpgid(0) == os.getpid())");
    const config = configuration({
      "a.service": { command: report },
      "b.service": { command: report, uid: "games" },
      "c.service": { command: report, setpgrp: false },
    });
    const life = await runToEnd({ config });
    assertEquals(linesOf("a", life.stdout), ["True"]);
    assertEquals(linesOf("b", life.stdout), ["True"]);
    assertEquals(linesOf("c", life.stdout), ["False"]);
  },
);

/** Says which descriptors it has, what its stdin is, and what it can read there. */
const READS = `import os, sys
print(sorted(int(each) for each in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + each)))
print("stdin", os.readlink("/proc/self/fd/0").split(":")[0])
print("read", sys.stdin.readline().strip())`;

namespaceTest("95: stdin is chaperone's where asked, and no other descriptor is open", async () => {
  await using run = await inNamespace({
    input: "pipe",
    config: configuration({
      "a.service": { command: python(READS), stdin: "inherit" },
      "b.service": { command: python(READS) },
    }),
    // One that a container runtime might have forgotten.
    program: [
      "/bin/sh",
      "-c",
      `exec 7</dev/null; exec "$0" --config "$TEST_DIR/chaperone.d"`,
      "chaperone",
    ],
  });
  await run.waitForLine(/a\[\d+\]: \[0, 1, 2\]$/);
  await run.waitForLine(/b\[\d+\]: stdin \/dev\/null$/);
  await run.type("hello\n");
  await run.waitForLine(/a\[\d+\]: read hello$/);
  await run.expectExit(0);
});

namespaceTest("96: names with _ and empty values are not exported", async () => {
  const config = configuration({
    "a.service": {
      command: "/usr/bin/env",
      "env_inherit": ["KEPT", "_HIDDEN", "VOID"],
      "env_set": { SET: "1", _PRIVATE: "2", EMPTY: "", SEEN: "$(_PRIVATE)" },
    },
  });
  const life = await runToEnd({ config, env: { KEPT: "0", _HIDDEN: "x", VOID: "" } });
  const variables = linesOf("a", life.stdout).filter((line) =>
    !line.startsWith("_CHAP_SERVICE_ID=")
  );
  assertEquals(variables.sort(), ["KEPT=0", "SEEN=2", "SET=1"]);
});

namespaceTest(
  "97: stdout becomes daemon.info, stderr daemon.warn; blank lines are dropped",
  async () => {
    const config = configuration({
      "console.logging": { selector: "daemon.*", extended: true, stdout: true },
      "a.service": { command: sh(`printf 'out  \\n\\n   \\n'; echo err >&2`) },
    });
    const life = await runToEnd({ config });
    const lines = life.stdout.filter((line) => line.includes(" a["));
    assertEquals(lines.length, 2, life.all);
    assert(lines.some((line) => /^daemon\.info .* a\[\d+\]: out$/.test(line)), life.all);
    assert(lines.some((line) => /^daemon\.warn\w* .* a\[\d+\]: err$/.test(line)), life.all);
  },
);

namespaceTest("98: UTF-8 passes, and a line of 1 MiB does not stop later ones", async () => {
  const config = configuration({
    "a.service": {
      command: python(`print("Zürich 東京 🚀"); print("x" * (1 << 20)); print("later")`),
    },
  });
  const life = await runToEnd({ config });
  const lines = linesOf("a", life.stdout);
  assertEquals(lines[0], "Zürich 東京 🚀");
  assertEquals(lines.at(-1), "later");
  const total = lines.slice(1, -1).join("").replaceAll(/[^x]/g, "").length;
  assertEquals(total, 1 << 20);
});

namespaceTest("99: inherited streams are chaperone's own, without a prefix", async () => {
  const config = configuration({
    "a.service": {
      command: sh(`echo plain out; echo plain err >&2`),
      stdout: "inherit",
      stderr: "inherit",
    },
  });
  const life = await runToEnd({ config });
  assertEquals(life.stdout.includes("plain out"), true);
  assertEquals(life.stderr, ["plain err"]);
});

namespaceTest("100: what a service says while it stops is logged", async () => {
  await using run = await inNamespace({
    config: configuration({ "a.service": { command: sh(STAYS) } }),
  });
  await run.waitForLine(/a\[\d+\]: up$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  assertStringIncludes(run.output.format(), "]: got TERM");
});

namespaceTest("umask, niceness, limits and OOM score are those of the section", async () => {
  const lines = await linesOfOne({
    command: sh("umask; nice; ulimit -n; cat /proc/self/oom_score_adj"),
    umask: "027",
    nice: 5,
    "oom_score_adj": 300,
    limits: { nofile: 333 },
  });
  assertEquals(lines, ["0027", "5", "333", "300"]);
});

namespaceTest("env_file and secrets reach the environment", async () => {
  const config = configuration({
    "a.service": {
      command: sh("echo $COLOUR $SECRET"),
      "env_file": ["$(TEST_DIR)/colours.env"],
      "env_from_file": true,
    },
  });
  const life = await runToEnd({
    config,
    files: { "colours.env": "COLOUR=blue\n", secret: "s3cret\n" },
    program: [
      "/bin/sh",
      "-c",
      `SECRET_FILE=$TEST_DIR/secret exec "$0" --config "$TEST_DIR/chaperone.d"`,
      "chaperone",
    ],
  });
  assertEquals(linesOf("a", life.stdout), ["blue s3cret"], life.all);
});
