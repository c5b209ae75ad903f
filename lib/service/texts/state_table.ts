/** What each word of state means, for the manual: what leads to it, and what follows. */
import type { Phase } from "../life/phase.ts";
import type { StateWord } from "./state_word.ts";

export interface StateRow {
  readonly meaning: string;
  /** What leads to it. */
  readonly from: string;
  /** What ends it. */
  readonly to: string;
  /** What `/status` and the metric `chaperone_service_state` call it. */
  readonly phases: readonly Phase["kind"][];
}

/** By the word that `telchap status` shows; one that is missing does not compile. */
export const STATE_TABLE: Readonly<Record<StateWord, StateRow>> = {
  stopped: {
    meaning: "nothing of it runs",
    from: "`telchap stop`; before the start; the end of the container",
    to: "`telchap start`",
    phases: ["down"],
  },
  disabled: {
    meaning: "it is not started",
    from: "`enabled: false`, `telchap disable`",
    to: "`telchap start --enable`",
    phases: ["down"],
  },
  waiting: {
    meaning: "it is to start, and something that it needs is not there yet",
    from: "the start, where `after` or `wait_for` does not hold or its group is IDLE",
    to: "starting; failed, where that fails or `wait_timeout` is over",
    phases: ["waiting"],
  },
  starting: {
    meaning: "its process runs, and does not yet count as started",
    from: "waiting, restarting",
    to: "running, once it is what its type and `ready` ask for; failed after `process_timeout`",
    phases: ["launching", "starting"],
  },
  running: {
    meaning: "it has started, and its process lives; a cron service: a job runs",
    from: "starting",
    to: "the end of the process, a stop",
    phases: ["up", "armed"],
  },
  started: {
    meaning: "it has started and left no process that chaperone knows",
    from: "starting, of a `forking` service without a `pidfile`",
    to: "a stop",
    phases: ["up"],
  },
  scheduled: {
    meaning: "a cron service waits for its time",
    from: "the start, the end of a job",
    to: "running, when it is due",
    phases: ["armed"],
  },
  listening: {
    meaning: "an inetd service, or one with `on_demand`, waits for connections",
    from: "the start, the end of the process",
    to: "running, with a connection, where `on_demand` is set; a stop",
    phases: ["armed"],
  },
  reloading: {
    meaning: "it has said so itself: `RELOADING=1`",
    from: "running",
    to: "running, with its `READY=1`",
    phases: ["up"],
  },
  unhealthy: {
    meaning: "it runs, and its `health` probe has failed `retries` times",
    from: "running",
    to: "running, when the probe passes; stopping, where `action` is `restart`",
    phases: ["up"],
  },
  restarting: {
    meaning: "it has failed, and is started again when `restart_delay` is over",
    from: "running, starting",
    to: "waiting",
    phases: ["backoff"],
  },
  draining: {
    meaning: "it is to stop, and is not ready any more, but somebody is connected to it still",
    from: "running, with `drain_timeout`",
    to: "stopping",
    phases: ["stopping"],
  },
  stopping: {
    meaning: "it has been told to end, what it left behind is being ended, or `on_stop` runs",
    from: "`telchap stop`, a restart, a failed probe, the end of the container",
    to: "stopped, restarting, failed",
    phases: ["stopping", "finishing", "up"],
  },
  completed: {
    meaning: "a oneshot has done its work",
    from: "starting",
    to: "`telchap run` and `telchap start` run it again",
    phases: ["done"],
  },
  ended: {
    meaning: "its process has ended normally and is not started again",
    from: "running",
    to: "`telchap start`",
    phases: ["done"],
  },
  failed: {
    meaning: "it could not start, or has ended abnormally and `restart` is not set",
    from: "starting, running; waiting, where what it needs has failed",
    to: "`telchap start`, `telchap reset`",
    phases: ["failed"],
  },
  "given up": {
    meaning:
      "it has failed more often than `restart_limit` allows, or with one of `no_retry_codes`",
    from: "running, starting",
    to: "`telchap start`, `telchap reset`",
    phases: ["failed", "down"],
  },
};
