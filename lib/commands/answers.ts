/**
 * What the commands of telchap answer with `--json`: one table, from which the types of the answers
 * come, that the daemon is checked against, and the schema in docs. A command without a row, or an
 * answer that is not as its row says, does not compile.
 */
import type { ControlCommandName } from "./telchap_commands.ts";
import {
  anything,
  fields,
  flag,
  list,
  nullable,
  number,
  oneOf,
  optional,
  type Shape,
  text,
  type ValueOf,
  words,
} from "./answer_shapes.ts";

const PHASE = words(
  [
    "down",
    "waiting",
    "launching",
    "starting",
    "up",
    "armed",
    "stopping",
    "backoff",
    "finishing",
    "done",
    "failed",
  ],
  "Where it is in its life.",
);

const STATUS_SERVICE = fields({
  name: text("Its name, with .service."),
  pid: nullable(number("Its main process, or the last one.")),
  enabled: flag(),
  status: text("The word of chaperone 0.3.9; `ready` in it means stopped."),
  note: nullable(text("What it tells of itself.")),
  phase: PHASE,
  state: text("The word for people."),
  launched: flag("By telchap: it is not configured."),
  kept: flag("It is launched again whenever the container starts."),
  sinceSecs: number("How long it has been in this phase."),
  restarts: number("All since chaperone began."),
  health: nullable(words(["healthy", "unhealthy"], "Null: not known, or no probe.")),
});

const PROCESS = fields({
  pid: number(),
  parent: number(),
  depth: number("How far below the topmost process of its service."),
  memoryBytes: number(),
  cpuMs: number(),
  command: text(),
});

const EXPLANATION = {
  service: text(),
  type: text("simple, oneshot, forking, notify, cron, inetd."),
  enabled: flag(),
  disabledBecause: nullable(text("Where nobody asked for it.")),
  status: text("The word of chaperone 0.3.9."),
  state: text("The word for people."),
  launched: flag("By telchap: it is not configured."),
  kept: flag("It is launched again whenever the container starts."),
  phase: PHASE,
  sinceSecs: number(),
  pid: nullable(number()),
  waitsFor: list(text()),
  roll: nullable(text("How far the restart of its instances is, while there is one.")),
  staysDown: nullable(text("What it requires and is not there; it starts once that is.")),
  failure: nullable(text()),
  errno: nullable(number()),
  reportedErrno: nullable(number("That the service itself gave as its reason.")),
  lastExit: nullable(text()),
  ranSecs: nullable(number("How long the process ran that ended so.")),
  isOthersSignal: flag("A signal ended it that chaperone had no reason to send."),
  lastOrder: nullable(fields({
    what: text("What was last asked of it, or done to it."),
    by: text(),
    at: text("ISO 8601."),
  })),
  restartsUsed: number(),
  restartsLeft: nullable(number("Null: no limit, or no restarts at all.")),
  restartsTotal: number(),
  restartPolicy: text(),
  gaveUp: nullable(text()),
  nextAttemptSecs: nullable(number()),
  nextRun: nullable(text("ISO 8601.")),
  outlook: text("What a further abnormal exit would lead to."),
  readyProbe: nullable(text()),
  healthProbe: nullable(text()),
  health: nullable(words(["healthy", "unhealthy"])),
  note: nullable(text()),
  lastLines: list(text()),
};

const ORDER = fields({
  services: list(text("Those that it acted on.")),
  answer: text("The sentence for people."),
  unchanged: list(fields({ services: list(text()), why: text("What they were already.") })),
  notes: list(text()),
});

const CONDITION = words(["started", "ready", "completed"], "Absent: it has to be started.");

const DEPENDENCIES = fields({
  services: list(fields({
    name: text(),
    after: list(
      fields({ name: text(), condition: optional(CONDITION) }),
    ),
  })),
});

const BLAME_ENTRY = fields({
  name: text(),
  tookMs: number("From the launch until it counted as started."),
  readyAfterMs: number("From the beginning of the start-up until then."),
});

const SECTION_CHANGE = words(["added", "removed", "changed"]);

