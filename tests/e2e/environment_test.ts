/**
 * What processes see of the environment, and what runs while it is made. The language itself is in
 * tests/unit/config/environment/expansion_test.ts, how levels are put together in
 * environment_test.ts beside it.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import {
  configuration,
  type Life,
  linesOf,
  runToEnd,
  type Section,
  sh,
  STAYS,
} from "./scenario.ts";

const OWN = /^(?:PATH|HOME|TEST_DIR|PWD|_CHAP_SERVICE_ID)=/;

/** Runs one service that prints its environment, and returns what the test put there. */
async function variablesOf(
  section: Section,
  more: { settings?: Section; env?: Record<string, string>; args?: string[] } = {},
): Promise<string[]> {
  const life = await runToEnd({
    config: configuration({
      settings: more.settings ?? {},
      "a.service": { command: "/usr/bin/env", ...section },
    }),
    env: more.env ?? {},
    args: more.args ?? [],
  });
  assertEquals(life.code, 0, life.all);
  return linesOf("a", life.stdout).filter((line) => !OWN.test(line)).sort();
}

namespaceTest(
  "215: patterns of env_inherit let matching names pass, an empty list all",
  async () => {
    const env = { ABC: "1", ABX: "2", ab: "3", Z1: "4", Z2: "5" };
    assertEquals(await variablesOf({ "env_inherit": ["A*", "Z[!1]"] }, { env }), [
      ...["ABC=1", "ABX=2", "Z2=5"],
    ]);
    assertEquals((await variablesOf({ "env_inherit": [] }, { env })).length, 5);
  },
);

namespaceTest(
  "216, 218: env_unset takes away, and env_set of a service overrides the settings",
  async () => {
    const variables = await variablesOf(
      { "env_set": { LEVEL: "service", GONE_2: "x" }, "env_unset": ["GONE_*"] },
      { settings: { "env_set": { LEVEL: "settings", ALL: "yes" } }, env: { GONE_1: "x" } },
    );
    assertEquals(variables, ["ALL=yes", "LEVEL=service"]);
  },
);

namespaceTest("217: HOME, USER and LOGNAME follow uid, and env_set may override", async () => {
  const life = await runToEnd({
    config: configuration({
      "a.service": { command: sh("echo $HOME $USER $LOGNAME"), uid: "games", "env_inherit": ["X"] },
      "b.service": { command: sh("echo $HOME $USER"), uid: "games", "env_set": { HOME: "/mine" } },
    }),
  });
  assertEquals(linesOf("a", life.stdout), ["/usr/games games games"]);
  assertEquals(linesOf("b", life.stdout), ["/mine games"]);
});

namespaceTest("219: a value of the settings is expanded for each service by itself", async () => {
  const life = await runToEnd({
    config: configuration({
      settings: { "env_set": { NAME: "I am $(_CHAP_SERVICE)" } },
      "a.service": { command: sh("echo $NAME") },
      "b.service": { command: sh("echo $NAME") },
    }),
    args: ["sh", "-c", "echo $NAME"],
  });
  assertEquals(linesOf("a", life.stdout), ["I am a.service"]);
  assertEquals(linesOf("b", life.stdout), ["I am b.service"]);
  assertEquals(life.stdout.includes("I am CONSOLE"), true);
});

namespaceTest("220: PATH grows over parent, settings and service", async () => {
  const life = await runToEnd({
    config: configuration({
      settings: { "env_set": { PATH: "/settings:$(PATH)" } },
      "a.service": { command: "/usr/bin/env", "env_set": { PATH: "/service:$(PATH)" } },
    }),
  });
  const path = linesOf("a", life.stdout).find((line) => line.startsWith("PATH="));
  assertMatch(path ?? "", /^PATH=\/service:\/settings:\/.*\/bin$/);
});

namespaceTest("232: a backtick runs once for all services, and what fails is told", async () => {
  const life = await runToEnd({
    config: configuration({
      settings: {
        "env_set": {
          ONCE: "`echo run >>$TEST_DIR/runs; printf 'one\\ntwo\\n'; echo err >&2`",
          FAILED: "`exit 3`",
        },
      },
      "a.service": { command: sh('echo "$ONCE, [$FAILED]"') },
      "b.service": { command: sh("echo $ONCE; wc -l <$TEST_DIR/runs") },
    }),
  });
  assertEquals(linesOf("a", life.stdout), ["one two err, []"], life.all);
  assertEquals(linesOf("b", life.stdout), ["one two err", "1"], life.all);
  assertStringIncludes(life.all, "a backtick has failed");
});

namespaceTest(
  "233: a backtick runs as the user of its section, in chaperone's own environment",
  async () => {
    const variables = await variablesOf(
      {
        uid: "games",
        "env_set": {
          WHO: "`id -un`",
          SEEN: "`printenv MINE || echo invisible, $(MINE)`",
          MINE: "set",
        },
      },
      { env: { OUTER: "x" } },
    );
    assertEquals(variables.includes("WHO=games"), true, variables.join());
    assertEquals(variables.includes("SEEN=invisible, set"), true, variables.join());
  },
);

namespaceTest("234: in command, bare backticks are text, and $(`…`) runs", async () => {
  const life = await runToEnd({
    config: configuration({ "a.service": { command: "/bin/echo `id` $(`echo ran`)" } }),
  });
  assertEquals(linesOf("a", life.stdout), ["`id` ran"]);
});

