/** `telchap top` on a terminal: keys are pressed, and the screen is read. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { Terminal } from "./harness/terminal.ts";

const SERVICES = Array.from(
  { length: 20 },
  (_, at) => `s${String(at).padStart(2, "0")}.service: { command: "sleep 1000" }`,
);
const WEB = "trap 'echo hup' HUP; echo hello; while :; do sleep 1000 & wait; done";
const CONFIG = [
  "settings: { detect_exit: false, shutdown_timeout: 2 }",
  ...SERVICES,
  `web.service: { command: ${JSON.stringify(`sh -c "${WEB}"`)}, reload_signal: HUP, stdout: log }`,
  'job.service: { type: cron, interval: "@yearly", command: "echo ran", stdout: log }',
].join("\n");

async function startServices(): Promise<NamespaceRun> {
  const run = await inNamespace({ config: CONFIG, args: ["--no-exitkills", "sleep", "1000"] });
  const ready = await run.exec(["sh", "-c", "until telchap wait; do sleep 0.1; done"]);
  assertEquals(ready.code, 0);
  return run;
}

namespaceTest(
  "F-073: top has head, help, sorting and scrolling, and leaves nothing behind",
  async () => {
    await using run = await startServices();
    await using top = await Terminal.open(run, "echo before; telchap top; echo st=$?; stty -a");
    await top.shows(/^chaperone .*23 services: 22 running/m);
    await top.shows(/q end +h help/);
    await top.press("n");
    await top.shows(/SERVICEv/);
    await top.shows(/lines \d+ to \d+ of \d+/);
    await top.press("t");
    await top.shows(/lines \d+ to \d+ of 23/);
    await top.press("g");
    await top.shows(/lines 1 to 8 of 23[^]*^>.* CONSOLE +$/m);
    await top.press("\x1b[B");
    await top.shows(/^>.* job +$/m);
    await top.press("\x1b[6~");
    await top.shows(/^>.* s07 +$/m);
    await top.press("G");
    await top.shows(/lines 16 to 23 of 23[^]*^>.* web +$/m);
    await top.press("\x1b[A");
    await top.shows(/^>.* s19 +$/m);
    await top.press("gi");
    await top.shows(/lines 16 to 23 of 23[^]*SERVICE\^[^]*^>.* CONSOLE +$/m);
    for (const [key, title] of [["c", "CPU%v"], ["m", "MEMORYv"], ["r", "RSTv"]] as const) {
      await top.press(key);
      await top.shows(new RegExp(title));
    }
    await top.press("h");
    await top.shows(/q, Ctrl-C +end/);
    await top.press("h");
    await top.shows(/RSTv/);
    await run.exec(["stty", "-F", "/dev/pts/0", "rows", "16", "cols", "60"]);
    await top.shows(/lines \d+ to \d+ of 23$[^]*/m);
    await top.waitFor(
      ({ screen }) => screen.split("\r\n").length === 16 && !/[^\r\n]{61}/.test(screen),
      "a screen of 60 columns and 16 lines",
    );
    await top.press("q");
    await top.waitFor(({ output }) => /st=0[^]* echo /.test(output), "the end");
    assert(top.output.includes("\x1b[?25h\x1b[?1049l"), "the former screen comes back");
    const [, after = ""] = top.output.split("\x1b[?1049l");
    assertMatch(after, /^st=0\r\n[^]* icanon [^]* echo /);
    assertEquals(top.output.includes("\x1b[?1049h"), true);
  },
);

namespaceTest("top: each key that acts, on the service that is chosen", async () => {
  await using run = await startServices();
  await using top = await Terminal.open(run, "telchap top; echo st=$?");
  await top.press("/we");
  await top.shows(/^>.* web\s+[^]*services with: we_/m);
  await top.press("\rl");
  await top.shows(/log of web, as it comes\s+hello\s+[^]*only services with 'we'/);
  await top.press("Ly");
  await top.shows(/hello\s+hup\s+/);
  await top.press("fHU\r");
  await top.shows(/lines with 'HU'\s+hup\s+/);
  await top.press("\x1bKHUP\r");
  await top.shows(/hello\s+hup\s+hup\s+/);
  await top.press("w");
  await top.shows(/why web is as it is\s+[^]*web/);
  await top.press("w");
  await top.press("S");
  await top.shows(/stop web\? y: yes/);
  await top.press("n");
  await top.shows(/running +web/);
  await top.press("Sy");
  await top.shows(/stopped +web/);
  await top.press("Uy");
  await top.shows(/running +web/);
  await top.press("lRyfhello\r");
  await top.shows(/hello\s+hello\s+hello\s+/);
  await top.press("\x1b\x1b\x1b/job\rl");
  await top.shows(/log of job/);
  await top.press("Xy");
  await top.shows(/ran\s+/);
  await top.press("q");
  await top.waitFor(({ output }) => output.includes("st=0"), "the end");
});

namespaceTest("F-073: Ctrl-C ends top with 0; where no terminal is, it prints once", async () => {
  await using run = await startServices();
  await using top = await Terminal.open(run, "telchap top; echo st=$?");
  await top.shows(/^chaperone .*23 services/m);
  await top.press("\x03");
  await top.waitFor(({ output }) => output.includes("st=0"), "the end");
  const { stdout, code } = await run.exec(["telchap", "top"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^chaperone [^]* s19$/m);
  assertEquals(stdout.includes("\x1b"), false);
});

namespaceTest("top without colours, on a narrow terminal, and on a dumb one", async () => {
  await using run = await startServices();
  {
    await using top = await Terminal.open(run, "stty cols 30; NO_COLOR=1 telchap top; echo st=$?");
    await top.shows(/^>/m);
    await top.press("hhlwq");
    await top.waitFor(({ output }) => output.includes("st=0"), "the end");
    // deno-lint-ignore no-control-regex -- looks of texts are what must not be there
    assertEquals(/\x1b\[[\d;]*m/.test(top.output), false);
    const [drawn = ""] = top.output.split("\x1b[?1049l");
    assertEquals(drawn.split("\r\n").filter((line) => plain(line).length > 30), []);
  }
  await using dumb = await Terminal.open(run, "TERM=dumb telchap top; echo st=$?");
  await dumb.waitFor(({ output }) => output.includes("st=0"), "the end");
  assertEquals(dumb.output.includes("\x1b"), false);
  assertMatch(dumb.output, /^chaperone .*, ready, 23 services[^]*, load \d+\.\d\d [^]* s19\r$/m);
});

function plain(line: string): string {
  // deno-lint-ignore no-control-regex -- what moves the cursor takes no room
  return line.replace(/\x1b\[[\d;?]*[a-zA-Z]|\r/g, "");
}

namespaceTest("F-070: status on a terminal of 80 columns fits it", async () => {
  await using run = await startServices();
  await using terminal = await Terminal.open(
    run,
    "telchap status; telchap status --classic; echo st=$?",
  );
  await terminal.waitFor(({ output }) => output.includes("st=0"), "the end");
  const lines = terminal.screen.split("\r\n");
  assertEquals(lines.slice(0, 27).filter((line) => line.length > 80), []);
  assertMatch(terminal.screen, /^SERVICE +STATE +FOR/m);
  assertMatch(terminal.screen, /^s00 +running +\d+s +\d/m);
  assertMatch(terminal.screen, /^pid +name +enabled +status/m);
});
