/** The measurements of what PID 1 does when processes end. */
import { inBox, type Measure, median, named } from "./measure.ts";
import { pause } from "./box.ts";

const RESTARTS = 5;
/** The engine compiles what a launch needs during the first of them. */
const LIVES_BEFORE = 200;
const LIVES = 300;
const ORPHANS = 3000;
const BURST = 10_000;
/** Longer than the second for which runit throttles. */
const UPTIME_MS = 1200;

/** How soon a killed service runs again. */
export const restart: Measure = {
  name: "restart",
  title: "A service is killed and runs again, without a delay of the configuration",
  job: "restart",
  runs: 1,
  quantities: { restartMs: "restart, ms" },
  run: (bench, tool) => {
    const make = (stamps: string) => ({
      services: named(2, [bench.load.path, "stay", stamps], { restart: true }),
    });
    return inBox(bench, tool, make, async (box) => {
      let victim = (await box.stamped("S", 2))[0]?.pid ?? NaN;
      const delaysMs: number[] = [];
      for (let i = 0; i < RESTARTS; i++) {
        await pause(UPTIME_MS);
        const pid = box.pidOutside(victim);
        if (pid === undefined) throw new Error("the service is gone");
        const killedMs = performance.timeOrigin + performance.now();
        Deno.kill(pid, "SIGKILL");
        const again = (await box.stamped("S", 3 + i)).at(-1);
        delaysMs.push((again?.atMs ?? NaN) - killedMs);
        victim = again?.pid ?? NaN;
      }
      return { restartMs: median(delaysMs) };
    });
  },
};

/** What a life costs PID 1: exit, restart, launch. */
export const launch: Measure = {
  name: "launch",
  title: "A program that fails at once is started again and again",
  job: "launch",
  runs: 3,
  quantities: {
    cpuMs: "CPU of PID 1 for each life, ms",
    gapMs: "from one life to the next, ms",
  },
  run: ({ load, folder }, tool) => {
    const again = { restart: true };
    const make = (stamps: string) => ({ services: named(1, [load.path, "fail", stamps], again) });
    return inBox({ load, folder }, tool, make, async (box) => {
      const lives = async (atLeast: number) => (await box.stamped("S", atLeast, 60_000)).length;
      const first = await lives(LIVES_BEFORE);
      const beforeMs = box.initCpuMs();
      const last = await lives(first + LIVES);
      const cpuMs = (box.initCpuMs() - beforeMs) / (last - first);
      const begins = (await box.stamped("S", last)).slice(first).map(({ atMs }) => atMs);
      const gapMs = median(begins.slice(1).map((atMs, i) => atMs - (begins[i] ?? NaN)));
      return { cpuMs, gapMs };
    });
  },
};

/** What orphans cost that end one after another. */
export const reap: Measure = {
  name: "reap",
  title: `${ORPHANS} orphans`,
  job: "reap",
  runs: 2,
  quantities: { cpuMs: "CPU of PID 1, ms", lagMs: "last one reaped after, ms" },
  run: ({ load, folder }, tool) => {
    const make = (stamps: string) => ({
      services: named(1, [load.path, "orphans", stamps, `${ORPHANS}`]),
    });
    return inBox({ load, folder }, tool, make, async (box) => {
      await box.stamped("S", 1);
      const before = box.usage().cpuMs;
      const [done] = await box.stamped("E", 1, 60_000);
      await box.until(() => box.zombies() === 0, 60_000);
      const lagMs = performance.timeOrigin + performance.now() - (done?.atMs ?? NaN);
      return { cpuMs: box.usage().cpuMs - before, lagMs };
    });
  },
};

/** How soon orphans are gone that end at the same moment. */
export const burst: Measure = {
  name: "burst",
  title: `${BURST} orphans that end at once`,
  job: "reap",
  runs: 1,
  needsCompiler: true,
  quantities: { lagMs: "all reaped after, ms" },
  run: ({ load, folder }, tool) => {
    const make = (stamps: string) => ({
      services: named(1, [load.path, "burst", stamps, `${BURST}`]),
    });
    return inBox({ load, folder }, tool, make, async (box) => {
      const [reaped] = await box.stamped("R", 1, 120_000);
      const [ended] = box.readStamps("E");
      return { lagMs: (reaped?.atMs ?? NaN) - (ended?.atMs ?? NaN) };
    });
  },
};
