import { assertEquals, assertStringIncludes } from "@std/assert";
import { listenDatagrams } from "../../../lib/sys/sockets/datagram_socket.ts";
import { libc } from "../../../lib/sys/libc/libc.ts";
import { Poller } from "../../../lib/sys/libc/poller.ts";
import { test } from "../test.ts";
import { inFolder, namesIn, runUtility } from "./utility.ts";

// Opened here once: a library that a test opens for good counts as its leak.
Object.values(libc());

/** Collects what arrives at a socket while `body` runs. */
async function received(path: string, body: () => Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  const poller = new Poller();
  const socket = listenDatagrams(poller, path, { mode: 0o666 }, (bytes) => {
    texts.push(new TextDecoder().decode(bytes));
  });
  await body();
  await socket.close();
  await poller.close();
  return texts;
}

test("P313 sdnotify without NOTIFY_SOCKET does nothing, and fails with --booted", async () => {
  await inFolder(async (cwd) => {
    assertEquals((await runUtility(["sdnotify", "--ready"], { cwd })).code, 0);
    assertEquals((await runUtility(["sdnotify", "--booted"], { cwd })).code, 1);
  });
});

test("P314 sdnotify sends one datagram each, in order", async () => {
  await inFolder(async (cwd) => {
    const env = { NOTIFY_SOCKET: `${cwd}/s` };
    const texts = await received(`${cwd}/s`, async () => {
      const words = ["sdnotify", "--pid=9", "--status=ok", "--ready", "x=1"];
      assertEquals((await runUtility(words, { cwd, env })).code, 0);
    });
    assertEquals(texts, ["MAINPID=9", "STATUS=ok", "READY=1", "X=1"]);
  });
});

test("P313 sdnotify says why it could not send, unless --ignore", async () => {
  await inFolder(async (cwd) => {
    for (const address of [`${cwd}/none`, "@chaperone/nobody/listens"]) {
      const env = { NOTIFY_SOCKET: address };
      const failed = await runUtility(["sdnotify", "--ready"], { cwd, env });
      assertEquals(failed.code, 1);
      assertStringIncludes(
        failed.stdout,
        "error: could not send sd_notify message, Systemd notification failed: ",
      );
      const ignored = await runUtility(["sdnotify", "--ready", "--ignore"], { cwd, env });
      assertEquals([ignored.code, ignored.stdout], [0, ""]);
    }
  });
});

// systemd's own receiver is not to be had everywhere; python3 binds abstract names as systemd does.
test("sdnotify reaches an abstract socket", async () => {
  await inFolder(async (cwd) => {
    const name = `chaperone-test-${Deno.pid}`;
    const script = "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n" +
      "s.bind('\\0'+sys.argv[1])\nprint('bound',flush=True)\nprint(s.recv(100).decode())\n";
    const receiver = new Deno.Command("python3", {
      args: ["-c", script, name],
      stdout: "piped",
    }).spawn();
    const chunks = receiver.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals(await readLine(chunks), "bound\n");
    await runUtility(["sdnotify", "--ready"], { cwd, env: { NOTIFY_SOCKET: `@${name}` } });
    assertEquals(await readLine(chunks), "READY=1\n");
    await chunks.cancel();
    await receiver.status;
  });
});

/** A barrier of sd_notify(3) as a command of a shell: fails unless it gets through. */
const SENDS_BARRIER = `python3 -c '
import array, os, select, socket
r, w = os.pipe()
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ["NOTIFY_SOCKET"])
s.sendmsg([b"BARRIER=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [w]))])
os.close(w)
assert select.select([r], [], [], 10)[0]
'`;

/**
 * Says whether who has sent the first message still lives a while later, and ends once the next is
 * read.
 */
const LOOK_AT_SENDER = `import array, os, socket, struct, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind(sys.argv[1]); print("bound", flush=True)
text, control, _, _ = s.recvmsg(100, 100)
pid = struct.unpack("3i", control[0][2])[0]
def lives():
    try: return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError: return False
until = time.monotonic() + 0.5
while lives() and time.monotonic() < until: time.sleep(0.01)
lived = lives()
barrier, control, _, _ = s.recvmsg(100, 100)
for _, kind, data in control:
    if kind == socket.SCM_RIGHTS: os.close(array.array("i", data)[0])
print(text.decode(), lived, barrier.decode(), flush=True)
`;

