import { assertEquals } from "@std/assert";
import { listEffective } from "../../../lib/config/effective.ts";
import { test } from "../../test.ts";
import { DIRECTORY, load, type LoadRequest, serviceOf } from "./loading.ts";

function effective(request: LoadRequest, name: string): Map<string, string> {
  const config = load(request);
  return new Map(
    listEffective(config, serviceOf(config, name)).map(
      ({ name: directive, value, from, position }) => {
        const place = position === undefined ? "" : ` ${position.file}:${position.line}`;
        return [directive, `${value} | ${from}${place}`];
      },
    ),
  );
}

test("F-076: show tells where each value comes from: section, settings, default, command line", () => {
  const files = {
    [`${DIRECTORY}/1.conf`]:
      "settings:\n  process_timeout: 7\n  env_set: {A: x, DB_PASSWORD: pw}\n",
    [`${DIRECTORY}/2.yaml`]: "web.service:\n  command: run $(A)\n  restart: true\n" +
      "  env_set:\n    B: y\n  instances: 2\n",
  };
  const shown = effective({ files, options: { user: "app" } }, "web.2.service");
  assertEquals(shown.get("command"), `run $(A) | service ${DIRECTORY}/2.yaml:2`);
  assertEquals(shown.get("restart"), `true | service ${DIRECTORY}/2.yaml:3`);
  assertEquals(shown.get("process_timeout"), `7 | settings ${DIRECTORY}/1.conf:2`);
  assertEquals(shown.get("uid"), "1000 | command line");
  assertEquals(shown.get("restart_limit")?.endsWith("| default"), true);
  assertEquals(shown.get("env_set"), `{'B': 'y'} | service ${DIRECTORY}/2.yaml:4`);
  assertEquals([...shown.values()].some((text) => text.includes("pw")), false);
});

// Lines of a service, and what is shown of a directive that it does not set.
const DEFAULTS: readonly (readonly [lines: string, directive: string, isShown: boolean])[] = [
  ["enabled: true", "on_demand", false],
  ["listen: 80", "on_demand", true],
  ["enabled: true", "wait_timeout", false],
  ["wait_for: tcp://db:1", "wait_timeout", true],
  ["enabled: true", "user_column", false],
  ["enabled: true", "restart_limit", false],
  ["restart: true", "restart_limit", true],
];

for (const [lines, directive, isShown] of DEFAULTS) {
  test(`show of a service with ${lines} has ${isShown ? "the default" : "nothing"} of ${directive}`, () => {
    const text = `a.service:\n  command: x\n  ${lines}\n`;
    const shown = effective({ files: { [`${DIRECTORY}/a.conf`]: text } }, "a.service");
    assertEquals(shown.get(directive)?.endsWith("| default") ?? false, isShown);
  });
}

const CALLED = { command: "/bin/sh", args: ["-c", "id"], exitKills: true };

// Options of the command line, and what the service CONSOLE shows of them; its own names are there.
const OF_THE_CALL: readonly (readonly [
  what: string,
  options: LoadRequest["options"],
  shown: readonly (readonly [directive: string, text: string])[],
])[] = [
  ["a command", { command: CALLED }, [
    ["command", "/bin/sh -c id | command line"],
    ["exit_kills", "true | command line"],
    ["ignore_failures", "true | command line"],
    ["enabled", "true | default"],
  ]],
  ["a command that is the container's task", { command: CALLED, taskMode: true }, [
    ["ignore_failures", "false | default"],
  ]],
  ["a command that others outlive", { command: { ...CALLED, exitKills: false } }, [
    ["exit_kills", "false | default"],
  ]],
  ["a command and a user", { command: CALLED, user: "www-data" }, [
    ["uid", "33 | command line"],
    ["gid", "33 | command line"],
  ]],
];

for (const [what, options, expected] of OF_THE_CALL) {
  test(`show of CONSOLE tells what the command line decides: ${what}`, () => {
    const shown = effective(options === undefined ? {} : { options }, "CONSOLE");
    assertEquals(
      expected.map(([directive]) => [directive, shown.get(directive)]),
      expected.map((row) => [...row]),
    );
  });
}

test("show tells that --disable-services has disabled a service", () => {
  const files = { [`${DIRECTORY}/a.conf`]: "a.service: {command: x}\n" };
  const shown = effective({ files, options: { disableServices: true } }, "a.service");
  assertEquals(shown.get("enabled"), "false | command line");
});

test("show tells variables of the settings before those of the service", () => {
  const files = {
    [`${DIRECTORY}/a.conf`]: "settings: {env_set: {A: x}, uid: app}\n" +
      "a.service: {command: x, env_set: {B: y}, uid: root}\n",
  };
  const config = load({ files });
  const rows = listEffective(config, serviceOf(config));
  const of = (directive: string) =>
    rows.filter(({ name }) => name === directive).map(({ value, from }) => [value, from]);
  assertEquals(of("env_set"), [["{'A': 'x'}", "settings"], ["{'B': 'y'}", "service"]]);
  assertEquals(of("uid"), [["root", "service"]]);
});

test("show has no hook_timeout where there are no hooks", () => {
  const shownFor = (lines: string) =>
    effective(
      { files: { [`${DIRECTORY}/a.conf`]: `a.service: {command: x${lines}}\n` } },
      "a.service",
    )
      .get("hook_timeout")?.endsWith("| default");
  assertEquals([shownFor(""), shownFor(", on_ready: /bin/true")], [undefined, true]);
});
