/** `telchap top` on a terminal: keys are pressed, and the screen is read. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { Terminal } from "./harness/terminal.ts";

const SERVICES = Array.from(
  { length: 20 },
  (_, at) => `s${String(at).padStart(2, "0")}.service: { command: "sleep 1000" }`,
);
const CONFIG = ["settings: { detect_exit: false, shutdown_timeout: 2 }", ...SERVICES].join("\n");

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
    await top.shows(/^chaperone .*21 services: 21 running/m);
    await top.shows(/q end +h help/);
    await top.press("n");
    await top.shows(/SERVICEv/);
    await top.shows(/lines 1 to 8 of \d+/);
    await top.shows(/ CONSOLE\b[^]*\bs00\b/);
    await top.press("t");
    await top.shows(/lines 1 to 8 of 21/);
    await top.press("\x1b[B");
    await top.shows(/lines 2 to 9 of 21/);
    await top.press("\x1b[6~");
    await top.shows(/lines 10 to 17 of 21/);
    await top.press("G");
    await top.shows(/lines 14 to 21 of 21[^]* s19/);
    await top.press("\x1b[A");
    await top.shows(/lines 13 to 20 of 21/);
    await top.press("g");
    await top.shows(/lines 1 to 8 of 21/);
    await top.press("i");
    await top.shows(/SERVICE\^[^]* s19[^]* s18/);
    for (const [key, title] of [["c", "CPU%v"], ["m", "MEMORYv"], ["r", "RSTv"]] as const) {
      await top.press(key);
      await top.shows(new RegExp(title));
    }
    await top.press("h");
    await top.shows(/q, Ctrl-C +end/);
    await top.press("h");
    await top.shows(/RSTv/);
    await top.press("q");
    await top.waitFor(({ output }) => /st=0[^]* echo /.test(output), "the end");
    assert(top.output.includes("\x1b[?25h\x1b[?1049l"), "the former screen comes back");
    const [, after = ""] = top.output.split("\x1b[?1049l");
    assertMatch(after, /^st=0\r\n[^]* icanon [^]* echo /);
    assertEquals(top.output.includes("\x1b[?1049h"), true);
  },
);

namespaceTest("F-073: Ctrl-C ends top with 0; where no terminal is, it prints once", async () => {
  await using run = await startServices();
  await using top = await Terminal.open(run, "telchap top; echo st=$?");
  await top.shows(/^chaperone .*21 services/m);
  await top.press("\x03");
  await top.waitFor(({ output }) => output.includes("st=0"), "the end");
  const { stdout, code } = await run.exec(["telchap", "top"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^chaperone [^]* s19$/m);
  assertEquals(stdout.includes("\x1b"), false);
});

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
