/**
 * As PID 1: owned children that all end with a code of their own, while shells leave orphans
 * behind. Says what was told about each, and what is left.
 */
import { ObservedOs, readText, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const OWNED = 300;
const SHELLS = 10;
const ORPHANS = Number(Deno.args[0] ?? 1000);

/** Starts processes with exit code 77 whose parent ends first, or does not wait for them. */
const leaveOrphans = `i=0
while [ $i -lt ${ORPHANS / SHELLS} ]; do (exec sh -c "exit 77" & ); i=$((i+1)); done`;

const observed = new ObservedOs();
const startedMs = performance.now();
const shells = Array.from({ length: SHELLS }, () => observed.os.spawn(shell(leaveOrphans)).pid);
const codeOf = new Map<number, number>();
for (let i = 0; i < OWNED; i++) {
  const code = i % 70;
  codeOf.set(observed.os.spawn(shell(`exit ${code}`)).pid, code);
  // Lets ends be told while others start.
  if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
await observed.until(() => !observed.os.hasChildren() && observed.told.length >= OWNED + SHELLS);

const isOwned = (pid: number) => codeOf.has(pid) || shells.includes(pid);
const orphans = observed.told.filter(({ pid, status }) =>
  status.kind === "exited" && status.code === 77 && !(codeOf.has(pid) && codeOf.get(pid) === 77)
);
const processes = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name));
report({
  pid: Deno.pid,
  isInit: observed.os.isInit,
  orphans: orphans.length,
  ownedRight: [...codeOf].filter(([pid, code]) =>
    observed.told.filter((end) =>
      end.pid === pid && end.status.kind === "exited" && end.status.code === code
    ).length === 1
  ).length,
  others: observed.told.length - orphans.length - OWNED - SHELLS,
  shellsTold: observed.told.filter(({ pid }) =>
    isOwned(pid)
  ).length >= OWNED + SHELLS,
  processesLeft:
    processes.map(({ name }) => readText(`/proc/${name}/stat`).split(" ", 3)[2]).length,
  ms: Math.round(performance.now() - startedMs),
});
observed.os.close();
