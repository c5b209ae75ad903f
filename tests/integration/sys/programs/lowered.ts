/** Lowers, and tries to raise, what a process may use, without any privilege. */
import { ObservedOs, request } from "../observed_os.ts";
import { report } from "./report.ts";

const observed = new ObservedOs();
const limit = (soft: number, hard: number) => [{ resource: "nofile", soft, hard }];
const lowered = await observed.outputOf(
  "ulimit -Sn; ulimit -Hn; nice; ulimit -Hv",
  { limits: [...limit(600, 600), { resource: "as", soft: 2 ** 31, hard: 2 ** 31 }], nice: 19 },
);
async function failed(extra: Parameters<typeof request>[1]): Promise<string> {
  const { call, errno } = await observed.failureOf(request(["/bin/sleep", "60"], extra));
  return `${call} ${errno}`;
}
report({
  lowered: lowered.split("\n"),
  raised: await failed({ limits: limit(100, 100_000_000) }),
  nicer: await failed({ nice: -5 }),
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
