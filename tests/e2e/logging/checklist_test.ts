/**
 * Checklist I of the behavioural specification, on the compiled binary. What is decided by parsing
 * alone (185 and most of 190) is tested in tests/unit; see tests/README.md for which test shows
 * what.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "../harness/namespace.ts";
import { waitUntil } from "../harness/output.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { DATE, openSender, readLines, waitForLineIn } from "../harness/syslog.ts";

/** A service that does nothing, so that chaperone has something to run. */
const STAY = 'idle.service: { command: "sleep 999" }\n';

const allTo = (file: string, more = "") =>
  `${STAY}all.logging: { file: "$(TEST_DIR)/${file}"${more === "" ? "" : `, ${more}`} }\n`;

/** The lines that were not written by chaperone itself. */
function foreign(lines: readonly string[]): string[] {
  return lines.filter((line) => !/ chaperone\[\d+\]: /.test(line));
}

/** Sends records and a last one, and returns all that a file then holds. */
async function record(
  run: NamespaceRun,
  file: string,
  datagrams: readonly (string | Uint8Array)[],
): Promise<string[]> {
  using sender = await openSender(run);
  await sender.send(...datagrams, `<8>${DATE} end: of test`);
  return foreign(await waitForLineIn(`${run.directory}/${file}`, /end: of test$/)).slice(0, -1);
}

async function expectRefusal(config: string, message: string): Promise<void> {
  await using run = await inNamespace({ config });
  await run.waitForExit();
  assertEquals(await run.waitForExit(), 1, run.output.format());
  assertStringIncludes(run.output.texts("stderr").join("\n"), message);
}

namespaceTest("181: without a logging section nothing is written anywhere", async () => {
  await using run = await inNamespace({
    config: `${STAY}talk.service: { command: "sh -c 'echo out; echo err >&2; exec sleep 99'" }`,
  });
  using sender = await openSender(run);
  await sender.send(`<8>${DATE} prog: emergency`);
  await run.waitForProcesses((all) =>
    all.some((each) => each.name === "sleep" && each.argv[1] === "99")
  );
  assertEquals(run.output.texts(), []);
});

namespaceTest("182: /dev/log is a datagram socket that everybody may write to", async () => {
  await using run = await inNamespace({ config: allTo("log") });
  using sender = await openSender(run);
  await sender.send("x");
  const info = await Deno.lstat(run.outerPath("/dev/log"));
  assert(info.isSocket);
  assertEquals((info.mode ?? 0) & 0o777, 0o666);
  const asNobody = ["setpriv", "--reuid=65534", "--clear-groups", "logger", "-t", "nobody", "hi"];
  assertEquals((await run.exec(asNobody)).code, 0);
  await waitForLineIn(`${run.directory}/log`, / nobody: hi$/);
});

