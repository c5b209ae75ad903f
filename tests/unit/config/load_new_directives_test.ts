import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { DIRECTORY, load, refusal, section, service, serviceOf } from "./loading.ts";

test("loadConfig reads the restart policy", () => {
  assertEquals(
    service(
      "restart: on\nrestart_limit: -1\nrestart_delay: 0.1\nrestart_backoff: 5m\n" +
        "restart_window: 90\nno_retry_codes: [1, SIGKILL, segv]\non_give_up: shutdown",
    ).restart,
    {
      when: "on-failure",
      limit: 0,
      delayMs: 100,
      backoffMaxMs: 300_000,
      windowMs: 90_000,
      noRetry: [
        { kind: "code", code: 1 },
        { kind: "signal", signal: 9 },
        { kind: "signal", signal: 11 },
      ],
      onGiveUp: "shutdown",
    },
  );
});

test("loadConfig counts exit code 0 as success whatever success_codes lists", () => {
  assertEquals(service("success_codes: [3, TERM]").success, [
    { kind: "code", code: 0 },
    { kind: "code", code: 3 },
    { kind: "signal", signal: 15 },
  ]);
  assertStringIncludes(refusal(section("success_codes: [300]")), "exit codes from 0 to 255");
});

test("loadConfig reads how a service is stopped and reloaded", () => {
  const { stopSequence, stopTimeoutMs, stopCommand, reloadCommand, reloadSignal } = service(
    'stop_sequence: ["QUIT 8s", "TERM 500ms", KILL]\nstop_timeout: 20\n' +
      "stop_command: \"/bin/x 'a b'\"\nreload_command: [/bin/y, a b]\nreload_signal: HUP",
  );
  assertEquals(stopSequence, [
    { signal: 3, waitMs: 8000 },
    { signal: 15, waitMs: 500 },
    { signal: 9 },
  ]);
  assertEquals(stopTimeoutMs, 20_000);
  assertEquals(stopCommand, ["/bin/x", "a b"]);
  assertEquals([reloadCommand, reloadSignal], [["/bin/y", "a b"], 1]);
});

test("loadConfig refuses a stop sequence that does not say how long to wait", () => {
  assertStringIncludes(
    refusal(section("stop_sequence: [TERM, KILL]")),
    "for example stop_sequence",
  );
});

test("loadConfig reads conditions of after", () => {
  const config = load(
    "a:ready.service: {command: x}\n" +
      section('after: "db.service:ready, m.service : completed, g:started, a:ready.service"'),
  );
  assertEquals(serviceOf(config).after, [
    { name: "db.service", condition: "ready" },
    { name: "m.service", condition: "completed" },
    { name: "g", condition: "started" },
    { name: "a:ready.service" },
  ]);
  assertStringIncludes(refusal(section("after: db.service:complete")), "did you mean 'completed'?");
});

test("loadConfig makes copies of a service with instances, which references mean all", () => {
  const config = load(`web.service:
  command: /bin/web $(_CHAP_SERVICE) $(_CHAP_INSTANCE)
  instances: "$(N:-2)"
  pidfile: /run/web.$(_CHAP_INSTANCE)
  service_groups: web
${section('after: "web.service:ready"\nbefore: web.service')}`);
  assertEquals(config.services.map(({ name, instance }) => [name, instance]), [
    ["web.1.service", 1],
    ["web.2.service", 2],
    ["a.service", undefined],
  ]);
  const [first, second, other] = config.services;
  assertEquals(first?.argv, ["/bin/web", "web.1.service", "1"]);
  assertEquals([second?.pidfile, second?.groups], ["/run/web.2", ["web"]]);
  assertEquals(other?.after, [
    { name: "web.1.service", condition: "ready" },
    { name: "web.2.service", condition: "ready" },
  ]);
  assertEquals(other?.before, ["web.1.service", "web.2.service"]);
});

test("loadConfig refuses impossible instances", () => {
  for (const value of ["0", "-1", "x", "1001"]) {
    assertStringIncludes(
      refusal(section(`instances: ${value}`)),
      "expected a whole number from 1 to 1000;",
    );
  }
});

test("loadConfig reads resources", () => {
  const { umask, nice, oomScoreAdj, limits } = service(
    "umask: 0027\nnice: -5\noom_score_adj: 100\n" +
      "limits: {nofile: 1024:4096, core: unlimited, memlock: 64M, stack: 10:20}",
  );
  assertEquals([umask, nice, oomScoreAdj], [0o027, -5, 100]);
  assertEquals(limits, [
    { resource: "nofile", soft: 1024, hard: 4096 },
    { resource: "core", soft: Infinity, hard: Infinity },
    { resource: "memlock", soft: 64 * 1024 ** 2, hard: 64 * 1024 ** 2 },
    { resource: "stack", soft: 10, hard: 20 },
  ]);
  assertEquals(service('umask: "022"').umask, 0o022);
});

