/** Lowers, and tries to raise, what a process may use, without any privilege. */
import { ObservedOs, request } from "../observed_os.ts";
import { outcomeOf, report } from "./report.ts";

const observed = new ObservedOs();
const limit = (soft: number, hard: number) => [{ resource: "nofile", soft, hard }];
// The shell waits a moment: what chaperone could not take back is set right after the exec.
const lowered = await observed.outputOf(
  "sleep 0.1; ulimit -Sn; ulimit -Hn; nice; ulimit -Hv",
  { limits: [...limit(600, 600), { resource: "as", soft: 2 ** 31, hard: 2 ** 31 }], nice: 4 },
);
const sleeping = (extra: Parameters<typeof request>[1]) => request(["/bin/sleep", "60"], extra);
report({
  lowered: lowered.split("\n"),
  raised: outcomeOf(() => observed.os.spawn(sleeping({ limits: limit(100, 100_000_000) }))),
  nicer: outcomeOf(() => observed.os.spawn(sleeping({ nice: -5 }))),
  childrenLeft: await childrenLeft(),
  told: observed.told.length,
});

/** A process that was ended for a late failure takes a moment to be reaped. */
async function childrenLeft(): Promise<boolean> {
  for (let tries = 0; tries < 200 && observed.os.hasChildren(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return observed.os.hasChildren();
}
await observed[Symbol.asyncDispose]();
