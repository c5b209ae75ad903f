import { assertEquals } from "@std/assert";
import { test } from "../test.ts";

const PROGRAM = new URL("programs/to_stdout.ts", import.meta.url).pathname;
const RUN = `"${Deno.execPath()}" run -A --unstable-net "${PROGRAM}"`;

interface Outcome {
  readonly dropped: number;
  readonly reports: string[];
  readonly ticked: boolean;
}

/** Runs a shell command; the program's own report is its stderr. */
async function run(script: string): Promise<{ lines: string[]; outcome: Outcome }> {
  const { stdout, stderr } = await new Deno.Command("bash", { args: ["-c", script] }).output();
  const text = new TextDecoder().decode(stdout);
  const report = new TextDecoder().decode(stderr);
  return { lines: text.split("\n").slice(0, -1), outcome: JSON.parse(report) as Outcome };
}

function firstNumbers(lines: readonly string[]): number[] {
  return lines.map((line) => Number(/^\d+/.exec(line)?.[0]));
}

test("stdout blocks its source and loses nothing where a slow reader is waited for", async () => {
  const { lines, outcome } = await run(`${RUN} 50000 block | (sleep 0.3; cat)`);
  assertEquals(lines.length, 50_000);
  assertEquals(firstNumbers(lines).findIndex((number, i) => number !== i), -1);
  assertEquals(outcome, { dropped: 0, reports: [], ticked: true });
});

test("stdout drops and counts whole records where a reader stands still", async () => {
  const { lines, outcome } = await run(`${RUN} 50000 drop | (sleep 4; cat)`);
  assertEquals(outcome.ticked, true);
  assertEquals(outcome.dropped > 0, true);
  assertEquals(
    outcome.reports[0],
    "Cannot write to stdout as fast as records come: " +
      "records are dropped",
  );
  assertEquals(lines.length <= 50_000, true);
});

test("stdout that nobody reads any more is given up, once", async () => {
  const { outcome } = await run(`${RUN} 5000 block | true`);
  assertEquals(
    outcome.reports[0],
    "Cannot write to stdout: Broken pipe: 'stdout'; " +
      "giving up on it",
  );
  assertEquals([outcome.reports.length, outcome.dropped > 0], [2, true]);
});

test("stdout that was closed at start does no harm", async () => {
  const { outcome } = await run(`${RUN} 500 block >&-`);
  assertEquals(outcome.ticked, true);
});
