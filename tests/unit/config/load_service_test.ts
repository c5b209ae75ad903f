import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DURATION_MAX_MS } from "../../../lib/base/duration.ts";
import { test } from "../../test.ts";
import { DIRECTORY, load, refusal, section, service, serviceOf } from "./loading.ts";

test("loadConfig gives a service the defaults of 0.3.9", () => {
  const { environment: _, origin: __, ...rest } = service("type: simple");
  assertEquals({ ...rest }, {
    name: "a.service",
    type: "simple",
    command: "/bin/true",
    argv: ["/bin/true"],
    enabled: true,
    optional: false,
    envFiles: [],
    envFromFile: false,
    redact: false,
    stdin: "null",
    stdout: "log",
    stderr: "log",
    setpgrp: true,
    processTimeoutMs: 30_000,
    processTimeoutText: "30.0",
    startupPauseMs: 500,
    idleDelayMs: 1000,
    hookTimeoutMs: 10_000,
    watchDebounceMs: 500,
    watchPollMs: 30_000,
    waitFor: [],
    waitTimeoutMs: 60_000,
    multiline: false,
    readLevels: true,
    restart: {
      when: "never",
      limit: 5,
      delayMs: 3000,
      windowMs: 60_000,
      noRetry: [{ kind: "code", code: 78 }],
      onGiveUp: "fail",
    },
    success: [{ kind: "code", code: 0 }],
    exitKills: false,
    ignoreFailures: false,
    groups: ["default"],
    after: [],
    before: [],
    killSignal: 15,
    limits: [],
    listen: [],
    onDemand: false,
    debug: false,
  });
});

test("loadConfig prints process_timeout as Python would", () => {
  const texts = (lines: string) => {
    const { processTimeoutMs, processTimeoutText } = service(lines);
    return [processTimeoutMs, processTimeoutText];
  };
  assertEquals(texts("type: oneshot"), [60_000, "60.0"]);
  assertEquals(texts("type: forking"), [30_000, "30.0"]);
  assertEquals(texts("type: notify"), [300_000, "300"]);
  assertEquals(texts("type: cron\ninterval: '@daily'"), [30_000, "30.0"]);
  assertEquals(texts("type: inetd\nport: 80"), [30_000, "30.0"]);
  assertEquals(texts("process_timeout: 2"), [2000, "2"]);
  assertEquals(texts("process_timeout: 2.50"), [2500, "2.5"]);
  assertEquals(texts("process_timeout: 60.0"), [60_000, "60.0"]);
  assertEquals(texts("process_timeout: 0"), [DURATION_MAX_MS, "0"]);
  const config = load(`settings: {process_timeout: 7}\n${section("type: notify")}`);
  assertEquals(serviceOf(config).processTimeoutText, "7");
});

test("loadConfig takes defaults for services from the settings", () => {
  const settings = "settings: {debug: on, idle_delay: 0, startup_pause: 2, ignore_failures: on}\n";
  const { debug, idleDelayMs, startupPauseMs, ignoreFailures } = serviceOf(
    load(settings + section("type: simple")),
  );
  assertEquals([debug, idleDelayMs, startupPauseMs, ignoreFailures], [true, 0, 2000, true]);
  const own = serviceOf(load(settings + section("ignore_failures: no\ndebug: off")));
  assertEquals([own.debug, own.ignoreFailures], [false, false]);
  assertEquals(service("ignore_failures: no", { ignoreFailures: true }).ignoreFailures, false);
});

test("loadConfig expands the command first and splits it then", () => {
  const { argv, command } = service(
    'env_set: {ARGS: "-a \'b  c\'"}\ncommand: "/bin/x $(ARGS) $(_CHAP_SERVICE) #"',
  );
  assertEquals(command, "/bin/x -a 'b  c' a.service #");
  assertEquals(argv, ["/bin/x", "-a", "b  c", "a.service", "#"]);
});

test("loadConfig accepts an empty command, which fails when it is started", () => {
  assertEquals(service('command: ""').argv, []);
});

test("loadConfig expands uid around the service and the rest within it", () => {
  const { identity, environment, directory } = service(
    'uid: "$(USER:-www-data)"\ndirectory: "$(HOME)/x"',
  );
  assertEquals(identity, {
    uid: 33,
    gid: 33,
    groups: [4],
    userName: "www-data",
    home: "/var/www",
  });
  assertEquals([environment.value("USER"), directory], ["www-data", "/var/www/x"]);
  const other = service('uid: "$(USER:-www-data)"', { user: "games" });
  assertEquals(other.identity?.userName, "games");
});

