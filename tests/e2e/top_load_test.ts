/**
 * What `telchap top` costs with 200 services, by the processor time that the kernel has counted: a
 * busy machine makes it wait, and so look less often, and not dearer.
 */
import { assert } from "@std/assert";
import { inNamespace, type NamespaceRun } from "./harness/namespace.ts";
import { namespaceTest } from "./harness/requirements.ts";
import { Terminal } from "./harness/terminal.ts";

const COUNT = 200;
const LOOKS = 3;
const MOST_SHARE = 0.02;
/** Processor time is counted in ticks of 10 ms. */
const ROUNDING_MS = 10;

const CONFIG = [
  "settings: { detect_exit: false, shutdown_timeout: 5 }",
  ...Array.from({ length: COUNT }, (_, at) => `s${at}.service: { command: "sleep 1000" }`),
].join("\n");

/** The processor time of top, and the time that has passed. */
async function measure(run: NamespaceRun): Promise<{ cpuMs: number; atMs: number }> {
  const script = 'read up rest < /proc/uptime; echo $up; cat /proc/$(pgrep -f "^telchap top")/stat';
  const { stdout } = await run.exec(["sh", "-c", script]);
  const [uptime = "", stat = ""] = stdout.split("\n");
  // utime and stime, see proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  assert(ticks > 0, stdout);
  return { cpuMs: 10 * ticks, atMs: Number(uptime) * 1000 };
}

/** Waits until it has looked so many times. */
async function looks(top: Terminal, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const from = top.output.length;
    await top.waitFor(({ output }) => output.indexOf("200 services", from) > 0, "another look");
  }
}

namespaceTest("top with 200 services takes 2 % of a processor at most", async () => {
  await using run = await inNamespace({ config: CONFIG });
  await run.exec(["sh", "-c", "until telchap wait; do sleep 0.1; done"]);
  await using top = await Terminal.open(run, "telchap top; echo st=$?");
  await top.shows(/200 services/);
  // What is compiled while it looks the first times is not what it costs.
  await looks(top, LOOKS);
  const before = await measure(run);
  await looks(top, LOOKS);
  const after = await measure(run);
  const [cpuMs, tookMs] = [after.cpuMs - before.cpuMs, after.atMs - before.atMs];
  const most = tookMs * MOST_SHARE + ROUNDING_MS;
  assert(cpuMs <= most, `${cpuMs} ms of processor time in ${tookMs} ms`);
  await top.press("q");
  await top.waitFor(({ output }) => output.includes("st=0"), "the end");
});