const CHANGES = {
  services: list(fields({
    name: text(),
    change: SECTION_CHANGE,
    action: words(["start", "stop", "restart", "update", "none"]),
    directives: list(text()),
    variables: list(text()),
  })),
  loggings: list(fields({ name: text(), change: SECTION_CHANGE, directives: list(text()) })),
  alerts: list(fields({ name: text(), change: SECTION_CHANGE, directives: list(text()) })),
  settings: list(text()),
  unchanged: number("How many services are as before."),
  notices: list(text()),
  obstacles: list(text("Why it would be refused.")),
};

const POSITION = fields({ file: text(), line: number(), column: number() });

const EXIT = oneOf(
  fields({ kind: words(["exited"]), code: number() }),
  fields({
    kind: words(["signaled"]),
    signal: number(),
    coreDumped: flag(),
    outOfMemory: optional(flag()),
  }),
);

const SANDBOX_LISTS = fields({
  read: optional(list(text("A path, with all below it."))),
  write: optional(list(text())),
  execute: optional(list(text())),
  connect: optional(list(number("A TCP port."))),
  bind: optional(list(number())),
  scope: optional(list(words(["signals", "abstract_sockets"]))),
});

const AUDIT = fields({
  services: list(fields({
    service: text(),
    pid: nullable(
      number("The process that was looked at; null: told from the configuration alone."),
    ),
    uid: number(),
    userName: optional(text()),
    groups: list(number()),
    capabilities: nullable(list(text("Null: those that the container gives to root."))),
    noNewPrivs: flag(),
    filter: words(["none", "container", "own"], "Whose filter of system calls is in force."),
    syscalls: optional(text("What that of its own refuses.")),
    sandbox: nullable(SANDBOX_LISTS),
    lacking: list(text("What the kernel cannot restrict of it.")),
    ports: list(number("A TCP port that it listens on, or that is opened for it.")),
    writable: nullable(list(text("Null: wherever its user may write, which is not known."))),
    secrets: list(text("A variable that holds a secret.")),
    handed: list(text("A secret that it is handed in memory.")),
    neighbours: list(text("Another service of its user.")),
    grade: words(["A", "B", "C", "D", "E", "F"]),
    points: number("0: nothing was found."),
    weaknesses: list(words([
      "root",
      "capabilities",
      "gains",
      "files",
      "ports",
      "processes",
      "calls",
      "secrets",
      "neighbours",
      "kernel",
    ])),
    better: list(fields({
      remedy: text("As it can be written, or done."),
      reason: text(),
      points: number("How many it would take away."),
    })),
  })),
});

/** The answer of `status` where it names no service. */
export const OVERVIEW = fields({
  version: text(),
  uptimeSecs: number("Since chaperone began to start services."),
  ready: flag("The container as a whole."),
  readiness: text("`ready`, or in words why it is not."),
  stateDir: nullable(text("Where this life is recorded; null: nowhere.")),
  services: list(STATUS_SERVICE),
});

/** The commands that have `--json`. */
type Answering = Exclude<ControlCommandName, "exec"> | "check";