test("loadConfig gives services the user of the settings unless they name one", () => {
  const text = (line: string) => `settings: {uid: "$(WHO:-app)", gid: 29}\n${section(line)}`;
  assertEquals(serviceOf(load(text("type: simple"))).identity, {
    uid: 1000,
    gid: 29,
    groups: [4, 33],
    userName: "app",
    home: "/home/app",
  });
  assertEquals(serviceOf(load(text("uid: games"))).identity?.gid, 60);
  const overridden = serviceOf(load(text("type: simple"), { user: "games" }));
  assertEquals(overridden.identity?.uid, 1000);
});

test("loadConfig accepts a number without account as uid", () => {
  assertEquals(service("uid: 4711").identity, { uid: 4711, gid: 4711, groups: [] });
  assertEquals(service('uid: "4711"\ngid: 12').identity?.gid, 12);
});

test("loadConfig lets groups replace the supplementary groups of the user", () => {
  assertEquals(service("uid: app").identity?.groups, [4, 29, 33]);
  assertEquals(service("uid: app\ngroups: [audio, 77, app]").identity?.groups, [29, 77]);
  assertEquals(service("uid: app\ngroups: []").identity?.groups, []);
  assertStringIncludes(
    refusal(section("groups: [audio]")),
    "cannot specify 'groups' without 'uid'",
  );
  assertStringIncludes(refusal(section("uid: app\ngroups: [nope]")), "specified group ('nope')");
});

test("loadConfig builds CONSOLE out of the command line", () => {
  const command = { command: "/bin/echo", args: ["$(_CHAP_SERVICE) x", "'"], exitKills: true };
  const config = load(`settings: {uid: app}\n${section("type: simple")}`, {
    command,
    user: "games",
    disableServices: true,
  });
  assertEquals(config.services.map(({ name, enabled }) => [name, enabled]), [
    ["a.service", false],
    ["CONSOLE", true],
  ]);
  const { argv, groups, identity, stdin, stdout, exitKills, ignoreFailures, setpgrp, killSignal } =
    serviceOf(config, "CONSOLE");
  assertEquals(argv, ["/bin/echo", "CONSOLE x", "'"]);
  assertEquals([groups, stdin, stdout], [["IDLE"], "inherit", "inherit"]);
  assertEquals([exitKills, ignoreFailures], [true, true]);
  assertEquals([identity?.userName, setpgrp, killSignal], ["games", true, 15]);
});

test("CONSOLE runs as the user of the settings where --user names none, and is masked as they say", () => {
  const command = { command: "sh", args: [], exitKills: true };
  const built = (settings: string, interactive = false) =>
    serviceOf(load(`settings: {${settings}}\n`, { command, interactive }), "CONSOLE");
  assertEquals(built("uid: app").identity?.uid, 1000);
  assertEquals(built("").identity, undefined);
  assertEquals([built("redact: true").redact, built("").redact], [true, false]);
  assertEquals([built("redact: true", true).redact, built("", true).redact], [false, false]);
});

test("loadConfig keeps CONSOLE in the terminal's process group, and strict in task mode", () => {
  const command = { command: "sh", args: [], exitKills: true };
  const { setpgrp, killSignal, ignoreFailures, environment } = serviceOf(
    load("", { command, interactive: true, taskMode: true }),
    "CONSOLE",
  );
  assertEquals([setpgrp, killSignal, ignoreFailures], [false, 1, false]);
  assertEquals(environment.value("_CHAP_INTERACTIVE"), "1");
});

test("loadConfig reads restart as a boolean or a word", () => {
  const when = (value: string) => service(`restart: ${value}`).restart.when;
  assertEquals(["yes", "on-failure", "no", "never", "always"].map(when), [
    "on-failure",
    "on-failure",
    "never",
    "never",
    "always",
  ]);
  assertStringIncludes(refusal(section("restart: alway")), "did you mean 'always'?");
});

test("loadConfig warns of a reference that is nearly a service", () => {
  const text = (line: string) => `web-1.service: {command: x}\n${section(line)}`;
  const [warning, ...others] = load(text("after: web_1.service, other.service, database")).warnings;
  assertStringIncludes(warning?.message ?? "", "did you mean 'web-1.service'?");
  assertEquals([warning?.position?.line, others], [4, []]);
});

test("loadConfig takes a reference to one of several instances, and suggests no service to itself", () => {
  const web = "web.service: {command: x, instances: 2}\n";
  assertEquals(load(`${web}${section("after: web.2.service")}`).warnings, []);
  assertEquals(load(section("after: b.service")).warnings, []);
});