for (const program of ["sdnotify", "sdnotify-exec"]) {
  test(`F-026: ${program} stays until what it has sent is received`, async () => {
    await inFolder(async (cwd) => {
      await Deno.writeTextFile(`${cwd}/send.py`, SEND);
      const receiver = new Deno.Command("python3", {
        args: ["-c", LOOK_AT_SENDER, `${cwd}/up`],
        stdout: "piped",
      }).spawn();
      const chunks = receiver.stdout.pipeThrough(new TextDecoderStream()).getReader();
      assertEquals(await readLine(chunks), "bound\n");
      const words = program === "sdnotify"
        ? ["sdnotify", "--ready"]
        : ["sdnotify-exec", "--socket", `${cwd}/s`, "python3", `${cwd}/send.py`, "READY=1"];
      const { code } = await runUtility(words, { cwd, env: { NOTIFY_SOCKET: `${cwd}/up` } });
      assertEquals(code, 0);
      assertEquals(await readLine(chunks), "READY=1 True BARRIER=1\n");
      await chunks.cancel();
      await receiver.status;
    });
  });
}

test("F-026: a program that sdnotify-exec runs can wait until it is heard", async () => {
  await inFolder(async (cwd) => {
    const inner = ["sh", "-c", `${SENDS_BARRIER} && exit 7`];
    const words = ["sdnotify-exec", "--socket", `${cwd}/s`, ...inner];
    const { code, stdout } = await runUtility(words, { cwd });
    assertEquals(code, 7, stdout);
  });
});

/** Reads to the end of a line: python3 may write it in parts. */
async function readLine(chunks: ReadableStreamDefaultReader<string>): Promise<string> {
  let line = "";
  while (!line.endsWith("\n")) {
    const { value, done } = await chunks.read();
    if (done) break;
    line += value;
  }
  return line;
}

/** Sends the lines given as arguments to $NOTIFY_SOCKET. */
const SEND = `import os,socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)
for a in sys.argv[1:]: s.sendto(a.encode(),os.environ['NOTIFY_SOCKET'])
`;

test("P315 sdnotify-exec ends with its command, and removes its socket (P319)", async () => {
  await inFolder(async (cwd) => {
    const words = [
      "sdnotify-exec",
      "--socket",
      `${cwd}/s`,
      "sh",
      "-c",
      "test -S %{NOTIFY_SOCKET} && exit 9",
    ];
    const { code } = await runUtility(words, { cwd });
    assertEquals(code, 9);
    assertEquals(await namesIn(cwd), []);
  });
});

test("D-45 sdnotify-exec fails where the command cannot run", async () => {
  await inFolder(async (cwd) => {
    const { code, stdout } = await runUtility(["sdnotify-exec", `${cwd}/none`], { cwd });
    assertEquals(
      stdout,
      `Error running command: No such file or directory: '${cwd}/none'\n`,
    );
    assertEquals(code, 127);
  });
});

test("P318 sdnotify-exec passes messages on and says so", async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/send.py`, SEND);
    const env = { NOTIFY_SOCKET: `${cwd}/up` };
    const command = ["python3", `${cwd}/send.py`, "READY=1", "STATUS=a b", "nonsense"];
    const texts = await received(`${cwd}/up`, async () => {
      const words = ["sdnotify-exec", "--verbose", "--socket", `${cwd}/s`, ...command];
      const { stdout, code } = await runUtility(words, { cwd, env });
      assertEquals(code, 0);
      assertStringIncludes(stdout, "info: running: python3 ");
      assertStringIncludes(stdout, "info: READY=1 (ignored but passed on)\n");
      assertStringIncludes(stdout, "info: Status message = 'a b' (ignored but passed on)\n");
      assertStringIncludes(stdout, "exit(0), terminating since --wait not specified\n");
    });
    assertEquals(texts, ["READY=1", "STATUS=a b"]);
    const silent = await received(`${cwd}/up`, async () => {
      await runUtility(["sdnotify-exec", "--noproxy", "--socket", `${cwd}/s`, ...command], {
        cwd,
        env,
      });
    });
    assertEquals(silent, []);
  });
});

test("P316 sdnotify-exec --wait-ready ends at READY, ERRNO and the time limit", async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/send.py`, SEND);
    const run = (...words: string[]) =>
      runUtility(["sdnotify-exec", "--socket", `${cwd}/s`, "--wait-ready", ...words], { cwd });
    const send = ["python3", `${cwd}/send.py`];
    assertEquals((await run(...send, "STATUS=x", "READY=1")).code, 0);
    assertEquals((await run(...send, "ERRNO=12")).code, 12);
    const late = await run("--timeout", "0.2", "true");
    assertEquals(
      late.stdout,
      "ERROR: Timeout exceeded while waiting for notification from 'true'\n",
    );
    assertEquals(late.code, 1);
  });
});

test("P317 sdnotify-exec --wait-stop ends at STOPPING", async () => {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/send.py`, SEND);
    const words = ["sdnotify-exec", "--socket", `${cwd}/s`, "--wait-stop", "--verbose", "python3"];
    const { code, stdout } = await runUtility(
      [...words, `${cwd}/send.py`, "READY=1", "STOPPING=1"],
      { cwd },
    );
    assertStringIncludes(stdout, "STOP notification received from python3 ");
    assertEquals(code, 0);
  });
});
