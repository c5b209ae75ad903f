/** `telchap exec` on a table: who may, what the command gets, and how long it lives. */
import { assertEquals, assertMatch } from "@std/assert";
import { SystemError } from "../../../../lib/base/errors.ts";
import { test } from "../../../test.ts";
import { ControlBench } from "./control_bench.ts";

const identity = { uid: 1000, gid: 1000, groups: [] };
const OWNER = { mayControl: true, mayLook: true, uid: 1000, groups: [1000] };

function bench(): ControlBench {
  return new ControlBench({ web: { identity, directory: "/srv" }, root: {} }).boot();
}

test("exec runs as the service, on streams whose other ends the caller gets", async () => {
  const control = bench();
  const answer = control.begin("exec web -- tool -x --help");
  const request = control.os.living.get(control.os.pidOf("tool"));
  assertEquals(request?.argv, ["/bin/tool", "-x", "--help"]);
  assertEquals(request?.identity, identity);
  assertEquals(request?.directory, "/srv");
  assertEquals([request?.stdin, request?.stdout, request?.stderr], [60, 61, 62]);
  assertEquals(request?.ownSession, true);
  assertEquals(request?.limits.map(({ resource }) => resource), ["rttime", "locks"]);
  assertEquals(answer.passed, [70, 71, 72]);
  assertEquals(control.os.openStreams, 0, "chaperone keeps none of them");
  control.os.end("tool", { kind: "exited", code: 7 });
  await answer.done;
  assertEquals([answer.text, answer.exitCode], ["", 7]);
  assertEquals(control.phase("web"), "up");
});

test("exec gives a terminal where the caller has one, and TERM with it", async () => {
  const control = bench();
  control.terminal = { columns: 80, rows: 24, type: "xterm" };
  const answer = control.begin("exec web sh");
  const request = control.os.living.get(control.os.pidOf("sh"));
  assertEquals([request?.takesTerminal, request?.env["TERM"]], [true, "xterm"]);
  assertEquals(answer.passed, [73]);
  control.os.end("sh", { kind: "signaled", signal: 2, coreDumped: false });
  await answer.done;
  assertEquals(answer.exitCode, 130);
});

test("exec says what shells say of a command that is not there, or cannot be executed", async () => {
  const control = bench();
  control.os.missing.add("nothing");
  control.os.notExecutable.add("text");
  assertEquals(await control.run("exec web nothing"), [
    "telchap exec: there is no program nothing",
    127,
  ]);
  assertEquals(await control.run("exec web text"), ["telchap exec: text cannot be executed", 126]);
  control.os.launchesLater = true;
  const answer = control.begin("exec web tool");
  control.os.launched(
    "tool",
    new SystemError(
      "chdir",
      13,
      "/srv",
    ),
  );
  await answer.done;
  assertMatch(answer.text, /^Command error: Permission denied: '\/srv'/);
  assertEquals(answer.exitCode, 1);
});

test("exec is root's, and the socket's owner's for services of its own user", async () => {
  const control = bench();
  const others = [
    { mayControl: false, mayLook: true, uid: 1000 },
    { mayControl: false, mayLook: false, uid: 1000 },
    { mayControl: true, mayLook: true, uid: 1001 },
  ];
  for (const caller of others) {
    const [text, exitCode] = await control.run("exec web id", caller);
    assertMatch(text, /^Command error: not permitted: exec gives the user, groups and/);
    assertEquals(exitCode, 4);
  }
  assertEquals((await control.run("exec root id", OWNER))[1], 4);
  assertEquals(control.refusals.length, 4);
  const answer = control.begin("exec web id", OWNER);
  control.os.end("id");
  await answer.done;
  assertEquals(answer.exitCode, 0);
});

test("exec gives the socket's owner no group and no capability that is not its own", async () => {
  const more = { ...identity, gid: 0 };
  const control = new ControlBench({
    group: { identity: more },
    groups: { identity: { ...identity, groups: [4, 42] } },
    capable: { identity, capabilities: ["SYS_ADMIN"] },
    plain: { identity: { ...identity, groups: [4] }, capabilities: [] },
  }).boot();
  const member = { ...OWNER, groups: [1000, 4] };
  for (const name of ["group", "groups", "capable"]) {
    const [text, exitCode] = await control.run(`exec ${name} id`, member);
    assertMatch(text, /in no group that is not the owner's, and with no capability/);
    assertEquals(exitCode, 4);
  }
  const answer = control.begin("exec plain id", member);
  control.os.end("id");
  await answer.done;
  assertEquals(answer.exitCode, 0);
});

test("a command beside a service ends with it, and before that when its caller goes", async () => {
  const control = bench();
  const answer = control.begin("exec web tool");
  const pid = control.os.pidOf("tool");
  await control.run("stop web");
  control.os.calls.length = 0;
  control.os.end("web");
  assertEquals(control.os.calls.includes(`kill ${-pid} 15`), true, control.os.calls.join());
  control.os.end("tool", { kind: "signaled", signal: 15, coreDumped: false });
  await answer.done;
  assertEquals([control.phase("web"), answer.exitCode], ["down", 143]);

  const left = control.begin("exec root tool");
  control.os.calls.length = 0;
  left.leave();
  await left.done;
  assertEquals(control.os.calls, [`kill ${-control.os.pidOf("tool")} 1`]);
});

test("exec needs a service, a command, and a client that takes streams", async () => {
  const control = bench();
  assertMatch((await control.run("exec web"))[0], /^exec needs <command>\n/);
  assertMatch((await control.run("exec"))[0], /^exec needs <servname> <command>\n/);
  assertMatch((await control.run("exec * id"))[0], /exec takes one service, not/);
  control.refusesStreams = true;
  assertMatch((await control.run("exec web id"))[0], /needs a telchap that can be handed/);
  assertEquals(control.os.openStreams, 0);
});
