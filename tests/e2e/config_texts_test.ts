/**
 * How configurations are written in practice: names, places and times, and what is said of slips.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, runToEnd, sh } from "./scenario.ts";

namespaceTest("F-057: a file called .yml is not read, and that is said", async () => {
  const { code, all } = await runToEnd({
    config: configuration({ "a.service": { command: "echo up" } }),
    setup: `echo "b.service: {command: false}" > "$dir/chaperone.d/app.yml"`,
  });
  assertEquals(code, 0, all);
  assertMatch(all, /chaperone\.d\/app\.yml' is not read: names end in \.conf or \.yaml/);
});

namespaceTest("F-058: the lock of an editor keeps nothing from being read", async () => {
  const { code, stdout, all } = await runToEnd({
    config: configuration({ "a.service": { command: "echo up" } }),
    setup: `ln -s user@host.123:456 "$dir/chaperone.d/.#a.conf"`,
  });
  assertEquals(code, 0, all);
  assertEquals(stdout.some((line) => line.endsWith("]: up")), true, all);
});

namespaceTest("F-059: a command with a slash is looked up from directory", async () => {
  const { code, stdout, all } = await runToEnd({
    config: configuration({
      "a.service": { directory: "/run/app", command: "./start.sh", stop_command: "./stop.sh" },
    }),
    setup: "mkdir /run/app; printf '#!/bin/sh\\necho started in $PWD\\n' > /run/app/start.sh; " +
      "chmod 755 /run/app/start.sh",
  });
  assertEquals(code, 0, all);
  assertEquals(stdout.some((line) => line.endsWith("]: started in /run/app")), true, all);
});

namespaceTest("F-059: where a command was looked for is said", async () => {
  const { all } = await runToEnd({
    config: configuration({ "a.service": { directory: "/run", command: "./gone.sh" } }),
  });
  assertMatch(all, /executable '\.\/gone\.sh' not found: there is no '\/run\/\.\/gone\.sh'/);
});

namespaceTest("F-109: after may leave .service out", async () => {
  await using run = await inNamespace({
    config: configuration({
      "db.service": { type: "oneshot", command: sh("sleep 0.3; echo db done") },
      "web.service": { after: "db", command: sh("echo web up; exec sleep 1000") },
    }),
  });
  await run.waitForLine(/web up$/);
  const lines = run.output.texts("stdout");
  const at = (end: string) => lines.findIndex((line) => line.endsWith(end));
  assertEquals(at("db done") < at("web up"), true, lines.join("\n"));
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest("F-061: every time takes units", async () => {
  const { code, all } = await runToEnd({
    config: configuration({
      settings: { shutdown_timeout: "1m", idle_delay: "10ms" },
      "a.service": {
        command: "false",
        restart: true,
        restart_limit: 1,
        restart_delay: "100ms",
        restart_window: "1h30m",
        ignore_failures: true,
      },
      "tick.service": { type: "cron", interval: "@every 1h 30m", command: "true", enabled: false },
    }),
  });
  assertMatch(all, /a\.service/);
  assertEquals(code < 2, true, all);
});

namespaceTest(
  "the compiled telchap check has a word for each slip, and none for a sound file",
  async () => {
    const check = async (text: string) => {
      await using run = await inNamespace({
        config: text,
        program: ["sh", "-c", 'exec telchap check "$TEST_DIR/chaperone.d"'],
      });
      const code = await run.waitForExit();
      return { code, said: run.output.texts("stdout").join("\n") };
    };
    const sound = await check(configuration({ "a.service": { command: "sleep 1" } }));
    assertEquals(sound, { code: 0, said: "1 service and 1 logging section, no error" });
    // All of YAML is read, too.
    const slips = await check(
      'a.service:\n  command: >-\n    sleep $$(X)\n  interval: "61 4 * * *"\n  type: cron\n',
    );
    assertEquals(slips.code, 1);
    assertMatch(slips.said, /61|minute/);
  },
);

namespaceTest("telchap check finds nothing in the configurations of config/", async () => {
  const folders = ["default.conf", "chaperone.d", "demo/chaperone.d", "images/chaperone.d"];
  const root = new URL("../../config/", import.meta.url).pathname;
  const checks = folders.map((path) => `telchap check ${root}${path} || exit 1`).join("\n");
  await using run = await inNamespace({ program: ["sh", "-c", checks] });
  assertEquals(await run.waitForExit(), 0);
  const said = run.output.texts("stdout");
  assertEquals(said.filter((line) => !line.endsWith(", no error")), []);
  assertEquals(said.length, folders.length);
});

/** A base image's file, and one that is laid over it. */
const LAYERS = {
  "10-base.yaml": `include: [$(TEST_DIR)/more/*.yaml]
x-common: &common {type: oneshot}
defaults.service: {env_set: {A: default, B: default}}
settings: {startup_pause: 0.1, idle_delay: 0}
console.logging: {selector: "*.info", stdout: true}
web.service: {<<: *common, command: "sh -c 'echo web $A $B $PORT'", env_set: {A: base, PORT: '80'}}
worker.service: {command: "sh -c 'echo $E works; exec sleep 1000'", env_set: {E: $(_CHAP_EACH)}, for_each: $(QUEUES)}
debug.service: {command: echo debug, profiles: [dev]}
`,
  "20-mine.yaml": "web.service+:\n  env_set:\n    PORT: '8080'\n",
};

namespaceTest("layers: a later file changes one variable, and show names the files", async () => {
  await using run = await inNamespace({
    config: LAYERS,
    files: { "more/x.yaml": "extra.service: {command: echo from extra, type: oneshot}\n" },
    env: { QUEUES: "mail images" },
  });
  await run.waitForLine(/ web base default 8080$|: web base default 8080$/);
  await run.waitForLine(/: from extra$/);
  for (const each of ["mail", "images"]) await run.waitForLine(new RegExp(`: ${each} works$`));
  const shown = (await run.exec(["telchap", "show", "web"])).stdout;
  assertMatch(shown, /env_set +\{'B': 'default'\} +\S+10-base\.yaml:3 \(defaults\)/);
  assertMatch(shown, /env_set +\{'PORT': '8080'\} +\S+20-mine\.yaml:3/);
  assertMatch(shown, /env_set +\{'A': 'base'\} +\S+10-base\.yaml:6/);
  const why = (await run.exec(["telchap", "why", "debug"])).stdout;
  assertMatch(why, /no: it belongs to the profile dev, and CHAPERONE_PROFILE is not set/);
  const stopped = await run.exec(["telchap", "stop", "worker", "--wait"]);
  assertEquals(stopped.code, 0, stopped.stderr);
  await run.waitForLine(/worker\.images\.service stopped/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});

namespaceTest(
  "layers: what a layer changes that nothing declares ends the start with its place",
  async () => {
    const { code, all } = await runToEnd({
      config: {
        "1.yaml": "web.service: {command: echo}\n",
        "2.yaml": "\nwbe.service+: {nice: 1}\n",
      },
    });
    assertEquals(code, 1, all);
    assertMatch(all, /2\.yaml:2:1: .*'wbe\.service\+' changes 'wbe\.service'.*did you mean 'web/);
  },
);
