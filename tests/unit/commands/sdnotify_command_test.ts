import { assertEquals } from "@std/assert";
import { parseSdnotify } from "../../../lib/commands/sdnotify_command.ts";
import { parseSdnotifyExec } from "../../../lib/commands/sdnotify_exec_command.ts";
import { test } from "../../test.ts";

function messages(...args: string[]): readonly string[] {
  const command = parseSdnotify(args, "1.0", 42);
  if (command.kind !== "send") throw new Error(`not sent: ${JSON.stringify(command)}`);
  return command.messages;
}

function refusal(...args: string[]): string {
  const command = parseSdnotify(args, "1.0", 42);
  if (command.kind !== "print") throw new Error(`not printed: ${JSON.stringify(command)}`);
  assertEquals(command.exitCode, 1);
  return command.lines.join("\n");
}

test("P314 sdnotify tells MAINPID, STATUS, READY and pairs in this order", () => {
  assertEquals(messages("foo=1", "--ready", "--status=all is well", "--pid", "7", "Bar="), [
    "MAINPID=7",
    "STATUS=all is well",
    "READY=1",
    "FOO=1",
    "BAR=",
  ]);
  assertEquals(messages("--pid=self"), ["MAINPID=42"]);
});

test("P313 sdnotify refuses a pid and pairs that are none", () => {
  assertEquals(refusal("--pid=x1"), "error: not a valid PID 'x1'");
  assertEquals(refusal("a=b=c"), "error: not a valid format for VARIABLE=VALUE, 'a=b=c'");
  assertEquals(refusal("word"), "error: not a valid format for VARIABLE=VALUE, 'word'");
});

const VARIABLES = { NOTIFY_SOCKET: "/run/up", HOME: "/root", TWO: "a b", QUOTE: "it's" };

function plan(...args: string[]) {
  const command = parseSdnotifyExec(args, { version: "1.0", pid: 42, variables: VARIABLES });
  if (command.kind !== "run") throw new Error(`not run: ${JSON.stringify(command)}`);
  return command.plan;
}

test("P315 sdnotify-exec replaces SOCKET_ARGS by options of docker run", () => {
  assertEquals(plan("docker", "run", "%{SOCKET_ARGS}", "image").argv, [
    "docker",
    "run",
    "--env",
    "NOTIFY_SOCKET=/tmp/notify-42.sock",
    "-v",
    "/tmp/sdnotify-proxy-42.sock:/tmp/notify-42.sock",
    "image",
  ]);
});

test("P315 sdnotify-exec --template replaces that text", () => {
  assertEquals(
    plan("--template", "-s %{NOTIFY_SOCKET}", "--socket=/s", "x", "%{SOCKET_ARGS}").argv,
    [
      "x",
      "-s",
      "/s",
    ],
  );
});

test("P315 sdnotify-exec keeps an argument with blanks one word", () => {
  assertEquals(plan("sh", "-c", "echo %{TWO} '%{QUOTE}'").argv, ["sh", "-c", "echo a b 'it's'"]);
  assertEquals(plan("echo", "%{TWO}").argv, ["echo", "a", "b"]);
  assertEquals(plan("echo", "a b", "$(HOME)", "%(HOME)").argv, [
    "echo",
    "a b",
    "$(HOME)",
    "%(HOME)",
  ]);
  assertEquals(plan("echo", "%{ORIG_NOTIFY_SOCKET}").argv, ["echo", "/run/up"]);
});

test("sdnotify-exec leaves what is no variable as it is, whatever its name", () => {
  assertEquals(plan("echo", "%{NONE}", "%{constructor}").argv, [
    "echo",
    "%{NONE}",
    "%{constructor}",
  ]);
});

test("sdnotify-exec options end at the command", () => {
  const { argv, wait } = plan("--wait-ready", "cmd", "--wait-stop");
  assertEquals({ argv, wait }, { argv: ["cmd", "--wait-stop"], wait: "ready" });
  assertEquals(plan("--wait-ready", "--wait-stop", "cmd").wait, "stop");
});

test("P318 sdnotify-exec passes messages on unless --noproxy", () => {
  assertEquals(plan("cmd").upstream, "/run/up");
  assertEquals(plan("--noproxy", "cmd").upstream, undefined);
});
