/** How the files of a configuration are laid over one another, and what one section stands for. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { listEffective } from "../../../lib/config/effective.ts";
import { lintConfig } from "../../../lib/config/lint/lint.ts";
import type { Config } from "../../../lib/config/model.ts";
import { test } from "../../test.ts";
import { DIRECTORY, load, refusal, serviceOf } from "./loading.ts";

const BASE = "web.service:\n  command: nginx -g x\n  uid: www-data\n  stdout: inherit\n" +
  "  env_set:\n    PORT: '80'\n    LEVEL: info\n  after: db.service\n";

function files(...texts: string[]): { readonly files: Record<string, string> } {
  return {
    files: Object.fromEntries(texts.map((text, at) => [`${DIRECTORY}/${at + 1}.conf`, text])),
  };
}

function places(config: Config, name: string, directive: string): string[] {
  return listEffective(config, serviceOf(config, name)).filter((row) => row.name === directive)
    .map(({ value, from, position }) =>
      `${value} ${from} ${position?.file.split("/").at(-1)}:${position?.line}`
    );
}

for (
  const [how, change] of [
    ["the name web.service+", "web.service+:\n"],
    ["merge: true", "web.service:\n  merge: true\n"],
  ] as const
) {
  test(`${how} changes single directives and variables of the section below`, () => {
    const config = load(files(BASE, `${change}  env_set:\n    PORT: '8080'\n  restart: true\n`));
    const web = serviceOf(config, "web.service");
    assertEquals(web.command, "nginx -g x");
    assertEquals(web.identity?.uid, 33);
    assertEquals(web.restart.when, "on-failure");
    assertEquals(web.environment.value("PORT"), "8080");
    assertEquals(web.environment.value("LEVEL"), "info");
    assertEquals(config.services.length, 1);
  });
}

test("a later section without these words replaces the earlier one whole, as in 0.3.9", () => {
  const web = serviceOf(load(files(BASE, "web.service:\n  command: y\n")), "web.service");
  assertEquals([web.command, web.identity, web.after.length], ["y", undefined, 0]);
});

test("merge: false replaces, too", () => {
  const text = "web.service:\n  merge: false\n  command: y\n";
  assertEquals(serviceOf(load(files(BASE, text)), "web.service").identity, undefined);
});

test("null takes a directive or a variable of the section below back", () => {
  const text = "web.service+:\n  uid: null\n  after:\n  env_set: {LEVEL: null}\n";
  const web = serviceOf(load(files(BASE, text)), "web.service");
  assertEquals([web.identity, web.after], [undefined, []]);
  assertEquals(web.environment.value("LEVEL"), undefined);
  assertEquals(web.environment.value("PORT"), "80");
});

test("null is a value where the directive has it", () => {
  const text = "web.service+:\n  stdout: null\n";
  assertEquals(serviceOf(load(files(BASE, text)), "web.service").stdout, "null");
});

test("layers are laid over one another in the order of the files, more than two as well", () => {
  const web = serviceOf(
    load(files(BASE, "web.service+: {nice: 3, umask: 022}\n", "web.service+: {nice: 5}\n")),
    "web.service",
  );
  assertEquals([web.nice, web.umask], [5, 0o22]);
});

test("a section may be changed in the file that declares it", () => {
  assertEquals(
    serviceOf(load(`${BASE}web.service+:\n  nice: 4\n`), "web.service").nice,
    4,
  );
});

test("a change of what nothing declares is refused with its place and the name that is meant", () => {
  assertEquals(
    refusal(files(BASE, "wbe.service+:\n  nice: 4\n")),
    `${DIRECTORY}/2.conf:1:1: Configuration Error: 'wbe.service+' changes 'wbe.service', which ` +
      "nothing before it declares; did you mean 'web.service'?",
  );
});

test("a section with a command that changes nothing stands for itself", () => {
  assertEquals(load("a.service+:\n  command: x\n").services[0]?.name, "a.service");
});

test("an error in a layer names the file and line where it stands", () => {
  assertStringIncludes(
    refusal(files(BASE, "web.service+:\n  nice: 99\n")),
    `${DIRECTORY}/2.conf:2:9: Configuration Error: 'nice' of web.service is '99'; expected a whole number from -20 to 19`,
  );
  assertStringIncludes(
    refusal(files(BASE, "web.service+:\n  nicce: 1\n")),
    `${DIRECTORY}/2.conf:2:3: Configuration Error: unknown directive ` +
      "'nicce' of web.service; did you mean 'nice'?",
  );
});

test("show has each directive and each variable with the file that it comes from", () => {
  const config = load(files(BASE, "web.service+:\n  env_set:\n    PORT: '8080'\n  nice: 1\n"));
  assertEquals(places(config, "web.service", "command"), ["nginx -g x service 1.conf:2"]);
  assertEquals(places(config, "web.service", "nice"), ["1 service 2.conf:4"]);
  assertEquals(places(config, "web.service", "env_set"), [
    "{'PORT': '8080'} service 2.conf:3",
    "{'LEVEL': 'info'} service 1.conf:7",
  ]);
});

test("a change that stands twice in one file is told", () => {
  const text = "web.service+:\n  nice: 1\nweb.service+:\n  nice: 2\n";
  const findings = lintConfig(load(files(BASE, text)), {});
  assertEquals(
    findings.filter(({ rule }) => rule === "repeated-key").map(({ position }) => position?.line),
    [3],
  );
});

test("what stands twice in one file is told although a later file changes it", () => {
  const lines = (...texts: string[]) =>
    load(files(...texts)).repeats.map(({ message, position }) =>
      `${position?.file.slice(-6)}:${position?.line} ${message}`
    );
  const twice = "web.service: {command: x}\nweb.service: {command: y}\n";
  const again = "'web.service' stands here again; what line 1 says of it is lost";
  assertEquals(lines(twice, "web.service+: {nice: 1}\n"), [`1.conf:2 ${again}`]);
  assertEquals(lines(twice, "web.service: {merge: true, nice: 1}\n"), [`1.conf:2 ${again}`]);
  assertEquals(lines("settings: {debug: true}\nsettings: {drain: 1}\n", "settings: {drain: 2}\n"), [
    "1.conf:2 'settings' stands here again; what line 1 says of it is lost",
  ]);
  assertEquals(lines("settings: {drain: 1}\n", "settings: {debug: true}\nsettings: {drain: 2}\n"), [
    "2.conf:2 'settings' stands here again; what line 1 says of it is lost",
  ]);
  // All of it is lost then, and nobody need know how.
  assertEquals(lines(twice, "web.service: {command: z}\n"), []);
});

test("keys that begin with x- are for anchors", () => {
  const text = "x-common: &c {uid: app}\nx-note: none\na.service: {<<: *c, command: x}\n";
  assertEquals(serviceOf(load(text)).identity?.uid, 1000);
});

test("a service whose name begins with x- is a service", () => {
  assertEquals(load("x-a.service: {command: x}\n").services[0]?.name, "x-a.service");
});

// defaults.service

const DEFAULTS = "defaults.service:\n  restart: true\n  uid: app\n  env_set: {A: '1', B: '2'}\n";

test("defaults.service holds what all services take over", () => {
  const config = load(files(
    DEFAULTS,
    "a.service:\n  command: x\nb.service:\n  command: y\n  uid: null\n  restart: never\n" +
      "  env_set: {B: '3'}\n",
  ));
  assertEquals(config.services.map(({ name }) => name), ["a.service", "b.service"]);
  const [a, b] = config.services;
  assertEquals([a?.restart.when, a?.identity?.uid], ["on-failure", 1000]);
  assertEquals([b?.restart.when, b?.identity], ["never", undefined]);
  assertEquals([b?.environment.value("A"), b?.environment.value("B")], ["1", "3"]);
  assertEquals(places(config, "a.service", "uid"), ["app defaults 1.conf:3"]);
  assertEquals(places(config, "b.service", "env_set"), [
    "{'A': '1'} defaults 1.conf:4",
    "{'B': '3'} service 2.conf:7",
  ]);
});

test("defaults.service with a command is a service, as in 0.3.9", () => {
  const config = load("defaults.service: {command: x, nice: 1}\na.service: {command: y}\n");
  assertEquals(config.services.map(({ name, nice }) => [name, nice ?? 0]), [
    ["defaults.service", 1],
    ["a.service", 0],
  ]);
});

test("what is wrong in defaults.service is told once, with its place", () => {
  assertEquals(
    refusal("defaults.service:\n  setpgrp: 7\na.service: {command: x}\nb.service: {command: y}\n"),
    `${DIRECTORY}/a.conf:2:12: Configuration Error: 'setpgrp' of ` +
      "defaults.service is 7; expected true or false",
  );
});

test("what all services take over need not mean something for each", () => {
  const config = load(`${DEFAULTS}a.service: {command: /bin/true, type: oneshot}\n`);
  assertEquals(lintConfig(config, {}).filter(({ rule }) => rule === "dead-directive"), []);
});

// include

test("include reads files before the one that names them, so that this one can change them", () => {
  const config = load({
    files: {
      [`${DIRECTORY}/a.conf`]: "include: [/base/*.yml, more/x.conf]\nweb.service+: {nice: 2}\n",
      "/base/2.yml": "b.service: {command: b}\n",
      "/base/1.yml": BASE,
      "/base/.hidden.yml": "h.service: {command: h}\n",
      [`${DIRECTORY}/more/x.conf`]: "c.service: {command: c}\n",
    },
  });
  assertEquals(config.services.map(({ name }) => name), ["web.service", "b.service", "c.service"]);
  assertEquals(config.services[0]?.nice, 2);
  assertEquals(places(config, "web.service", "command"), ["nginx -g x service 1.yml:2"]);
});

test("include takes a directory as chaperone's own, and variables of the container", () => {
  const config = load({
    files: {
      [`${DIRECTORY}/a.conf`]: "include: /base/$(WHERE)\n",
      "/base/x/1.conf": "a.service: {command: a}\n",
      "/base/x/README": "not yaml: [",
    },
    variables: { WHERE: "x" },
  });
  assertEquals(config.services.map(({ name }) => name), ["a.service"]);
});

test("a file is read once, so that circles of include end", () => {
  const config = load({
    files: {
      [`${DIRECTORY}/a.conf`]: "include: [/b.conf]\na.service: {command: a}\n",
      "/b.conf": `include: [${DIRECTORY}/a.conf, /b.conf]\nb.service: {command: b}\n`,
    },
  });
  assertEquals(config.services.map(({ name }) => name), ["b.service", "a.service"]);
});

test("a file is read once, whichever way leads to it", () => {
  const config = load({
    files: {
      [`${DIRECTORY}/a.conf`]: "include: [/x/a.conf, ./y/../../../y/b.conf]\n",
      "/x/a.conf": "include: ../base//1.conf\nweb.service+: {nice: 2}\n",
      "/y/b.conf": "include: [../base/1.conf, ../y/b.conf]\nb.service: {command: b}\n",
      "/base/1.conf": `include: ..${DIRECTORY}/../chaperone.d/a.conf\n${BASE}`,
    },
  });
  assertEquals(config.services.map(({ name, nice }) => [name, nice]), [
    ["web.service", 2],
    ["b.service", undefined],
  ]);
});

// What include is, and what is said of it.
const WRONG_INCLUDES: readonly (readonly [text: string, message: string])[] = [
  [
    "/none.conf",
    "1:10: Configuration Error: cannot include '/none.conf': /none.conf does not exist",
  ],
  ["{a: b}", "1:10: Configuration Error: expected paths or patterns of files for 'include'"],
  ["'`ls`'", "1:10: Configuration Error: no command is run for 'include'"],
  ["$(X:?no X)", "1:10: Configuration Error: no X"],
];

for (const [text, message] of WRONG_INCLUDES) {
  test(`include: ${text} is refused with its place`, () => {
    assertStringIncludes(refusal(`include: ${text}\n`), `${DIRECTORY}/a.conf:${message}`);
  });
}

test("a pattern of include that matches nothing is not an error", () => {
  assertEquals(load("include: [/opt/*/x-?.conf]\na.service: {command: x}\n").services.length, 1);
});

