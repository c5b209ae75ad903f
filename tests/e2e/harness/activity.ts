/** Whether chaperone is at rest, seen without disturbing it. */
import { waitUntil } from "./output.ts";

/** Counts how often any thread of chaperone was given a processor, without disturbing it. */
async function timesRun(pid: number): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`).catch(() => "");
    count += Number(text.trim().split(" ")[2] ?? 0);
  }
  return count;
}

/** Five seconds after it was busy, chaperone gives memory back. */
const QUIET_MS = 6000;

/** Waits until chaperone has done what it leaves for later, and is at rest. */
export async function untilQuiet(pid: number): Promise<void> {
  let last = -1;
  let quietSinceMs = performance.now();
  await waitUntil(
    async () => {
      const count = await timesRun(pid);
      if (count !== last) quietSinceMs = performance.now();
      last = count;
      return performance.now() - quietSinceMs > QUIET_MS || undefined;
    },
    "six seconds without activity",
    60_000,
  );
}
