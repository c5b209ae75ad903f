/**
 * Runs every check and test of the project, as `deno task test`: installs what they need; format,
 * lint and types; unit and integration tests on both supported versions of Deno; whether the unit
 * tests notice changes of the code; the build; then the compiled binary, and arm64 under emulation.
 * A failed check or build, a crash and a stage that hangs count as one failure each: it hangs when
 * it has printed nothing for ten minutes, however long it takes in all. The last line is `N passed,
 * N failed`, summed over all.
 */
import { downloadEnvironment, fetchDeno } from "../lib/build/tools.ts";
import { installRequirements } from "./setup.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const SOURCES = ["main.ts", "build.ts", "release.ts", "lib", "tests"];
/** The oldest version, a long-term-support release, and the newest. */
const VERSIONS = ["2.5.7", "2.9.6"];

/** No test takes so long, on a busy machine neither. */
const SILENCE_LIMIT_MS = 600_000;

interface Stage {
  readonly name: string;
  readonly deno: string;
  readonly args: readonly string[];
  /** Whether it prints the summary of `deno test`. */
  readonly hasTests: boolean;
  /** Later stages are pointless without it. */
  readonly isRequired?: boolean;
  /** The line of its output that the summary repeats. */
  readonly told?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Result extends Counts {
  readonly stage: Stage;
  readonly seconds: number;
  readonly remark: string;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Tells `heard` of each piece of a stream, and returns its text. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  heard: (chunk: Uint8Array) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    heard(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/**
 * Reads the last summary line of `deno test`: `ok | 12 passed (3 steps) | 0 failed | 1 ignored
 * (2s)`.
 */
function parseSummary(text: string): Counts | undefined {
  const steps = String.raw`(?: \(\d+ steps?\))?`;
  const pattern = new RegExp(
    String
      .raw`^(?:ok|FAILED) \| (\d+) passed${steps} \| (\d+) failed${steps}(?: \| (\d+) ignored)?`,
    "gm",
  );
  const last = [...text.matchAll(pattern)].at(-1);
  if (last === undefined) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}

function judge(stage: Stage, code: number, isLate: boolean, text: string): [Counts, string] {
  const summary = stage.hasTests ? parseSummary(text) : undefined;
  const counts = summary ?? { passed: 0, failed: 0, skipped: 0 };
  const remarks: string[] = [];
  if (isLate) remarks.push(`stopped after ${SILENCE_LIMIT_MS / 1000} s without a word`);
  else if (code !== 0 && counts.failed === 0) remarks.push(`ended with ${code}`);
  else if (stage.hasTests && summary === undefined) remarks.push("printed no summary");
  if (remarks.length > 0) counts.failed += 1;
  const [told] = stage.told?.exec(text) ?? [];
  return [counts, [...remarks, told ?? []].flat().join(", ")];
}

/** Runs a stage; `print` is handed what it prints. */
async function runStage(stage: Stage, print: (chunk: Uint8Array) => void): Promise<Result> {
  const startedMs = performance.now();
  const child = new Deno.Command(stage.deno, {
    args: [...stage.args],
    cwd: ROOT,
    env: { ...downloadEnvironment(), NO_COLOR: "1", ...stage.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A process group, so that what a late stage has started ends with it.
    detached: true,
  }).spawn();
  let isLate = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isLate = true;
      Deno.kill(-child.pid, "SIGKILL");
    }, SILENCE_LIMIT_MS);
  };
  const heard = (chunk: Uint8Array) => {
    print(chunk);
    alive();
  };
  alive();
  const [stdout, stderr, { code }] = await Promise.all([
    collect(child.stdout, heard),
    collect(child.stderr, heard),
    child.status,
  ]);
  clearTimeout(timer);
  const [counts, remark] = judge(stage, code, isLate, `${stdout}\n${stderr}`);
  return { stage, ...counts, remark, seconds: (performance.now() - startedMs) / 1000 };
}

/** Runs stages at once. What the first one prints is shown as it comes, the others' when it ends. */
async function runGroup(stages: readonly Stage[]): Promise<Result[]> {
  const running = stages.map((stage, index) => {
    const kept: Uint8Array[] = [];
    const show = (chunk: Uint8Array) => Deno.stdout.writeSync(chunk);
    if (index === 0) say(`\n== ${stage.name}`);
    const result = runStage(stage, index === 0 ? show : (chunk) => kept.push(chunk));
    return { stage, kept, result };
  });
  const results: Result[] = [];
  for (const { stage, kept, result } of running) {
    results.push(await result);
    if (kept.length > 0) say(`\n== ${stage.name}`);
    for (const chunk of kept) Deno.stdout.writeSync(chunk);
  }
  return results;
}

/** Of several parts of a folder as many run at once as there are cores. */
function testStage(name: string, deno: string, folder: string, parts: number): Stage {
  const parallel = parts > 1 ? ["--parallel"] : [];
  const args = ["run", "--allow-all", "tests/gather/main.ts", folder, `${parts}`, "--no-check"];
  return { name, deno, args: [...args, ...parallel], hasTests: true };
}

/**
 * Of tests that look at real processes a few may fail because the machine is busy: those are run
 * again by themselves, and the summary names them. A fault of the program fails again.
 */
function machineStage(...stage: Parameters<typeof testStage>): Stage {
  return {
    ...testStage(...stage),
    env: { AGAIN_MAX: "3" },
    told: /^failed beside others, passed alone: .*$/m,
  };
}

function checkStage(name: string, deno: string, args: readonly string[]): Stage {
  return { name, deno, args, hasTests: false };
}

/**
 * Tries one of so many changes of the code, the same ones each time, and fails where too many of
 * them go unnoticed. What time does not allow to try has not gone unnoticed.
 */
function mutantStage(): Stage {
  const limits = ["--each", "12", "--seconds", "45", "--survivors-max", "5"];
  return {
    ...checkStage("changes that unit tests notice", Deno.execPath(), [
      ...["run", "--allow-all", "tests/mutants/main.ts", ...limits],
    ]),
    told: /^\d+ of \d+ changes tried.*$/m,
  };
}

/** A machine of arm64 runs everything else as arm64. */
function otherArchitecture(): Stage[] {
  if (Deno.build.arch === "aarch64") return [];
  const args = ["run", "--allow-all", "tests/arm64/main.ts"];
  return [{ name: "arm64 under emulation", deno: Deno.execPath(), args, hasTests: true }];
}

/** Returns groups of stages, in their order; those of a group run at once. */
function planStages(denos: ReadonlyMap<string, string>): (readonly Stage[])[] {
  const versions = [...denos];
  const oldest = versions[0]?.[1] as string;
  const forEach = (plan: (version: string, deno: string) => Stage) =>
    versions.map(([version, deno]) => plan(version, deno));
  const alone = (stages: readonly Stage[]) => stages.map((stage) => [stage]);
  return [
    [checkStage("format", oldest, ["fmt", "--check"])],
    [checkStage("lint", oldest, ["lint"])],
    ...alone(
      forEach((version, deno) =>
        checkStage(`types, Deno ${version}`, deno, ["check", "--quiet", "--frozen", ...SOURCES])
      ),
    ),
    ...alone(
      forEach((version, deno) => testStage(`unit tests, Deno ${version}`, deno, "tests/unit", 4)),
    ),
    // Parts would be threads of one process, and integration tests look at what a process has one
    // of: its children, descriptors, limits. Both versions at once take less time.
    forEach((version, deno) =>
      machineStage(`integration tests, Deno ${version}`, deno, "tests/integration", 1)
    ),
    [mutantStage()],
    [{
      ...checkStage("build", Deno.execPath(), ["run", "--allow-all", "build.ts"]),
      isRequired: true,
    }],
    [machineStage("end-to-end tests of dist/chaperone", Deno.execPath(), "tests/e2e", 24)],
    otherArchitecture(),
  ];
}

function formatResult(result: Result): string {
  const { passed, failed, skipped, stage, seconds, remark } = result;
  const numbers = stage.hasTests
    ? `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
    : failed === 0
    ? "ok"
    : "FAILED";
  const time = `${seconds.toFixed(1)} s`.padStart(8);
  return `${time}  ${stage.name}: ${numbers}${remark === "" ? "" : ` (${remark})`}`;
}

const missing = await installRequirements();
const denos = new Map<string, string>();
for (const version of VERSIONS) denos.set(version, await fetchDeno(version));

const results: Result[] = [];
for (const group of planStages(denos)) {
  const ended = await runGroup(group);
  results.push(...ended);
  if (ended.some(({ failed, stage }) => failed > 0 && stage.isRequired)) break;
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const { passed, failed, skipped } of results) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
say(`\n== summary\n${results.map(formatResult).join("\n")}`);
if (total.skipped > 0) {
  const wants = [...Deno.uid() === 0 ? [] : ["root"], ...missing];
  say(`${total.skipped} tests were left out, for want of ${wants.join(", ") || "programs"}.`);
}
say(
  `${total.passed} passed, ${total.failed} failed` +
    (total.skipped > 0 ? `, ${total.skipped} skipped` : ""),
);
Deno.exit(total.failed === 0 ? 0 : 1);
