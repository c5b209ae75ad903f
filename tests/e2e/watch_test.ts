/** watch of the compiled program: one action a change, none for a touch, also over a re-execution. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, sh } from "./scenario.ts";

namespaceTest(
  "watch: rename, ..data, truncation and secrets, each once, and no touch",
  async () => {
    await using run = await inNamespace({
      setup: 'chmod 755 "$dir"; cd "$dir"; mkdir -p conf k8s/..1; echo one > conf/app.conf\n' +
        "echo one > k8s/..1/key; ln -s ..1 k8s/..data; ln -s ..data/key k8s/key\n" +
        "echo A=1 > env; chmod -R a+rX conf k8s env",
      config: configuration({
        "app.service": {
          uid: "www-data",
          command: sh(
            "trap 'echo hup' HUP; trap 'echo usr1' USR1; echo up $A; while :; do sleep 0.1; done",
          ),
          env_file: "$(TEST_DIR)/env",
          watch: {
            "$(TEST_DIR)/conf/*.conf": "signal HUP",
            "$(TEST_DIR)/k8s/**": "signal USR1",
            secrets: "restart",
          },
          watch_debounce: "100ms",
        },
      }),
    });
    const act = async (script: string) => {
      const { code, stderr } = await run.exec(["sh", "-c", `cd $TEST_DIR; ${script}`]);
      assertEquals(code, 0, stderr);
    };
    await run.waitForLine(/app\.service watches 3 files$/);
    await act("touch conf/app.conf; echo one > conf/app.conf");
    await act("echo two > conf/.new; mv conf/.new conf/app.conf");
    await run.waitForLine(/conf\/app\.conf has changed: signal SIGHUP$/);
    await act(
      "mkdir k8s/..2; echo two > k8s/..2/key; ln -s ..2 k8s/.tmp; mv -T k8s/.tmp k8s/..data",
    );
    await run.waitForLine(/k8s\/key has changed: signal SIGUSR1$/);
    await run.waitForLine(/: usr1$/);
    await run.exec(["telchap", "reexec"]);
    await run.waitForLine(/has taken over from itself/);
    await act("echo A=2 > env");
    await run.waitForLine(/env has changed: restart$/);
    await run.waitForLine(/: up 2$/);
    const why = await run.exec(["telchap", "why", "app"]);
    assertMatch(why.stdout, /Restarted by: .*since \S+env has changed/);
    await run.signal("SIGTERM");
    await run.expectExit(0);
    const lines = linesOf("app", run.output.texts("stdout"));
    assertEquals(lines.filter((line) => !line.startsWith("up")), ["hup", "usr1"]);
  },
);

namespaceTest("watch: a FIFO in a user's directory holds nothing up", async () => {
  await using run = await inNamespace({
    setup: 'mkdir "$dir/own"; echo one > "$dir/own/a.conf"; chown -R www-data "$dir/own"',
    config: configuration({
      "app.service": {
        uid: "www-data",
        command: sh("trap 'echo hup' HUP; echo up; while :; do sleep 0.1; done"),
        watch: { "$(TEST_DIR)/own/*.conf": "signal HUP" },
        watch_debounce: "50ms",
      },
    }),
  });
  const act = async (script: string) => {
    const { code, stderr } = await run.exec(["sh", "-c", `cd $TEST_DIR/own; ${script}`]);
    assertEquals(code, 0, stderr);
  };
  await run.waitForLine(/app\.service watches 1 file$/);
  await act("rm a.conf; mkfifo a.conf; ln -s b.conf b.conf; test -p a.conf");
  await run.waitForLine(/own\/a\.conf has changed: signal SIGHUP$/);
  assertEquals((await run.exec(["telchap", "status"])).code, 0);
  await act("rm a.conf; echo two > c.conf");
  await run.waitForLine(/own\/c\.conf has changed: signal SIGHUP$/);
  await run.signal("SIGTERM");
  await run.expectExit(0);
});