namespaceTest("235: launches are numbered and dated, for variables that ask for it", async () => {
  const show = (after?: string): Section => ({
    type: "oneshot",
    command: sh("echo $NUMBER $TIME; env | grep -c ^_CHAP_SERVICE_[ST]"),
    "success_codes": [1],
    "env_set": { NUMBER: "$(_CHAP_SERVICE_SERIAL)", TIME: "$(_CHAP_SERVICE_TIME)" },
    ...(after === undefined ? {} : { after }),
  });
  const beforeSeconds = Math.floor(Date.now() / 1000);
  const life = await runToEnd({
    config: configuration({
      "a.service": show(),
      "b.service": show("a.service"),
      "c.service": show("b.service"),
    }),
  });
  const said = ["a", "b", "c"].map((name) => linesOf(name, life.stdout));
  assertEquals(said.map(([line = ""]) => line.split(" ")[0]), ["1", "2", "3"], life.all);
  assertEquals(said.map(([, exported]) => exported), ["0", "0", "0"]);
  const seconds = Number((said[0]?.[0] ?? "").split(" ")[1]);
  assertEquals(seconds >= beforeSeconds && seconds <= beforeSeconds + 20, true, life.all);
});

namespaceTest(
  "236, 237: the command is CONSOLE, its arguments are expanded and stay whole",
  async () => {
    const life = await runToEnd({
      config: configuration({ settings: { "env_set": { TTY: "$(_CHAP_INTERACTIVE)" } } }),
      args: ["sh", "-c", "echo $# $1 tty=$TTY", "sh", "$(_CHAP_SERVICE) x"],
    });
    assertEquals(life.stdout.includes("1 CONSOLE x tty=0"), true, life.all);
  },
);

namespaceTest("238: uid may come from a variable, that of --user, or its default", async () => {
  const config = configuration({
    "a.service": { command: "/usr/bin/id -un", uid: "$(USER:-www-data)" },
  });
  const plain = await runToEnd({ config });
  assertEquals(linesOf("a", plain.stdout), ["www-data"], plain.all);
  const user = await runToEnd({ config, args: ["--user", "games"] });
  assertEquals(linesOf("a", user.stdout), ["games"], user.all);
});

namespaceTest(
  "239: uid of the settings is expanded, and holds for services, not for the command",
  async () => {
    const life: Life = await runToEnd({
      config: configuration({
        settings: { uid: "$(WHO)" },
        "a.service": { command: "/usr/bin/id -un" },
      }),
      env: { WHO: "daemon" },
      args: ["--user", "games", "id", "-un"],
    });
    assertEquals(linesOf("a", life.stdout), ["daemon"], life.all);
    assertEquals(life.stdout.includes("games"), true, life.all);
  },
);

namespaceTest("240: inherited variables are data: neither expanded nor run", async () => {
  const env = { DATA: "$(HOME) `touch /run/ran`" };
  assertEquals(await variablesOf({ "env_set": { COPY: "<$(DATA)>" } }, { env }), [
    "COPY=<$(HOME) `touch /run/ran`>",
    "DATA=$(HOME) `touch /run/ran`",
  ]);
});

namespaceTest(
  "F-052: bytes that are not UTF-8 reach services, backticks and the next incarnation unchanged",
  async () => {
    const look = (name: string) => `printf ${name}; printf %s "$${name}" | od -An -tx1`;
    const all = ["ODD", "KEY", "LINE", "BACK", "JOINED"].map(look).join("; ");
    await using run = await inNamespace({
      // Latin-1: a with diaeresis is one byte.
      setup: `printf 'k\\344y\\n' >$dir/secret; printf 'LINE=l\\344ne\\n' >$dir/env`,
      program: [
        "sh",
        "-c",
        `export KEY_FILE=$TEST_DIR/secret ODD="$(printf 'p\\344ss')"
        exec $TEST_DIR/bin/chaperone --config $TEST_DIR/chaperone.d`,
      ],
      config: configuration({
        settings: { "env_set": { BACK: '`printf %s "$ODD"`', JOINED: "<$(ODD)>" } },
        "a.service": {
          command: `${sh(`${all}; printf arg; printf %s "$0" | od -An -tx1; ${STAYS}`)} $(ODD)`,
          "env_from_file": true,
          "env_file": ["$(TEST_DIR)/env"],
        },
      }),
    });
    await run.waitForLine(/a\[\d+\]: up$/);
    const expected = [
      "ODD 70 e4 73 73",
      "KEY 6b e4 79",
      "LINE 6c e4 6e 65",
      "BACK 70 e4 73 73",
      "JOINED 3c 70 e4 73 73 3e",
      "arg 70 e4 73 73",
    ];
    assertEquals(linesOf("a", run.output.texts()).slice(0, 6), expected);
    assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
    const from = run.output.lines.length;
    assertEquals((await run.exec(["telchap", "restart", "a"])).code, 0);
    await run.waitForLine(/a\[\d+\]: up$/, { from });
    const after = linesOf("a", run.output.texts());
    assertEquals(after.slice(after.lastIndexOf("up") - 6, after.lastIndexOf("up")), expected);
    await run.signal("SIGTERM");
    await run.expectExit(0);
  },
);
