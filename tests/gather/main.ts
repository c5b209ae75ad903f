/**
 * Runs the tests of a folder: `deno run -A tests/gather/main.ts FOLDER PARTS [OPTION]...`; options
 * are those of `deno test`. That gives each file an isolate of its own and loads the program into
 * it anew, which takes longer than most tests do. So it is given a few modules that import many
 * files each.
 *
 * With AGAIN_MAX=N in the environment, up to N tests that failed are run once more, by themselves:
 * whether one fails must not depend on how busy the machine is. Those that pass then are named.
 */
import { filterFor, readReport, type Report } from "./report.ts";

const ROOT = new URL("../../", import.meta.url);

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function testFiles(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return testFiles(new URL(`${name}/`, folder));
    return name.endsWith("_test.ts") ? [new URL(name, folder)] : [];
  });
}

/** Deals the files out to the parts, so that each has some of every folder. */
function writeParts(folder: string, files: readonly URL[], count: number): string[] {
  return Array.from({ length: count }, (_, part) => {
    const path = `${folder}/part_${part + 1}_test.ts`;
    const own = files.filter((_, index) => index % count === part);
    Deno.writeTextFileSync(path, own.map(({ href }) => `import "${href}";\n`).join(""));
    return path;
  });
}

interface Ended {
  readonly code: number;
  /** Undefined after a crash. */
  readonly report: Report | undefined;
}

async function runTests(path: string, args: readonly string[]): Promise<Ended> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--allow-all", "--quiet", "--config", new URL("deno.json", ROOT).pathname],
      ...[`--junit-path=${path}`, ...args],
    ],
    cwd: ROOT,
  }).spawn().status;
  try {
    return { code, report: readReport(await Deno.readTextFile(path)) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code, report: undefined };
  }
}

/** Says how it ended in all, in the form of `deno test`, and returns how many have failed. */
function concludeAgain(first: Report, again: Report | undefined): number {
  const passedAlone = first.failures.filter((name) => again?.successes.includes(name));
  if (passedAlone.length > 0) {
    say(`failed beside others, passed alone: ${passedAlone.join("; ")}`);
  }
  const failed = first.failures.length - passedAlone.length;
  const passed = first.successes.length + passedAlone.length;
  const ignored = first.skipped > 0 ? ` | ${first.skipped} ignored` : "";
  say(`\n${failed === 0 ? "ok" : "FAILED"} | ${passed} passed | ${failed} failed${ignored}`);
  return failed;
}

const [folder = "", partCount = "", ...options] = Deno.args;
const againMax = Number(Deno.env.get("AGAIN_MAX") ?? 0);
const files = testFiles(new URL(`${folder}/`, ROOT)).sort((a, b) => a.href < b.href ? -1 : 1);
const scratch = Deno.makeTempDirSync({ prefix: "chaperone-tests-" });
try {
  const parts = writeParts(scratch, files, Number(partCount));
  const first = await runTests(`${scratch}/first.xml`, [...options, ...parts]);
  Deno.exitCode = first.code;
  const { report } = first;
  const failed = report?.failures.length ?? 0;
  if (report !== undefined && failed > 0 && failed <= againMax) {
    say(`\n== ${failed} failed; by themselves:`);
    const alone = options.filter((option) => option !== "--parallel");
    const filter = `--filter=${filterFor(report.failures)}`;
    const again = await runTests(`${scratch}/again.xml`, [...alone, filter, ...parts]);
    Deno.exitCode = concludeAgain(report, again.report) === 0 ? 0 : 1;
  }
} finally {
  Deno.removeSync(scratch, { recursive: true });
}
