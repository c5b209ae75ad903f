/**
 * What services write to stdout and stderr, from the first byte to the last: lines, whatever their
 * length and whoever else writes to the same pipe, also those written just before a process is
 * killed.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { readLines, waitForLineIn } from "../harness/syslog.ts";

const LOG = `all.logging: { file: "$(TEST_DIR)/log", logrec_hostname: box }\n`;
const PYTHON = "#!/usr/bin/python3\n";

/** The texts that one service has written, out of all lines of a file. */
function textsOf(lines: readonly string[], service: string): string[] {
  const head = new RegExp(`^\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d box ${service}\\[\\d+\\]: `);
  return lines.filter((line) => head.test(line)).map((line) => line.replace(head, ""));
}

const numbered = (count: number, word = "line") =>
  Array.from({ length: count }, (_, i) => `${word} ${i}`);

namespaceTest("97: lines are daemon.info and daemon.warn of the service and its pid", async () => {
  await using run = await inNamespace({
    config: `
talk.service: { command: "sh -c 'printf \\"a  \\\\t\\\\n\\\\n  \\\\n b\\\\n\\"; echo c >&2; exec sleep 99'" }
all.logging: { file: "$(TEST_DIR)/log", logrec_hostname: box, extended: true, selector: "[talk].*" }
`,
  });
  await waitForLineIn(`${run.directory}/log`, / b$/);
  const lines = await waitForLineIn(`${run.directory}/log`, / c$/);
  const [sleep] = await run.waitForProcesses((all) => all.some((each) => each.name === "sleep"))
    .then((all) => all.filter((each) => each.name === "sleep"));
  const date = String.raw`\w{3} [ \d]\d \d\d:\d\d:\d\d`;
  const head = new RegExp(`^(daemon\\.\\w+) ${date} box talk\\[${sleep?.pid}\\]: (.*)$`);
  const found = lines.map((line) => head.exec(line)?.slice(1).join(": ")).toSorted();
  assertEquals(found, ["daemon.info:  b", "daemon.info: a", "daemon.warn: c"].toSorted());
});

namespaceTest("98: UTF-8 arrives intact, and a line of 1 MiB stops no later one", async () => {
  await using run = await inNamespace({
    config: `talk.service: { command: "$(TEST_DIR)/talk" }\n${LOG}`,
    files: { talk: `${PYTHON}print("größe 漢字 🙂")\nprint("é" * (1 << 19))\nprint("after")\n` },
  });
  const lines = textsOf(await waitForLineIn(`${run.directory}/log`, /: after$/), "talk");
  assertEquals([lines[0], lines.at(-1)], ["größe 漢字 🙂", "after"]);
  const pieces = lines.slice(1, -1);
  for (const piece of pieces.slice(1)) assert(piece.startsWith("[...] "));
  for (const piece of pieces.slice(0, -1)) assert(piece.endsWith(" [...]"));
  const whole = pieces.map((piece) =>
    piece.replace(/^\[\.\.\.\] /, "").replace(/ \[\.\.\.\]$/, "")
  );
  assertEquals(whole.join(""), "é".repeat(1 << 19));
});

namespaceTest("99: inherited streams are chaperone's own, and nothing is added", async () => {
  await using run = await inNamespace({
    config: `talk.service: {
      command: "sh -c 'printf raw; printf oops >&2; exec sleep 99'", stdout: inherit, stderr: inherit,
    }`,
  });
  await run.output.waitForText(/^raw$/, "stdout");
  await run.output.waitForText(/^oops$/, "stderr");
});

namespaceTest("null streams go nowhere", async () => {
  await using run = await inNamespace({
    config: `talk.service: { command: "$(TEST_DIR)/talk", stdout: "null", stderr: "null" }\n${LOG}`,
    files: {
      talk: `#!/bin/sh\necho out\necho err >&2\nreadlink /proc/self/fd/2 > $TEST_DIR/target\n`,
    },
  });
  await run.waitForExit();
  assertEquals(await readLines(`${run.directory}/target`), ["/dev/null"]);
  assertEquals(textsOf(await readLines(`${run.directory}/log`), "talk"), []);
});

