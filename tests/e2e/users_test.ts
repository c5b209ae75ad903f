/**
 * Who services run as: `--user`, `--create-user` and `uid`, with real accounts. What --create-user
 * decides is in tests/unit/config/create_user_test.ts, what it changes in tests/integration/apps.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { NamespaceOptions } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, sh } from "./scenario.ts";

const REPORT = configuration({
  "a.service": { command: sh("id; echo $HOME $USER $LOGNAME") },
});

/** Runs a service that tells its user, and returns what `id` printed and the three variables. */
async function reportOf(args: readonly string[], more: NamespaceOptions = {}): Promise<string[]> {
  const life = await runToEnd({ config: REPORT, ...more, args });
  assertEquals(life.code, 0, life.all);
  return linesOf("a", life.stdout);
}

/** Runs what must be refused before anything starts, and returns what was said. */
async function refusalOf(args: readonly string[], setup?: string): Promise<string> {
  const life = await runToEnd({ config: REPORT, args, ...(setup ? { setup } : {}) });
  assertEquals([life.code, linesOf("a", life.stdout)], [1, []], life.all);
  return [...life.stdout, ...life.stderr].join("\n");
}

namespaceTest("43: --create-user makes an account, and services run as it", async () => {
  const [id = "", variables = ""] = await reportOf(["--create-user", "bob"]);
  assertMatch(id, /^uid=\d+\(bob\) gid=\d+\(bob\) groups=\d+\(bob\)$/);
  assertEquals(variables, "/home/bob bob bob");
});

namespaceTest("44: --create-user takes a uid, and a gid that becomes a group", async () => {
  assertMatch((await reportOf(["--create-user", "bob:5555"]))[0] ?? "", /^uid=5555\(bob\)/);
  assertEquals(
    (await reportOf(["--create-user", "bob:5555:6666"]))[0],
    "uid=5555(bob) gid=6666(bob) groups=6666(bob)",
  );
});

for (const value of ["bob:5555:games", "bob::games", "bob:games"]) {
  namespaceTest(`45: --create-user ${value} has games as primary group`, async () => {
    assertMatch((await reportOf(["--create-user", value]))[0] ?? "", /\(bob\) gid=\d+\(games\)/);
  });
}

namespaceTest("46: a group name that does not exist is refused", async () => {
  assertEquals(
    await refusalOf(["--create-user", "bob:5555:nosuchgrp"]),
    "--create-user has failed: Group does not exist: nosuchgrp",
  );
});

namespaceTest(
  "47 and 49: the owner of a file lends uid and gid, a colon in its path is escaped",
  async () => {
    const setup = `touch "$dir/a:b"; chown 7001:7002 "$dir/a:b"`;
    const file = `$(echo "$TEST_DIR" | sed 's/:/\\\\:/g')/a\\:b`;
    const start = (more: string) => [
      "-c",
      `exec "$0" --config "$TEST_DIR/chaperone.d" --create-user "bob:${file}${more}"`,
      "chaperone",
    ];
    const program = ["/bin/sh"];
    assertMatch(
      (await reportOf(start(""), { setup, program }))[0] ?? "",
      /^uid=7001\(bob\) gid=7002/,
    );
    assertMatch(
      (await reportOf(start(":7000"), { setup, program }))[0] ?? "",
      /^uid=7000\(bob\) gid=7002/,
    );
  },
);

namespaceTest("48: a file that is missing is named", async () => {
  assertMatch(
    await refusalOf(["--create-user", "bob:/nonexistent"]),
    /^--create-user has failed: .*No such file.*\/nonexistent/,
  );
});

namespaceTest("50: a value that is no user is refused", async () => {
  assertEquals(
    await refusalOf(["--create-user", "BAD NAME"]),
    "--create-user is NAME[:UID[:GID]] or NAME:/FILE[:UID[:GID]], not 'BAD NAME'",
  );
});

namespaceTest("51: an existing user with the same numbers is used as it is", async () => {
  assertMatch((await reportOf(["--create-user", "games"]))[0] ?? "", /^uid=5\(games\)/);
  assertMatch((await reportOf(["--create-user", "games:5:60"]))[0] ?? "", /^uid=5\(games\) gid=60/);
});

