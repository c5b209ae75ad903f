import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { DEFAULT_SETTINGS } from "../daemon/default_settings.ts";
import { load, logging, refusal, section } from "./loading.ts";

test("loadConfig gives settings the defaults of 0.3.9", () => {
  assertEquals({ ...load("").settings }, DEFAULT_SETTINGS);
});

test("loadConfig reads the settings", () => {
  const { settings } = load(
    "settings: {shutdown_timeout: 2.5, detect_exit: off, enable_syslog: no, status_interval: 0, " +
      "drain: 5s, console: prefix, http: '127.0.0.1:9090', http_control: true, " +
      "control_uid: app, control_gid: 29, " +
      "control_mode: 0660, run_dir: /run/x, log_line_max: 128K, uid: games, " +
      "state_dir: /srv/state, state_size: 2M}",
  );
  assertEquals({ ...settings }, {
    shutdownTimeoutMs: 2500,
    shutdownTimeoutText: "2.5",
    detectExit: false,
    launch: true,
    enableSyslog: false,
    statusIntervalMs: 0,
    ignoreFailures: false,
    drainMs: 5000,
    console: "prefix",
    http: "127.0.0.1:9090",
    httpControl: true,
    controlUid: 1000,
    controlGid: 29,
    controlMode: 0o660,
    runDir: "/run/x",
    stateDir: "/srv/state",
    stateSizeBytes: 2 * 1024 * 1024,
    logLineMaxBytes: 131_072,
    signals: [],
    identity: { uid: 5, gid: 60, groups: [], userName: "games", home: "/usr/games" },
  });
});

test("loadConfig takes a shutdown timeout of 0 for half a second", () => {
  const { shutdownTimeoutMs, shutdownTimeoutText } =
    load("settings: {shutdown_timeout: 0}").settings;
  assertEquals([shutdownTimeoutMs, shutdownTimeoutText], [500, "0.5"]);
});

test("any other shutdown timeout is what it says", () => {
  const timeoutMs = (text: string) =>
    load(`settings: {shutdown_timeout: ${text}}`).settings.shutdownTimeoutMs;
  assertEquals(["0.1", "0.7", "1m"].map(timeoutMs), [100, 700, 60_000]);
});

test("loadConfig lets --no-syslog and CHAPERONE_CONSOLE override the settings", () => {
  const text = "settings: {enable_syslog: yes, console: prefix}";
  assertEquals(load(text, { enableSyslog: false }).settings.enableSyslog, false);
  const files = { "/etc/chaperone.d/a.conf": text };
  assertEquals(load({ files, variables: { CHAPERONE_CONSOLE: "json" } }).settings.console, "json");
  assertEquals(load({ files, variables: { CHAPERONE_CONSOLE: "" } }).settings.console, "prefix");
  assertEquals(
    refusal({ files, variables: { CHAPERONE_CONSOLE: "jsn" } }),
    "Configuration Error: invalid value of the variable CHAPERONE_CONSOLE: 'jsn'; " +
      "expected plain, prefix, json",
  );
});

test("loadConfig refuses settings that make no sense", () => {
  assertStringIncludes(refusal("settings: {http: 9090}"), "expected HOST:PORT or unix:/PATH");
  assertStringIncludes(refusal("settings: {control_uid: nosuch}"), "name of an account");
  assertStringIncludes(refusal("settings: {control_mode: 600}"), "an octal number");
  assertStringIncludes(refusal("settings: {run_dir: run}"), "an absolute path");
  assertStringIncludes(refusal("settings: {log_line_max: 1}"), "a size from 1K to 16M");
  assertStringIncludes(refusal("settings: {state_size: 1K}"), "a size from 64K to 64M");
  assertStringIncludes(refusal("settings: {uid: nosuch}"), "specified user ('nosuch')");
  assertStringIncludes(
    refusal("settings: {env_inherit: [1]}"),
    "an item of 'env_inherit' of settings is 1; expected a text; write it in quotes: '1'",
  );
  assertStringIncludes(
    refusal("settings: {env_unset: x}"),
    "'env_unset' of settings is 'x'; expected a list",
  );
});

test("loadConfig gives logging sections the defaults of 0.3.9", () => {
  assertEquals({ ...logging("selector: ''") }, {
    name: "a.logging",
    enabled: true,
    selector: "*.*",
    stdout: false,
    stderr: false,
    overwrite: false,
    extended: false,
    rotateKeep: 7,
    rotateCompress: false,
    format: "text",
    whenFull: "block",
    queueSizeBytes: 1024 * 1024,
    origin: { file: "/etc/chaperone.d/a.conf", line: 1, column: 1 },
  });
});

