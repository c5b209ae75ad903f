/** Says every signal it gets, a line each, until SIGTERM comes for the second time. */
import { listenToSignals } from "../../../../lib/sys/self/signals.ts";
import { report } from "./report.ts";

let terms = 0;
const alive = setInterval(() => {}, 10_000);
const stop = listenToSignals((signal) => {
  report(signal);
  if (signal !== "SIGTERM" || ++terms < 2) return;
  stop();
  clearInterval(alive);
});
report("ready");
