/**
 * What chaperone says at info and above, for the manual. The words outside of braces are those of the
 * code, which a test looks for there.
 */

interface Message {
  readonly text: string;
  readonly level: "info" | "warn" | "err" | "notice";
  readonly meaning: string;
  readonly advice: string;
}

/** In the order of a service's life, then of the container's. */
export const MESSAGES: readonly Message[] = [
  {
    text: "{name} started",
    level: "info",
    meaning: "It is what its type and `ready` ask for; what comes after it may start.",
    advice: "",
  },
  {
    text: "{name} {exit} before it had started",
    level: "warn",
    meaning: "Its process ended too soon. While the container starts, this ends the container.",
    advice: "Read what it wrote just before. `ignore_failures` lets the others start all the same.",
  },
  {
    text: "executable '{program}' not found",
    level: "warn",
    meaning: "The program is not in the image, or not in the service's `PATH`.",
    advice: "Install it, write its whole path, or set `PATH` in `env_set`.",
  },
  {
    text: "{what}; it is started again in {time} ({n} left)",
    level: "info",
    meaning: "`restart` is at work.",
    advice: "`telchap why NAME` tells when it is given up.",
  },
  {
    text: "{name} is given up: {limit}",
    level: "err",
    meaning: "It failed `restart_limit` times in a row, or with one of `no_retry_codes`.",
    advice: "Mend it, then `telchap start NAME`. `on_give_up` says what becomes of the container.",
  },
  {
    text: "{what}, which ignore_failures passes over",
    level: "warn",
    meaning: "It has failed, and the container goes on as if it had not.",
    advice: "Leave out `ignore_failures` where the container is of no use without it.",
  },
  {
    text: "{name} was killed by the kernel (out of memory)",
    level: "warn",
    meaning:
      "The container, or the machine, had no memory left, and the kernel chose this process.",
    advice: "Give the container more, or the service less: see troubleshooting.md.",
  },
  {
    text: "{name} has ended well ({exit})",
    level: "info",
    meaning: "It has come to its normal end and is not started again.",
    advice: "`restart: always` starts it again after a normal end, too.",
  },
  {
    text: "{name} stopped",
    level: "info",
    meaning: "It was asked to stop and has.",
    advice: "",
  },
  {
    text: "{name} took {n} s to stop",
    level: "info",
    meaning: "It used much of the time that all services have together.",
    advice: "`kill_signal`, or `stop_sequence`, where another signal ends it sooner.",
  },
  {
    text: "{name} did not stop in {n} s and was killed",
    level: "info",
    meaning: "It did not heed its `kill_signal` within its share of `shutdown_timeout`.",
    advice: "End a shell's command with `exec`, set `kill_signal`, or give it more time.",
  },
  {
    text: "{name} is healthy again",
    level: "info",
    meaning: "Its `health` probe has passed after it had failed.",
    advice: "",
  },
  {
    text: "{name} is due and skipped, since its last run goes on (overlap: skip)",
    level: "warn",
    meaning: "A job was due while the one before still ran, and was left out.",
    advice: "`overlap: queue`, `kill` or `parallel`; `run_timeout` bounds a job.",
  },
  {
    text: "{name} is due and skipped, since {count} of its runs go on (max_instances)",
    level: "warn",
    meaning: "A job with `overlap: parallel` was due while as many ran as may at once.",
    advice: "`max_instances`; `run_timeout` bounds each.",
  },
  {
    text: "once_at {time} is past, it runs only when telchap run asks for it",
    level: "warn",
    meaning:
      "The only time of the service was over when it was scheduled, and nothing makes up for it.",
    advice: "`telchap run NAME`; `catch_up` for times at which the container is down.",
  },
  {
    text: "{name} was not started: {why}",
    level: "err",
    meaning:
      "Of a scheduled job: it did not run, and the schedule goes on. Of others: `telchap` or " +
      "`apply` had it started.",
    advice: "`telchap why NAME`; of a job `telchap runs NAME`, `telchap run --wait NAME`.",
  },
  {
    text: "{name} {what} (process_timeout)",
    level: "err",
    meaning:
      "It did not become what its type and `ready` ask for in its time: a `oneshot` goes on, " +
      "`READY=1` or the pid file has not come.",
    advice: "`process_timeout`, 0 for no limit; or another `type`.",
  },
  {
    text: "nothing runs now; the container stays up for what is scheduled or listens: {names}",
    level: "info",
    meaning: "All other services have ended.",
    advice: "`enabled: false` in these services, where the container should end.",
  },
  {
    text: "{path} takes what programs log",
    level: "info",
    meaning: "syslog(3) and logger(1) find chaperone there.",
    advice: "",
  },
  {
    text: "chaperone is process {n}, not 1: it reaps and signals only what its own",
    level: "warn",
    meaning: "Something else is process 1: `docker run --init`, a shell, a pod's pause.",
    advice: "See places.md. Leave out `--init`, or end the shell's command with `exec`.",
  },
  {
    text: "control socket is {path}: {why}",
    level: "warn",
    meaning: "/dev cannot be written, so the socket is in the run directory.",
    advice: "Nothing: telchap finds it there.",
  },
  {
    text: "no service was started: all are disabled, and detect_exit is on",
    level: "warn",
    meaning: "There is nothing to do, so the container ends with 0.",
    advice: "`enabled: true`, or `detect_exit: false` to stay up.",
  },
  {
    text: "{signal} was received and means nothing to chaperone",
    level: "info",
    meaning: "Only some signals have a meaning.",
    advice: "`signals` in `settings` gives it one.",
  },
  {
    text: "the container ends: {cause}",
    level: "info",
    meaning: "The way down begins; services stop in reverse order.",
    advice: "",
  },
  {
    text: "some processes are left and are killed",
    level: "info",
    meaning: "They belonged to no service, or outlasted theirs.",
    advice: "`telchap tree` shows whose processes are whose while the container runs.",
  },
];
