import { assertEquals } from "@std/assert";
import {
  type BacktickResult,
  CachedBackticks,
} from "../../../../lib/config/environment/backticks.ts";
import { Environment } from "../../../../lib/config/environment/environment.ts";
import type { Identity } from "../../../../lib/base/identity.ts";
import { test } from "../../../test.ts";

function identity(uid: number, gid = uid): Identity {
  return { uid, gid, groups: [] };
}

function cached(answer: (command: string) => BacktickResult) {
  const runs: string[] = [];
  const failures: string[] = [];
  const backticks = new CachedBackticks((command, user) => {
    runs.push(`${user?.uid ?? "-"} ${command}`);
    return answer(command);
  }, (message) => failures.push(message));
  return { backticks, runs, failures };
}

test("CachedBackticks runs a command once per user, group and text", () => {
  const { backticks, runs } = cached((command) => ({ ok: true, output: command }));
  for (const user of [undefined, identity(5), identity(5), identity(5, 6), undefined]) {
    assertEquals(backticks.run("id", user), "id");
  }
  backticks.run("date", identity(5));
  assertEquals(runs, ["- id", "5 id", "5 id", "5 date"]);
});

test("CachedBackticks does not switch to root", () => {
  const { backticks, runs } = cached(() => ({ ok: true, output: "" }));
  backticks.run("id", identity(0));
  backticks.run("id", undefined);
  assertEquals(runs, ["- id"]);
});

test("CachedBackticks strips the output and turns newlines into blanks", () => {
  const { backticks } = cached(() => ({ ok: true, output: "\n one\ntwo\r\nthree \n\n" }));
  assertEquals(backticks.run("x", undefined), "one two three");
});

test("CachedBackticks reports a failure once and answers with nothing", () => {
  const { backticks, runs, failures } = cached(() => ({
    ok: false,
    output: "sh: x:\nnot found\n",
  }));
  assertEquals(backticks.run("x", undefined), "");
  assertEquals(backticks.run("x", undefined), "");
  assertEquals(runs, ["- x"]);
  assertEquals(failures, ["a backtick has failed: sh: x: not found"]);
});

test("CachedBackticks serves several services, loading and launching with one run", () => {
  const { backticks, runs } = cached(() => ({ ok: true, output: "now\n" }));
  const settings = Environment.inherited({}, backticks).derive({ set: { NOW: "`date`" } });
  for (const service of [settings.derive({}), settings.derive({})]) {
    service.check();
    assertEquals(service.launch(), { NOW: "now" });
  }
  assertEquals(runs, ["- date"]);
});
