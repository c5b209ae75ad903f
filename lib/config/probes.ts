/** What `ready` and `health` of a service section say. */
import { FORMATS, numberBetween, type TextFormat } from "./directive.ts";
import type { Environment } from "./environment/environment.ts";
import type { HealthProbe, Probe, ReadyProbe } from "./model.ts";
import { parseDuration } from "../base/duration.ts";
import { present } from "./present.ts";
import type { Section } from "./section.ts";
import {
  absolutePath,
  isHttpUrl,
  parseHostPort,
  parsePositiveDuration,
  parseRegExp,
  parseWhole,
} from "./values.ts";

const READY_INTERVAL_MS = 500;
const HEALTH_INTERVAL_MS = 10_000;
const HEALTH_TIMEOUT_MS = 5_000;
const HEALTH_RETRIES = 3;

const READY_KINDS = ["exec", "http", "tcp", "listen", "file", "log", "fd"] as const;
const HEALTH_KINDS = ["exec", "http", "tcp"] as const;
const RETRIES_MAX = 1_000_000;
const ACTIONS = ["restart", "shutdown", "none"] as const;
const PORT_MAX = 65535;
/** What may be a descriptor of a service beyond its streams. */
const [FD_LOWEST, FD_HIGHEST] = [3, 1023];

/** What each field must look like. */
const FIELD_FORMATS = {
  exec: FORMATS.command,
  http: FORMATS.webUrl,
  tcp: { expected: "HOST:PORT, or a port of this host", example: "127.0.0.1:5432" },
  listen: numberBetween("a port", { from: 1, to: PORT_MAX, example: "8080" }),
  file: FORMATS.path,
  log: { expected: "a regular expression", example: '"^listening"' },
  fd: numberBetween("a descriptor", { from: FD_LOWEST, to: FD_HIGHEST, example: "3" }),
  interval: FORMATS.positiveDuration,
  timeout: FORMATS.positiveDuration,
  retries: numberBetween("a whole number", { from: 1, to: RETRIES_MAX, example: "3" }),
  start_period: FORMATS.duration,
  action: { expected: `one of ${ACTIONS.join(", ")}`, example: "none" },
} as const satisfies Readonly<Record<string, TextFormat>>;

type FieldName = keyof typeof FIELD_FORMATS;

/** Reads `ready`. */
export function readReady(section: Section, environment: Environment): ReadyProbe | undefined {
  const fields = Fields.read(section, "ready", environment);
  if (fields === undefined) return undefined;
  const probe = fields.probe(READY_KINDS);
  const intervalMs = fields.value("interval", READY_INTERVAL_MS, parsePositiveDuration);
  const timeoutMs = fields.value("timeout", undefined, parsePositiveDuration);
  if (!fields.isComplete() || probe === undefined) return undefined;
  return present<ReadyProbe>({ probe, intervalMs, timeoutMs });
}

/** Reads `health`. */
export function readHealth(section: Section, environment: Environment): HealthProbe | undefined {
  const fields = Fields.read(section, "health", environment);
  if (fields === undefined) return undefined;
  const probe = fields.probe(HEALTH_KINDS);
  const rest = {
    intervalMs: fields.value("interval", HEALTH_INTERVAL_MS, parsePositiveDuration),
    timeoutMs: fields.value("timeout", HEALTH_TIMEOUT_MS, parsePositiveDuration),
    retries: fields.value("retries", HEALTH_RETRIES, (text) => parseWhole(text, 1, RETRIES_MAX)),
    startPeriodMs: fields.value("start_period", 0, parseDuration),
    action: fields.value("action", "restart", (text) => ACTIONS.find((word) => word === text)),
  };
  return fields.isComplete() && probe !== undefined ? { probe, ...rest } : undefined;
}

type ProbeDirective = "ready" | "health";
type Field = string | readonly string[];
type ProbeKind = (typeof READY_KINDS)[number];

/** The fields of one probe; those that are never asked for are wrong. */
class Fields {
  readonly #section: Section;
  readonly #name: ProbeDirective;
  readonly #left: Map<string, Field>;
  #sound = true;

  private constructor(section: Section, name: ProbeDirective, fields: ReadonlyMap<string, Field>) {
    this.#section = section;
    this.#name = name;
    this.#left = new Map(fields);
  }

  static read(
    section: Section,
    name: ProbeDirective,
    environment: Environment,
  ): Fields | undefined {
    const fields = section.fields(name, environment);
    return fields && new Fields(section, name, fields);
  }

  /** Reads the one field that says what is probed. */
  probe(kinds: readonly ProbeKind[]): Probe | undefined {
    const [kind, ...others] = kinds.filter((name) => this.#left.has(name));
    if (kind === undefined || others.length > 0) {
      this.#sound = false;
      const named = [kind, ...others].join(" and ");
      this.#section.refuse(this.#name, named === "" ? "says nothing to probe" : `says ${named}`);
      for (const name of kinds) this.#left.delete(name);
      return undefined;
    }
    const field = this.#left.get(kind) ?? "";
    this.#left.delete(kind);
    const probe = kind === "exec"
      ? this.#exec(field)
      : typeof field === "string"
      ? parseProbe(kind, field)
      : undefined;
    if (probe === undefined && this.#sound) this.#refuse(kind, field);
    return probe;
  }

  value<T, F extends T | undefined>(
    name: FieldName,
    fallback: F,
    parse: (text: string) => T | undefined,
  ): T | F {
    const field = this.#left.get(name);
    this.#left.delete(name);
    if (field === undefined) return fallback;
    const value = typeof field === "string" ? parse(field) : undefined;
    if (value === undefined) this.#refuse(name, field);
    return value ?? fallback;
  }

  /** Reports fields that nobody asked for; true where nothing was wrong. */
  isComplete(): boolean {
    for (const word of this.#left.keys()) {
      this.#sound = false;
      this.#section.refuse(this.#name, `has an unknown '${word}'`);
    }
    return this.#sound;
  }

  #exec(field: Field): Probe | undefined {
    const argv = typeof field === "string" ? this.#section.split(this.#name, field) : field;
    // What cannot be split has been told.
    if (argv === undefined) this.#sound = false;
    return argv === undefined || argv.length === 0 ? undefined : { kind: "exec", argv };
  }

  #refuse(name: FieldName, field: Field): void {
    this.#sound = false;
    const format = FIELD_FORMATS[name];
    this.#section.unexpectedAs(this.#name, String(field), { format, field: name });
  }
}

function parseProbe(kind: Exclude<ProbeKind, "exec">, text: string): Probe | undefined {
  switch (kind) {
    case "http":
      return isHttpUrl(text) ? { kind, url: text } : undefined;
    case "tcp": {
      const address = parseHostPort(text.replace(/^tcp:\/\//, ""), "127.0.0.1");
      return address && { kind, ...address };
    }
    case "listen": {
      const port = parseWhole(text, 1, PORT_MAX);
      return port === undefined ? undefined : { kind, port };
    }
    case "file": {
      const path = absolutePath(text);
      return path === undefined ? undefined : { kind, path };
    }
    case "log":
      return isPattern(text) ? { kind, pattern: text } : undefined;
    case "fd": {
      const fd = parseReadyFd(text);
      return fd === undefined ? undefined : { kind, fd };
    }
  }
}

/** Reads the descriptor on which a service says that it is ready. */
export function parseReadyFd(text: string): number | undefined {
  return parseWhole(text, FD_LOWEST, FD_HIGHEST);
}

function isPattern(text: string): boolean {
  return text !== "" && parseRegExp(text) !== undefined;
}
