/**
 * chaperone re-executes itself again and again while services write, restart and are asked
 * about. `REEXECS=50` for the long look.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, linesOf, python, sh, STAYS } from "./scenario.ts";

const REEXECS = Number(Deno.env.get("REEXECS") ?? 6);
/** The first images take what the first of everything takes: files that stay open from then on. */
const WARM_UP = 2;

/** Counts on both ways into the log, 500 times a second each. */
const COUNTS = python(`import itertools, socket, time
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); log.connect("/dev/log")
for i in itertools.count():
    print("number", i)
    while True:
        try: log.send(b"<13>Nov 28 10:00:00 tagged: number %d" % i); break
        except OSError:
            log.close(); log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            while log.connect_ex("/dev/log"): time.sleep(0.01)
    time.sleep(0.002)`);

const numbersIn = (lines: readonly string[]) =>
  lines.flatMap((line) => /number (\d+)$/.exec(line)?.[1] ?? []).map(Number);

/** Each number once, and none left out. */
function assertWhole(numbers: readonly number[], what: string): void {
  assert(numbers.length > 100, `${what}: ${numbers.length} lines`);
  const wrong = numbers.findIndex((number, at) => number !== at);
  assertEquals(wrong, -1, `${what}: ${numbers.slice(Math.max(0, wrong - 2), wrong + 3)}`);
}

const running = (all: readonly Process[], word: string) =>
  all.filter(({ argv, state }) => state !== "Z" && argv.includes(word)).length;

async function countDescriptors(run: NamespaceRun): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${await run.initPid()}/fd`)) count++;
  return count;
}

/**
 * Asks on and on until it is told to end; returns how often it was answered, and what went wrong.
 */
async function askOnAndOn(run: NamespaceRun, end: AbortSignal): Promise<[number, string[]]> {
  const problems: string[] = [];
  let asked = 0;
  while (!end.aborted) {
    const { code, stdout, stderr } = await run.exec(["telchap", "status", "--json"], {
      limitMs: 60_000,
    });
    // Who is asked while it executes itself may say that it cannot answer.
    if (code === 0) asked += JSON.parse(stdout).services.length === 6 ? 1 : 0;
    else if (!/^\{"error":"chaperone (?:ended|closed|does not|has)/.test(stdout)) {
      problems.push(`${code}: ${stdout}${stderr}`);
    }
  }
  return [asked, problems];
}

namespaceTest(
  `executed anew ${REEXECS} times under load, nothing is lost, doubled or left open`,
  async () => {
    const comes = {
      command: "/bin/false",
      restart: true,
      "restart_delay": 0.1,
      "restart_limit": 0,
      "ignore_failures": true,
    };
    await using run = await inNamespace({
      config: configuration({
        "console.logging": { selector: "*.info", stdout: true },
        "counts.service": { command: COUNTS },
        "one.service": { command: "sleep 100001" },
        "two.service": { command: sh(`setsid sleep 100002 & ${STAYS}`), uid: "nobody" },
        "c0.service": { ...comes, uid: "nobody" },
        "c1.service": comes,
        "probed.service": {
          command: "sleep 100003",
          health: { exec: "/bin/true", interval: 0.2, timeout: 20 },
        },
      }),
    });
    await run.waitForLine(/ two\[\d+\]: up$/, { limitMs: 60_000 });
    await run.waitForLine(/ tagged: number 10$/, { limitMs: 60_000 });
    const end = new AbortController();
    const asking = askOnAndOn(run, end.signal);
    let early = 0;
    for (let round = 0; round < REEXECS; round++) {
      const { code, stdout, stderr } = await run.exec(["telchap", "reexec"], { limitMs: 60_000 });
      assertEquals(code, 0, stdout + stderr);
      assertMatch(stdout, /has taken over from itself/);
      if (round + 1 === WARM_UP) early = await countDescriptors(run);
    }
    end.abort();
    const [asked, problems] = await asking;
    assertEquals(problems, []);
    assert(asked > 0);
    const from = run.output.lines.length;
    for (const name of ["c0", "c1"]) {
      await run.waitForLine(new RegExp(`${name}\\.service.*exited with code 1`), {
        from,
        limitMs: 60_000,
      });
    }
    // Launches and clients come and go.
    await waitUntil(
      async () => await countDescriptors(run) <= early + 2 || undefined,
      () => `${early} descriptors`,
    );
    const all = await run.processes();
    assertEquals(["100001", "100002", "100003"].map((word) => running(all, word)), [1, 1, 1]);
    await run.signal("SIGTERM");
    await run.expectExit(0);
    const lines = run.output.texts("stdout");
    assertWhole(numbersIn(linesOf("counts", lines)), "output");
    assertWhole(numbersIn(lines.filter((line) => line.includes(" tagged: "))), "/dev/log");
    assertEquals(lines.filter((line) => line.includes("internal error")), []);
  },
);
