/** From unit files of systemd: services, and the timers and sockets that start them. */
import { parseExitMatch } from "../config/values.ts";
import {
  type Draft,
  type DraftSection,
  quoteForShell,
  sectionName,
  shellCommand,
} from "./draft.ts";
import {
  formatUnitCommand,
  formatUnitCommands,
  parseTimeSpan,
  parseUnitCommand,
} from "./systemd_command.ts";
import { importExecution } from "./systemd_execution.ts";
import { signalText, wholeNumber } from "./shared_values.ts";
import { importSocket, importTimer } from "./systemd_triggers.ts";
import { readUnit, type Unit, type UnitFile, type UnitSettings } from "./systemd_unit.ts";

/** Converts unit files, all at once since they refer to each other, into services of `draft`. */
export function importSystemd(files: readonly UnitFile[], draft: Draft): void {
  const units = files.map(readUnit);
  draft.remark(
    "systemd goes on when a service cannot start; here the container ends, unless the service says " +
      "ignore_failures: true. A stop may take 90 s there without " +
      "TimeoutStopSec=; here what shutdown_timeout leaves.",
  );
  const known = new Set(units.map(({ name }) => name.full));
  const services = new Map<string, DraftSection>();
  for (const unit of units.filter(({ name }) => name.full.endsWith(".service"))) {
    services.set(unit.name.full, new ServiceImport(unit, known, draft).run());
  }
  for (const unit of units) {
    if (unit.name.full.endsWith(".timer")) importTimer(unit, services, draft);
    else if (unit.name.full.endsWith(".socket")) importSocket(unit, services, draft);
    else if (!unit.name.full.endsWith(".service")) {
      draft.remark(`No counterpart: ${unit.name.full}`);
    }
    if (unit.name.full.endsWith(".service")) continue;
    for (const text of [...unit.lost, ...unit.own.refused]) draft.remark(`Not understood: ${text}`);
  }
}

const TYPES: Readonly<Record<string, string>> = {
  simple: "simple",
  exec: "simple",
  idle: "simple",
  dbus: "simple",
  oneshot: "oneshot",
  forking: "forking",
  notify: "notify",
  "notify-reload": "notify",
};

/** What the commands before a start share with the service. */
const SHARED = ["directory", "env_set", "env_file", "env_unset", "umask"] as const;
const ACCOUNT = ["uid", "gid", "groups"] as const;

/** What says nothing in a container, where there is one system and no boot. */
const IGNORED_UNIT = new RegExp(
  "^(?:Description|Documentation|DefaultDependencies|Wants|Requires|BindsTo|PartOf|Conflicts|" +
    "After|Before|SourcePath|RequiresMountsFor)=",
);

/** Wants= without After= only pulls in what starts here anyway. */
const EDGES = {
  Requires: "requires",
  Requisite: "requires",
  BindsTo: "requires",
  Wants: "wants",
  PartOf: "follows",
} as const;

/** What keeps a service from the rest of the system, see systemd.exec(5), SANDBOXING. */
const ISOLATING = new RegExp(
  "^(?:Private|Protect|Restrict|SystemCall|ReadWrite|ReadOnly|Inaccessible|Capability|Ambient|" +
    "Device|IPAddress|NoExec|ExecPaths|NoNewPriv|LockPers|MemoryDeny|RemoveIPC|Keyring|ProcSubset)",
);

class ServiceImport {
  readonly #unit: Unit;
  readonly #known: ReadonlySet<string>;
  readonly #draft: Draft;
  readonly #service: DraftSection;
  /** What has to be done before the next command that comes before the start. */
  #previous: DraftSection | undefined;

  constructor(unit: Unit, known: ReadonlySet<string>, draft: Draft) {
    this.#unit = unit;
    this.#known = known;
    this.#draft = draft;
    this.#service = draft.service(unit.name.stem);
  }

  run(): DraftSection {
    const { unit, own } = this.#unit;
    const service = this.#service;
    const description = unit.last("Description");
    if (description !== undefined) service.remark(description);
    this.#importType();
    this.#importCommands();
    this.#importOrder();
    importRestart(own, unit, service);
    importStop(own, service);
    importExecution(own, service);
    this.#importDirectories();
    this.#importCommandsBefore();
    if (this.#unit.name.stem.endsWith("@")) {
      service.remark("A template: convert a copy that is called NAME@INSTANCE.service.");
    }
    this.#remarkRest();
    return service;
  }