test("loadConfig reads logging sections", () => {
  const { identity, origin: _, ...rest } = logging(
    "selector: '*.warn'\nstdout: yes\nfile: 'log/x-%d.log'\nuid: app\nsyslog_host: tcp://h:601\n" +
      "format: json\nrotate_size: 10M\nrotate_every: day\nrotate_keep: 3\nrotate_compress: on\n" +
      "rate_limit: 600/m\nwhen_full: drop\nqueue_size: 64K\ntls_ca_file: /etc/ca.pem\n" +
      "extended: on\noverwrite: on\nrequired: on\nlogrec_hostname: $(H:-box)",
  );
  assertEquals(identity?.uid, 1000);
  assertEquals({ ...rest }, {
    name: "a.logging",
    enabled: true,
    selector: "*.warn",
    stdout: true,
    stderr: false,
    file: "/home/app/log/x-%d.log",
    overwrite: true,
    required: true,
    syslogHost: { transport: "tcp", host: "h", port: 601 },
    extended: true,
    logrecHostname: "box",
    rotateSizeBytes: 10 * 1024 ** 2,
    rotateEvery: "day",
    rotateKeep: 3,
    rotateCompress: true,
    format: "json",
    whenFull: "drop",
    queueSizeBytes: 65_536,
    rateLimit: { count: 600, periodMs: 60_000 },
    tlsCaFile: "/etc/ca.pem",
  });
});

test("loadConfig leaves a relative file alone where no user has a home", () => {
  assertEquals(logging("file: x.log").file, "x.log");
  assertEquals(logging("file: x.log", { user: "games" }).file, "/usr/games/x.log");
  assertEquals(logging("file: /x.log", { user: "games" }).file, "/x.log");
});

test("loadConfig takes stdout and stderr away with --no-console-log", () => {
  const { stdout, stderr, file } = logging("stdout: yes\nstderr: yes\nfile: /x", {
    noConsoleLog: true,
  });
  assertEquals([stdout, stderr, file], [false, false, "/x"]);
});

test("loadConfig takes the host name and the user of logging from the settings", () => {
  const { loggings } = load("settings: {logrec_hostname: box, uid: app}\nx.logging: {stdout: on}");
  assertEquals(loggings.map((one) => [one.logrecHostname, one.identity?.uid]), [["box", 1000]]);
});

test("loadConfig checks sections that only contain .logging, and gives them no effect", () => {
  assertEquals(load("x.logging.old: {stdout: true}").loggings, []);
  assertStringIncludes(
    refusal("x.logging.old: {std: true}"),
    "unknown directive 'std' of x.logging.old",
  );
});

test("a log host is read at load, whatever the case of its scheme; an empty one is none", () => {
  assertEquals(logging("syslog_host: ' TLS://logs '").syslogHost, {
    ...{ transport: "tls", host: "logs", port: 6514 },
  });
  assertEquals(logging("syslog_host: $(NO_HOST:-)").syslogHost, undefined);
});

test("loadConfig refuses logging that makes no sense", () => {
  const cases: Readonly<Record<string, string>> = {
    "gid: games": "cannot specify 'gid' without 'uid'",
    "uid: nosuch": "specified user ('nosuch') does not exist",
    "stdout: 'yes'": "'stdout' of x.logging is 'yes'; expected true or false",
    "filter: x": "unknown directive 'filter' of x.logging",
    "format: jsno": "did you mean 'json'?",
    "rotate_size: big": "expected a size",
    "rotate_keep: -1": "a whole number from 0 to 100000",
    "rotate_keep: 100001": "a whole number from 0 to 100000",
    "rate_limit: 0": "a number of records a second",
    "syslog_host: http://x": "'syslog_host' of x.logging is 'http://x'; expected HOST, HOST:PORT",
    "enabled: false, syslog_host: 'h:65536'": "perhaps with udp://, tcp:// or tls:// before it",
    "syslog_host: 'tcp:h:1'": "for example syslog_host: tcp://logs.example.com:601",
    "env_set: {A: b}":
      "unknown directive 'env_set' of x.logging; it belongs to settings and NAME.service",
  };
  for (const [line, message] of Object.entries(cases)) {
    assertStringIncludes(refusal(`x.logging: {${line}}`), message, line);
  }
});

test("loadConfig tells an error in the settings once, not once for each service", () => {
  const text = `settings: {env_set: {X: "$(NOPE:?Need NOPE)"}}\n${section("type: simple")}` +
    "b.service: {command: x}\nx.logging: {stdout: on}";
  assertEquals(refusal(text).split("\n").length, 1);
});
