import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/base/errors.ts";
import { parseSignalAction } from "../../../lib/config/signal_rules.ts";
import { test } from "../../test.ts";
import { load } from "./loading.ts";

const ACTIONS: Readonly<Record<string, unknown>> = {
  shutdown: { kind: "shutdown" },
  reopen: { kind: "reopen" },
  " ignore ": { kind: "ignore" },
  forward: { kind: "forward" },
  "reload web": { kind: "reload", names: ["web"] },
  "restart web  'db.*'": { kind: "restart", names: ["web", "'db.*'"] },
  "signal nginx USR1": { kind: "signal", name: "nginx", signal: 10 },
  "signal nginx SIGRTMIN+3": { kind: "signal", name: "nginx", signal: 37 },
  "": undefined,
  shutdowns: undefined,
  "shutdown now": undefined,
  reload: undefined,
  "signal nginx": undefined,
  "signal nginx NONE": undefined,
  "signal nginx USR1 USR2": undefined,
};

for (const [text, action] of Object.entries(ACTIONS)) {
  test(`the action '${text}' of a signal is ${action === undefined ? "refused" : "read"}`, () => {
    assertEquals(parseSignalAction(text) as unknown, action);
  });
}

function signalsOf(text: string) {
  return load(`settings: {signals: ${text}}\na.service: {command: x}`).settings.signals;
}

test("signals of the section settings are read by name or number, with or without SIG", () => {
  assertEquals(signalsOf("{HUP: reopen, SIGUSR1: ignore, '12': forward, RTMIN+3: ignore}"), [
    { signal: 1, action: { kind: "reopen" } },
    { signal: 10, action: { kind: "ignore" } },
    { signal: 12, action: { kind: "forward" } },
    { signal: 37, action: { kind: "ignore" } },
  ]);
  assertEquals(load("a.service: {command: x}").settings.signals, []);
});

for (
  const [text, message] of [
    ["{HUB: reopen}", "'HUB' in 'signals' of settings is not a signal; did you mean 'HUP'?"],
    [
      "{HUP: ignore, SIGHUP: reopen}",
      "'SIGHUP' in 'signals' of settings is the same signal as another one there",
    ],
    ["{KILL: ignore}", "'KILL' in 'signals' of settings is a signal that chaperone cannot catch"],
    ["{CHLD: ignore}", "'CHLD' in 'signals' of settings is a signal that chaperone cannot catch"],
    ["{'33': ignore}", "'33' in 'signals' of settings is a signal that chaperone cannot catch"],
    ["{HUP: reloads}", "expected shutdown, reopen, ignore, forward, reload NAME"],
  ] as const
) {
  test(`signals: ${text} is refused`, () => {
    const error = assertThrows(() => signalsOf(text), ConfigError);
    assertStringIncludes(error.diagnostics[0]?.message ?? "", message);
  });
}