test("loadConfig reads mounts of a service's own, and those of the settings as a default", () => {
  const config = load(
    "settings: {private_tmp: true, read_only_paths: /etc}\n" +
      section("hide_proc: true\nread_only_paths: [/usr, '/$(NONE:-opt)']"),
  );
  const { privateTmp, hideProc, readOnlyPaths } = serviceOf(config) ?? {};
  assertEquals([privateTmp, hideProc, readOnlyPaths], [true, true, ["/usr", "/opt"]]);
  assertStringIncludes(refusal(section("read_only_paths: etc")), "expected an absolute path");
});

test("loadConfig reads secrets and whether they are masked", () => {
  const { secrets, redact } = service(
    "secrets: {DB_PASSWORD: file:/run/secrets/db, K: 'file:/run/$(NAME:-k)'}\nredact: true",
  );
  assertEquals(secrets, [
    { name: "DB_PASSWORD", path: "/run/secrets/db" },
    { name: "K", path: "/run/k" },
  ]);
  assertEquals([redact, service("nice: 1").redact, service("nice: 1").secrets], [
    ...[true, false, undefined],
  ]);
  const masked = (own: string) =>
    serviceOf(load(`settings: {redact: true}\n${section(own)}`))?.redact;
  assertEquals([masked("nice: 1"), masked("redact: false")], [true, false]);
  const wrong = (text: string) => refusal(section(`secrets: {${text}}`));
  assertStringIncludes(wrong("a-b: file:/x"), "'a-b' is not the name of a variable");
  assertStringIncludes(wrong("A_FILE: file:/x"), "leave _FILE out of 'A_FILE'");
  assertStringIncludes(wrong("A: /x"), "'/x' is not a file: followed by an absolute path");
  assertStringIncludes(wrong("A: file:x"), "as in A: file:/run/secrets/x");
});

test("loadConfig reads what is given to whom, that of the settings first", () => {
  const config = load(
    "settings: {own: {/config: '$(PUID:-7):8'}}\n" +
      section('own: {$(NONE:-/data): 9, "/d/e": "1:2"}'),
  );
  const place = (path: string, uid: number, gid: number, owner: string, isShared = false) => ({
    ...{ path, uid, gid, owner, isShared },
  });
  assertEquals(serviceOf(config)?.own, [
    place("/config", 7, 8, "7:8", true),
    place("/data", 9, 9, "9"),
    place("/d/e", 1, 2, "1:2"),
  ]);
  const wrong = (text: string) => refusal(section(`own: {${text}}`));
  assertStringIncludes(wrong("/x: nobody-there"), "specified user ('nobody-there') does not exist");
  assertStringIncludes(wrong("/x: 'a:b:c'"), "'a:b:c' is not USER or USER:GROUP");
  assertStringIncludes(wrong("x: 1"), "'x' is not an absolute path");
  assertStringIncludes(wrong("/: 1"), "the root directory is nobody's to give");
  assertStringIncludes(wrong("/a/../b: 1"), "holds '..'");
});

test("loadConfig refuses impossible limits", () => {
  for (const value of ["10:5", "unlimited:5", "-1", "1:2:3", "many", "[1]"]) {
    assertStringIncludes(
      refusal(section(`limits: {nofile: "${value}"}`)),
      `'nofile' in 'limits' of a.service is '${value}'; expected a number, 'unlimited', SOFT: or SOFT:HARD`,
    );
  }
  assertStringIncludes(refusal(section("limits: {nofiles: 5}")), "did you mean 'nofile'?");
});

test("loadConfig reads prerequisites outside the container", () => {
  const { waitFor, waitTimeoutMs } = service(
    'wait_for: ["tcp://$(DB:-db):5432", "http://x/ready", "file:/run/x", "unix:/run/s"]\n' +
      "wait_timeout: 2m",
  );
  assertEquals(waitFor, [
    { kind: "tcp", host: "db", port: 5432, text: "tcp://db:5432" },
    { kind: "http", url: "http://x/ready", text: "http://x/ready" },
    { kind: "file", path: "/run/x", text: "file:/run/x" },
    { kind: "unix", path: "/run/s", text: "unix:/run/s" },
  ]);
  assertEquals(waitTimeoutMs, 120_000);
  assertStringIncludes(refusal(section("wait_for: db:5432")), 'for example wait_for: ["tcp://');
});

test("loadConfig reads what cron services use", () => {
  const cron = service(
    'type: cron\ninterval: "$(EVERY:-@hourly)"\ntimezone: Europe/Vienna\noverlap: queue\n' +
      "jitter: 30\nrun_timeout: 1h\non_failure: /bin/mail root\ncatch_up: once\n" +
      "catch_up_window: 2h",
  ).cron;
  assertEquals(cron, {
    interval: "@hourly",
    timezone: "Europe/Vienna",
    overlap: "queue",
    jitterMs: 30_000,
    catchUp: "once",
    catchUpWindowMs: 7_200_000,
    runTimeoutMs: 3_600_000,
    onFailure: ["/bin/mail", "root"],
  });
  assertStringIncludes(
    refusal(section("type: cron\ninterval: x\ntimezone: Mars/X")),
    "a time zone",
  );
  for (const word of ["no", "false", '"no"']) {
    const { catchUp } = service(`type: cron\ninterval: "@hourly"\ncatch_up: ${word}`).cron ?? {};
    assertEquals(catchUp, undefined, word);
  }
  assertStringIncludes(
    refusal(section('type: cron\ninterval: "@hourly"\ncatch_up: twice')),
    "once, all, no",
  );
  assertEquals(service("type: cron\nignore_failures: true").cron, undefined);
});