test("loadConfig warns of exit_kills on a forking service without pidfile", () => {
  const [warning, ...others] = load(section("type: forking\nexit_kills: on")).warnings;
  assertStringIncludes(warning?.message ?? "", "a.service has exit_kills");
  assertEquals([warning?.position?.line, others], [4, []]);
  assertEquals(load(section("type: forking\nexit_kills: on\npidfile: /x")).warnings, []);
});

test("loadConfig tells everything that is wrong, in the order of files and lines", () => {
  const text = refusal({
    files: {
      [`${DIRECTORY}/b.conf`]: section("comand: x\ntype: onshot\nenabled: maybe"),
      [`${DIRECTORY}/a.conf`]: "settings:\n\tidel_delay:\t3\n\tshutdown_timeout:\tx\nsetings: {}",
    },
    options: { user: "nosuch" },
  });
  assertEquals(text.split("\n").map((line) => line.replace(`${DIRECTORY}/`, "")), [
    "Configuration Error: specified user ('nosuch') does not exist",
    "a.conf:2:2: Configuration Error: unknown directive 'idel_delay' of settings; " +
    "did you mean 'idle_delay'?",
    "a.conf:3:20: Configuration Error: 'shutdown_timeout' of settings is 'x'; " +
    "expected seconds or a duration; for example shutdown_timeout: 90 or 1m30s",
    "a.conf:4:1: Configuration Error: unknown section 'setings'; did you mean 'settings'?",
    "b.conf:3:3: Configuration Error: unknown directive 'comand' of a.service; " +
    "did you mean 'command'?",
    "b.conf:4:9: Configuration Error: 'type' of a.service is 'onshot'; expected one of " +
    "simple, oneshot, forking, notify, cron, inetd, crontab; did you mean 'oneshot'?",
    "b.conf:5:12: Configuration Error: 'enabled' of a.service is 'maybe'; expected true or false",
  ]);
});

test("loadConfig suggests the kind of a section", () => {
  assertStringIncludes(refusal("web.servce: {}"), "did you mean 'web.service'?");
  assertStringIncludes(
    refusal("web: {}"),
    "expected 'settings', 'NAME.service', 'NAME.logging' or 'NAME.alert'",
  );
});

test("loadConfig freezes what it returns", () => {
  const config = load(section("type: simple") + "x.logging: {stdout: true}", {
    command: { command: "x", args: [], exitKills: false },
  });
  const isFrozen = (value: unknown): boolean =>
    typeof value !== "object" || value === null || value.constructor.name === "Environment" ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen));
  assert(isFrozen(config));
});

test("loadConfig offers the merged configuration as Python would print it", () => {
  assertEquals(
    load("settings: {idle_delay: 1.0}\na.service: {command: 'x', restart: yes}").dump,
    "{'settings': {'idle_delay': 1.0}, 'a.service': {'command': 'x', 'restart': True}}",
  );
});

test("loadConfig passes neither an outer chaperone's variables nor the upstream socket on", () => {
  const variables = {
    NOTIFY_SOCKET: "/run/up",
    _CHAP_TASK_MODE: "1",
    _CHAP_CONFIG_DIR: "/outer",
    KEEP: "1",
  };
  const files = { [`${DIRECTORY}/a.conf`]: section("type: simple") };
  const { environment } = serviceOf(load({ files, variables }));
  assertEquals(environment.launch(), { KEEP: "1" });
  assertEquals(environment.value("_CHAP_TASK_MODE"), undefined);
  assertEquals(environment.value("_CHAP_CONFIG_DIR"), "/etc");
});

test("loadConfig runs backticks of variables, of every section", () => {
  const ran: string[] = [];
  const files = {
    [`${DIRECTORY}/a.conf`]: section("enabled: false\nenv_set: {X: '`date`'}") +
      "settings: {env_set: {Y: '`hostname`'}}",
  };
  const { environment } = serviceOf(load({ files, ran }));
  assertEquals([environment.value("X"), environment.value("Y")], ["<date>", "<hostname>"]);
  assertEquals([...new Set(ran)].sort(), ["date", "hostname"]);
});

test("F-056: a command that is a list is told how it is one text", () => {
  assertStringIncludes(
    refusal("a.service: {command: [nginx, -g, 'daemon off;']}"),
    "'command' of a.service is a list; expected a text; command is one text: " +
      `command: "nginx -g 'daemon off;'"`,
  );
});