/** By command. With `logs`, `events` and everything under `-f`, each line is such a value. */
export const ANSWERS = {
  status: oneOf(
    OVERVIEW,
    fields({
      services: list(fields({
        ...EXPLANATION,
        memoryBytes: number(),
        cpuMs: number(),
        processes: list(PROCESS),
      })),
    }),
  ),
  loglevel: fields({ level: nullable(text("Null: none is forced.")) }),
  stop: ORDER,
  start: ORDER,
  reset: ORDER,
  enable: ORDER,
  disable: ORDER,
  dependencies: DEPENDENCIES,
  shutdown: oneOf(fields({ delaySecs: number() }), fields({ canceled: flag() })),
  restart: ORDER,
  reload: ORDER,
  run: oneOf(
    fields({ service: text(), queued: flag("It runs once its present run has ended.") }),
    fields({ service: text(), normal: flag(), exitCode: number(), text: text() }),
  ),
  signal: ORDER,
  wait: oneOf(
    fields({
      reached: flag(),
      state: words(["ready", "healthy", "completed", "stopped"]),
      left: optional(list(text("What is not so, and why."))),
    }),
    fields({
      reached: flag(),
      line: nullable(text("For `log=`: the line that matched; null: there was none in time.")),
    }),
  ),
  logs: fields({
    service: text(),
    wallMs: number("Milliseconds since 1970."),
    pid: number(),
    stream: words(["stdout", "stderr", "chaperone"]),
    text: text(),
  }),
  events: fields({
    wallMs: number("Milliseconds since 1970."),
    service: text(),
    from: PHASE,
    to: PHASE,
    detail: text("May be empty."),
  }),
  runs: list(fields({
    service: text(),
    runs: list(fields({
      serial: number(),
      dueWallMs: optional(number("When it was due, where the schedule says so.")),
      caughtUp: optional(flag("It makes up for a missed one.")),
      startWallMs: number(),
      endWallMs: optional(number()),
      durationMs: optional(number()),
      exit: optional(EXIT),
      normal: optional(flag()),
      cause: optional(words(["timeout", "overlap", "stop"])),
      asked: optional(flag("Somebody asked for it; the schedule did not.")),
      former: optional(
        flag("It was of an earlier life of the container; without an exit it ended with that."),
      ),
    })),
    started: number(),
    asked: number(),
    failed: number(),
    caughtUp: number("Runs that made up for missed ones."),
    missed: number(),
    skipped: number(),
    nextWallMs: nullable(number()),
  })),
  "post-mortem": fields({
    life: text("Its name in the records."),
    from: text("ISO 8601."),
    to: text("ISO 8601."),
    exitCode: nullable(number("Null: it broke off, or goes on.")),
    reason: nullable(text()),
    isComplete: flag("Its beginning is still there."),
    states: list(fields({ service: text(), state: text(), since: text(), detail: text() })),
    records: list(anything("What was recorded: `at`, `kind`, and what that kind says.")),
    damaged: number("How many records cannot be read."),
    foreign: number("How many records are of another version."),
  }),
  alert: oneOf(
    fields({
      alerts: list(fields({
        name: text(),
        enabled: flag(),
        sent: number(),
        failed: number("Attempts that failed."),
        waiting: number(),
        dropped: number("Messages that were given up."),
        suppressed: number("Events without a message: told lately, or too many at once."),
      })),
    }),
    fields({ alert: text(), delivered: flag() }),
  ),
  why: fields(EXPLANATION),
  show: fields({
    services: list(fields({
      service: text(),
      type: text(),
      command: text(),
      directives: list(fields({
        name: text(),
        value: text(),
        from: words(["service", "defaults", "settings", "default", "command line"]),
        position: optional(POSITION),
      })),
    })),
  }),
  tree: fields({
    version: text(),
    uptimeSecs: number(),
    readiness: text("`ready`, or why the container is not."),
    services: list(fields({
      name: nullable(text("Null: processes that belong to no service.")),
      sinceSecs: nullable(number("How long it has been in its state.")),
      restarts: number(),
      status: text(),
      state: text(),
      memoryBytes: number(),
      cpuMs: number(),
      processes: list(PROCESS),
    })),
  }),
  graph: DEPENDENCIES,
  blame: fields({
    totalMs: number("Until the last service was started."),
    entries: list(BLAME_ENTRY),
    criticalPath: list(BLAME_ENTRY),
  }),
  audit: AUDIT,
  diff: fields(CHANGES),
  apply: fields({ applied: flag(), ...CHANGES }),
  reexec: fields({ last: text("How the last time went.") }),
  check: oneOf(
    fields({
      ok: flag("There is no error."),
      findings: list(fields({
        level: words(["error", "warning", "note"]),
        rule: text(),
        message: text(),
        position: optional(POSITION),
      })),
    }),
    AUDIT,
  ),
  launch: ORDER,
  forget: ORDER,
  names: fields({ services: list(text()), groups: list(text()) }),
} as const satisfies { readonly [Name in Answering]: Shape };

/** What any command answers that is refused or has failed; its exit status is not 0 then. */
export const REFUSAL = fields({ error: text("As people read it.") });

/** The answer of a command. */
export type AnswerOf<Name extends keyof typeof ANSWERS> = ValueOf<(typeof ANSWERS)[Name]>;
