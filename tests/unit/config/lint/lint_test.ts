import { assert, assertEquals, assertMatch } from "@std/assert";
import { lintConfig } from "../../../../lib/config/lint/lint.ts";
import type { LintFacts } from "../../../../lib/config/lint/report.ts";
import { formatReport, hasErrors, loadFinding } from "../../../../lib/config/lint/lint_report.ts";
import { selectsNothing, takesOutput } from "../../../../lib/log/selector_facts.ts";
import { test } from "../../../test.ts";
import { DIRECTORY, load, service } from "../loading.ts";

const FACTS: LintFacts = { selectors: { selectsNothing, takesOutput } };
const CONSOLE = "console.logging: {stdout: true}\n";

/** Lints a configuration and returns `level rule: message` for each finding. */
function lint(text: string, facts: LintFacts = FACTS): string[] {
  return lintConfig(load(`${CONSOLE}${text}`), facts)
    .map(({ level, rule, message }) => `${level} ${rule}: ${message}`);
}

/** Lints a service and returns the rules that it breaks. */
function rules(lines: string, facts: LintFacts = FACTS): string[] {
  return lintConfig(load(`${CONSOLE}a.service: {${lines}}`), facts).map(({ rule }) => rule);
}

test("lintConfig finds nothing wrong with a good configuration", () => {
  assertEquals(
    lint(`
db.service: {command: redis-server --bind 127.0.0.1, restart: true}
web.service: {command: "nginx -g 'daemon off;'", after: db.service, exit_kills: true}
job.service: {type: cron, interval: '@daily', command: "/bin/sh -c 'a; b && exec c'"}
setup.service: {type: oneshot, command: "/bin/sh -c 'a; b'", service_groups: INIT}
`),
    [],
  );
});

test("lintConfig tells what stands twice in one place, and no more", () => {
  const repeated = (text: string) => lint(text).filter((line) => line.includes("repeated-key"));
  assertEquals(
    repeated(`
web.service: {command: a}
web.service:
  command: b
  env_set: {PORT: '1', HOST: h, PORT: '2'}
  restart: true
  restart: always
`),
    [
      "warning repeated-key: 'web.service' stands here again; what line 3 says of it is lost",
      "warning repeated-key: 'PORT' stands here again; what line 6 says of it is lost",
      "warning repeated-key: 'restart' stands here again; what line 7 says of it is lost",
    ],
  );
  // Merging is what it is for.
  const merged = "a.service: &base {command: x, restart: true}\n" +
    "b.service: {<<: *base, restart: false}";
  assertEquals(repeated(merged), []);
});

test("lintConfig has no more than notes on the images that were shipped with 0.3.9", () => {
  const images = new URL("../../../fixtures/images/", import.meta.url);
  const filesOf = (image: string) => {
    const directory = new URL(`${image}/chaperone.d/`, images);
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    return Object.fromEntries(
      names.map((name) => [
        `/apps/chaperone.d/${name}`,
        Deno.readTextFileSync(new URL(name, directory)),
      ]),
    );
  };
  for (const { name } of Deno.readDirSync(images)) {
    const files = { ...filesOf("baseimage"), ...filesOf(name) };
    const config = load({ path: "/apps/chaperone.d", files, options: { user: "app" } });
    // One image has a logging section twice, and has always got the second. In another, a command
    // begins with what a backtick prints, which in this test is the command between the backticks.
    const serious = lintConfig(config, FACTS).filter(({ level, rule }) =>
      level !== "note" && rule !== "repeated-key" && rule !== "no-shell"
    );
    assertEquals(serious, [], name);
  }
});

test("lintConfig tells where exit_kills cannot fire", () => {
  const cases: [lines: string, message: RegExp | undefined][] = [
    ["command: x, exit_kills: true, type: inetd, port: 80", /cannot fire for type inetd/],
    ["command: x, exit_kills: true, enabled: false", /the service is disabled/],
    ["command: x, exit_kills: true, restart: true", /restart has no effect/],
    ["command: x, exit_kills: true", undefined],
  ];
  for (const [lines, message] of cases) {
    const found = lint(`a.service: {${lines}}`).filter((text) => text.includes(" exit-kills: "));
    assertEquals(found.length, message === undefined ? 0 : 1, lines);
    if (message !== undefined) assertMatch(found[0] ?? "", message);
  }
});

