/** What chaperone says at info and above: of the container, and all of it. */
import type { Message } from "./message.ts";
import { SERVICE_MESSAGES } from "./service_messages.ts";
import { TRIGGER_MESSAGES } from "./trigger_messages.ts";

const START: readonly Message[] = [
  {
    text: "chaperone version {version}, ready.",
    level: "info",
    meaning: "The configuration is loaded; services are started next.",
    advice: "",
  },
  {
    text: "chaperone is process {n}, not 1: it reaps and signals only what its own",
    level: "warn",
    meaning: "Something else is process 1: `docker run --init`, a shell, a pod's pause.",
    advice: "See places.md. Leave out `--init`, or end the shell's command with `exec`.",
  },
  {
    text: "the kernel does not hand orphaned processes to chaperone",
    level: "warn",
    meaning: "It is not process 1 and may not become a subreaper: orphans go to whoever is.",
    advice: "Leave out `--init` of the engine, or make chaperone its own process 1.",
  },
  {
    text: "exit 1: {problem}",
    level: "err",
    meaning: "The configuration cannot be put to work: a log file, a selector, a host.",
    advice: "Mend what the text names; `telchap check` finds it before.",
  },
  {
    text: "all logging sections take level {level} and worse",
    level: "info",
    meaning: "`--log-level` or `--debug` is in force.",
    advice: "",
  },
  {
    text: "a service that fails does not end the container (--ignore-failures)",
    level: "warn",
    meaning: "Failures at the start end nothing.",
    advice: "",
  },
  {
    text: "no configured service is started (--disable-services)",
    level: "warn",
    meaning: "Only the command of the command line runs.",
    advice: "",
  },
  {
    text: "{path} takes what programs log",
    level: "info",
    meaning: "syslog(3) and logger(1) find chaperone there.",
    advice: "",
  },
  {
    text: "what programs log by syslog(3) is lost: {why}",
    level: "warn",
    meaning: "Programs cannot log to /dev/log; all else works.",
    advice: "`enable_syslog: false` where nobody needs it.",
  },
  {
    text: "{why}; programs that log must be told to use {path}",
    level: "warn",
    meaning: "/dev cannot be written, so the socket is in the run directory.",
    advice: "Point the program there, or give the container a /dev that can be written.",
  },
  {
    text: "control socket is {path}: {why}",
    level: "warn",
    meaning: "/dev cannot be written, so the socket is in the run directory.",
    advice: "Nothing: telchap finds it there.",
  },
  {
    text: "control socket cannot be opened, telchap will not work: {why}",
    level: "warn",
    meaning: "Neither /dev nor the run directory can be written.",
    advice: "Make one of them writable, or set `run_dir`.",
  },
  {
    text: "control socket cannot be given to control_uid {uid}",
    level: "warn",
    meaning: "chaperone may not change its owner.",
    advice: "Run chaperone as root, or as that user.",
  },
  {
    text: "status server listens on {place}",
    level: "info",
    meaning: "`http` is in force.",
    advice: "",
  },
  {
    text: "status server: nobody can sign in by the token of http_control: {why}",
    level: "warn",
    meaning: "The file of the token cannot be read, or others may write it.",
    advice: "Mend what the text names; it is read again at each attempt.",
  },
  {
    text: "status server cannot listen on {place}: {why}",
    level: "err",
    meaning: "The port is in use, or may not be had. Services run all the same.",
    advice: "Another port, or CAP_NET_BIND_SERVICE for one below 1024.",
  },
];

const OPERATION_AND_END: readonly Message[] = [
  {
    text: "telchap: {who} may not do '{command}', it was refused",
    level: "warn",
    meaning: "A user without the right asked.",
    advice: "`control_uid`, `control_gid`, `control_mode` give the right.",
  },
  {
    text: "configuration applied: {summary}",
    level: "info",
    meaning: "`telchap apply` has put another configuration in force.",
    advice: "",
  },
  {
    text: "configuration not applied: {why}; {state}",
    level: "err",
    meaning: "A service of the new configuration did not start, and the former one is in force.",
    advice: "Mend what the text names, and apply again.",
  },
  {
    text: "user {uid} has launched {name}: {program}",
    level: "info",
    meaning: "`telchap launch` made a service.",
    advice: "",
  },
  {
    text: "{name} launched again, which user {uid} has had kept",
    level: "info",
    meaning: "`launch --keep` of a former life.",
    advice: "",
  },
  {
    text: "{name}, kept by telchap launch, is not launched: {why} ({remedy})",
    level: "warn",
    meaning: "It could not be launched in this life.",
    advice: "As the text says.",
  },
  {
    text: "{name} is configured now: what telchap launch --keep kept of it is forgotten",
    level: "warn",
    meaning: "A file has a service of that name, which counts.",
    advice: "",
  },
  {
    text: "launched with --keep, but the settings say launch: false now: {names}",
    level: "warn",
    meaning: "They are not launched.",
    advice: "",
  },
  {
    text: "what was launched with --keep is not launched again: {why}",
    level: "warn",
    meaning: "What is kept could not be read.",
    advice: "",
  },
  {
    text: "user {uid} runs {program} as {name} by telchap exec",
    level: "info",
    meaning: "Somebody works as that service.",
    advice: "",
  },
  {
    text: "{signal} was received: {command}",
    level: "info",
    meaning: "`signals` in `settings` gave it this meaning.",
    advice: "",
  },
  {
    text: "{signal} was received, but {problem}",
    level: "warn",
    meaning: "What `signals` asks for cannot be done.",
    advice: "Mend `signals`.",
  },
  {
    text: "{command} by {signal}: {problem}",
    level: "warn",
    meaning: "The command that `signals` names failed.",
    advice: "As the text says.",
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
  {
    text: "removed {path}: log files have reached log_disk_max",
    level: "info",
    meaning: "The oldest rotated file made room for the others.",
    advice: "",
  },
  {
    text: "the recorder cannot write, and loses what happens until it can: {why}",
    level: "warn",
    meaning: "The disk of `state_dir` is full, or gone. Services do not notice.",
    advice: "Make room.",
  },
  {
    text: "chaperone cannot re-execute itself: {why}",
    level: "err",
    meaning: "Everything goes on as before.",
    advice: "As the text says; the binary may be gone or another program.",
  },
  {
    text: "internal error, {what}: {trace}",
    level: "err",
    meaning: "A mistake of chaperone's own; services go on.",
    advice: "Please report it with its trace.",
  },
  {
    text: "{name}: internal error at '{event}': {trace}",
    level: "err",
    meaning: "A mistake of chaperone's own, within one service.",
    advice: "Please report it with its trace.",
  },
  {
    text: "internal error at '{path}' of the status server: {trace}",
    level: "err",
    meaning: "A mistake of chaperone's own, for one request.",
    advice: "Please report it with its trace.",
  },
  {
    text: "internal error in a command: {trace}",
    level: "err",
    meaning: "A mistake of chaperone's own, for one command of telchap.",
    advice: "Please report it with its trace.",
  },
];

/** In the order of a container's life: its start, its services, what is asked of it, its end. */
export const MESSAGES: readonly Message[] = [
  ...START,
  ...SERVICE_MESSAGES,
  ...TRIGGER_MESSAGES,
  ...OPERATION_AND_END,
];
