/** Outside PID 1: ends everything below itself, deep and detached, and nothing else. */
import { becomeSubreaper } from "../../../../lib/sys/subreaper.ts";
import { ObservedOs, shell } from "../observed_os.ts";
import { report } from "./report.ts";

const observed = new ObservedOs();
const { os } = observed;
becomeSubreaper();
const child = os.spawn(shell("(setsid sleep 60 & sleep 60 & wait) & sleep 60 & echo; wait", {
  stdout: "pipe",
}));
const reader = (child.stdout as ReadableStream<Uint8Array>).getReader();
await reader.read();
os.killAll(9);
await observed.until(() => !os.hasChildren());
await reader.cancel();
report({ isInit: os.isInit, left: os.descendants().length, hasChildren: os.hasChildren() });
os.close();
