/** What chaperone says at info and above of what starts and restarts services. */
import type { Message } from "./message.ts";

/** Jobs, sockets, watched files, restarts of several, alerts. */
export const TRIGGER_MESSAGES: readonly Message[] = [
  {
    text: "{name} is scheduled: {interval}",
    level: "info",
    meaning: "Said once, when it is ready to run.",
    advice: "",
  },
  {
    text: "{name} runs: {command}",
    level: "info",
    meaning: "A job is started.",
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
    text: "{name} is still running after {n} s, which run_timeout ends",
    level: "warn",
    meaning: "A job took longer than it may, and is ended.",
    advice: "A longer `run_timeout`, or a quicker job.",
  },
  {
    text: "{what}; it is tried again in {time} ({left})",
    level: "info",
    meaning: "A job failed, and `retries` are left.",
    advice: "",
  },
  {
    text: "{name} {exit} (pid {pid})",
    level: "err",
    meaning: "A job, or the process of a connection, failed.",
    advice: "`telchap runs NAME`.",
  },
  {
    text: "{name}: catch_up has no effect, there is no state_dir to remember runs in",
    level: "warn",
    meaning: "What was due while the container was down is not made up for.",
    advice: "Set `state_dir`.",
  },
  {
    text: "{name} on_failure cannot be started: {why}",
    level: "warn",
    meaning: "The job failed, and so did its hook.",
    advice: "Mend the command.",
  },
  {
    text: "nothing runs now; the container stays up for what is scheduled or listens: {names}",
    level: "warn",
    meaning: "Nothing else runs any more; the container stays for its jobs.",
    advice: "",
  },
  {
    text: "{name} is listening on {place}",
    level: "info",
    meaning: "Each connection starts a process of it.",
    advice: "",
  },
  {
    text: "{name} is listening on {place}, starts with the first connection",
    level: "info",
    meaning: "`on_demand` is in force.",
    advice: "",
  },
  {
    text: "{name} cannot accept on {place}: {why}",
    level: "warn",
    meaning: "Descriptors or memory are short; it is tried again.",
    advice: "Raise the limit of open files.",
  },
  {
    text: "{name} cannot serve a connection on {place}: {why}",
    level: "err",
    meaning: "The connection was closed without an answer.",
    advice: "Read the reason; the next one is tried again.",
  },
  {
    text: "{socket} {path} was removed, it is opened again",
    level: "warn",
    meaning: "Somebody deleted the socket's file.",
    advice: "",
  },
  {
    text: "another program has put its own in the place of {socket} {path}",
    level: "warn",
    meaning: "Whoever connects there reaches that program.",
    advice: "Find out which; chaperone takes nothing away that is not its own.",
  },
  {
    text: "watches {n} {files}",
    level: "info",
    meaning: "`watch` is in force.",
    advice: "",
  },
  {
    text: "does not watch all files: {why}",
    level: "warn",
    meaning: "Some are out of reach or too many.",
    advice: "Name fewer, or set `watch_poll`.",
  },
  {
    text: "watched files cannot be looked at yet: {why}",
    level: "warn",
    meaning: "It is tried again.",
    advice: "",
  },
  {
    text: "watched files cannot be looked at: {why}",
    level: "warn",
    meaning: "It is tried again after `watch_poll`.",
    advice: "Mend what the text names.",
  },
  {
    text: "{name}: {why}: {action}",
    level: "notice",
    meaning: "A watched file changed, and this is done about it.",
    advice: "",
  },
  {
    text: "{name} is recycled: {why}",
    level: "notice",
    meaning: "It exceeded what `recycle` allows, and is restarted.",
    advice: "",
  },
  {
    text: "{names} restarted first, and must stay ready for {n} s before the others are",
    level: "info",
    meaning: "`canary` is in force.",
    advice: "",
  },
  {
    text: "{names} goes back to what it was: {why}",
    level: "warn",
    meaning: "One of several did not become ready, and `apply` takes back what it had changed.",
    advice: "Mend what the text names, and apply again.",
  },
  {
    text: "{name} has no process that could be signalled",
    level: "err",
    meaning: "The action of `watch` found the service down.",
    advice: "",
  },
  {
    text: "run of {name} for a change {problem}",
    level: "err",
    meaning: "The command of `watch` did not run, or failed.",
    advice: "Its own lines say more.",
  },
  {
    text: "{name}: {what}: {why}",
    level: "warn",
    meaning: "An alert could not be sent, or is left out.",
    advice: "Look at the receiver; `telchap alert test NAME` sends one.",
  },
];
