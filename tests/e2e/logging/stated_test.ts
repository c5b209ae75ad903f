/**
 * What a program says of a record stays with it: the level that a line states, a JSON object as an
 * object, and a limit that means so many in its own unit.
 */
import { assert, assertEquals } from "@std/assert";
import { inNamespace } from "../harness/namespace.ts";
import { namespaceTest } from "../harness/requirements.ts";
import { readLines, waitForLineIn } from "../harness/syslog.ts";

const LINES = `printf '%s\n' '{"level":"error"}' '<3>disk' plain 'time=1 level=warn x' \
  '2026/01/05 10:11:12 [crit] 7#7: x'
printf '%s\n' 'INFO:root:fine' 'plain too' >&2
exec sleep 99
`;

const withoutDate = (line: string) =>
  line.replace(/ \w{3} [ \d]\d \d\d:\d\d:\d\d \S+ \w+\[\d+\]/, "");

namespaceTest("F-040: a section of warnings takes what states one, from both streams", async () => {
  await using run = await inNamespace({
    config: `talk.service: { command: "sh $(TEST_DIR)/lines" }
plain.service: { command: "sh $(TEST_DIR)/lines", read_levels: false }
warn.logging: { file: "$(TEST_DIR)/warn", selector: "[talk].warn", extended: true }
all.logging: { file: "$(TEST_DIR)/all", selector: "[talk].*;[plain].*" }
plain.logging: { file: "$(TEST_DIR)/plain", selector: "[plain].warn", extended: true }
`,
    files: { lines: LINES },
  });
  await waitForLineIn(`${run.directory}/all`, /talk\[\d+\]: plain too$/);
  await waitForLineIn(`${run.directory}/all`, /talk\[\d+\]: 2026.*x$/);
  const warnings = await waitForLineIn(`${run.directory}/warn`, /plain too$/);
  await waitForLineIn(`${run.directory}/warn`, /7#7/);
  assertEquals((await readLines(`${run.directory}/warn`)).map(withoutDate).toSorted(), [
    "daemon.crit: 2026/01/05 10:11:12 [crit] 7#7: x",
    "daemon.err: disk",
    'daemon.err: {"level":"error"}',
    "daemon.warn: plain too",
    "daemon.warn: time=1 level=warn x",
  ]);
  assert(warnings.length > 0);
  await waitForLineIn(`${run.directory}/plain`, /plain too$/);
  assertEquals((await readLines(`${run.directory}/plain`)).map(withoutDate), [
    "daemon.warn: INFO:root:fine",
    "daemon.warn: plain too",
  ]);
});

namespaceTest("F-040: format json keeps the JSON object of a service in a file", async () => {
  await using run = await inNamespace({
    config: `talk.service: { command: "sh $(TEST_DIR)/lines" }
json.logging: { file: "$(TEST_DIR)/log", selector: "[talk].*", format: json, logrec_hostname: box }
`,
    files: { lines: LINES },
  });
  const lines = await waitForLineIn(`${run.directory}/log`, /"plain"/);
  const own = JSON.parse(lines.find((line) => line.includes('"level"')) ?? "{}");
  const { level, priority, service, host, message } = own;
  assertEquals([level, priority, service, host, message], [
    "error",
    "err",
    "talk",
    "box",
    undefined,
  ]);
});

namespaceTest("F-039: a JSON line and the trace that follows are two records", async () => {
  await using run = await inNamespace({
    config: `settings: { console: json }
console.logging: { selector: "daemon.*", stdout: true }
a.service: { multiline: true, command: "cat $(TEST_DIR)/trace" }
`,
    files: {
      trace: '{"level":"error"}\nTraceback (most recent call last):\n  File "x"\nValueError: 1\n',
    },
  });
  const trace = JSON.parse(await run.waitForLine(/ValueError/));
  assertEquals(trace.message, 'Traceback (most recent call last):\n  File "x"\nValueError: 1');
  const own = JSON.parse(await run.waitForLine(/"level"/));
  assertEquals([own.level, own.service, own.message], ["error", "a", undefined]);
});

namespaceTest("F-041: rate_limit: 2/m lets two records through in the first seconds", async () => {
  await using run = await inNamespace({
    config:
      `out.logging: { selector: "*.*;!*.=debug;![chaperone].*", file: "$(TEST_DIR)/log", rate_limit: 2/m }
end.logging: { selector: "[a].*", file: "$(TEST_DIR)/end" }
a.service: {
  command: "sh -c 'for i in 1 2 3; do echo a$i; echo b$i; sleep 0.7; done; echo end; exec sleep 99'",
}
`,
  });
  await waitForLineIn(`${run.directory}/end`, /end$/);
  const texts = (await readLines(`${run.directory}/log`)).map((line) => line.replace(/.*: /, ""));
  assertEquals(texts, ["a1", "b1"]);
});
