/**
 * The container's own stdout: how it looks (`console`, colours), where container runtimes cut
 * lines, and what happens when nobody reads it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceOptions } from "../harness/namespace.ts";
import type { Running } from "../harness/running.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { DATE, openSender, waitForLineIn } from "../harness/syslog.ts";

const PYTHON = "#!/usr/bin/python3\n";
const CONSOLE = "console.logging: { stdout: true, selector: '*.*;[chaperone].!*' }\n";

function saying(words: string, settings = "", console = CONSOLE): string {
  const talk = `talk.service: { command: "$(TEST_DIR)/talk" }\n`;
  return `${settings}${talk}${console}`.replaceAll("WORDS", words);
}

/** Prints `lines` and goes on. */
const talk = (lines: readonly string[]) => ({
  talk: `${PYTHON}import time\nprint(${
    JSON.stringify(lines.join("\n"))
  }, flush=True)\ntime.sleep(99)\n`,
});

namespaceTest("console: prefix writes 'service | line'", async () => {
  await using run = await inNamespace({
    config: saying("", "settings: { console: prefix }\n"),
    files: talk(["one", "\x1b[32mgreen\x1b[0m"]),
  });
  using sender = await openSender(run);
  await sender.send(`<13>${DATE} prog[3]: forged\nline \x1b[31m`);
  await run.waitForLine(/green/);
  await run.waitForLine(/forged/);
  assertEquals(
    run.output.texts("stdout").toSorted(),
    [
      "prog | forged#012line #033[31m",
      "talk | one",
      "talk | \x1b[32mgreen\x1b[0m",
    ].toSorted(),
  );
});

namespaceTest("console: json writes one object a line, and keeps a service's own", async () => {
  await using run = await inNamespace({
    config: saying(""),
    env: { CHAPERONE_CONSOLE: "json" },
    files: talk(['plain "text"', '{"level":"info","pid":"own"}', "{broken}"]),
  });
  using sender = await openSender(run);
  await sender.send(`<11>${DATE} other prog[3]: sent`);
  await run.waitForLine(/broken/);
  await run.waitForLine(/sent/);
  const objects = run.output.texts("stdout").map((line) => JSON.parse(line));
  for (const { time } of objects) assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]/);
  const own = objects.find(({ level }) => level === "info");
  assertEquals([own.service, own.pid, own.stream], ["talk", "own", "stdout"]);
  const plain = objects.find(({ message }) => message === 'plain "text"');
  assertEquals(
    [plain.service, plain.program, plain.facility, plain.priority, plain.stream, typeof plain.pid],
    ["talk", "talk", "daemon", "info", "stdout", "number"],
  );
  assert(objects.some(({ message }) => message === "{broken}"));
  const sent = objects.find(({ message }) => message === "sent");
  assertEquals(
    [sent.program, sent.pid, sent.host, sent.facility, sent.priority],
    ["prog", 3, "other", "user", "err"],
  );
});

namespaceTest("console: prefix takes inherited streams, too", async () => {
  await using run = await inNamespace({
    config: `settings: { console: prefix }
talk.service: { command: "sh -c 'echo raw; exec sleep 99'", stdout: inherit }`,
  });
  assertEquals(await run.waitForLine(/raw/, { stream: "stdout" }), "talk | raw");
});

namespaceTest(
  "lines over 16 KiB are split on the console, with markers, and nowhere else",
  async () => {
    const text = "0123456789".repeat(4000);
    await using run = await inNamespace({
      config: saying("") + 'all.logging: { file: "$(TEST_DIR)/log", selector: "[talk].*" }\n',
      files: talk([text, "after"]),
    });
    await run.waitForLine(/: after$/);
    const pieces = run.output.texts("stdout").slice(0, -1);
    assert(pieces.length > 2);
    for (const piece of pieces) assert(piece.length < 16 * 1024, String(piece.length));
    const texts = pieces.map((piece) => piece.replace(/^.*? talk\[\d+\]: /, ""));
    const whole = texts.map((piece) =>
      piece.replace(/^\[\.\.\.\] /, "").replace(/ \[\.\.\.\]$/, "")
    );
    assertEquals(whole.join(""), text);
    const lines = await waitForLineIn(`${run.directory}/log`, /: after$/);
    assert(lines[0]?.endsWith(`: ${text}`));
  },
);

