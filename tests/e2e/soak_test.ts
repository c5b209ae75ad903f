/**
 * Two hundred services for a while: some crash, some run each second, some are asked for their
 * health, two log as fast as a busy site, and telchap asks and restarts at random. Afterwards there
 * is no zombie, no descriptor more than before, no memory more than after the first minute, and
 * every line is there once and in order. SOAK_SECONDS makes it longer; the draws are those of
 * SOAK_SEED.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import type { Process } from "./harness/processes.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh } from "./scenario.ts";

const SECONDS = Number(Deno.env.get("SOAK_SECONDS") ?? 12);
const SEED = Number(Deno.env.get("SOAK_SEED") ?? Math.floor(Math.random() * 2 ** 31));

/** What is used later is compared with what is used then. */
const FIRST_MS = Math.min(60_000, SECONDS * 250);

/** Within the first minute the recent output, of which so much is kept, still grows. */
const GROWTH_MAX = FIRST_MS < 60_000 ? 1.25 : 1.1;

/** What all of this takes; on a busy machine little of it has been done in the first seconds. */
const EARLY_MIN_KIB = FIRST_MS < 60_000 ? 44_000 : 0;

/** Lines of each writer in a second. */
const RATE = 2000;

/** By stdout or by /dev/log; says in a file how many lines it wrote. */
const WRITER = `#!/usr/bin/python3
import os, signal, socket, sys, time
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
kind = sys.argv[1]
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if kind == "client": log.connect("/dev/log")
start, i = time.monotonic(), 0
while not stopped:
    if i > (time.monotonic() - start) * ${RATE}:
        time.sleep(0.005)
        continue
    line = "%s %d %s" % (kind, i, "y" * (i % 90 + 1))
    if kind == "client": log.send(("<13>Nov 23 10:00:00 prog: " + line).encode())
    else:
        rest = (line + "\\n").encode()
        while rest: rest = rest[os.write(1, rest):]
    i += 1
open(os.environ["TEST_DIR"] + "/written." + kind, "w").write(str(i))
`;

const KINDS = ["service", "client"] as const;

function services(): Record<string, Section> {
  const all: Record<string, Section> = {};
  const add = (count: number, name: string, section: (i: number) => Section) => {
    for (let i = 0; i < count; i++) all[`${name}${i}.service`] = section(i);
  };
  add(150, "idle", () => ({ command: "/bin/sleep 99999" }));
  add(25, "crash", (i) => ({
    command: sh(`sleep ${0.5 + i / 25}; exit 3`),
    restart: true,
    "restart_limit": 0,
    "restart_delay": 0.5,
  }));
  add(8, "cron", () => ({ type: "cron", interval: "* * * * * *", command: "/bin/true" }));
  add(15, "healthy", () => ({
    command: "/bin/sleep 99999",
    health: { exec: "/bin/true", interval: 2, timeout: 5 },
  }));
  for (const kind of KINDS) {
    all[`${kind}.service`] = { command: `$(TEST_DIR)/writer ${kind}`, "stop_timeout": 20 };
  }
  return all;
}

interface Sample {
  /** Pipes beyond the two of each process that chaperone has started. */
  readonly pipes: number;
  readonly otherDescriptors: number;
  readonly memoryKiB: number;
}

async function lookAt(init: number): Promise<Sample> {
  let [pipes, otherDescriptors] = [0, 0];
  for await (const { name } of Deno.readDir(`/proc/${init}/fd`)) {
    const target = await Deno.readLink(`/proc/${init}/fd/${name}`).catch(() => undefined);
    if (target === undefined) continue; // ENOENT: closed meanwhile.
    if (target.startsWith("pipe:")) pipes++;
    else otherDescriptors++;
  }
  const children = await Deno.readTextFile(`/proc/${init}/task/${init}/children`);
  const status = await Deno.readTextFile(`/proc/${init}/status`);
  return {
    pipes: pipes - 2 * children.trim().split(" ").length,
    otherDescriptors,
    memoryKiB: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
  };
}

