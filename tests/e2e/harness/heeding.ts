/**
 * Whether chaperone heeds what comes while it is attacked, seen from outside. Time would not tell
 * on a busy machine: what counts is the processor time that its main thread takes, and in which
 * call of the kernel it stays without being given a processor at all.
 */
import { AssertionError } from "@std/assert";
import type { Running } from "./running.ts";

/** What waits for everything, and may for ever; by the numbers of both architectures. */
const AT_REST: readonly string[] = Deno.build.arch === "x86_64"
  ? ["232", "281", "202"] // epoll_wait, epoll_pwait, futex
  : ["22", "98"];

const LOOK_MS = 100;
/** Far above what any call takes that chaperone may wait for. */
const HELD_MS = 5000;
/** Far above what any answer takes, and far below what each attack took. */
const WORK_MAX_MS = 2000;
const NS_PER_MS = 1e6;

interface Look {
  /** A number with its arguments; `running` where it is in none. */
  readonly call: string;
  readonly timesRun: string;
  readonly workMs: number;
}

async function lookAt(pid: number): Promise<Look | undefined> {
  const task = `/proc/${pid}/task/${pid}`;
  try {
    const [call, schedule] = await Promise.all([
      Deno.readTextFile(`${task}/syscall`),
      Deno.readTextFile(`${task}/schedstat`),
    ]);
    const [workNs, , timesRun = ""] = schedule.trim().split(" ");
    return { call: call.trim(), timesRun, workMs: Number(workNs) / NS_PER_MS };
  } catch {
    return undefined; // ENOENT, ESRCH: it has ended.
  }
}

function isSameWait(a: Look, b: Look): boolean {
  const [number = ""] = b.call.split(" ");
  const isWaiting = number !== "running" && !AT_REST.includes(number);
  return isWaiting && a.call === b.call && a.timesRun === b.timesRun;
}

/** Looks at the main thread of a process again and again; the result ends that. */
function watch(pid: number, judge: (look: Look, stayedMs: number) => void): () => void {
  let since: Look | undefined;
  let sinceMs = performance.now();
  const look = async () => {
    const now = await lookAt(pid);
    if (now === undefined) return;
    if (since === undefined || !isSameWait(since, now)) [since, sinceMs] = [now, performance.now()];
    judge(now, performance.now() - sinceMs);
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return () => clearInterval(timer);
}

/** Who else is to get on, and for how long it may be held up. */
export interface Sender {
  /** As the test sees it. */
  readonly pid: number;
  readonly heldMs: number;
}

/**
 * Does something while chaperone is attacked. Fails as soon as its main thread has worked for 2 s,
 * or stays in one call for 5 s, or `sender` stays in one for longer than it may.
 */
export async function whileItHeeds<T>(
  run: Running,
  act: () => Promise<T>,
  sender?: Sender,
): Promise<T> {
  const failed = Promise.withResolvers<never>();
  const fail = (text: string) => failed.reject(new AssertionError(text));
  const pid = await run.initPid();
  const beganMs = (await lookAt(pid))?.workMs ?? 0;
  const endings = [watch(pid, ({ call, workMs }, stayedMs) => {
    const workedMs = Math.round(workMs - beganMs);
    if (workedMs > WORK_MAX_MS) fail(`chaperone has worked for ${workedMs} ms and goes on`);
    if (stayedMs > HELD_MS) fail(`chaperone stays in call ${call.split(" ")[0]}`);
  })];
  if (sender !== undefined) {
    endings.push(watch(sender.pid, ({ call }, stayedMs) => {
      if (stayedMs > sender.heldMs) fail(`who sends to it stays in call ${call.split(" ")[0]}`);
    }));
  }
  try {
    return await Promise.race([act(), failed.promise]);
  } finally {
    for (const end of endings) end();
  }
}