  #remarkRest(): void {
    const { unit, own } = this.#unit;
    for (const text of [...this.#unit.lost, ...unit.refused, ...own.refused]) {
      this.#service.remark(`Not understood: ${text}`);
    }
    for (const unknown of own.unknownSpecifiers) {
      this.#service.remark(`Not understood: ${unknown}; write what it stands for.`);
    }
    const rest = [...unit.rest.filter((line) => !IGNORED_UNIT.test(line)), ...own.rest];
    const isolating = rest.filter((line) => ISOLATING.test(line));
    for (const text of rest) {
      if (!isolating.includes(text)) this.#service.remark(`No counterpart: ${text}`);
    }
    const names = new Set(isolating.map((line) => line.slice(0, line.indexOf("="))));
    if (names.size === 0) return;
    this.#service.remark(
      `No counterpart, isolating is up to the container: ${[...names].join(", ")}`,
    );
  }

  #importType(): void {
    const { own } = this.#unit;
    const type = own.last("Type") ?? "simple";
    const mapped = TYPES[type];
    if (mapped === undefined || type === "dbus") {
      this.#service.remark(`No counterpart: Type=${type}`);
    }
    if (mapped !== undefined && mapped !== "simple") this.#service.set("type", mapped);
    if (type === "notify-reload") this.#service.set("reload_signal", "SIGHUP");
    own.all("RemainAfterExit");
    own.all("BusName");
    own.all("NotifyAccess");
    // A relative one lies in /run.
    this.#service.set("pidfile", own.last("PIDFile")?.replace(/^(?!\/)/, "/run/"));
  }

  #importCommands(): void {
    const { own } = this.#unit;
    const service = this.#service;
    const starts = own.all("ExecStart").map((line) => parseUnitCommand(line, service));
    const [first] = starts;
    if (first === undefined) service.set("command", "/bin/true");
    else if (starts.length === 1) service.set("command", formatUnitCommand(first));
    else service.set("command", formatUnitCommands(starts));
    const after = own.all("ExecStartPost").map((line) => parseUnitCommand(line, service));
    if (after[0] !== undefined) {
      const one = after.length === 1 ? formatUnitCommand(after[0]) : formatUnitCommands(after);
      service.set("on_ready", one);
      service.remark("ExecStartPost= runs when it is ready; nothing waits for it, as on_ready.");
    }
    this.#importReload();
  }

  /** Commands before the start run as the service does, those with `+` or `!` as root. */
  #importCommandsBefore(): void {
    const service = this.#service;
    for (const [index, line] of this.#unit.own.all("ExecStartPre").entries()) {
      const before = this.#draft.service(
        `${this.#unit.name.stem}-pre${index === 0 ? "" : index + 1}`,
      );
      const isPrivileged = /^[-@:|]*[+!]/.test(line);
      const command = parseUnitCommand(isPrivileged ? line.replace(/[+!]+/, "") : line, before);
      before.set("type", "oneshot").set("command", formatUnitCommand(command));
      before.remark(`ExecStartPre of ${service.name}; runs once, not before each restart.`);
      before.set("process_timeout", service.get("process_timeout") ?? START_SECONDS["notify"]);
      for (const directive of isPrivileged ? SHARED : [...SHARED, ...ACCOUNT]) {
        before.set(directive, service.get(directive));
      }
      // Nothing of a unit runs before what it is After=.
      for (const directive of ["after", "requires", "wants", "follows"]) {
        before.set(directive, service.get(directive));
      }
      if (this.#previous !== undefined) before.addName("after", `${this.#previous.name}.service`);
      before.addName("before", `${service.name}.service`);
      this.#previous = before;
    }
  }

  #importReload(): void {
    const reload = lastCommand("ExecReload", this.#unit.own, this.#service);
    if (reload === undefined) return;
    const signal = killedWith(reload);
    if (signal !== undefined) this.#service.set("reload_signal", signal);
    else if (/\$\{?MAINPID/.test(reload)) {
      this.#service.remark(`No counterpart: ExecReload=${reload}`);
    } else {
      const command = parseUnitCommand(reload, this.#service);
      this.#service.set("reload_command", formatUnitCommand(command));
    }
  }

  /** Units that are not converted are not there to wait for. */
  #importOrder(): void {
    const { unit, own } = this.#unit;
    const said = this.#importEdges(unit.all("After"));
    for (const key of ["After", "Before"] as const) {
      const names = (key === "After" ? said.after : unit.all(key))
        .flatMap((value) => value.split(/\s+/));
      for (const name of names) {
        if (!this.#known.has(name) || !name.endsWith(".service")) continue;
        if (key === "After" && said.names.has(name)) continue;
        const directive = key === "After" ? "after" : "before";
        this.#service.addName(directive, `${sectionName(name)}.service`);
      }
      const others = names.filter((name) => name.endsWith(".service") && !this.#known.has(name));
      if (others.length > 0) this.#service.remark(`Not converted here: ${key}=${others.join(" ")}`);
    }
    own.all("Slice");
  }

  /** What says more than After=; returns that, and whom it names, who need not be named again. */
  #importEdges(after: readonly string[]): {
    after: readonly string[];
    names: ReadonlySet<string>;
  } {
    const { unit } = this.#unit;
    const ordered = new Set(after.flatMap((value) => value.split(/\s+/)));
    const names = new Set<string>();
    for (const [key, directive] of Object.entries(EDGES)) {
      for (const name of unit.all(key).flatMap((value) => value.split(/\s+/))) {
        const isOrdered = directive !== "wants" || ordered.has(name);
        if (!this.#known.has(name) || !name.endsWith(".service") || !isOrdered) continue;
        this.#service.addName(directive, `${sectionName(name)}.service`);
        names.add(name);
        if (key === "PartOf") {
          this.#service.remark(`PartOf=${name} also stops it there; here it is only restarted.`);
        }
      }
    }
    return { after, names };
  }

  /** systemd makes these directories before the service starts, and so does a oneshot. */
  #importDirectories(): void {
    const { own, name } = this.#unit;
    const bases = { Runtime: "/run", State: "/var/lib", Cache: "/var/cache", Logs: "/var/log" };
    // By mode: one call of install(1) for each.
    const paths = new Map<string, string[]>();
    for (const [kind, base] of Object.entries(bases)) {
      const names = own.all(`${kind}Directory`).flatMap((value) => value.split(/\s+/));
      const mode = (own.last(`${kind}DirectoryMode`) ?? "0755").padStart(4, "0");
      const found = names.filter(Boolean).map((path) => `${base}/${path}`);
      if (found.length > 0) paths.set(mode, [...paths.get(mode) ?? [], ...found]);
    }
    if (paths.size === 0) return;
    const uid = this.#service.get("uid");
    const gid = this.#service.get("gid");
    const owner = uid === undefined ? "" : ` -o ${uid}${gid === undefined ? "" : ` -g ${gid}`}`;
    const service = this.#draft.service(`${name.stem}-directories`).set("type", "oneshot");
    const commands = [...paths].map(([mode, folders]) =>
      `install -d -m ${mode}${owner} ${folders.map(quoteForShell).join(" ")}`
    );
    const [only = "", ...others] = commands;
    service.set("command", others.length === 0 ? only : shellCommand(commands.join(" && ")));
    service.addName("before", `${this.#service.name}.service`);
    this.#previous = service;
  }
}

/** Returns the last of several commands, which alone has a counterpart; the others are named. */
function lastCommand(
  key: "ExecReload" | "ExecStop",
  own: UnitSettings,
  service: DraftSection,
): string | undefined {
  const lines = own.all(key);
  for (const line of lines.slice(0, -1)) {
    service.remark(`No counterpart: ${key}=${line}, since another one follows`);
  }
  return lines.at(-1);
}

/** Returns the signal of `kill -HUP $MAINPID`. */
function killedWith(command: string): string | undefined {
  const match = /^[-+!:]*(?:\S*\/)?kill\s+(?:-s\s+|-)(?:SIG)?([A-Z0-9]+)\s+"?\$\{?MAINPID\}?"?$/
    .exec(
      command,
    );
  return signalText(match?.[1] ?? "");
}

const RESTART: Readonly<Record<string, "always" | true>> = {
  always: "always",
  "on-success": "always",
  "on-failure": true,
  "on-abnormal": true,
  "on-abort": true,
  "on-watchdog": true,
};

function importRestart(own: UnitSettings, unit: UnitSettings, service: DraftSection): void {
  const known = (text: string) => text === "no" || Object.hasOwn(RESTART, text) ? text : undefined;
  const restart = own.read("Restart", known) ?? "no";
  service.set("restart", RESTART[restart]);
  if (/^on-(?:success|abnormal|abort|watchdog)$/.test(restart)) {
    service.remark(`No exact counterpart: Restart=${restart}`);
  }
  if (RESTART[restart] !== undefined) importStartLimit(own, unit, service);
  const codes = (key: string) => {
    const words = own.all(key).flatMap((value) => value.split(/\s+/));
    const isKnown = (word: string) => parseExitMatch(word) !== undefined;
    for (const word of words.filter((word) => !isKnown(word))) own.refuse(key, word);
    return words.length === 0 ? undefined : words.filter(isKnown);
  };
  service.set("success_codes", codes("SuccessExitStatus"));
  service.set("no_retry_codes", codes("RestartPreventExitStatus"));
}

const START_LIMIT_SECONDS = 10;
const START_LIMIT_BURST = 5;
const RESTART_SECONDS = 0.1;

/**
 * systemd gives up at the start that would be one more than `burst` within `interval`: where a
 * service lives and waits for longer than its share of that, never.
 */
function importStartLimit(own: UnitSettings, unit: UnitSettings, service: DraftSection): void {
  const delay = own.read("RestartSec", parseTimeSpan) ?? RESTART_SECONDS;
  service.set("restart_delay", delay);
  const burst = unit.read("StartLimitBurst", wholeNumber) ??
    own.read("StartLimitBurst", wholeNumber) ??
    START_LIMIT_BURST;
  // Infinity is no limit, as 0 is.
  const span = (text: string) => text === "infinity" ? 0 : parseTimeSpan(text);
  const interval = unit.read("StartLimitIntervalSec", span) ??
    own.read("StartLimitInterval", span) ?? START_LIMIT_SECONDS;
  const share = burst > 0 ? interval / burst : 0;
  if (delay >= share) service.set("restart_limit", 0);
  else {
    service.set("restart_limit", Math.max(burst - 1, 1));
    service.set("restart_window", Math.round((share - delay) * 1000) / 1000);
  }
}

/** How long a start may take by default, see systemd.service(5); 0 is without limit. */
const START_SECONDS: Readonly<Record<string, number>> = { oneshot: 0, notify: 90, forking: 90 };

/** How long a stop may take by default. */
const STOP_SECONDS = 90;

function importStop(own: UnitSettings, service: DraftSection): void {
  const stop = lastCommand("ExecStop", own, service);
  const signal = stop === undefined ? undefined : killedWith(stop);
  service.set("kill_signal", signal ?? own.read("KillSignal", signalText));
  if (stop !== undefined && signal === undefined) {
    if (/\$\{?MAINPID/.test(stop)) service.remark(`No counterpart: ExecStop=${stop}`);
    else service.set("stop_command", formatUnitCommand(parseUnitCommand(stop, service)));
  }
  const after = own.all("ExecStopPost").map((line) => parseUnitCommand(line, service));
  const [only] = after;
  if (only !== undefined) {
    service.set(
      "on_stop",
      after.length === 1 ? formatUnitCommand(only) : formatUnitCommands(after),
    );
  }
  const span = (text: string) => text === "infinity" ? 0 : parseTimeSpan(text);
  const both = own.read("TimeoutSec", span);
  const startSeconds = own.read("TimeoutStartSec", span) ?? both;
  const endSeconds = own.read("TimeoutStopSec", span) ?? both;
  service.set("process_timeout", startSeconds ?? START_SECONDS[String(service.get("type"))]);
  // Without a limit of its own, a service has what is left of shutdown_timeout.
  service.set("stop_timeout", endSeconds || undefined);
  // systemd gives ExecStopPost= as long as a stop.
  if (after.length > 0) service.set("hook_timeout", endSeconds || STOP_SECONDS);
  service.set("watchdog", own.read("WatchdogSec", parseTimeSpan));
  const mode = own.last("KillMode");
  if (mode === "process" || mode === "none") service.remark(`No counterpart: KillMode=${mode}`);
  else if (mode !== undefined && mode !== "mixed" && mode !== "control-group") {
    own.refuse("KillMode", mode);
  }
}