test("an error in an included file names that file", () => {
  assertStringIncludes(
    refusal({
      files: { [`${DIRECTORY}/a.conf`]: "include: /b.conf\n", "/b.conf": "a.service:\n  x: 1\n" },
    }),
    "/b.conf:2:3: Configuration Error: unknown directive 'x'",
  );
});

// for_each

test("for_each makes a service for each word, which after means all of", () => {
  const config = load({
    files: {
      [`${DIRECTORY}/a.conf`]:
        "w.service:\n  command: work $(_CHAP_EACH)\n  for_each: $(QUEUES)\n" +
        "z.service: {command: z, after: w}\n",
    },
    variables: { QUEUES: " high  a/b\n" },
  });
  assertEquals(config.services.map(({ name, command }) => [name, command]), [
    ["w.high.service", "work high"],
    ["w.a-b.service", "work a/b"],
    ["z.service", "z"],
  ]);
  assertEquals(serviceOf(config, "z.service").after.map(({ name }) => name), [
    "w.high.service",
    "w.a-b.service",
  ]);
  assertEquals(places(config, "w.a-b.service", "command"), [
    "work $(_CHAP_EACH) service a.conf:2",
  ]);
});

test("for_each makes a thousand services, and not one more", () => {
  const words = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`).join(" ");
  const text = (count: number) => `a.service: {command: x, for_each: "${words(count)}"}\n`;
  assertEquals(load(text(1000)).services.length, 1000);
  assertStringIncludes(refusal(text(1001)), "for_each of a.service has more than 1000 words");
});

test("for_each without a word makes no service, and waiting for it is waiting for nothing", () => {
  const config = load(
    "w.service: {command: x, for_each: $(Q:-)}\nz.service: {command: z, after: w}\n",
  );
  assertEquals(config.services.map(({ name, after }) => [name, after]), [["z.service", []]]);
});

const WRONG_LISTS: readonly (readonly [lines: string, message: string])[] = [
  ["for_each: a a", "the service for 'a' has the name of the one for 'a', 'a.a.service'"],
  [
    "for_each: [x/y, x-y]",
    "the service for 'x-y' has the name of the one for 'x/y', 'a.x-y.service'",
  ],
  ["for_each: a, instances: 2", "for_each and instances of a.service cannot go together"],
];

for (const [lines, message] of WRONG_LISTS) {
  test(`${lines} is refused`, () => {
    assertStringIncludes(refusal(`a.service: {command: x, ${lines}}\n`), message);
  });
}

// profiles

// The variable, and whether services of dev, of dev and test, and of none are enabled.
const PROFILES: readonly (readonly [string | undefined, readonly boolean[]])[] = [
  [undefined, [false, false, true]],
  ["", [false, false, true]],
  ["dev", [true, true, true]],
  ["test", [false, true, true]],
  ["prod, dev", [true, true, true]],
];

const WITH_PROFILES = "a.service: {command: x, profiles: dev}\n" +
  "b.service: {command: x, profiles: [dev, test]}\nc.service: {command: x}\n";

for (const [value, expected] of PROFILES) {
  test(`with CHAPERONE_PROFILE ${value ?? "not set"} services of ${expected} are enabled`, () => {
    const variables = value === undefined ? {} : { CHAPERONE_PROFILE: value };
    const config = load({ ...files(WITH_PROFILES), variables });
    assertEquals(config.services.map(({ enabled }) => enabled), expected);
  });
}

test("a service says which profile it lacks, and a misspelt profile is told", () => {
  const config = load({ ...files(WITH_PROFILES), variables: { CHAPERONE_PROFILE: "tset" } });
  assertEquals(
    serviceOf(config).withoutProfile,
    "it belongs to the profile dev, and CHAPERONE_PROFILE names tset",
  );
  assertEquals(config.warnings.map(({ message }) => message), [
    "CHAPERONE_PROFILE names 'tset', which no service has; did you mean 'test'?",
  ]);
});
