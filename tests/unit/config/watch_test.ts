import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../../test.ts";
import { refusal, section, service } from "./loading.ts";

test("watch reads paths, patterns and secrets with what is done", () => {
  const { watch, watchDebounceMs, watchPollMs } = service(
    "reload_signal: HUP\nenv_file: /etc/env\nwatch_debounce: 2s\nwatch_poll: 1m\n" +
      'watch: {/etc/a/**: reload, "/b/*.pem": "signal USR1", secrets: restart, ' +
      "/c: \"run /bin/x 'y z'\"}",
  );
  assertEquals(watch, [
    { kind: "path", pattern: "/etc/a/**", action: { kind: "reload" } },
    { kind: "path", pattern: "/b/*.pem", action: { kind: "signal", signal: 10 } },
    { kind: "secrets", action: { kind: "restart" } },
    { kind: "path", pattern: "/c", action: { kind: "run", argv: ["/bin/x", "y z"] } },
  ]);
  assertEquals([watchDebounceMs, watchPollMs], [2000, 60_000]);
});

test("watch says what is wrong, and what to write", () => {
  for (
    const [text, expected] of [
      ["watch: {etc/a: restart}", "'etc/a' is not an absolute path; a path, a pattern such as"],
      ["watch: {/etc/../a: restart}", "holds '..'"],
      ["watch: {/etc/a: remove}", "expected reload, restart, signal NAME or run COMMAND"],
      ["watch: {/etc/a: signal}", "'/etc/a' in 'watch' of a.service is 'signal'"],
      ["watch: {/etc/a: run}", "'/etc/a' in 'watch' of a.service is 'run'"],
      ["watch: {/etc/a: reload}", "that needs reload_command or reload_signal"],
    ] as const
  ) {
    assertStringIncludes(refusal(section(text)), expected);
  }
});