namespaceTest("182: a stale /dev/log is replaced and a new one removed at the end", async () => {
  await using run = await inNamespace({
    config: allTo("log"),
    setup: `python3 -c 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("/dev/log")'`,
  });
  await waitForLineIn(`${run.directory}/log`, /ready\.$/);
  using sender = await openSender(run);
  await sender.send(`<8>${DATE} prog: there`);
  await waitForLineIn(`${run.directory}/log`, /there$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("183: logger -t x -p local3.err hi", async () => {
  await using run = await inNamespace({
    config: allTo("log", "selector: local3.err"),
  });
  using sender = await openSender(run);
  await sender.send(`<8>${DATE} other: not local3`);
  await run.exec(["logger", "-t", "x", "-p", "local3.err", "hi"]);
  const [line] = await waitForLineIn(`${run.directory}/log`, / hi$/);
  assertMatch(line ?? "", /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ x: hi$/);
});

namespaceTest("184: a record's host is kept, and logrec_hostname replaces it", async () => {
  await using run = await inNamespace({
    config: `${STAY}settings: { logrec_hostname: "site" }
own.logging: { file: "$(TEST_DIR)/own", logrec_hostname: "mine" }
all.logging: { file: "$(TEST_DIR)/all" }
`,
  });
  const records = [`<13>${DATE} other prog: one`, `<13>${DATE} prog: two`];
  assertEquals(await record(run, "own", records), [
    `${DATE} mine prog: one`,
    `${DATE} mine prog: two`,
  ]);
  assertEquals(foreign(await readLines(`${run.directory}/all`)).slice(0, 2), [
    `${DATE} site prog: one`,
    `${DATE} site prog: two`,
  ]);
});

namespaceTest(
  "184: without logrec_hostname a record's host stands, or else the machine's",
  async () => {
    await using run = await inNamespace({ config: allTo("log") });
    const host = (await run.exec(["uname", "-n"])).stdout.trim();
    assertEquals(
      await record(run, "log", [`<13>${DATE} other prog: one`, `<13>${DATE} prog: two`]),
      [
        `${DATE} other prog: one`,
        `${DATE} ${host} prog: two`,
      ],
    );
  },
);

namespaceTest("186: what cannot be parsed is kept whole as syslog.err of '?'", async () => {
  await using run = await inNamespace({
    config: `${STAY}
odd.logging: { file: "$(TEST_DIR)/odd", selector: "[?].err", extended: true }
err.logging: { file: "$(TEST_DIR)/err", selector: "syslog.=err" }
all.logging: { file: "$(TEST_DIR)/all" }
`,
  });
  const records = ["no priority at all", `13>${DATE} prog: x`, "<192>too large"];
  await record(run, "all", records);
  const marked = records.map((text) => `??${text}`);
  assertEquals(await readLines(`${run.directory}/err`), marked);
  assertEquals(
    await readLines(`${run.directory}/odd`),
    marked.map((text) => `syslog.err ${text}`),
  );
});

namespaceTest("186: RFC 5424 and ISO dates are understood, not marked as errors", async () => {
  await using run = await inNamespace({ config: allTo("log") });
  const stated = "2026-01-05T10:11:12.123456Z";
  const lines = await record(run, "log", [
    `<11>1 ${stated} box app 12 id [a@1 k="v"] five four two four`,
    `<11>${stated} box app[12]: dated`,
  ]);
  assertMatch(lines[0] ?? "", /^Jan {2}5 \d\d:11:12 box app\[12\]: .*five four two four$/);
  assertMatch(lines[1] ?? "", /^Jan {2}5 \d\d:11:12 box app\[12\]: dated$/);
});

namespaceTest("187: a newline ends no record, but NUL does", async () => {
  await using run = await inNamespace({ config: allTo("log", "logrec_hostname: box") });
  const lines = await record(run, "log", [
    `<13>${DATE} prog: one\n`,
    `<13>${DATE} prog: two\n<13>${DATE} prog: forged`,
    `<13>${DATE} prog: three\0<13>${DATE} prog: four\0`,
  ]);
  assertEquals(lines, [
    `${DATE} box prog: one`,
    `${DATE} box prog: two#012<13>${DATE} prog: forged`,
    `${DATE} box prog: three`,
    `${DATE} box prog: four`,
  ]);
});

namespaceTest("188 and 189: paths as tags, and priorities at and over the end", async () => {
  await using run = await inNamespace({
    config: allTo("log", "extended: true, logrec_hostname: box"),
  });
  const records = [
    `<13>${DATE} /usr/sbin/foo[1]: x`,
    `<13>${DATE} postfix/smtpd[1]: x`,
    `<191>${DATE} prog: x`,
    `<200>${DATE} prog: x`,
    `<99999999999999999999>${DATE} prog: x`,
  ];
  assertEquals(await record(run, "log", records), [
    `user.notice ${DATE} box foo[1]: x`,
    `user.notice ${DATE} box postfix/smtpd[1]: x`,
    `local7.debug ${DATE} box prog: x`,
    `?.emerg ${DATE} box prog: x`,
    `?.debug ${DATE} box prog: x`,
  ]);
});

namespaceTest("190 to 194: selectors on the wire", async () => {
  await using run = await inNamespace({
    config: `${STAY}
err.logging: { file: "$(TEST_DIR)/err", selector: "*.ERROR;user.!=crit" }
turned.logging: { file: "$(TEST_DIR)/turned", selector: "user.!=crit;*.ERROR" }
text.logging: { file: "$(TEST_DIR)/text", selector: "/<11>JAN.*prog/.*" }
none.logging: { file: "$(TEST_DIR)/none", selector: "*.!*" }
all.logging: { file: "$(TEST_DIR)/all", extended: true, logrec_hostname: box }
`,
  });
  const records = [10, 11, 12, 90].map((priority) => `<${priority}>${DATE} Prog: p${priority}`);
  assertEquals(await record(run, "all", records), [
    `user.crit ${DATE} box Prog: p10`,
    `user.err ${DATE} box Prog: p11`,
    `user.warn ${DATE} box Prog: p12`,
    `ftp.crit ${DATE} box Prog: p90`,
  ]);
  const tails = async (file: string) =>
    foreign(await readLines(`${run.directory}/${file}`)).map((line) => line.split(": ")[1]);
  assertEquals(await tails("err"), ["p11", "p90", "of test"]);
  assertEquals(await tails("turned"), ["p11", "p90", "of test"]);
  assertEquals(await tails("text"), ["p11"]);
  assertEquals(await tails("none"), []);
});

const BAD_SELECTORS = {
  "nonsense": "'nonsense' is not a selector; ",
  "nosuch.err": "'nosuch' in 'nosuch.err' is not a facility; ",
  "user.loud": "'loud' in 'user.loud' is not a level; ",
} as const;

for (const [selector, message] of Object.entries(BAD_SELECTORS)) {
  namespaceTest(`192: selector '${selector}' keeps the system from starting`, async () => {
    await expectRefusal(`${STAY}all.logging: { selector: "${selector}", stdout: true }`, message);
  });
}

namespaceTest("195: a file named by two sections gets a record twice", async () => {
  await using run = await inNamespace({
    config: `${STAY}
a.logging: { file: "$(TEST_DIR)/log", extended: true, logrec_hostname: box }
b.logging: { file: "$(TEST_DIR)/log", selector: "*.=notice", logrec_hostname: box }
`,
  });
  assertEquals(await record(run, "log", [`<13>${DATE} prog: twice`]), [
    `user.notice ${DATE} box prog: twice`,
    `${DATE} box prog: twice`,
  ]);
});

namespaceTest("196: a section that is not enabled is silent and makes no file", async () => {
  await using run = await inNamespace({
    config: `${allTo("log")}
no.logging: { file: "$(TEST_DIR)/no", enabled: false }
maybe.logging: { file: "$(TEST_DIR)/maybe", enabled: "$(NOWHERE_SET:+true)" }
`,
  });
  await record(run, "log", [`<13>${DATE} prog: x`]);
  for await (const { name } of Deno.readDir(run.directory)) {
    assert(name !== "no" && name !== "maybe", name);
  }
});

namespaceTest(
  "197: directories are made, files appended to, or emptied with overwrite",
  async () => {
    await using run = await inNamespace({
      config: `${STAY}
new.logging: { file: "$(TEST_DIR)/a/b/new" }
old.logging: { file: "$(TEST_DIR)/old" }
fresh.logging: { file: "$(TEST_DIR)/fresh", overwrite: true }
`,
      files: { old: "before\n", fresh: "before\n" },
    });
    await record(run, "a/b/new", [`<13>${DATE} prog: x`]);
    assertEquals((await readLines(`${run.directory}/old`))[0], "before");
    assertEquals((await readLines(`${run.directory}/fresh`)).includes("before"), false);
    assertEquals(((await Deno.stat(`${run.directory}/a/b`)).mode ?? 0) & 0o777, 0o755);
  },
);

namespaceTest("198: a file of a section with uid belongs to that user", async () => {
  await using run = await inNamespace({
    setup: "useradd --uid 4321 logs; groupadd --gid 8765 readers",
    config: `${STAY}
own.logging: { file: "$(TEST_DIR)/made/own", uid: logs }
group.logging: { file: "$(TEST_DIR)/made/group", uid: logs, gid: readers }
all.logging: { file: "$(TEST_DIR)/all" }
`,
  });
  await record(run, "all", []);
  const [own, group, folder] = await Promise.all(
    ["made/own", "made/group", "made"].map((name) => Deno.stat(`${run.directory}/${name}`)),
  );
  assertEquals([own?.uid, own?.gid, (own?.mode ?? 0) & 0o777], [4321, 4321, 0o664]);
  assertEquals([group?.uid, group?.gid, (group?.mode ?? 0) & 0o777], [4321, 8765, 0o664]);
  assertEquals(folder?.uid, 4321);
});

namespaceTest("199: a file's name may hold the time, and follows it", async () => {
  await using run = await inNamespace({
    config: allTo("%Y/at-%S-100%%"),
    env: { TZ: "Asia/Kathmandu" },
  });
  using sender = await openSender(run);
  const folder = `${run.directory}/${new Date().getUTCFullYear()}`;
  let sent = 0;
  const names = await waitUntil(async () => {
    await sender.send(`<13>${DATE} prog: record ${sent++}`);
    const found = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    return found.length > 2 ? found.map((entry) => entry.name).sort() : undefined;
  }, "three seconds");
  for (const name of names) assertMatch(name, /^at-\d\d-100%$/);
  await run.signal("SIGTERM");
  await run.waitForExit();
  const all = await Promise.all(
    (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => readLines(`${folder}/${name}`)),
  );
  const numbers = all.flat().flatMap((line) => / record (\d+)$/.exec(line)?.[1] ?? []).map(Number);
  assertEquals(numbers.toSorted((a, b) => a - b), Array.from({ length: sent }, (_, i) => i));
});

for (const how of ["renamed", "removed"] as const) {
  namespaceTest(`${how === "renamed" ? 200 : 201}: a ${how} file appears again`, async () => {
    await using run = await inNamespace({ config: allTo("log") });
    const path = `${run.directory}/log`;
    await waitForLineIn(path, /ready\.$/);
    if (how === "renamed") await Deno.rename(path, `${path}.old`);
    else await Deno.remove(path);
    using sender = await openSender(run);
    let count = 0;
    await waitUntil(
      async () => {
        await sender.send(`<13>${DATE} prog: record ${count++}`);
        return await Deno.stat(path).then(() => true, () => undefined);
      },
      "the file",
      3000,
    );
    await sender.send(`<13>${DATE} prog: last`);
    await waitForLineIn(path, /last$/);
    assertEquals((await readLines(path)).some((line) => line.includes("ready.")), false);
  });
}

namespaceTest("202, F-042: a required file that cannot be opened ends the start", async () => {
  await expectRefusal(
    `${STAY}all.logging: { file: "/proc/nowhere/log", required: true }`,
    "No such file or directory",
  );
  await using run = await inNamespace({
    config: `${STAY}all.logging: { file: "/dev", required: true }`,
  });
  assertEquals(await run.waitForExit(), 1);
  assertMatch(
    run.output.texts("stderr").at(-1) ?? "",
    /^exit 1: .*test\.conf:\d+:\d+: the log file of all\.logging cannot be opened: .*Is a directory/,
  );
});

namespaceTest("202, F-042: another one is one error, and is tried again", async () => {
  await using run = await inNamespace({
    setup: "mkdir /run/log",
    config: `${STAY}all.logging: { file: "/run/log" }`,
  });
  await run.waitForLine(
    /test\.conf:\d+:\d+: the log file of all\.logging cannot be opened: .*Is a directory.*tried again/,
  );
  using sender = await openSender(run);
  await Deno.remove(run.outerPath("/run/log"));
  await sender.send(`<13>${DATE} prog: first`);
  await waitForLineIn(run.outerPath("/run/log"), /Writing to log file '\/run\/log' again/);
  const errors = run.output.texts().filter((line) => line.includes("cannot be opened"));
  assertEquals(errors.length, 1, run.output.format());
});

namespaceTest("203: a relative file lies in the logging user's home", async () => {
  await using run = await inNamespace({
    setup: 'useradd --uid 4321 --home-dir "$dir/home" logs; mkdir "$dir/home"',
    config: `${STAY}own.logging: { file: "logs/own", uid: logs }`,
  });
  await waitForLineIn(`${run.directory}/home/logs/own`, /ready\.$/);
});

namespaceTest("203: without a user a relative file lies where chaperone was started", async () => {
  await using run = await inNamespace({
    program: ["sh", "-c", 'cd "$TEST_DIR/tmp" && exec chaperone --config "$TEST_DIR/chaperone.d"'],
    config: `${STAY}own.logging: { file: "logs/own" }`,
  });
  await waitForLineIn(`${run.directory}/tmp/logs/own`, /ready\.$/);
});

namespaceTest("204: file, selector, syslog_host and logrec_hostname expand variables", async () => {
  await using run = await inNamespace({
    config: `${STAY}
own.logging: {
  file: "$(TEST_DIR)/$(NAME)",
  selector: "$(WHAT).*",
  syslog_host: "$(WHERE)",
  logrec_hostname: "$(HOST)",
}
`,
    env: { NAME: "file", WHAT: "user", WHERE: "localhost", HOST: "site" },
  });
  using sender = await openSender(run);
  await sender.send(`<13>${DATE} prog: expanded`);
  const lines = await waitForLineIn(`${run.directory}/file`, /expanded$/);
  assertEquals(lines, [`${DATE} site prog: expanded`]);
});

namespaceTest("205: a log host gets one datagram a record at port 514", async () => {
  await using run = await inNamespace({
    config: `${STAY}
host.logging: { syslog_host: "localhost", selector: "user.*", logrec_hostname: box }
gone.logging: { syslog_host: "no-such-host.invalid" }
`,
  });
  using sender = await openSender(run);
  const listen = 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("", 514)); ' +
    'print("up", flush=True); print(s.recv(999))';
  const received = run.exec(["python3", "-c", listen]);
  await waitUntil(
    async () => (await run.exec(["cat", "/proc/net/udp"])).stdout.includes(":0202 ") || undefined,
    "the listener",
  );
  await sender.send(`<13>${DATE} prog: sent`);
  assertStringIncludes((await received).stdout, `b'<13>${DATE} box prog: sent'`);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("206: a section may have stdout, stderr and a file at once", async () => {
  await using run = await inNamespace({
    config: allTo("log", "stdout: true, stderr: true, logrec_hostname: box"),
  });
  await record(run, "log", [`<13>${DATE} prog: everywhere`]);
  const line = `${DATE} box prog: everywhere`;
  assertEquals(await run.waitForLine(/everywhere/, { stream: "stdout" }), line);
  assertEquals(await run.waitForLine(/everywhere/, { stream: "stderr" }), line);
});

namespaceTest(
  "207: --log-level widens what sections take and leaves exclusions alone",
  async () => {
    await using run = await inNamespace({
      config: allTo("log", 'selector: "*.err;mail.!warn", logrec_hostname: box'),
      args: ["--log-level", "debug"],
    });
    const records = [
      `<15>${DATE} prog: user.debug`,
      `<20>${DATE} prog: mail.warn`,
      `<22>${DATE} prog: mail.info`,
    ];
    assertEquals(await record(run, "log", records), [
      `${DATE} box prog: user.debug`,
      `${DATE} box prog: mail.info`,
    ]);
    const lines = await readLines(`${run.directory}/log`);
    assert(lines.some((line) => line.endsWith("all logging sections take level debug and worse")));
  },
);

namespaceTest("208: telchap loglevel does the same at run time", async () => {
  await using run = await inNamespace({
    config: allTo("log", 'selector: "*.err;mail.!warn", logrec_hostname: box'),
  });
  assertEquals(await record(run, "log", [`<15>${DATE} prog: too little`]), []);
  const { code, stdout, stderr } = await run.exec(["telchap", "loglevel", "debug"]);
  assertEquals(code, 0, stdout + stderr);
  using sender = await openSender(run);
  await sender.send(`<20>${DATE} prog: excluded`, `<15>${DATE} prog: enough`);
  const lines = foreign(await waitForLineIn(`${run.directory}/log`, /enough$/));
  assertEquals(lines.slice(1), [`${DATE} box prog: enough`]);
});

namespaceTest("209, 211 and 214: chaperone's own messages", async () => {
  await using run = await inNamespace({
    config: `${allTo("log", "extended: true")}
tick.service: { type: cron, interval: "0 0 1 1 *", command: "true" }
`,
  });
  const lines = await waitForLineIn(`${run.directory}/log`, /^cron\..*tick\.service/);
  const date = String.raw`[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d`;
  const own = new RegExp(`^(\\w+\\.\\w+) ${date} \\S+ chaperone\\[1\\]: (.*)$`);
  const parts = lines.map((line) => own.exec(line)?.slice(1));
  assertEquals(parts.slice(0, 2), [
    ["local5.debug", "Switching all chaperone logging to /dev/log"],
    ["local5.info", "/dev/log takes what programs log"],
  ]);
  assertMatch(parts[2]?.[1] ?? "", /^chaperone version \S+, ready\.$/);
  assertEquals(lines.filter((line) => !own.test(line)), []);
});

namespaceTest("210: [chaperone].* selects chaperone's own messages and no others", async () => {
  await using run = await inNamespace({
    config: `${allTo("all")}own.logging: { file: "$(TEST_DIR)/own", selector: "[chaperone].*" }
talk.service: { command: "sh -c 'echo out; exec sleep 99'" }
`,
  });
  await waitForLineIn(`${run.directory}/all`, / out$/);
  await record(run, "all", [`<173>${DATE} other: local5 too`]);
  const lines = await readLines(`${run.directory}/own`);
  assert(lines.length >= 2);
  assertEquals(foreign(lines), []);
});

namespaceTest("213: configuration errors are bare text on stderr", async () => {
  await using run = await inNamespace({ config: "all.logging: { colour: red }" });
  assertEquals(await run.waitForExit(), 1);
  assertEquals(run.output.texts("stdout"), []);
  assertMatch(run.output.texts("stderr")[0] ?? "", /^(?!\w{3} [ \d]\d ).*onfiguration/);
});