test("lintConfig tells what a type lacks and which directives are dead", () => {
  const cases: [lines: string, rules: string[]][] = [
    // Without ignore_failures, loading refuses these.
    ["command: x, type: cron, ignore_failures: true", ["cannot-start"]],
    ["command: x, type: inetd, ignore_failures: true", ["cannot-start"]],
    ["command: x, type: inetd, listen: '80'", []],
    ["command: x, port: 80", ["dead-directive"]],
    ["command: x, type: oneshot, restart: true", ["dead-directive"]],
    ["command: x, type: oneshot, health: {tcp: 80}", ["dead-directive"]],
    ["command: ''", ["cannot-start"]],
    ["command: '  ', optional: true", ["cannot-start"]],
    ["command: '', enabled: false", ["nothing-starts"]],
    // Loading has told this.
    ["command: x, on_demand: true", []],
    ["command: x, reload_signal: HUP, reload_command: y", ["dead-directive"]],
    ["command: x, type: forking, restart: true", ["dead-directive"]],
    ["command: x, type: forking, restart: true, pidfile: /p", []],
    ["command: x, restart: true, restart_backoff: 10", []],
  ];
  for (const [lines, expected] of cases) assertEquals(rules(lines), expected, lines);
});

test("lintConfig tells what a service waits for in vain", () => {
  assertEquals(
    lint(`
off.service: {command: x, enabled: false}
up.service: {command: x, restart: always}
tick.service: {command: x, type: cron, interval: '@daily'}
one.service: {command: x, type: oneshot}
a.service: {command: x, after: 'off.service, one.service:completed'}
b.service: {command: x, after: 'up.service:completed'}
c.service: {command: x, after: 'tick.service:completed'}
d.service: {command: x, after: 'database, default', before: 'IDLE, website.service'}
`),
    [
      "note unreachable-service: a.service: waits for off.service, which is disabled, and so for nothing",
      "error unreachable-service: b.service: never starts, since up.service never completes: " +
      "it is always restarted",
      "error unreachable-service: c.service: never starts, since tick.service never completes: " +
      "it is of type cron",
      "note unknown-reference: d.service: after names 'database', which no service or group is called",
      "note unknown-reference: d.service: before names 'website.service', which no service or group is called",
    ],
  );
  // Loading warns of these.
  assertEquals(lint("a.service: {command: x, after: wob.service}\nweb.service: {command: x}"), []);
  assertEquals(lint("a.service: {command: x, enabled: false}"), [
    "warning nothing-starts: every service is disabled",
  ]);
});

test("lintConfig tells of shells that stay", () => {
  const cases: [script: string, hides: boolean][] = [
    ["a; b", true],
    ["a && b --flag", true],
    ["a | b", true],
    ["cd /x; exec b", false],
    ["b", false],
    ["b 2>&1", false],
    ["b; wait", false],
    ["trap x TERM; a; b", false],
    ["while :; do a; sleep 1; done", false],
    ["a; b;", true],
    ['echo \\"a; b\\"', false],
  ];
  for (const [script, hides] of cases) {
    const found = rules(`command: "/bin/bash -ec '${script}'"`);
    assertEquals(found, hides ? ["shell-hides-signals"] : [], script);
  }
  assertMatch(lint(`a.service: {command: "sh -c 'a; b c'"}`)[0] ?? "", /write 'exec b c'/);
});

