/** Outside PID 1: ends everything below itself, deep and detached, and nothing else. */
import { becomeSubreaper } from "../../../../lib/sys/processes/subreaper.ts";
import { firstOf, ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const observed = new ObservedOs();
const { os } = observed;
becomeSubreaper();
const child = os.spawn(shell("(setsid sleep 60 & sleep 60 & wait) & sleep 60 & echo; wait", {
  stdout: "pipe",
}));
await firstOf(child.stdout);
os.killAll(9);
await observed.until(() => !os.hasChildren());
report({ isInit: os.isInit, left: os.descendants().length, hasChildren: os.hasChildren() });
os.close();
