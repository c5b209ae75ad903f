/** Cron jobs that were due while the container was down: which of them run, and none of them twice. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { waitUntil } from "./harness/output.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { configuration, type Section, sh } from "./scenario.ts";

interface Run {
  readonly dueWallMs?: number;
  readonly caughtUp?: true;
  readonly exit?: unknown;
  readonly former?: true;
}

async function withState(act: (stateDir: string) => Promise<void>): Promise<void> {
  const stateDir = await Deno.makeTempDir({ prefix: "chaperone-state-" });
  try {
    await act(stateDir);
  } finally {
    await Deno.remove(stateDir, { recursive: true });
  }
}

function container(stateDir: string, job: Section): Promise<NamespaceRun> {
  return inNamespace({
    config: configuration({
      settings: { "state_dir": stateDir },
      "job.service": { type: "cron", interval: "* * * * * *", command: sh("echo ran"), ...job },
    }),
  });
}

/** Runs of this life. */
async function runs(run: NamespaceRun): Promise<readonly Run[]> {
  return (await allRuns(run)).filter(({ former }) => !former);
}

async function allRuns(run: NamespaceRun): Promise<readonly Run[]> {
  const { stdout } = await run.exec(["timeout", "30", "telchap", "runs", "--json"]);
  // It does not listen yet.
  if (!stdout.startsWith("[")) return [];
  const [job] = JSON.parse(stdout) as { runs: Run[] }[];
  return job?.runs ?? [];
}

/** The last moment that was written down. */
async function lastNoted(stateDir: string): Promise<number> {
  const text = await Deno.readTextFile(`${stateDir}/schedules.jsonl`).catch(() => "");
  const line = text.split("\n").findLast((each) => each.endsWith("}")) ?? '{"d":0}';
  return (JSON.parse(line) as { d: number }).d;
}

async function killAfterRuns(run: NamespaceRun): Promise<void> {
  await run.waitForLine(/job\[\d+\]: ran$/);
  await run.signal("SIGKILL");
  await run.waitForExit();
}

/** Waits until so much of the wall clock has passed that several moments were missed. */
async function missSeconds(sinceMs: number): Promise<void> {
  await waitUntil(() => Date.now() > sinceMs + 3200 || undefined, "three seconds to be missed");
}

namespaceTest(
  "kill -9, then catch_up: all: each moment that was missed runs once, in order, after a re-execution, too",
  async () => {
    await withState(async (stateDir) => {
      {
        await using run = await container(stateDir, { "catch_up": "all" });
        await killAfterRuns(run);
      }
      const lastMs = await lastNoted(stateDir);
      await missSeconds(lastMs);
      await using run = await container(stateDir, { "catch_up": "all" });
      const caughtUp = await waitUntil(async () => {
        const all = await runs(run);
        return all.some(({ caughtUp }) => !caughtUp) ? all : undefined;
      }, "a run that is on time again");
      await run.exec(["timeout", "30", "telchap", "reexec"]);
      const newest = (all: readonly Run[]) => all.at(-1)?.dueWallMs ?? 0;
      await waitUntil(
        async () => newest(await runs(run)) > newest(caughtUp) || undefined,
        "a run of the next incarnation",
      );
      const dues = (await runs(run)).map(({ dueWallMs = 0 }) => dueWallMs);
      assert(caughtUp.filter(({ caughtUp }) => caughtUp).length >= 3);
      assertEquals(dues, [...new Set(dues)].sort((a, b) => a - b), "none twice, and in order");
      // On a busy machine a job that is on time may meet the one before it: that is 'overlap'.
      const madeUp = caughtUp.filter(({ caughtUp }) => caughtUp).map(({ dueWallMs }) => dueWallMs);
      assertEquals(madeUp, madeUp.map((_, at) => lastMs + (at + 1) * 1000));
      const { stdout } = await run.exec(["timeout", "30", "telchap", "runs"]);
      assertStringIncludes(stdout, ", caught up: it was due ");
      await run.signal("SIGTERM");
      await run.expectExit(0);
    });
  },
);

namespaceTest(
  "catch_up: once runs one job for all that was missed; a second quick start runs none",
  async () => {
    await withState(async (stateDir) => {
      const job = { "catch_up": "once", interval: "@every 2s" };
      {
        await using run = await container(stateDir, job);
        await killAfterRuns(run);
      }
      await missSeconds(await lastNoted(stateDir) + 2000);
      const first = await (async () => {
        await using run = await container(stateDir, job);
        await run.waitForLine(/job\[\d+\]: ran$/);
        const found = await runs(run);
        await run.signal("SIGKILL");
        await run.waitForExit();
        return found;
      })();
      assertEquals(first[0]?.caughtUp, true);
      assert(first.filter(({ caughtUp }) => caughtUp).length === 1);
      const notedMs = await lastNoted(stateDir);
      await using run = await container(stateDir, job);
      const next = await waitUntil(async () => (await runs(run))[0], "a run");
      assert((next.dueWallMs ?? 0) > notedMs, "nothing runs twice");
      const former = (await allRuns(run)).filter(({ former }) => former);
      const caughtUp = former.filter(({ caughtUp }) => caughtUp);
      assertEquals([former.length >= 2, caughtUp.length], [true, 1], "two lives are remembered");
      await run.signal("SIGTERM");
      await run.expectExit(0);
    });
  },
);

namespaceTest("once_at: what was missed while down runs once over two lives", async () => {
  await withState(async (stateDir) => {
    const atMs = Date.now() - 60_000;
    const onceAt = new Date(atMs).toISOString().slice(0, 19);
    const times = { timezone: "UTC", "once_at": onceAt, "catch_up": "once", interval: undefined };
    const job = { ...times, command: sh("echo ran; exec sleep 600") };
    // A life that knew of it and ended before.
    const known = { s: "job.service", i: `${onceAt}|UTC|`, d: atMs - 60_000 };
    await Deno.writeTextFile(`${stateDir}/schedules.jsonl`, `${JSON.stringify(known)}\n`);
    {
      await using run = await container(stateDir, job);
      await killAfterRuns(run);
    }
    await using run = await container(stateDir, job);
    await run.waitForLine(/job\.service is scheduled: once at /);
    const { stdout } = await run.exec(["timeout", "30", "telchap", "runs"]);
    assertStringIncludes(stdout, "job: 0 runs, 0 failed, 0 missed, 0 skipped; next none, once_at ");
    await run.signal("SIGTERM");
    await run.expectExit(0);
  });
});