namespaceTest("100: what a service writes on SIGTERM is logged", async () => {
  const last = numbered(2000, "last word").map((text) => `echo ${text}`).join("\n");
  await using run = await inNamespace({
    config: `talk.service: { command: "$(TEST_DIR)/talk" }\n${LOG}`,
    files: {
      talk: `#!/bin/sh\nbye() {\n${last}\nprintf partial\nexit 0\n}
trap bye TERM\necho ready\nwhile :; do sleep 0.05; done\n`,
    },
  });
  await waitForLineIn(`${run.directory}/log`, /: ready$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
  const lines = textsOf(await readLines(`${run.directory}/log`), "talk")
    .filter((line) => line !== "Terminated"); // The shell about its sleep.
  assertEquals(lines, ["ready", ...numbered(2000, "last word"), "partial"]);
});

namespaceTest("a process that is killed loses nothing that it had written", async () => {
  const kills = 8;
  const killed = `${PYTHON}import os, sys
count = int(sys.argv[1])
os.write(1, b"".join(b"line %d\\n" % i for i in range(count)) + b"unfinished")
os.kill(os.getpid(), 9)
`;
  // The pipe holds 64 KiB, so that some of these wait for the reader while others die at once.
  const sizes = Array.from({ length: kills }, (_, i) => 1 + i * 1500);
  const services = sizes.map((size, i) =>
    `w${i}.service: { command: "$(TEST_DIR)/killed ${size}", ignore_failures: true }\n`
  ).join("");
  await using run = await inNamespace({ config: services + LOG, files: { killed } });
  await run.waitForExit();
  const lines = await readLines(`${run.directory}/log`);
  for (const [i, size] of sizes.entries()) {
    assertEquals(textsOf(lines, `w${i}`), [...numbered(size), "unfinished"], `service ${i}`);
    const lastWord = lines.findLastIndex((line) => line.includes(` w${i}[`));
    const told = lines.findIndex((line) => line.includes(`w${i}.service exit status for pid=`));
    assert(told > lastWord, `the end of service ${i} is told after its last words`);
  }
});

namespaceTest("kill -9 of a running service at any moment loses nothing", async () => {
  await using run = await inNamespace({
    config: `settings: { startup_pause: 0 }
talk.service: { command: "$(TEST_DIR)/talk", restart: always, restart_limit: 99, restart_delay: 0 }
own.logging: { stdout: true, selector: "[chaperone].*" }
${LOG}`,
    files: {
      // The number goes to `written` only after the line has been written.
      talk: `${PYTHON}import os
home = os.environ["TEST_DIR"]
name = f"{home}/written.{os.getpid()}"
fd = os.open(name, os.O_CREAT | os.O_WRONLY)
for i in range(10**9):
    os.write(1, b"%d of %d\\n" % (i, os.getpid()))
    os.pwrite(fd, b"%d" % i, 0)
`,
    },
  });
  const log = `${run.directory}/log`;
  const killed: { pid: number; written: number }[] = [];
  for (let round = 0; round < 5; round++) {
    const process = await waitUntil(async () => {
      const found = (await run.processes()).find((each) =>
        each.argv.some((word) => word.endsWith("/talk")) &&
        killed.every(({ pid }) => pid !== each.pid)
      );
      if (found === undefined) return undefined;
      const written = await Deno.readTextFile(`${run.directory}/written.${found.pid}`)
        .catch(() => "");
      return Number(written) > 100 ? found : undefined;
    }, () => `another process; output:\n${run.output.format()}`);
    Deno.kill(process.outerPid, "SIGKILL");
    const path = `${run.directory}/written.${process.pid}`;
    await waitForLineIn(log, new RegExp(`exit status for pid=${process.pid} `));
    killed.push({ pid: process.pid, written: Number(await Deno.readTextFile(path)) });
  }
  const lines = textsOf(await readLines(log), "talk");
  for (const { pid, written } of killed) {
    const own = lines.filter((line) => line.endsWith(` of ${pid}`)).map((line) => parseInt(line));
    assert(own.length > written, `${own.length} of ${written + 1} lines`);
    assertEquals(own, Array.from({ length: own.length }, (_, i) => i));
  }
});

namespaceTest("an orphan's words are logged as those of the service it came from", async () => {
  await using run = await inNamespace({
    config: `talk.service: {
      type: oneshot, command: "sh -c '(sleep 0.3; echo from the orphan) & echo from the parent'",
    }
${LOG}`,
  });
  await run.waitForExit();
  const lines = textsOf(await readLines(`${run.directory}/log`), "talk");
  assertEquals(lines, ["from the parent", "from the orphan"]);
});

namespaceTest("lines of processes that share a pipe stay whole", async () => {
  const rounds = 3000;
  await using run = await inNamespace({
    config: `talk.service: { command: "$(TEST_DIR)/talk" }\n${LOG}`,
    files: {
      talk: `${PYTHON}import os
for name in "abcd":
    if os.fork() == 0:
        for i in range(${rounds}):
            os.write(1, b"%s%d %s\\n" % (name.encode(), i, name.encode() * (i % 200)))
        os._exit(0)
for name in "abcd":
    os.wait()
`,
    },
  });
  await run.waitForExit();
  const lines = textsOf(await readLines(`${run.directory}/log`), "talk");
  assertEquals(lines.length, 4 * rounds);
  for (const name of "abcd") {
    const own = lines.filter((line) => line.startsWith(name));
    const whole = Array.from(
      { length: rounds },
      (_, i) => `${name}${i} ${name.repeat(i % 200)}`.trimEnd(),
    );
    assertEquals(own, whole);
  }
});

namespaceTest("multiline makes one record of a stack trace", async () => {
  await using run = await inNamespace({
    config: `
talk.service: { command: "/usr/bin/python3 -c '1/0'", multiline: true, ignore_failures: true }
own.service: {
  command: "printf 'start one\\\\n+ more\\\\n+ more still\\\\nstart two\\\\n'", multiline: "^[+]",
}
json.logging: { file: "$(TEST_DIR)/json", format: json, selector: "daemon.*" }
${LOG}`,
  });
  await run.waitForExit();
  const messages = (await readLines(`${run.directory}/json`)).map((line) => JSON.parse(line));
  const trace = messages.filter(({ service }) => service === "talk");
  assertEquals(trace.length, 1, JSON.stringify(messages));
  assertMatch(
    trace[0].message,
    /^Traceback .*\n {2}File [^]*\nZeroDivisionError: division by zero$/,
  );
  assertEquals(
    messages.filter(({ service }) => service === "own").map(({ message }) => message),
    ["start one\n+ more\n+ more still", "start two"],
  );
  const lines = textsOf(await readLines(`${run.directory}/log`), "own");
  assertEquals(lines, ["start one#012+ more#012+ more still", "start two"]);
});