test("lintConfig tells of words that only a shell would understand", () => {
  const cases: [command: string, sign: string | undefined][] = [
    ["sleep 1 | cat", "'|'"],
    ["a && b", "'&&'"],
    ["a > /tmp/out", "'>'"],
    ["a >/dev/null", "'>/dev/null'"],
    ["a 2>&1", "'2>&1'"],
    ["sh -c 'a' && b", "'&&'"],
    ["web --port $PORT", "$PORT"],
    ["sh -c 'exec web --port $PORT | b'", undefined],
    ["find /tmp -name x -exec rm {} ';'", undefined],
    ["awk '{print $1 > 2}'", undefined],
    ["env A=1 sh -c 'exec a $A'", undefined],
    ["web --price 5$ --level >=3", undefined],
  ];
  for (const [command, sign] of cases) {
    const found = lint(`a.service: {command: "${command}"}`)
      .filter((line) => line.includes("no-shell"));
    assertEquals(found.length, sign === undefined ? 0 : 1, command);
    if (sign !== undefined) assert(found[0]?.startsWith(`warning no-shell: a.service: ${sign} `));
  }
});

test("F-090: lintConfig warns of programs that leave under a type that stays", () => {
  const cases: [command: string, level: "error" | "warning" | undefined][] = [
    ["nginx", "warning"],
    ["nginx -g 'daemon off;'", undefined],
    ["redis-server /etc/redis.conf --daemonize yes", "warning"],
    ["redis-server /etc/redis.conf", undefined],
    ["/usr/sbin/apache2ctl start", "warning"],
    ["/usr/sbin/apache2ctl -D FOREGROUND", undefined],
    ["php-fpm8.2", "warning"],
    ["php-fpm8.2 -F", undefined],
    ["cron", "warning"],
    ["cron -f", undefined],
    ["crond -n", undefined],
    ["/usr/sbin/sshd -D -e", undefined],
    ["sshd", "warning"],
    ["memcached -u memcache", undefined],
    ["memcached -d", "warning"],
    ["service nginx start", "warning"],
    ["/etc/init.d/nginx start", "warning"],
    ["env A=b nginx", "warning"],
    ["/bin/sh -c 'mkdir -p /x; exec nginx'", "warning"],
    ["postfix start", "warning"],
    ["postfix start-fg", undefined],
    ["/app/server", undefined],
  ];
  for (const [command, level] of cases) {
    const found = lintConfig(
      load(`${CONSOLE}a.service: {command: "${command}"}`),
      FACTS,
    ).filter(({ rule }) => rule === "daemonizes");
    assertEquals(found[0]?.level, level, command);
    assertEquals(rules(`type: oneshot, command: "${command}"`), [], command);
  }
});

test("lintConfig looks into the files of programs where it may", () => {
  const readText = (path: string) =>
    path === "/etc/nginx/nginx.conf" ? "user www;\n  daemon off;\n" : undefined;
  assertEquals(rules("command: nginx", { ...FACTS, readText }), []);
  assertEquals(rules("command: php-fpm", { ...FACTS, readText }), ["daemonizes"]);
});

test("lintConfig tells of forking services that will not fork", () => {
  assertEquals(rules(`type: forking, pidfile: /p, command: "nginx -g 'daemon off;'"`), [
    "cannot-start",
  ]);
  assertEquals(rules("type: forking, pidfile: /p, command: nginx"), []);
});

test("lintConfig tells of programs and files that are missing", () => {
  const facts: LintFacts = {
    ...FACTS,
    findExecutable: (word) =>
      word === "there" ? "found" : word === "text" ? "not-executable" : "missing",
    exists: (path) => path === "/there",
  };
  assertEquals(
    lint(
      `
a.service: {command: gone}
b.service: {command: text}
c.service: {command: gone, optional: true}
d.service: {command: gone, enabled: false}
e.service: {command: there, directory: /gone, env_file: [/there, /also-gone]}
f.service: {command: gone, instances: 3}
`,
      facts,
    ),
    [
      "error missing-executable: a.service: executable 'gone' not found",
      "error missing-executable: b.service: executable 'text' not executable",
      "note missing-executable: c.service: executable 'gone' not found, so the service is disabled",
      "warning missing-file: e.service: directory '/gone' does not exist",
      "error missing-file: e.service: env_file '/also-gone' does not exist",
      "error missing-executable: f.1.service: executable 'gone' not found",
    ],
  );
});

