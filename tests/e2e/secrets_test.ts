/** Secrets that services are handed in memory, and that are masked in what they write. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "./harness/namespace.ts";
import { landlockTest, namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, runToEnd, type Section, sh } from "./scenario.ts";

/** Root's alone, in a directory that nobody else may enter. */
const LAID_OUT = `chmod 755 "$dir"; mkdir -m 700 "$dir/secrets"
printf hunter2 > "$dir/secrets/db"; chmod 600 "$dir/secrets/db"`;

const SECRET = { DB_PASSWORD: "file:$(TEST_DIR)/secrets/db" };

function withSecrets(options: NamespaceOptions): NamespaceOptions {
  return { ...options, setup: `${LAID_OUT}\n${options.setup ?? ""}` };
}

/** Files, since what chaperone runs is not a shell's to expand. */
const LOOK = `#!/bin/sh
echo place $DB_PASSWORD_FILE
echo holds $(tr a-z A-Z < $DB_PASSWORD_FILE)
echo variable $DB_PASSWORD.
tr '\\0' '\\n' < /proc/self/environ | grep -c hunter2
(echo x > $DB_PASSWORD_FILE) 2>/dev/null || echo sealed
chmod 600 $DB_PASSWORD_FILE; (echo x > $DB_PASSWORD_FILE) 2>/dev/null || echo still sealed
stat -Lc '%a %u' $DB_PASSWORD_FILE
echo looked
exec sleep 1000`;

const SEEN = (place: number, uid: number) => [
  ...[`place /proc/self/fd/${place}`, "holds HUNTER2", "variable .", "0"],
  ...["sealed", "still sealed", `600 ${uid}`, "looked"],
];

landlockTest(
  "a secret is handed in memory, sealed, to its user alone, and by no variable",
  async () => {
    const service = {
      command: "$(TEST_DIR)/look.sh",
      secrets: SECRET,
      "env_set": { DB_PASSWORD: "hunter2" },
    };
    const held = {
      uid: 1000,
      capabilities: [],
      sandbox: { preset: "strict", execute: ["$(TEST_DIR)/look.sh"] },
    };
    const listening = { listen: "127.0.0.1:7003", uid: 1000 };
    await using run = await inNamespace(withSecrets({
      files: { "look.sh": LOOK },
      config: configuration({
        "console.logging": { selector: "*.info", stdout: true },
        "root.service": service,
        "held.service": { ...service, ...held },
        "listening.service": { ...service, ...listening },
      }),
    }));
    for (const [name, place, uid] of [["root", 3, 0], ["held", 3, 1000], ["listening", 4, 1000]]) {
      await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: looked$`), { limitMs: 30_000 });
      const lines = linesOf(`${name}`, run.output.texts());
      // Root writes whatever the mode says: the seal refuses it.
      assertEquals(lines, SEEN(Number(place), Number(uid)), run.output.format());
    }
    const { stdout } = await run.exec(["telchap", "audit", "--json", "held"]);
    const { services: [{ secrets, handed }] } = JSON.parse(stdout);
    assertEquals([secrets, handed], [[], ["DB_PASSWORD"]]);
    // It is read again at each start, after a re-execution, too.
    await Deno.writeTextFile(`${run.directory}/secrets/db`, "swordfish");
    assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
    const from = run.output.lines.length;
    assertEquals((await run.exec(["telchap", "restart", "held"])).code, 0);
    await run.waitForLine(/ held\[\d+\]: holds SWORDFISH$/, { from, limitMs: 30_000 });
  },
);

namespaceTest(
  "a secret that its user leads to is read as that user, and a missing one is told",
  async () => {
    const once: Section = { type: "oneshot", "ignore_failures": true, uid: 1000 };
    const command = sh('cat "$KEY_FILE"');
    const { all, stdout } = await runToEnd(withSecrets({
      setup: `mkdir "$dir/own"; chown 1000 "$dir/own"; ln -s "$dir/secrets/db" "$dir/own/link"
printf mine > "$dir/own/key"; chown 1000 "$dir/own/key"; chmod 600 "$dir/own/key"`,
      config: configuration({
        "link.service": { ...once, command, secrets: { KEY: "file:$(TEST_DIR)/own/link" } },
        "own.service": { ...once, command, secrets: { KEY: "file:$(TEST_DIR)/own/key" } },
        "none.service": { ...once, command, secrets: { KEY: "file:$(TEST_DIR)/secrets/none" } },
      }),
    }));
    assertEquals(linesOf("own", stdout), ["mine"], all);
    assertEquals([linesOf("link", stdout), linesOf("none", stdout)], [[], []], all);
    assertMatch(all, /link\.service .*own\/link.*others than root can change what is there/);
    assertMatch(all, /none\.service .*the secret KEY is not there/);
  },
);

const TELLS = `#!/bin/sh
cat $DB_PASSWORD_FILE; echo; printf 'first hunt'; sleep 0.3; echo er2 said
echo "token $API_TOKEN" >&2; echo told
printf 'last hunt'
while ! [ -e $PLACE/go ]; do sleep 0.05; done
echo er2 after
exec sleep 1000`;

const MASKED = ["***", "first *** said", "token ***", "told"];

namespaceTest(
  "redact masks secrets in lines, logs and files, across writes and a re-exec",
  async () => {
    const service = {
      command: "$(TEST_DIR)/tells.sh",
      secrets: SECRET,
      "env_set": { API_TOKEN: "letmein", PLACE: "$(TEST_DIR)" },
    };
    await using run = await inNamespace(withSecrets({
      files: { "tells.sh": TELLS },
      config: configuration({
        settings: { redact: true },
        "console.logging": { selector: "*.info", stdout: true, file: "$(TEST_DIR)/all.log" },
        "masked.service": {
          ...service,
          health: {
            exec: 'sh -c "cat $DB_PASSWORD_FILE; false"',
            retries: 1,
            action: "none",
            interval: 0.2,
          },
        },
        "plain.service": { ...service, redact: false },
        "shown.service": { ...service, redact: true, stdout: "inherit" },
      }),
    }));
    for (const name of ["masked", "plain"]) {
      await run.waitForLine(new RegExp(` ${name}\\[\\d+\\]: told$`), { limitMs: 30_000 });
    }
    await run.waitForLine(/masked.* unhealthy.*\*\*\*/, { limitMs: 30_000 });
    assertEquals((await run.exec(["telchap", "reexec"])).code, 0);
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await run.waitForLine(/ masked\[\d+\]: last \*\*\* after$/, { limitMs: 30_000 });
    await run.waitForLine(/ plain\[\d+\]: last hunter2 after$/, { limitMs: 30_000 });
    const lines = run.output.texts();
    assertEquals(linesOf("masked", lines).slice(0, 4).sort(), [...MASKED].sort());
    assertEquals(linesOf("shown", lines).includes("first *** said"), true, run.output.format());
    const logs = (await run.exec(["telchap", "logs", "masked"])).stdout;
    assertStringIncludes(logs, "first *** said");
    const file = await Deno.readTextFile(`${run.directory}/all.log`);
    for (const line of [...logs.split("\n"), ...file.split("\n"), ...lines]) {
      const isPlain = line.includes(" plain[");
      assertEquals(!isPlain && /hunter2|letmein/.test(line), false, line);
    }
    // The control: without redact they are there.
    assertEquals(linesOf("plain", lines).slice(0, 4).sort(), [
      ...["first hunter2 said", "hunter2", "token letmein", "told"],
    ]);
  },
);
