/** `telchap exec` of the compiled program: a command beside a service, as that service. */
import { assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { Terminal } from "./harness/terminal.ts";
import { configuration } from "./scenario.ts";

const CONFIG = configuration({
  settings: { "detect_exit": false, "shutdown_timeout": 3, "control_uid": 1001 },
  "web.service": {
    command: "sleep 1000",
    uid: 1000,
    directory: "/tmp",
    "env_set": { COLOUR: "blue" },
    umask: "0027",
    limits: { nofile: 300 },
    "no_new_privs": true,
  },
  "own.service": { command: "sleep 1000", uid: 1001 },
});

async function start(): Promise<NamespaceRun> {
  const run = await inNamespace({ config: CONFIG, args: ["--no-exitkills", "sleep", "1000"] });
  const ready = await run.exec(["sh", "-c", "until telchap wait; do sleep 0.1; done"]);
  assertEquals(ready.code, 0);
  return run;
}

const AS = (uid: number) => ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];

namespaceTest(
  "exec: user, directory, variables, umask, limits and rights are the service's",
  async () => {
    await using run = await start();
    const script = "id -u; id -g; pwd; echo $COLOUR $_CHAP_SERVICE_ID; umask; ulimit -n; " +
      "grep NoNewPrivs /proc/self/status; echo oops >&2; exit 7";
    const { stdout, stderr, code } = await run.exec([
      "telchap",
      "exec",
      "web",
      "--",
      "sh",
      "-c",
      script,
    ]);
    assertEquals(stdout, "1000\n1000\n/tmp\nblue web.service\n0027\n300\nNoNewPrivs:\t1\n");
    assertEquals([stderr, code], ["oops\n", 7]);
  },
);

namespaceTest("exec: pipes carry all there is, both ways, and statuses are handed on", async () => {
  await using run = await start();
  const shell = async (line: string) => {
    const { stdout, stderr, code } = await run.exec(["timeout", "30", "sh", "-c", line]);
    return [stdout, stderr, code];
  };
  const sum = "head -c 3000000 /dev/zero | telchap exec web -- cat | wc -c";
  assertEquals(await shell(sum), ["3000000\n", "", 0]);
  assertEquals(await shell("telchap exec web sh -c 'kill -9 $$'"), ["", "", 137]);
  assertEquals(await shell("telchap exec web nothing"), [
    "",
    "telchap exec: there is no program nothing\n",
    127,
  ]);
  assertEquals((await shell("telchap exec web /etc/passwd"))[2], 126);
  assertEquals(await shell("telchap exec web yes | head -n 1"), ["y\n", "", 0]);
  assertMatch(String((await shell("telchap exec none id"))[1]), /none/);
});

namespaceTest(
  "exec: a terminal with its size, Ctrl-C and a new size; it is given back",
  async () => {
    await using run = await start();
    const line = "telchap exec web -- sh -i; echo st=$?; stty -a; echo the end";
    await using terminal = await Terminal.open(run, line);
    const shows = (pattern: RegExp) =>
      terminal.waitFor(({ output }) => pattern.test(output), String(pattern));
    await shows(/\$ /);
    await terminal.press("stty size; tty; id -u\r");
    await shows(/12 80\r\n\/dev\/pts\/\d+\r\n1000\r\n\$ /);
    await terminal.press("sleep 1000\r");
    await run.waitForProcesses((all) => all.filter(({ name }) => name === "sleep").length === 4);
    await terminal.press("\x03");
    await shows(/\^C[^]*\$ $/);
    await terminal.press("echo code $?; trap 'stty size' WINCH; echo trap set\r");
    await shows(/code 130\r\ntrap set/);
    const stty = "stty -F $(readlink /proc/$(pgrep -xo telchap)/fd/0) rows 20 cols 70";
    assertEquals((await run.exec(["sh", "-c", stty])).code, 0);
    await terminal.press("\r");
    await shows(/20 70/);
    await terminal.press("exit 5\r");
    await shows(/st=5\r\n[^]*the end/);
    const [, after = ""] = terminal.output.split("st=5");
    for (const flag of ["isig", "icanon", "echo", "opost", "icrnl"]) {
      assertMatch(after, new RegExp(`\\s${flag}\\s`));
    }
  },
);

namespaceTest("exec: what it starts is the service's in the tree, and ends with it", async () => {
  await using run = await start();
  const line = "telchap exec web -- sh -c 'setsid sleep 777 & sleep 778' </dev/null & " +
    "until telchap tree | grep -q ' sleep 777'; do sleep 0.1; done; " +
    "telchap tree; telchap stop --wait web; wait $!; echo st=$?; pgrep -ax sleep | grep 77";
  const { stdout } = await run.exec(["timeout", "30", "sh", "-c", line]);
  assertMatch(stdout, /web \(running\)\n[^()]* sleep 777\n[^]*services stopped\.\nst=143\n$/);
  await run.waitForLine(/user 0 runs sh as web by telchap exec/);
});

namespaceTest("exec: it hears that its caller has gone; chaperone waits for neither", async () => {
  await using run = await start();
  const script = "trap 'touch /tmp/hup.$$; exit' HUP; echo $$; sleep 1000 & wait";
  const hangUp = `telchap exec web -- sh -c "$0" >/tmp/out.$$ & caller=$!
    until [ -s /tmp/out.$$ ]; do sleep 0.1; done
    kill -9 $caller
    file=/tmp/hup.$(cat /tmp/out.$$); rm /tmp/out.$$
    until [ -e $file ]; do sleep 0.1; done; rm $file; echo hung up`;
  const heard = await run.exec(["timeout", "30", "sh", "-c", hangUp, script]);
  assertEquals(heard.stdout, "hung up\n");
  const full = `(telchap exec web -- yes | sleep 1000) >/dev/null 2>&1 &
    until telchap tree | grep -q yes; do sleep 0.1; done
    timeout 10 telchap status >/dev/null; echo answered $?`;
  const answered = await run.exec(["timeout", "30", "sh", "-c", full]);
  assertEquals(answered.stdout, "answered 0\n");
});

namespaceTest("exec: re-execution leaves the command its streams", async () => {
  await using run = await start();
  const line = `mkfifo -m 666 /tmp/go.$$
    telchap exec web -- sh -c 'read line </tmp/go.'$$'; echo got $line' & caller=$!
    until telchap tree | grep -q 'read line'; do sleep 0.1; done
    telchap reexec >/dev/null
    echo word >/tmp/go.$$; wait $caller; echo st=$?; rm /tmp/go.$$`;
  const { stdout, stderr } = await run.exec(["timeout", "30", "sh", "-c", line]);
  assertEquals(stdout, "got word\nst=1\n");
  assertMatch(stderr, /re-executed itself; what the command ended with is lost/);
});

namespaceTest(
  "exec: who has no right to it is told so; control_uid has it as its own user",
  async () => {
    await using run = await start();
    const as = (uid: number, service: string) =>
      run.exec([...AS(uid), "telchap", "exec", service, "id", "-u"]);
    const refused = await as(1000, "web");
    assertMatch(refused.stderr, /not permitted: exec gives the user, groups and capabilities/);
    assertEquals([refused.stdout, refused.code], ["", 4]);
    assertEquals((await as(1001, "web")).code, 4);
    const own = await as(1001, "own");
    assertEquals([own.stdout, own.code], ["1001\n", 0]);
  },
);
