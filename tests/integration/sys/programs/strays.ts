/**
 * Starts a service that leaves a marked process behind in a session of its own; finds and ends
 * it.
 */
import { becomeSubreaper } from "../../../../lib/sys/processes/subreaper.ts";
import { firstOf, ObservedOs, PATH, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const MARK = "_CHAP_SERVICE_ID";

const observed = new ObservedOs();
const { os } = observed;
const isSubreaper = os.isInit || becomeSubreaper();
const before = os.orphans().length;
const service = os.spawn(shell(
  "setsid sh -c 'sleep 60 & echo $$; wait' & exec sleep 60",
  { stdout: "pipe", env: { PATH, [MARK]: "web" } },
));
// The stray says its pid once its own child is started.
const stray = Number(await firstOf(service.stdout));
const all = os.descendants();
const whileOwned = os.orphans().length;
os.kill(service.pid, 9);
await observed.ended(service.pid);
const orphans = os.orphans();
const marks = orphans.map(({ pid }) => os.processVariable(pid, MARK));
os.killAll(9);
await observed.until(() => !os.hasChildren());
const strayInfo = orphans.find(({ pid }) => pid === stray);
report({
  isSubreaper,
  before,
  directFirst: all[0]?.pid === service.pid,
  descendants: all.length,
  whileOwned,
  orphans: orphans.length,
  strayIsFirst: orphans[0]?.pid === stray,
  strayParent: strayInfo?.parent === os.pid,
  straySession: strayInfo?.session === stray,
  marks,
  after: os.descendants().length,
  noSuchProcess: os.processVariable(stray, MARK) ?? null,
});
os.close();