test("loadConfig reads sockets", () => {
  const { listen, onDemand, maxInstances } = service(
    'listen: [8080, "127.0.0.1:9090", "unix:/run/x.sock", "udp://0.0.0.0:53"]\non_demand: yes\n' +
      "max_instances: 10",
  );
  assertEquals(listen, ["8080", "127.0.0.1:9090", "unix:/run/x.sock", "udp://0.0.0.0:53"]);
  assertEquals([onDemand, maxInstances], [true, 10]);
  assertStringIncludes(refusal(section("listen: nowhere")), "expected PORT, HOST:PORT");
});

test("loadConfig reads streams, files with variables and continuation lines", () => {
  const { stdout, stderr, envFiles, envFromFile, multiline, watchdogMs } = service(
    'stdout: null\nstderr: "null"\nenv_file: "$(HOME)/.env"\nenv_from_file: on\n' +
      "multiline: '^\\s'\nwatchdog: 5",
  );
  assertEquals([stdout, stderr, envFiles, envFromFile], ["null", "null", ["/root/.env"], true]);
  assertEquals(service("env_file: [/a, $(NONE:-), /b]").envFiles, ["/a", "/b"]);
  assertEquals([(multiline as RegExp).source, watchdogMs], ["^\\s", 5000]);
  assertEquals(service("multiline: yes").multiline, true);
  assertEquals(service("read_levels: no").readLevels, false);
  assertStringIncludes(refusal(section("multiline: '('")), "a regular expression");
});

test("loadConfig expands the texts of new directives", () => {
  assertEquals(service('stop_timeout: "$(STOP:-7s)"').stopTimeoutMs, 7000);
  assertEquals(service('umask: "$(MASK:-027)"').umask, 0o027);
});

test("loadConfig says what would be right for a new directive", () => {
  assertEquals(
    refusal(section("stop_timeout: soon")),
    `${DIRECTORY}/a.conf:3:17: Configuration Error: 'stop_timeout' of a.service is 'soon'; ` +
      "expected a duration: seconds, or numbers with ms, s, m, h or d; " +
      "for example stop_timeout: 1m30s",
  );
  assertStringIncludes(refusal(section("umask: 22")), "for example umask: 0022");
  assertStringIncludes(refusal(section("overlap: skp")), "did you mean 'skip'?");
  assertStringIncludes(refusal(section("nice: 20")), "from -20 to 19");
  assertStringIncludes(refusal(section("jitter: [1]")), "for example jitter: 1m30s");
});

test("inetd services cannot listen for datagrams, cron services not at all", () => {
  assertStringIncludes(
    refusal(section("type: inetd\nlisten: 'udp://127.0.0.1:53'")),
    "an inetd service cannot listen for datagrams, only for connections",
  );
  const config = load(section("type: cron\ninterval: '@daily'\nlisten: '80'\non_demand: true"));
  assertEquals(config.warnings.map(({ message }) => message), [
    "listen of a.service has no effect in a cron service",
  ]);
  assertEquals(
    load(section("on_demand: true")).warnings[0]?.message,
    "on_demand of a.service has no effect without listen",
  );
});

test("F-061: every time takes seconds or units", () => {
  for (const text of ["90", "90s", "1m30s", "1.5m", "'1m 30s'"]) {
    const { processTimeoutMs, startupPauseMs, restart, stopTimeoutMs, health, stopSequence } =
      service(
        `process_timeout: ${text}\nstartup_pause: ${text}\nrestart_delay: ${text}\n` +
          `restart_window: ${text}\nstop_timeout: ${text}\n` +
          `health: {tcp: "1", interval: ${text}}\n` +
          `stop_sequence: ["TERM ${text.replaceAll("'", "")}", KILL]`,
      );
    assertEquals(
      [processTimeoutMs, startupPauseMs, restart.delayMs, restart.windowMs, stopTimeoutMs],
      Array(5).fill(90_000),
      text,
    );
    assertEquals([health?.intervalMs, stopSequence?.[0]?.waitMs], [90_000, 90_000], text);
  }
  const { settings } = load(
    "settings: {shutdown_timeout: 1m, status_interval: 2m, idle_delay: 1s}",
  );
  assertEquals([settings.shutdownTimeoutMs, settings.statusIntervalMs], [60_000, 120_000]);
  assertEquals(settings.shutdownTimeoutText, "60");
});
