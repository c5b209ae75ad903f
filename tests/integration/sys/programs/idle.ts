/**
 * Starts processes that say nothing, and counts how often any thread of this program ran meanwhile.
 */
import { ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const CHILDREN = 200;
const SETTLE_MS = 200;
const WATCH_MS = 1000;
const SECONDS_MAX = 20;

/** How often other threads than the main one, which sets the timers below, went to sleep. */
function switches(): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    const status = Deno.readTextFileSync(`/proc/self/task/${name}/status`);
    const count = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1];
    if (Number(name) !== Deno.pid) sum += Number(count);
  }
  return sum;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const observed = new ObservedOs();
const { os } = observed;
for (let i = 0; i < CHILDREN; i++) {
  const child = os.spawn(shell("exec sleep 60", { stdout: "pipe", stderr: "pipe" }));
  for (const pipe of [child.stdout, child.stderr]) pipe?.start(() => undefined, () => {});
}
await pause(SETTLE_MS);
// What starting has left to do takes a busy machine longer; what polls never has a quiet second.
let ran = Infinity;
for (let second = 0; second < SECONDS_MAX && ran > 0; second++) {
  const before = switches();
  await pause(WATCH_MS);
  ran = Math.min(ran, switches() - before);
}
const children = os.descendants().length;
os.killAll(9);
await observed.until(() => observed.told.length === CHILDREN);
report({ children, ended: observed.told.length, switches: ran });
await os.close();