namespaceTest("52: an existing user with other numbers is refused", async () => {
  assertStringIncludes(
    await refusalOf(["--create-user", "games:77"]),
    "User games exists, but does not have expected UID=77",
  );
  assertStringIncludes(
    await refusalOf(["--create-user", "games::daemon"]),
    "User games exists, but does not have expected GID=daemon",
  );
});

namespaceTest("53: a uid that belongs to somebody else is refused", async () => {
  assertMatch(await refusalOf(["--create-user", "bob:5"]), /^--create-user has failed: /);
});

namespaceTest(
  "54: --default-home counts where the usual home is missing, for --config, too",
  async () => {
    const [, missing = ""] = await reportOf(["--create-user", "bob", "--default-home", "/srv"]);
    assertEquals(missing, "/srv bob bob");
    const program = ["/bin/sh", "-c", `cd /; exec "$0" "$@"`, "chaperone"];
    const relative = await runToEnd({
      program,
      setup: `mount -t tmpfs none /srv; cp -r "$dir/chaperone.d" /srv`,
      config: REPORT,
      args: ["--config", "chaperone.d", "--create-user", "bob", "--default-home", "/srv"],
    });
    assertEquals(linesOf("a", relative.stdout).length, 2, relative.all);
    const setup = "mount -t tmpfs none /home; mkdir /home/bob";
    const [, usual = ""] = await reportOf(["--create-user", "bob", "--default-home", "/srv"], {
      setup,
    });
    assertEquals(usual, "/home/bob bob bob");
  },
);

namespaceTest("55: --user must exist; a number is one", async () => {
  assertStringIncludes(
    await refusalOf(["--user", "nosuch"]),
    "Configuration Error: specified user ('nosuch') does not exist",
  );
  assertMatch((await reportOf(["--user", "5"]))[0] ?? "", /^uid=5\(games\)/);
});

namespaceTest(
  "56: a relative --config starts at the home of --user, else at the root",
  async () => {
    const program = ["/bin/sh", "-c", `cd /tmp; exec "$0" "$@"`, "chaperone"];
    const setup = `mount -t tmpfs none /home
    useradd --create-home bob
    cp -r "$dir/chaperone.d" /home/bob/conf`;
    const args = ["--config", "conf", "--user", "bob"];
    const home = await runToEnd({ program, setup, config: REPORT, args });
    assertMatch(linesOf("a", home.stdout)[0] ?? "", /\(bob\)/, home.all);
    const relative = `exec "$0" --config "\${TEST_DIR#/}/chaperone.d"`;
    const root = await runToEnd({
      program: ["/bin/sh", "-c", `cd /tmp; ${relative}`, "chaperone"],
      config: REPORT,
    });
    assertMatch(linesOf("a", root.stdout)[0] ?? "", /^uid=0\(root\)/, root.all);
  },
);

namespaceTest("57: a service with uid root under --user runs as root", async () => {
  const config = configuration({
    "a.service": { command: "/usr/bin/id -un" },
    "b.service": { command: "/usr/bin/id -un", uid: "root" },
  });
  const life = await runToEnd({ config, args: ["--user", "games"] });
  assertEquals(linesOf("a", life.stdout), ["games"], life.all);
  assertEquals(linesOf("b", life.stdout), ["root"], life.all);
});

namespaceTest(
  "58: supplementary groups are those of the user, or those that groups names",
  async () => {
    const config = configuration({
      "a.service": { command: "/usr/bin/id -Gn", uid: "bob" },
      "b.service": { command: "/usr/bin/id -Gn", uid: "bob", groups: ["tape"] },
      "c.service": { command: "/usr/bin/id -Gn", uid: 4321 },
    });
    const life = await runToEnd({
      config,
      setup: "useradd --no-create-home --groups audio,video bob; groupadd -g 4321 numbers",
    });
    assertEquals(linesOf("a", life.stdout), ["bob audio video"], life.all);
    assertEquals(linesOf("b", life.stdout), ["bob tape"], life.all);
    assertEquals(life.code, 0, life.all);
  },
);
