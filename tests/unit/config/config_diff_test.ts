import { assertEquals } from "@std/assert";
import { diffConfigs } from "../../../lib/config/config_diff.ts";
import { test } from "../../test.ts";
import { load } from "./loading.ts";

const WEB = "web.service: { command: /bin/web, env_set: { PORT: '1', NAME: '`hostname`' } }\n";

function diff(before: string, after: string) {
  return diffConfigs(load(before), load(after));
}

function changeOf(before: string, after: string) {
  const { services: [change] } = diff(before, after);
  return [change?.directives, change?.variables, change?.needsRestart];
}

test("diffConfigs() finds nothing between two loads of one text, wherever its sections are", () => {
  const log = "a.logging: { selector: '*.*', file: /var/log/x }\n";
  const { services, loggings, settings, unchangedCount } = diff(WEB + log, `# more\n${log}${WEB}`);
  assertEquals([services, loggings, settings, unchangedCount], [[], [], [], 1]);
});

test("diffConfigs() names what is added and what is gone", () => {
  const { services, unchangedCount } = diff(
    `${WEB}old.service: { command: x }`,
    `new.service: { command: x }\n${WEB}`,
  );
  assertEquals(services.map(({ name, kind, needsRestart }) => [name, kind, needsRestart]), [
    ["new.service", "added", true],
    ["old.service", "removed", true],
  ]);
  assertEquals(unchangedCount, 1);
});

test("diffConfigs() names directives, and variables of the environment", () => {
  const base = "a.service: { command: run, restart: true, env_set: { X: '1', Y: '2' } }";
  assertEquals(
    changeOf(base, "a.service: { command: run me, restart: true, env_set: { X: '2', Z: '1' } }"),
    [["command"], ["X", "Y", "Z"], true],
  );
  assertEquals(
    changeOf(base, `settings: { env_set: { ALL: '1' } }\n${base}`),
    [[], ["ALL"], true],
  );
});

test("diffConfigs() says that a process can go on where only what comes later differs", () => {
  const base = "a.service: { command: run, restart: true }";
  assertEquals(
    changeOf(
      base,
      "a.service: { command: run, restart: true, restart_limit: 9, kill_signal: SIGINT }",
    ),
    [["kill_signal", "restart_limit"], [], false],
  );
  assertEquals(
    changeOf(base, "a.service: { command: run, restart: true, uid: games }"),
    [["uid", "gid", "groups"], ["HOME", "LOGNAME", "USER"], true],
  );
});

test("diffConfigs() does not take an instance more for a change of the others", () => {
  const { services, unchangedCount } = diff(
    "a.service: { command: run, instances: 2 }",
    "a.service: { command: run, instances: 3 }",
  );
  assertEquals(services.map(({ name, kind }) => [name, kind]), [["a.3.service", "added"]]);
  assertEquals(unchangedCount, 2);
});

test("diffConfigs() tells settings that can be taken over from those that cannot", () => {
  const { settings } = diff(WEB, `settings: { shutdown_timeout: 3, http: 'localhost:1' }\n${WEB}`);
  assertEquals(settings, [
    { directive: "shutdown_timeout", isLive: true },
    { directive: "http", isLive: false },
  ]);
});

test("diffConfigs() names directives of logging sections", () => {
  const { loggings } = diff(
    `${WEB}a.logging: { selector: '*.*', stdout: true }`,
    `${WEB}a.logging: { selector: '*.err', file: /var/log/x }\nb.logging: { selector: '*.*' }`,
  );
  assertEquals(loggings, [
    { name: "a.logging", kind: "changed", directives: ["selector", "stdout", "file"] },
    { name: "b.logging", kind: "added", directives: [] },
  ]);
});