test("lintConfig tells of paths of a sandbox that are not there", () => {
  const facts: LintFacts = { exists: (path) => path === "/there" };
  const config = "a.service: {command: x, sandbox: {read: [/there, '/gone/*'], write: /gone}}\n";
  assertEquals(lint(config, facts), [
    "warning missing-file: a.service: sandbox names '/gone' to write, which does not exist: it is " +
    "skipped",
  ]);
});

test("lintConfig tells of logging sections that do nothing", () => {
  const findings = lintConfig(
    load(`
none.logging: {selector: '!*.*', stdout: true}
only.logging: {selector: '*.=info;*.!info', stdout: true}
nowhere.logging: {selector: '*.*'}
rotate.logging: {selector: '[cron].*', rotate_size: 1M, overwrite: true, stdout: true}
off.logging: {enabled: false, selector: '!*.*', stdout: true}
web.logging: {selector: '[web].=info', file: /web.log, rotate_compress: true}
web.service: {command: x}
quiet.service: {command: x, stdout: 'null', stderr: inherit}
`),
    FACTS,
  );
  assertEquals(findings.map(({ rule, section }) => `${section}: ${rule}`), [
    "none.logging: log-selects-nothing",
    "only.logging: log-selects-nothing",
    "nowhere.logging: log-writes-nowhere",
    "rotate.logging: dead-directive",
    "rotate.logging: dead-directive",
    "web.logging: dead-directive",
    "web.service: output-lost",
  ]);
  assertMatch(findings.at(-1)?.message ?? "", /writes its stderr$/);
});

test("lintConfig says where the section of a finding begins", () => {
  const [finding] = lintConfig(load("\n\na.service: {command: nginx}\n"), {});
  assertEquals(finding?.position, { file: "/etc/chaperone.d/a.conf", line: 3, column: 1 });
  assertEquals(service("type: simple").origin?.line, 1);
});

test("formatReport prints text, JSON and SARIF", () => {
  const findings = [
    loadFinding({ message: "bad", position: { file: "/a b.conf", line: 2, column: 5 } }, "error"),
    ...lintConfig(load(`${CONSOLE}a.service: {command: nginx}`), FACTS),
  ];
  assert(hasErrors(findings));
  const text = formatReport(findings, "text", "1.2.3");
  assertEquals(text[0], "error: /a b.conf:2:5: bad [configuration]");
  assertMatch(
    text[1] ?? "",
    /^warning: \/etc\/chaperone.d\/a.conf:2:1: a.service: nginx .* \[daemonizes\]$/,
  );
  const json = JSON.parse(formatReport(findings, "json", "1.2.3").join(""));
  assertEquals([json.ok, json.findings.length], [false, 2]);
  const [run] = JSON.parse(formatReport(findings, "sarif", "1.2.3").join("")).runs;
  assertEquals(run.tool.driver.version, "1.2.3");
  assertEquals(run.results[0].locations[0].physicalLocation, {
    artifactLocation: { uri: "/a%20b.conf" },
    region: { startLine: 2, startColumn: 5 },
  });
  const ids = new Set(run.tool.driver.rules.map(({ id }: { id: string }) => id));
  for (const result of run.results) assert(ids.has(result.ruleId));
});

test("F-063: lintConfig tells of directives that the type of a service does not look at", () => {
  const words = [
    "interval: '@daily'",
    "timezone: UTC",
    "overlap: kill",
    "jitter: 5",
    "run_timeout: 5",
    "on_failure: x",
    "pidfile: /run/a.pid",
  ];
  for (const word of words) {
    const directive = word.split(":")[0];
    const level = directive === "interval" || directive === "pidfile" ? "note" : "warning";
    assertEquals(
      lint(`a.service:\n  command: x\n  ${word}\n`),
      [`${level} dead-directive: a.service: ${directive} has no effect for type simple`],
    );
  }
  assertEquals(rules("type: cron, interval: '@daily', run_timeout: 5, command: x"), []);
  assertEquals(rules("type: forking, pidfile: /p, command: x"), []);
});

