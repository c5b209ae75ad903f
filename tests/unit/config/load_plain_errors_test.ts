/**
 * What is said of each kind of mistake in a configuration: in plain words, and with what to write
 * instead. Each row is a text of its own, so that no error hides another.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { IMPLEMENTATION } from "../implementation_words.ts";
import { test } from "../../test.ts";
import { refusal, section } from "./loading.ts";

/** A configuration, and what its one error says after its place. */
const MISTAKES: readonly (readonly [text: string, says: string])[] = [
  ["web: {command: x}", "unknown section 'web'; expected 'settings', 'NAME.service', "],
  ["web.servce: {command: x}", "unknown section 'web.servce'; did you mean 'web.service'?"],
  ["a.service:", "a.service has no directives; nothing is indented below it"],
  ["a.service: [x]", "a.service has no directives; it is a list"],
  ["a.service: run", "it is the text 'run', perhaps a ':' is missing"],
  ["a.service: {type: simple}", "'command' of a.service is missing"],
  [section("comand: x"), "unknown directive 'comand' of a.service; did you mean 'command'?"],
  [section("console: json"), "unknown directive 'console' of a.service; it belongs to settings"],
  ["a.service: {command: [a, b c]}", `command is one text: command: "a 'b c'"`],
  ["a.service: {command: 7}", "is 7; expected a text; write it in quotes: '7'"],
  [section("setpgrp: often"), "'setpgrp' of a.service is 'often'; expected true or false"],
  [section("restart: maybe"), "is 'maybe'; expected true, false or one of never, on-failure, "],
  [section("restart: allways"), "did you mean 'always'?"],
  [section("restart_limit: x"), "'restart_limit' of a.service is 'x'; expected a whole number"],
  [section("restart_delay: {}"), "is a mapping; expected seconds or a duration; for example "],
  [section("process_timeout:"), "'process_timeout' of a.service is empty; expected seconds"],
  [section("uid: [x]"), "'uid' of a.service is a list; expected a text or a whole number"],
  [section("after: {b: ready}"), "'after' of a.service is a mapping; expected a text, or a list"],
  [section("env_set: x"), "'env_set' of a.service is 'x'; expected lines of NAME: VALUE"],
  [section("env_set: {A: yes}"), "'A' in 'env_set' of a.service is yes; expected a text; "],
  [section("env_set: {3: x}"), "the name '3' in 'env_set' of a.service must be in quotes"],
  [
    section("env_set: {A=B: x}"),
    "'A=B' in 'env_set' of a.service is not the name of a variable: it is empty or holds '='",
  ],
  [
    section("env_set: {'': x}"),
    "'' in 'env_set' of a.service is not the name of a variable: it is empty or holds '='",
  ],
  [
    section("limits: {nofile: 1, RLIMIT_NOFILE: 2}"),
    "'RLIMIT_NOFILE' in 'limits' of a.service is the same limit as another one there",
  ],
  [
    section("capabilities: [NET_BIND_SERVCE]"),
    "invalid capabilities of 'a.service': 'NET_BIND_SERVCE' is none; did you mean",
  ],
  [section("capabilities: everything"), "'everything' is none, see capabilities(7)"],
  [section("limits: {nofil: 3}"), "unknown limit 'nofil' in 'limits' of a.service; did you mean"],
  [section("kill_signal: TREM"), "is 'TREM', which is not a signal; did you mean 'SIGTERM'?"],
  [section("kill_signal: nonsense"), "is 'nonsense', which is not a signal; for example SIGQUIT"],
  [section("ready: {timeout: 3}"), "says nothing to probe; expected exactly one of exec, http, "],
  [section("ready: {tcp: '80', fd: 3}"), "'ready' of a.service says tcp and fd; expected exactly"],
  [section("health: {tcp: '80', evry: 3}"), "'health' of a.service has an unknown 'evry'; "],
  [section("type: cron"), `'interval' of a.service is missing; for example interval: "0 4 `],
  [section("type: inetd"), "'port' of a.service is missing, and so is 'listen'; for example "],
  ["a.service: {command: x, ? [a] : b}", "a name before ':' is one text, not a list"],
  ["a.service: {command: !!int x}", "the tag '!!int' does not fit 'x'; leave it out"],
  ["a.service: {command: *x}", "no '&x' stands before '*x'; a value that begins with * must be"],
  ["a.service: {<<: 3, command: x}", "'<<' takes a mapping, or a list of mappings, and"],
  ["a.service", "expected sections, for example 'settings:' or 'web.service:'"],
];

for (const [text, says] of MISTAKES) {
  test(`F-056: ${JSON.stringify(text)} is told in plain words`, () => {
    const said = refusal(text).split("\n");
    assertEquals(said.length, 1, said.join("\n"));
    assertStringIncludes(said[0] ?? "", says);
    assert(!IMPLEMENTATION.test(said[0] ?? ""), said[0]);
  });
}
