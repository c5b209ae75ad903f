/** The configuration part of the compatibility checklist: one test for each line. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { DIRECTORY, load, refusal, section, service, serviceOf } from "./loading.ts";

function inFiles(texts: Readonly<Record<string, string>>, options = {}) {
  const files = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [`${DIRECTORY}/${name}`, text]),
  );
  return load({ files, options });
}

function variable(text: string, name: string, options = {}): string | undefined {
  return serviceOf(load(text, options)).environment.value(name);
}

test("20: --disable-services still refuses an invalid configuration", () => {
  assertStringIncludes(
    refusal("a.service: {}", { disableServices: true }),
    "'command' of a.service",
  );
  assertEquals(service("type: simple", { disableServices: true }).enabled, false);
});

test("36: _CHAP_TASK_MODE is 1 with --task and not defined without", () => {
  const text = section("env_set: {X: '$(_CHAP_TASK_MODE:-none)'}");
  assertEquals(variable(text, "X", { taskMode: true }), "1");
  assertEquals(variable(text, "X"), "none");
});

test("55: --user must exist; a number does", () => {
  assertEquals(
    refusal("", { user: "nosuch" }),
    "Configuration Error: specified user ('nosuch') does not exist",
  );
  const config = load(section("type: simple"), { user: "5" });
  assertEquals(serviceOf(config).identity?.userName, "games");
});

test("57: a service with uid root under --user runs as root", () => {
  assertEquals(service("uid: root", { user: "games" }).identity?.uid, 0);
  assertEquals(service("type: simple", { user: "games" }).identity?.uid, 5);
});

test("59: a directory is read in order of names, only .conf and .yaml, hidden ones too", () => {
  const config = inFiles({
    "b.yaml": "settings: {idle_delay: 2}\nb.service: {command: b}",
    "a.conf": "settings: {idle_delay: 1}\na.service: {command: a}",
    "c.yml": "c.service: {command: c}",
    ".h.conf": "h.service: {command: h}",
    "z.conf.bak": "z.service: {command: z}",
    "sub.conf/x.conf": "x.service: {command: x}",
  });
  assertEquals(config.services.map(({ name }) => name), ["h.service", "a.service", "b.service"]);
  assertEquals(config.services[0]?.idleDelayMs, 2000);
});

test("60: a file is read whatever its name", () => {
  const config = load({ path: "/x/foo.txt", files: { "/x/foo.txt": section("type: simple") } });
  assertEquals(config.services.length, 1);
});

test("61: a path that does not exist configures nothing but the default for the command", () => {
  assertEquals(load({ path: "/nowhere" }).services, []);
  assertEquals(load({ path: "/nowhere" }).loggings, []);
  const command = { command: "/bin/echo", args: ["$(_CHAP_CONFIG_DIR)"], exitKills: false };
  const config = load({ path: "/nowhere", options: { command } });
  assertEquals(config.services[0]?.argv, ["/bin/echo", "$(_CHAP_CONFIG_DIR)"]);
  assertEquals(config.loggings.map(({ name }) => name), ["console.logging"]);
});

test("61: options count without any configuration, too", () => {
  const { settings } = load({
    path: "/no",
    options: { enableSyslog: false, ignoreFailures: true },
  });
  assertEquals([settings.enableSyslog, settings.ignoreFailures], [false, true]);
});

test("62: _CHAP_CONFIG_DIR is the directory that contains the file or directory", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["/a/b/c.d", "/a/b"],
    ["/a/b/c.conf", "/a/b"],
    ["/chaperone.d", "/"],
    ["/a/b/c.d/", "/a/b/c.d"],
  ];
  for (const [path, expected] of cases) {
    const name = path.endsWith(".conf") ? path : `${path.replace(/\/$/, "")}/x.conf`;
    const text = section("env_set: {X: '$(_CHAP_CONFIG_DIR)'}");
    const config = load({ path, files: { [name]: text } });
    assertEquals(serviceOf(config).environment.value("X"), expected, path);
  }
});

test("63: a service in a second file replaces the first entirely", () => {
  const config = inFiles({
    "1.conf": "a.service: {command: one, pidfile: /x}",
    "2.conf": "a.service: {command: two}",
  });
  assertEquals(config.services.map(({ command, pidfile }) => [command, pidfile]), [[
    "two",
    undefined,
  ]]);
});

test("64: settings in two files are merged by key, and env_set by variable", () => {
  const config = inFiles({
    "1.conf": "settings: {idle_delay: 3, detect_exit: false, env_inherit: [A], " +
      "env_set: {X: 1x, Y: 1y}}\na.service: {command: x}",
    "2.conf": "settings: {idle_delay: 4, env_inherit: ['P*'], env_set: {Y: 2y}}",
  });
  const { environment, idleDelayMs } = serviceOf(config);
  assertEquals([config.settings.detectExit, idleDelayMs], [false, 4000]);
  assertEquals(environment.launch(), { PATH: "/usr/bin:/bin", X: "1x", Y: "2y" });
});

test("64: logging sections in two files are merged by key", () => {
  const { loggings } = inFiles({
    "1.conf": "x.logging: {stdout: true, selector: '*.warn'}",
    "2.conf": "x.logging: {selector: '*.info'}",
  });
  assertEquals(loggings.map(({ stdout, selector }) => [stdout, selector]), [[true, "*.info"]]);
});

test("65: of two equal sections or keys in a file the last wins", () => {
  const { loggings } = load(
    "x.logging: {stdout: true}\nx.logging: {stderr: true, selector: a.b, selector: c.d}",
  );
  assertEquals(loggings.map(({ stdout, stderr, selector }) => [stdout, stderr, selector]), [
    [false, true, "c.d"],
  ]);
});

test("66: TABs between tokens and in comments are accepted", () => {
  const config = load("a.service:\t{\n\tcommand:\t'x',\t# a\tb\n\t}\n");
  assertEquals(serviceOf(config).command, "x");
});

test("67: trailing commas in brackets are accepted", () => {
  const config = load("a.service: { command: x, env_inherit: [A, ], }");
  assertEquals(config.services.length, 1);
});

test("68: yes, on and off without quotes are booleans", () => {
  const { enabled, restart, optional } = service("enabled: no\nrestart: on\noptional: off");
  assertEquals([enabled, restart.when, optional], [false, "on-failure", false]);
});

test("69: an unknown section or directive is refused", () => {
  assertStringIncludes(
    refusal("foo: {a: b}"),
    `${DIRECTORY}/a.conf:1:1: Configuration Error: unknown section 'foo'`,
  );
  assertStringIncludes(
    refusal(section("frob: 1")),
    "Configuration Error: unknown directive 'frob' of a.service",
  );
});

test("70: a missing command is refused", () => {
  assertEquals(
    refusal("a.service: {type: simple}"),
    `${DIRECTORY}/a.conf:1:1: Configuration Error: ` +
      "'command' of a.service is missing",
  );
});

test("71: a section without body is refused", () => {
  assertStringIncludes(
    refusal("a.service:\n"),
    "Configuration Error: a.service has no directives; nothing is indented below it",
  );
});

test("72: an environment value that is no text is refused", () => {
  for (const value of ["80", "true", "12:30", "1.5", "2001-01-01", "[a]", "~"]) {
    assertStringIncludes(
      refusal(section(`env_set: {P: ${value}}`)),
      "Configuration Error: 'P' in 'env_set' of a.service is ",
    );
  }
});

test("73: a value that is not among the choices is refused", () => {
  assertStringIncludes(
    refusal(section("type: bogus")),
    "Configuration Error: 'type' of a.service is 'bogus'; expected one of simple, ",
  );
  assertStringIncludes(
    refusal(section("stdout: maybe")),
    "'stdout' of a.service is 'maybe'; expected one of log, ",
  );
});

test("74: kill_signal is a name, with SIG or without, or a number in quotes", () => {
  assertStringIncludes(
    refusal(section("kill_signal: 15")),
    "'kill_signal' of a.service is 15; expected a text; write it in quotes: '15'",
  );
  for (const text of ['"15"', "SIGTERM", "sigterm", "TERM"]) {
    assertEquals(service(`kill_signal: ${text}`).killSignal, 15);
  }
  assertStringIncludes(
    refusal(section("kill_signal: SIGTEMR")),
    "Configuration Error: 'kill_signal' of a.service is 'SIGTEMR', which is not a signal; did you mean 'SIGTERM'?",
  );
});

test("75: restart_delay may be whole or a fraction", () => {
  assertEquals(service("restart_delay: 2").restart.delayMs, 2000);
  assertEquals(service("restart_delay: 0.5").restart.delayMs, 500);
  assertEquals(service("type: simple").restart.delayMs, 3000);
  assertStringIncludes(
    refusal(section("restart_delay: x")),
    "'restart_delay' of a.service is 'x'; expected",
  );
  assertStringIncludes(
    refusal(section("restart_delay: x")),
    "for example restart_delay: 90 or 1m30s",
  );
});

test("76: names in capitals are reserved", () => {
  for (const name of ["ABC.service", "123.service"]) {
    assertStringIncludes(
      refusal(`${name}: {command: x}`),
      `the name '${name}' has no small letter; such names are chaperone's own`,
    );
  }
  assertStringIncludes(refusal("X.logging: {stdout: true}"), "has no small letter");
});

test("77: gid needs uid", () => {
  assertStringIncludes(
    refusal(section("gid: games"), { user: "app" }),
    "Configuration Error: cannot specify 'gid' without 'uid'",
  );
  assertEquals(service("uid: app\ngid: games").identity?.gid, 60);
  assertStringIncludes(refusal("settings: {gid: games}"), "cannot specify 'gid' without 'uid'");
  assertEquals(load("settings: {gid: games}", { user: "app" }).settings.identity?.gid, 60);
});

test("78: an unknown user is refused unless the service is optional", () => {
  assertStringIncludes(
    refusal(section("uid: nosuch")),
    "Configuration Error: specified user ('nosuch') does not exist",
  );
  const { missingUser, identity } = service("uid: nosuch\noptional: true");
  assertEquals([missingUser, identity], ["nosuch", undefined]);
  assertStringIncludes(
    refusal(section("uid: app\ngid: nosuch")),
    "specified group ('nosuch') does not exist",
  );
});

test("79: impossible references to services and groups are refused", () => {
  const cases: Readonly<Record<string, string>> = {
    "after: IDLE":
      "after of a.service names IDLE, which starts last of all: nothing comes after it",
    "before: INIT":
      "before of a.service names INIT, which starts first of all: nothing comes before it",
    "after: FOO":
      "after of a.service names 'FOO'; names without a small letter are chaperone's own: IDLE, INIT, CONSOLE, MAIN",
    "service_groups: FOO":
      "service_groups of a.service names 'FOO'; names without a small letter are chaperone's own: IDLE, INIT",
    'after: "b.service,"': "after of a.service has an empty name; is there a comma too many?",
  };
  for (const [line, message] of Object.entries(cases)) {
    assertStringIncludes(refusal(section(line)), `Configuration Error: ${message}`);
  }
  const { after, before } = service("after: 'INIT, x, nosuch.service,MAIN'\nbefore: IDLE,CONSOLE");
  assertEquals(after.map(({ name }) => name), ["INIT", "x", "nosuch.service"]);
  assertEquals(before, ["IDLE", "CONSOLE"]);
});

test("80: enabled must be a boolean after expansion", () => {
  assertStringIncludes(
    refusal(section('enabled: "maybe"')),
    "Configuration Error: 'enabled' of a.service is 'maybe'; expected true or false",
  );
  assertEquals(service('enabled: ""').enabled, false);
  assertEquals(service('enabled: " Yes "').enabled, true);
  assertEquals(service('enabled: "$(NOPE:-n)"').enabled, false);
});

test("81: port must be a whole number after expansion", () => {
  assertStringIncludes(
    refusal(section("port: abc")),
    "Configuration Error: 'port' of a.service is 'abc'; expected a number from 0 to 65535",
  );
  assertEquals(service('port: "$(P:-8080)"').port, 8080);
  assertEquals(service("port: 8123").port, 8123);
});

test("82: an open quotation in command is refused", () => {
  assertStringIncludes(
    refusal(`a.service: {command: "echo 'x"}`),
    "Configuration Error: a quote is opened and not closed",
  );
});

test("83: $(X:?message) is refused where X is empty, in whatever environment", () => {
  const text = `settings:\n  env_set:\n    Y: "$(X:?Need X)"\n${section("type: simple")}`;
  assertEquals(
    refusal(text),
    `${DIRECTORY}/a.conf:3:8: Configuration Error: Need X`,
  );
  const variables = { X: "1" };
  const files = { [`${DIRECTORY}/a.conf`]: text };
  assertEquals(serviceOf(load({ files, variables })).environment.value("Y"), "1");
  assertStringIncludes(refusal('settings: {env_set: {Y: "$(X:?Need X)"}}'), "Need X");
});

test("84: a syntax error is told with its position", () => {
  assertStringIncludes(
    refusal("a.service: {command: x\n"),
    `${DIRECTORY}/a.conf:1:12: Configuration Error: { is not closed`,
  );
});

test("85: empty files and files of comments are ignored", () => {
  const config = inFiles({ "1.conf": "", "2.conf": "# nothing\n", "3.conf": section("debug: on") });
  assertEquals(config.services.length, 1);
});

test("86: a list of names is accepted for empty sections", () => {
  assertEquals(load("- settings\n").services, []);
});