const COLOURED =
  `talk.service: { command: "sh -c 'echo calm; echo warned >&2; exec sleep 99'" }\n${CONSOLE}`;

/** Returns a line with its SGR sequences as `<31>`. */
async function colouredLine(run: Running, word: string): Promise<string> {
  const parts = (await run.waitForLine(new RegExp(word))).split("\x1b[");
  return parts.join("<").replaceAll(/<(\d+)m/g, "<$1>");
}

namespaceTest("a terminal shows severities in colour", async () => {
  await using run = await inNamespace({ config: COLOURED, input: "terminal" });
  using sender = await openSender(run);
  await sender.send(`<11>${DATE} prog: failed`, `<15>${DATE} prog: traced`);
  await run.waitForLine(/traced/);
  assertMatch(await colouredLine(run, "warned"), /^<33>.*warned<0>$/);
  assertMatch(await colouredLine(run, "calm"), /^\w{3} .*calm$/);
  assertMatch(await colouredLine(run, "failed"), /^<31>.*failed<0>$/);
  assertMatch(await colouredLine(run, "traced"), /^<2>.*traced<0>$/);
});

const COLOURLESS: Readonly<Record<string, Partial<NamespaceOptions>>> = {
  "a terminal with NO_COLOR": { input: "terminal", env: { NO_COLOR: "1" } },
  "a pipe": {},
};

for (const [name, options] of Object.entries(COLOURLESS)) {
  namespaceTest(`${name} shows no colours`, async () => {
    await using run = await inNamespace({ config: COLOURED, ...options });
    assertMatch(await run.waitForLine(/warned/), /^\w{3} .*warned$/);
  });
}

/** A pseudo terminal that nobody reads, as stdout and stderr. */
const UNREAD_TERMINAL = `import os, pty, sys, time
master, slave = pty.openpty()
if os.fork() == 0:
    os.setsid()
    time.sleep(999)
os.dup2(slave, 1)
os.dup2(slave, 2)
os.close(master)
os.execvp(sys.argv[1], sys.argv[1:])
`;

const LINES = 60_000;
const FLOOD = `${PYTHON}import os, time
for i in range(${LINES}):
    os.write(1, b"%d is a line of a service that has much to say about everything\\n" % i)
open(os.environ["TEST_DIR"] + "/done", "w").write("x\\n")
time.sleep(99)
`;

const BLOCKED = (whenFull: string) => `
flood.service: { command: "$(TEST_DIR)/flood" }
quiet.service: { command: "sh -c 'until test -e $(TEST_DIR)/go; do sleep 0.1; done; echo went; exec sleep 99'" }
console.logging: { stdout: true, selector: "[flood].*", when_full: ${whenFull} }
file.logging: { file: "$(TEST_DIR)/log" }
`;

for (const whenFull of ["block", "drop"] as const) {
  namespaceTest(`a terminal that nobody reads, when_full: ${whenFull}`, async () => {
    await using run = await inNamespace({
      wrapper: ["/usr/bin/python3", "-c", UNREAD_TERMINAL],
      config: BLOCKED(whenFull),
      files: { flood: FLOOD },
    });
    const log = `${run.directory}/log`;
    // With `block` the service stands still once the buffer is full; others go on all the same.
    const last = whenFull === "drop" ? LINES - 1 : 10_000;
    await waitForLineIn(log, new RegExp(`flood\\[\\d+\\]: ${last} is`));
    await Deno.writeTextFile(`${run.directory}/go`, "");
    await waitForLineIn(log, /: went$/);
    using sender = await openSender(run);
    await sender.send(`<13>${DATE} prog: through`);
    await waitForLineIn(log, /: through$/);
    const isDone = await Deno.stat(`${run.directory}/done`).then(() => true, () => false);
    assertEquals(isDone, whenFull === "drop");
    await run.signal("SIGTERM");
    await run.expectExit(0);
    const lines = await waitForLineIn(log, /./);
    const flood = lines.flatMap((line) => /flood\[\d+\]: (\d+) is/.exec(line)?.[1] ?? []).map(
      Number,
    );
    assertEquals(flood, Array.from({ length: flood.length }, (_, i) => i));
    if (whenFull === "drop") {
      const slow = lines.filter((line) => /Cannot write to stdout as fast as/.test(line));
      assertEquals(slow.length, 1);
    }
  });
}
