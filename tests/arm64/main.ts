/**
 * Runs what can be shown of arm64 on another machine, `deno task test:arm64`: a life of chaperone
 * as PID 1, and tests of lib/sys and a few unit tests in the arm64 Deno. docs/places.md says what
 * emulation cannot show.
 *
 * The last line is that of `deno test`, over all parts.
 */
import { installRequirements } from "../setup.ts";
import { AMONG_LIBRARIES, emulate, type Emulation, emulationProblem, NEEDED } from "./emulation.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** An emulated program takes ten times as long, and more on a busy machine. */
const LIMIT_FACTOR = "20";
/** Ends a part that hangs. */
const PART_LIMIT_MS = 900_000;

/** In the machine's own Deno; what they start is emulated. */
const LIVES = ["tests/arm64/life_test.ts"];

/** In the arm64 Deno. Most of the others are as good here, and too slow. */
const INSIDE = [
  "tests/integration/sys/launch/stub_test.ts",
  "tests/integration/sys/self/state_file_test.ts",
  "tests/integration/sys/sockets/listen_sockets_test.ts",
  "tests/integration/sys/sockets/datagram_socket_test.ts",
  "tests/unit/wire/notify_message_test.ts",
  "tests/unit/wire/syslog_record_test.ts",
];

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Runs one part to its end, shows what it says, and returns what it counted. */
async function runPart(deno: string, files: readonly string[], distDir: string): Promise<Counts> {
  const [program = "", ...before] = AMONG_LIBRARIES;
  const child = new Deno.Command(program, {
    args: [...before, deno, "test", "--allow-all", "--no-check", "--quiet", ...files],
    cwd: ROOT,
    env: { NO_COLOR: "1", TEST_DIST: distDir, TEST_LIMIT_FACTOR: LIMIT_FACTOR },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(PART_LIMIT_MS),
  }).spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    text += decoder.decode(bytes, { stream: true });
    Deno.stdout.writeSync(bytes);
  }
  const { success } = await child.status;
  const summary = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/m
    .exec(text);
  const [passed = 0, failed = 0, ignored = 0] = (summary ?? []).slice(1).map((each) =>
    Number(each ?? 0)
  );
  return { passed, failed: success || failed > 0 ? failed : 1, ignored };
}

function report(counts: Counts, startedMs: number): never {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  const verdict = counts.failed === 0 ? "ok" : "FAILED";
  const ignored = counts.ignored === 0 ? "" : ` | ${counts.ignored} ignored`;
  say(`\n${verdict} | ${counts.passed} passed | ${counts.failed} failed${ignored} (${seconds}s)`);
  Deno.exit(counts.failed === 0 ? 0 : 1);
}

async function runAll({ deno, distDir }: Emulation): Promise<Counts> {
  // One after the other: a re-execution has a time limit of its own, and its next image is
  // emulated.
  const all = [
    await runPart(Deno.execPath(), LIVES, distDir),
    await runPart(deno, INSIDE, distDir),
  ];
  const sum = (name: keyof Counts) => all.reduce((total, counts) => total + counts[name], 0);
  return { passed: sum("passed"), failed: sum("failed"), ignored: sum("ignored") };
}

async function main(): Promise<never> {
  const startedMs = performance.now();
  const missing = await installRequirements(NEEDED);
  const problem = missing.length > 0 ? `${missing.join(", ")} missing` : await emulationProblem();
  if (problem !== undefined) {
    say(`arm64 cannot be emulated here: ${problem}`);
    // Elsewhere it counts as left out.
    const isCi = Deno.env.has("CI");
    report({ passed: 0, failed: isCi ? 1 : 0, ignored: isCi ? 0 : 1 }, startedMs);
  }
  let counts: Counts;
  {
    await using emulation = await emulate();
    counts = await runAll(emulation);
  }
  report(counts, startedMs);
}

await main();
