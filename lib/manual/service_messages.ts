/** What chaperone says of a service's life at info and above. */
import type { Message } from "./message.ts";

/** Start, end, stop, hooks. */
export const SERVICE_MESSAGES: readonly Message[] = [
  {
    text: "{name} started",
    level: "info",
    meaning: "It is what its type and `ready` ask for; what comes after it may start.",
    advice: "",
  },
  {
    text: "{name} stays down: {why}",
    level: "info",
    meaning: "Something that it requires failed or was stopped.",
    advice: "`telchap why NAME` names it; it starts once that is ready.",
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
    text: "optional service {name} disabled since '{program}' {problem}",
    level: "info",
    meaning: "The service is `optional`, and its program is not there.",
    advice: "",
  },
  {
    text: "{name} is not started: {why} (ignore_failures)",
    level: "warn",
    meaning: "Its program is not there; the others start all the same.",
    advice: "Install it, or leave out `ignore_failures` so that the start ends.",
  },
  {
    text: "{name} {what}: {why}",
    level: "warn",
    meaning: "Its start failed, and `ignore_failures` or a restart lets the container go on.",
    advice: "Read the text; `telchap why NAME` has it, too.",
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
    text: "queued start (for {name}) failed: {why}",
    level: "err",
    meaning: "A start that waited for others failed.",
    advice: "`telchap why NAME`.",
  },
  {
    text: "the start-up is cancelled: {why}",
    level: "err",
    meaning: "A service that the container needs did not start; it ends with that service's code.",
    advice: "Mend the service, or set `ignore_failures`.",
  },
  {
    text: "no service was started: all are disabled, and detect_exit is on",
    level: "warn",
    meaning: "There is nothing to do, so the container ends with 0.",
    advice: "`enabled: true`, or `detect_exit: false` to stay up.",
  },
  {
    text: "{name} {missed}, which ignore_failures passes over",
    level: "warn",
    meaning: "It was not ready in time, and counts as started all the same.",
    advice: "A longer `process_timeout`, or a probe that fits.",
  },
  {
    text: "the sandbox of {name} is incomplete: {lacking}",
    level: "warn",
    meaning: "This kernel cannot do all that `sandbox` asks for.",
    advice: "`require: true` refuses the start instead; `telchap audit NAME` lists what holds.",
  },
  {
    text:
      "{name} has secrets that redact cannot mask: of less than {n} bytes, or of more than {n} KiB in all",
    level: "warn",
    meaning: "Such values can stand in its lines.",
    advice: "Longer secrets, or fewer.",
  },
  {
    text: "{name} notify socket: {who} is none of the service's and is not heard",
    level: "warn",
    meaning: "Somebody else wrote to its notify socket.",
    advice: "Find out who: the text has process and user.",
  },
  {
    text: "{name} named {pid} as its main process, but {problem}",
    level: "warn",
    meaning: "MAINPID is no process of the service.",
    advice: "Mend the program's sd_notify.",
  },
  {
    text: "{name} notify socket cannot be opened: {why}",
    level: "warn",
    meaning: "It was removed and cannot be made again: the service is not heard any more.",
    advice: "Restart the service once the directory can be written.",
  },
  {
    text: "{name} {exit}",
    level: "warn",
    meaning: "It ended, and not in order.",
    advice: "`telchap why NAME`; the lines before say more.",
  },
  {
    text: "{name} was killed by the kernel (out of memory)",
    level: "warn",
    meaning:
      "The container, or the machine, had no memory left, and the kernel chose this process.",
    advice: "Give the container more, or the service less: see troubleshooting.md.",
  },
  {
    text: "{what}; it is started again in {time} ({left})",
    level: "info",
    meaning: "`restart` is at work.",
    advice: "`telchap why NAME` tells when it is given up.",
  },
  {
    text: "{name} restart failed: {why}",
    level: "warn",
    meaning: "Started again, it failed at once.",
    advice: "It is tried again while `restart_limit` allows.",
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
    text: "{name} has ended well ({exit})",
    level: "info",
    meaning: "It has come to its normal end and is not started again.",
    advice: "`restart: always` starts it again after a normal end, too.",
  },
  {
    text: "{name}: process {pid} {exit}, and process {pid}, which '{pidfile}' names, goes on",
    level: "info",
    meaning: "A daemon replaced its main process; the service is up as before.",
    advice: "",
  },
  {
    text: "{name} {reported}",
    level: "err",
    meaning: "The service itself reported by sd_notify that it failed.",
    advice: "Its own lines say more.",
  },
  {
    text: "the container ends when '{program}' exits (exit_kills)",
    level: "warn",
    meaning: "Said at the start of a service with `exit_kills`.",
    advice: "",
  },
  {
    text: "{name} has ended, and the container ends with it (exit_kills)",
    level: "warn",
    meaning: "It has ended, in order or not.",
    advice: "",
  },
  {
    text: "{name} is healthy again",
    level: "info",
    meaning: "Its `health` probe has passed after it had failed.",
    advice: "",
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
    text: "{name} drains: it is stopped once nobody is connected to it",
    level: "info",
    meaning: "`drain_timeout` lets open connections end.",
    advice: "",
  },
  {
    text: "{name} stop_command cannot be started: {why}",
    level: "warn",
    meaning: "The service gets its `kill_signal` instead.",
    advice: "Mend the command.",
  },
  {
    text: "{name} is put to sleep: {why}",
    level: "info",
    meaning: "Nobody was connected for `idle_timeout`; the next connection starts it.",
    advice: "",
  },
  {
    text: "{name} stays awake: /proc/net does not show who is connected to it",
    level: "warn",
    meaning: "`idle_timeout` has no effect here.",
    advice: "Mount /proc with the container's network namespace.",
  },
  {
    text:
      "{name} was started {n} times in {n} s on demand and ended each time: the next connection waits",
    level: "warn",
    meaning: "It ends before it serves.",
    advice: "Read its own lines.",
  },
  {
    text: "{name}: streams of more than {n} processes that have ended are still open",
    level: "warn",
    meaning: "Other processes hold them, each time others; the oldest are read no longer.",
    advice: "Have what outlives its job write to a file, or to `/dev/log`.",
  },
  {
    text: "{hook} of {name} cannot be started: {why}",
    level: "warn",
    meaning: "The hook did not run; the service goes on.",
    advice: "Mend the command.",
  },
  {
    text: "{hook} of {name} {exit}",
    level: "warn",
    meaning: "The hook failed; the service goes on.",
    advice: "The hook's own lines say more.",
  },
  {
    text: "{hook} of {name} is still running after {n} s: killed",
    level: "warn",
    meaning: "It had run for `hook_timeout`; at the container's end it gets less.",
    advice: "A longer `hook_timeout`, or a shorter hook.",
  },
];