test("F-063: lintConfig tells of the rules of restarts where there are none", () => {
  for (const word of ["restart_backoff: 5m", "on_give_up: ignore", "restart_limit: 3"]) {
    assertEquals(rules(`command: x, ${word}`), ["dead-directive"], word);
    assertEquals(rules(`command: x, restart: always, ${word}`), [], word);
    assertEquals(rules(`command: x, instances: 2, ${word}`), ["dead-directive"], word);
  }
});

test("F-063: a finding about a directive has the place of the directive", () => {
  const [finding] = lintConfig(load(`${CONSOLE}a.service:\n  command: x\n  jitter: 5\n`), FACTS);
  assertEquals([finding?.position?.line, finding?.position?.column], [4, 3]);
});

test("F-063: lintConfig tells of a stop that takes longer than that of the container", () => {
  const service = "a.service: {command: x, stop_timeout: 30s}\n";
  assertEquals(lint(service), [
    "warning stop-budget: a.service: stop_timeout is 30 s, and the container stops within 8 s " +
    "(shutdown_timeout of settings)",
  ]);
  assertEquals(lint(`settings: {shutdown_timeout: 40}\n${service}`), []);
});

test("F-063: lintConfig tells of a dollar sign that Compose would have doubled", () => {
  assertEquals(lint("a.service: {command: 'x $$(HOME)', env_set: {HOME: /h}}"), [
    "warning doubled-dollar: a.service: $$( is a dollar sign and an expansion; " +
    "to keep $( as it stands, write \\$(",
  ]);
  assertEquals(rules("command: 'x \\$(HOME)'"), []);
});

test("F-063: a missing env_file is an error unless a service before it may make it", () => {
  const facts: LintFacts = { ...FACTS, exists: () => false };
  const levels = (more: string, other = "") =>
    lintConfig(
      load(
        `${CONSOLE}a.service: {command: x, env_file: /e${more}}\nb.service: {command: y${other}}`,
      ),
      facts,
    ).map(({ level }) => level);
  assertEquals(levels(""), ["error"]);
  const before = ["after: b.service", "requires: b", "wants: b", "service_groups: IDLE"];
  for (const more of [...before, "ignore_failures: true", "optional: true"]) {
    assertEquals(levels(`, ${more}`), ["warning"], more);
  }
  for (const other of ["before: a", "before: a.service", "before: default"]) {
    assertEquals(levels("", `, ${other}`), ["warning"], other);
  }
  assertEquals(levels("", ", service_groups: INIT"), ["warning"]);
  assertEquals(levels(", service_groups: INIT", ", service_groups: INIT"), ["error"]);
  assertEquals(levels("", ", before: elsewhere.service"), ["error", "note"]);
  assertEquals(levels("", ", before: a, enabled: false"), ["error"]);
});

test("what the lines of a crontab say, and what has no instances, is told as being without effect", () => {
  const told = (lines: string) =>
    lintConfig(
      load({
        files: {
          [`${DIRECTORY}/a.conf`]: `${CONSOLE}a.service: {${lines}}`,
          "/ct": "* * * * * x\n* * * * * y\n",
        },
      }),
      FACTS,
    ).map(({ level, message }) => `${level}: ${message}`);
  const dead = (directive: string, level = "warning") =>
    `${level}: a.service: ${directive} has no effect for type crontab`;
  assertEquals(
    told("type: crontab, file: /ct, command: x, interval: '@daily', instances: 3, max_surge: 1"),
    [dead("command", "note"), dead("interval", "note"), dead("instances"), dead("max_surge")],
  );
  assertEquals(
    told("type: crontab, file: /ct, for_each: a, once_at: 2030-01-01T00:00, canary: 1"),
    [dead("for_each"), dead("once_at"), dead("canary")],
  );
  assertEquals(told("type: crontab, file: /ct, max_unavailable: 2, timezone: UTC"), [
    dead("max_unavailable"),
  ]);
  assertEquals(told("command: x, for_each: [a, b], max_surge: 1, max_unavailable: 2, canary: 1"), [
    "warning: a.service: max_surge has no effect without instances",
  ]);
  assertEquals(told("command: x, instances: 2, max_surge: 1, canary: 1"), []);
});