test("F-116: after, before and service_groups may be lists", () => {
  const { after, before, groups } = service(
    "after: ['b.service:ready', 'c.service']\nbefore: [d.service]\nservice_groups: [x, 'y, z']",
  );
  assertEquals(after, [{ name: "b.service", condition: "ready" }, { name: "c.service" }]);
  assertEquals([before, groups], [["d.service"], ["x", "y", "z"]]);
  assertStringIncludes(
    refusal(section("after: [b.service, 3]")),
    "an item of 'after' of a.service is 3",
  );
});

test("F-109: a bare name that no group has means the service", () => {
  const config = load(`
db.service: {command: x}
jobs.service: {command: x, service_groups: jobs, instances: 2}
web.service: {command: x, after: 'db:ready, jobs', before: last}
last.service: {command: x, instances: 2}
`);
  const web = config.services.find(({ name }) => name === "web.service");
  assertEquals(web?.after, [{ name: "db.service", condition: "ready" }, { name: "jobs" }]);
  assertEquals(web?.before, ["last.1.service", "last.2.service"]);
  assertEquals(config.warnings, []);
});

test("F-109: a bare name that nearly is a service is told", () => {
  const text = "web.service: {command: x, after: datbase}\ndatabase.service: {command: x}";
  assertEquals(load(text).warnings.map(({ message }) => message), [
    "after of web.service names a service or group that does not exist, 'datbase'; did you mean 'database'?",
  ]);
  // Images are made of parts, and a group may have members in some of them only.
  assertEquals(load("web.service: {command: x, before: cleanup}").warnings, []);
});

test("F-062: process_timeout: 0 is no limit", () => {
  assertEquals(service("process_timeout: 0").processTimeoutMs, DURATION_MAX_MS);
  assertEquals(service("stop_timeout: 0").stopTimeoutMs, DURATION_MAX_MS);
  const cron = service("type: cron\ninterval: '@daily'\nrun_timeout: 0").cron;
  assertEquals([cron?.interval, cron?.runTimeoutMs], ["@daily", undefined]);
  assertEquals(service("process_timeout: 0.5").processTimeoutMs, 500);
});

/** Lines of a service, and the warning that they lead to. */
const WARNINGS: readonly (readonly [lines: string, warning: string | undefined])[] = [
  ["type: forking", undefined],
  ["exit_kills: true", undefined],
  ["exit_kills: true\npidfile: /x", undefined],
  [
    "type: forking\nexit_kills: true",
    "a.service has exit_kills, which a forking service without pidfile cannot honour",
  ],
  ["on_demand: true", "on_demand of a.service has no effect without listen"],
  ["on_demand: true\nlisten: 80", undefined],
  ["type: cron\ninterval: '@daily'", undefined],
  [
    "type: cron\ninterval: '@daily'\nlisten: 80",
    "listen of a.service has no effect in a cron service",
  ],
  ["listen: udp://:53", undefined],
  ["type: inetd\nlisten: tcp://:53", undefined],
];

test("what is wrong with a section is told once, however many services it makes", () => {
  const warned = load(
    section(
      "instances: 3\non_demand: true\nwatch: {secrets: restart}\nidle_timeout: 5m\nafter: abd",
    ) +
      "abc.service: {command: x}\n",
  );
  assertEquals(warned.services.length, 4);
  assertEquals(warned.warnings.map(({ message }) => message), [
    "on_demand of a.service has no effect without listen",
    "watch of a.service says secrets: it has no secrets, env_file or env_from_file",
    "idle_timeout of a.service has no effect without listen",
    "after of a.service names a service or group that does not exist, 'abd'; did you mean 'abc'?",
  ]);
  const lines = (text: string) => refusal(text).split("\n").length;
  assertEquals(lines(section("for_each: [a, b]\ntype: cron")), 1);
  assertEquals(lines(section("instances: 2\nwatch: {/etc/x: reload}")), 1);
});

for (const [lines, warning] of WARNINGS) {
  test(`loadConfig warns of ${lines.replaceAll("\n", ", ")}: ${warning ?? "of nothing"}`, () => {
    const warnings = load(section(lines)).warnings.map(({ message }) => message);
    assertEquals(warnings, warning === undefined ? [] : [warning]);
  });
}

test("loadConfig refuses datagrams for an inetd service", () => {
  for (const listen of ["udp://:53", "unix-dgram:/run/x", "[80, udp://:53]"]) {
    assertStringIncludes(
      refusal(section(`type: inetd\nlisten: ${listen}`)),
      "an inetd service cannot listen for datagrams, only for connections",
    );
  }
});
