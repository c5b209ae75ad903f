/**
 * A service that puts into each text which others are shown what would steer a terminal, break out
 * of a page or forge a line: its output, its status, its process names and words, its tag in the
 * log. Nothing of it leaves its field, wherever it is shown.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { get } from "./http/asking.ts";
import { configuration } from "./scenario.ts";

/**
 * Says all that it can: a window's title, a reset of the terminal, C1 controls as characters and as
 * bytes, marks of direction, a page's end, quotes, a newline, a byte that is no UTF-8, 9,000
 * characters more.
 */
const SAYS_EVIL = `#!/usr/bin/python3
import os, socket, subprocess, sys
evil = (b"EVIL\\x1b]0;title\\x07\\x1bc\\xc2\\x9b2J\\x9b\\xff\\xe2\\x80\\xae\\r<script>alert(1)</script>"
    b"</pre></td></table><b>\\"'&{}\\\\" + b"]: daemon.err chaperone[1]: exit 0: forged")
flat = evil.replace(b"\\n", b"")
# One with words, and one with a name alone.
subprocess.Popen([b"/bin/sh", b"-c", b"sleep 1000; :", flat, evil + b"\\n# TYPE evil counter"])
name = os.environb[b"TEST_DIR"] + b"/tmp/EVIL\\x1b]\\x07\\n) <b>"
os.symlink("/bin/cat", name)
cat = subprocess.Popen([b""], executable=name, stdin=subprocess.PIPE)
out = sys.stdout.buffer
out.write(b'{"own": "EVIL\\x7f\\xc2\\x9b2J"}\\n')
out.write(flat + b"\\n" + b"NUL\\0NUL\\n" + flat + b"x" * 9000 + b"\\n"); out.flush()
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); log.connect("/dev/log")
log.send(b"<11>Nov 28 10:00:00 " + flat.replace(b" ", b"") + b"[1]: tagged " + evil + b"\\nNov 28 10:00:00 host chaperone[1]: exit 0: forged")
log.send(b"<11>1 2026-01-05T10:11:12Z host " + flat.replace(b" ", b"") + b' 12 id [a@1 k="' + flat + b'"] structured')
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); notify.connect(os.environ["NOTIFY_SOCKET"])
notify.send(b"STATUS=" + flat.replace(b"\\r", b"") + b"\\nREADY=1")
print("said all", flush=True)
import time; time.sleep(1000)
`;

/** Says where a page is not whole: an element that is not closed, or is closed and was not open. */
const PARSE_PAGE = `import sys
from html.parser import HTMLParser
VOID = {"meta", "link", "br", "hr", "img", "input", "col"}
class Page(HTMLParser):
    def __init__(self): super().__init__(convert_charrefs=True); self.open = []; self.seen = {}; self.text = ""
    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        for name, _ in attrs:
            if name.startswith("on"): print("handler", name)
        if tag not in VOID: self.open.append(tag)
    def handle_startendtag(self, tag, attrs): self.seen[tag] = self.seen.get(tag, 0) + 1
    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag: print("closes", tag, self.getpos())
    def handle_data(self, data): self.text += data
page = Page(); page.feed(sys.stdin.read()); page.close()
print("open", page.open, "scripts", page.seen.get("script", 0), "told", "<script>alert(1)</script>" in page.text)`;

async function start(more: { readonly input?: "terminal" } = {}): Promise<NamespaceRun> {
  const run = await inNamespace({
    ...more,
    files: { "evil.py": SAYS_EVIL },
    config: configuration({
      settings: { http: "unix:/run/http.sock", console: "json" },
      "x.service": { type: "notify", command: "$(TEST_DIR)/evil.py", uid: "nobody" },
    }),
  });
  await run.waitForLine(/said all/);
  await run.waitForLine(/x\.service successfully started/);
  return run;
}