/** The least of some samples: what stays when garbage has been collected, as SIGHUP asks for. */
async function sample(run: NamespaceRun): Promise<Sample> {
  const init = await run.initPid();
  await run.signal("SIGHUP");
  let least = await lookAt(init);
  for (let times = 1; times < 20; times++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const next = await lookAt(init);
    least = {
      pipes: Math.min(least.pipes, next.pipes),
      otherDescriptors: Math.min(least.otherDescriptors, next.otherDescriptors),
      memoryKiB: Math.min(least.memoryKiB, next.memoryKiB),
    };
  }
  return least;
}

/** Asks, restarts and rereads at random. */
async function meddle(run: NamespaceRun, isOver: () => boolean): Promise<number> {
  let state = SEED >>> 0;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  let calls = 0;
  while (!isOver()) {
    const choices = [
      ["status"],
      ["why", `crash${below(25)}`],
      ["logs", "service"],
      ["tree"],
      ["restart", `idle${below(150)}`],
      ["restart", `healthy${below(15)}`],
    ];
    if (below(8) === 0) await run.signal("SIGHUP");
    const words = choices[below(choices.length)] as string[];
    const answer = await run.exec(["telchap", ...words]);
    assertEquals(answer.code, 0, `SOAK_SEED=${SEED}, ${words.join(" ")}: ${answer.stderr}`);
    calls++;
  }
  return calls;
}

/** The lines of a file that may be larger than a string can be. */
async function* linesIn(path: string): AsyncIterable<string> {
  const file = await Deno.open(path);
  let rest = "";
  for await (const piece of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Each writer counts from 0, so that the next number is how many have been seen. */
async function expectEveryLine(run: NamespaceRun): Promise<number> {
  const seen: Record<string, number> = { service: 0, client: 0 };
  for await (const line of linesIn(`${run.directory}/log`)) {
    const [, kind = "", number] = /: (service|client) (\d+) y+$/.exec(line) ?? [];
    if (kind === "") continue;
    assertEquals(Number(number), seen[kind], kind);
    seen[kind] = Number(number) + 1;
  }
  for (const kind of KINDS) {
    const written = Number(await Deno.readTextFile(`${run.directory}/written.${kind}`));
    assertEquals(seen[kind], written, kind);
  }
  return KINDS.reduce((total, kind) => total + (seen[kind] ?? 0), 0);
}

namespaceTest(`soak: 200 services for ${SECONDS} s`, async () => {
  await using run = await inNamespace({
    config: configuration({
      settings: { "startup_pause": 0, "shutdown_timeout": 30 },
      "console.logging": { selector: "[chaperone].err", stdout: true },
      "file.logging": { selector: "*.debug", file: "$(TEST_DIR)/log" },
      ...services(),
    }),
    files: { writer: WRITER },
  });
  const isWriting = (process: Process) => process.argv.includes("client");
  await run.waitForProcesses((all) => all.length > 160 && all.some(isWriting), 60_000);
  const endMs = performance.now() + SECONDS * 1000;
  const [calls, early] = await Promise.all([
    meddle(run, () => performance.now() > endMs),
    new Promise((resolve) => setTimeout(resolve, FIRST_MS)).then(() => sample(run)),
  ]);
  const late = await sample(run);
  await run.expectNoZombie();
  await run.signal("SIGTERM");
  await run.expectExit(0, 60_000);
  const lines = await expectEveryLine(run);
  const facts = `SOAK_SEED=${SEED}: ${JSON.stringify({ early, late, calls, lines })}`;
  assert(calls > SECONDS / 4, facts);
  // A process that is being started, or a caller that is being answered, holds some for a moment.
  // One that has just died and is not reaped has no pipes any more.
  assertLess(late.pipes, Math.max(0, early.pipes) + 6, facts);
  assertLess(late.otherDescriptors, early.otherDescriptors + 3, facts);
  assertLess(late.memoryKiB, Math.max(early.memoryKiB, EARLY_MIN_KIB) * GROWTH_MAX, facts);
  if (Deno.env.has("SOAK_SECONDS")) await Deno.stdout.write(new TextEncoder().encode(`${facts}\n`));
});