test("F-060: lintConfig tells of an argument that is where chaperone runs and not in the home", () => {
  const facts = (there: string): LintFacts => ({
    ...FACTS,
    workingDirectory: "/app",
    exists: (path) => [there, "/var/www", "/app"].includes(path),
  });
  const service = "a.service: {uid: www-data, command: python3 -u s.py}";
  assertEquals(lint(service, facts("/app/s.py")), [
    "warning working-directory: a.service: 's.py' is in /app, and the service runs in /var/www, " +
    "the home of its user; write directory: /app",
  ]);
  assertEquals(lint(service.replace("}", ", directory: /app}"), facts("/app/s.py")), []);
  assertEquals(lint(service, facts("/var/www/s.py")), []);
  assertEquals(lint(service, facts("/nowhere")), []);
});

test("F-091: a oneshot that is always restarted completes", () => {
  assertEquals(
    lint(`
one.service: {type: oneshot, command: x, restart: always}
a.service: {command: x, after: 'one.service:completed'}
`).filter((line) => line.includes("unreachable")),
    [],
  );
});

test("F-050: each line of a crontab is looked at, not only one that is the first of its file", () => {
  const text = "#\n*/90 * * * * a | b\n0 0 * * * c\n2/60 * * * * d\n";
  const config = load({
    files: {
      [`${DIRECTORY}/a.conf`]: `${CONSOLE}jobs.service: {type: crontab, file: /ct}`,
      "/ct": text,
    },
  });
  const told = lintConfig(config, {
    ...FACTS,
    scheduleOddities: ({ interval = "" }) => [interval],
  });
  assertEquals(told.filter(({ rule }) => rule === "odd-interval").map(({ message }) => message), [
    "jobs.2.service: */90 * * * *",
    "jobs.3.service: 0 0 * * *",
    "jobs.4.service: 2/60 * * * *",
  ]);
});

test("F-063: what else a service runs is looked for, too", () => {
  const facts: LintFacts = {
    ...FACTS,
    findExecutable: (word) => word.startsWith("no") ? "missing" : "found",
  };
  const other = "command: x, stop_command: no1 a, reload_command: no2, ready: {exec: no3}, " +
    "health: {exec: no4}";
  assertEquals(lint(`a.service: {${other}}`, facts), [
    "warning missing-executable: a.service: executable 'no1' not found (stop_command)",
    "warning missing-executable: a.service: executable 'no2' not found (reload_command)",
    "warning missing-executable: a.service: executable 'no3' not found (ready)",
    "warning missing-executable: a.service: executable 'no4' not found (health)",
  ]);
});

test("F-063: a first word that only a shell understands is told with what to write", () => {
  const facts: LintFacts = { ...FACTS, findExecutable: () => "missing" };
  const told = (command: string) =>
    lint(`a.service: {command: ${command}}`, facts)[0]?.replace(/^.*not found/, "");
  assertEquals(told("cd /tmp"), "; directory says where a command runs");
  assertEquals(told("A=b sleep 1"), "; variables are set by env_set");
  assertEquals(told("exec sleep 1"), "; write /bin/sh -c '…'");
  assertEquals(told("sleep 1"), "");
});

test("F-063: a stop_sequence that is longer than shutdown_timeout is told", () => {
  const sequence = 'stop_sequence: ["QUIT 20s", "TERM 3s", KILL]';
  const text = `settings: {shutdown_timeout: 10}\na.service: {command: x, ${sequence}}`;
  assertEquals(lint(text).map((line) => line.replace(/, and.*/, "")), [
    "warning stop-budget: a.service: stop_sequence is 23 s",
  ]);
  assertEquals(lint(text.replace("20s", "2s")), []);
});