/** Control characters but for line ends and tabs, those of C1 included. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

function assertNoControl(text: string, what: string): void {
  const at = text.search(CONTROL);
  assertEquals(at, -1, `${what}: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))}`);
}

async function stop(run: NamespaceRun): Promise<void> {
  await run.signal("SIGTERM");
  await run.waitForExit();
}

namespaceTest("hostile texts of a service stay within their fields on the page", async () => {
  await using run = await start();
  const socket = run.outerPath("/run/http.sock");
  const page = await get(socket, "/");
  assertEquals(page.status, 200);
  assertNoControl(page.body, "page");
  const parsed = await run.exec(["python3", "-c", PARSE_PAGE], { stdin: page.body });
  // The control: the page shows what it says, as text.
  assertMatch(parsed.stdout, /^open \[\] scripts 1 told True\n$/);

  const status = await get(socket, "/status");
  assertNoControl(status.body, "status");
  const { services } = JSON.parse(status.body) as { services: { name: string }[] };
  assertEquals(services.map(({ name }) => name), ["x.service"]);
  assertStringIncludes(status.body, "EVIL");
  await stop(run);
});

namespaceTest("hostile texts of a service forge no event and no metric", async () => {
  await using run = await start();
  const socket = run.outerPath("/run/http.sock");
  for (const accept of ["", "Accept: application/openmetrics-text\r\n"]) {
    const { status, body } = await get(socket, "/metrics", accept);
    assertEquals(status, 200);
    assertNoControl(body, "metrics");
    const odd = body.split("\n").filter((line) =>
      !/^(?:|# .*|\w+(?:\{(?:\w+="(?:[^"\\]|\\["\\n])*",?)*\})? \S+)$/.test(line)
    );
    assertEquals(odd, []);
    assertEquals(/evil counter/.test(body), false);
  }
  const events = await run.exec([
    ...["curl", "--silent", "--max-time", "2", "--unix-socket", "/run/http.sock"],
    ...["--header", "Last-Event-ID: 0", "http://localhost/events"],
  ]);
  assertNoControl(events.stdout, "events");
  assertMatch(events.stdout, /^data: .*x\.service/m);
  const wrong = events.stdout.split("\n").filter((line) =>
    !/^(?:$|:|(?:id|event|retry): \w+$|data: \{.*\}$)/.test(line)
  );
  assertEquals(wrong, []);
  await stop(run);
});

namespaceTest("Prometheus's own parser reads the metrics beside hostile texts", async () => {
  await using run = await start();
  const { body } = await get(run.outerPath("/run/http.sock"), "/metrics");
  const check = await run.exec(["promtool", "check", "metrics"], { stdin: body });
  assertEquals([check.code, check.stdout, check.stderr], [0, "", ""]);
  await stop(run);
}, ["promtool"]);

/** Shows the processes of services, too, for as long as that takes on a busy machine. */
const TOP = "(sleep 1; printf t; sleep 2; printf q) | " +
  "script -qec 'export TERM=xterm; stty rows 30 cols 200; telchap top' /dev/null";

/** Lines and colours are telchap's own; all else would be the service's. */
// deno-lint-ignore no-control-regex
const OWN = /\x1b\[[\d;]*m|\r/g;

namespaceTest("hostile texts of a service steer no terminal of who asks telchap", async () => {
  await using run = await start();
  let all = "";
  for (
    const words of [
      "status",
      "status x",
      "why x",
      "logs x",
      "logs",
      "tree",
      "show x",
      "blame",
      "graph",
    ]
  ) {
    const shown = await run.exec(["script", "-qec", `telchap ${words}`, "/dev/null"]);
    assertEquals(shown.code, 0, `${words}: ${shown.stdout}`);
    assertNoControl(shown.stdout.replace(OWN, ""), words);
    all += shown.stdout;
  }
  // The control: its output, its status, its words and its name are among what was shown.
  for (const text of ["EVIL#033]0;title#007", "Says:", "EVIL?]0;title?"]) {
    assertStringIncludes(all, text);
  }
  const top = await run.exec(["sh", "-c", TOP]);
  // It moves the cursor, and neither titles a window nor resets the terminal.
  // deno-lint-ignore no-control-regex
  assertEquals(/\x1b[\]c]|\x07|[\x80-\x9f]/.exec(top.stdout), null);
  assertStringIncludes(top.stdout, "EVIL");
  for (const words of ["status", "tree", "why x", "logs x", "show x"]) {
    const { code, stdout, stderr } = await run.exec(["telchap", ...words.split(" "), "--json"]);
    if (code === 2) continue; // Has no JSON.
    assertEquals(code, 0, `${words}: ${stderr}`);
    for (const text of words.startsWith("logs") ? stdout.trim().split("\n") : [stdout]) {
      JSON.parse(text);
    }
  }
  await stop(run);
});

namespaceTest("hostile texts of a service steer no console that is written as JSON", async () => {
  await using run = await start({ input: "terminal" });
  const shown = run.output.raw("stdout");
  assertNoControl(shown.replaceAll("\r", ""), "console");
  const lines = run.output.texts("stdout");
  for (const line of lines) JSON.parse(line);
  assertEquals(
    lines.filter((line) => line.includes("forged") && !line.includes("EVIL")),
    [],
  );
  assertEquals(lines.some((line) => line.includes("EVIL")), true);
  await run.type("\x03");
  await run.waitForExit();
});
