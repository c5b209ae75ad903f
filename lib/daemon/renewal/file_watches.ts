/**
 * Watches files for services from their first start until they are down, over restarts, and does what
 * `watch` says of a change: once, and only to a process that is older than the change.
 */
import { compileGlob } from "../../config/environment/glob.ts";
import { ExpansionError } from "../../config/environment/expansion.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { WatchAction, WatchRule } from "../../config/renewal_model.ts";
import type { FileLooker, LookRequest, Stamps } from "../../door/file_look.ts";
import type { Os } from "../../door/os.ts";
import { isEnding, isGone, type Phase } from "../../service/life/phase.ts";
import {
  describeAction,
  describeChange,
  ordersFor,
  type RuleChange,
  type WatchOrder,
} from "../../service/renewal/file_changes.ts";
import type { Journal } from "../logging/journal.ts";
import type { Supervisor } from "../services/supervisor.ts";
import type { Renewer } from "./renewer.ts";
import { WatchedService } from "./watched_service.ts";

export interface FileWatchesParts {
  readonly os: Pick<Os, "setTimer" | "nowMs">;
  readonly looker: FileLooker;
  readonly journal: Journal;
  readonly supervisor: Supervisor;
  readonly renewer: Renewer;
}

/** What was seen of a service's files, for another incarnation. */
export interface WatchHandover {
  readonly service: string;
  readonly seen?: readonly Stamps[];
  /** What has changed since its process was started, and is done once it is up. */
  readonly changes?: readonly RuleChange[];
}

interface Entry {
  readonly watched: WatchedService;
  /** Its rules as a text; another text is another watch. */
  readonly key: string;
  changes: readonly RuleChange[];
}

export class FileWatches {
  readonly #parts: FileWatchesParts;
  readonly #entries = new Map<string, Entry>();
  #isEnding = false;

  constructor(parts: FileWatchesParts) {
    this.#parts = parts;
    parts.supervisor.observe((name, _before, after) => this.#changed(name, after));
  }

  /** Looks whether services have other files to watch than before: after `telchap apply`. */
  configure(): void {
    const { supervisor } = this.#parts;
    const names = new Set(supervisor.names());
    for (const [name, { key }] of this.#entries) {
      if (!names.has(name) || keyOf(supervisor.config(name)) !== key) this.#forget(name);
    }
    for (const name of names) this.#changed(name, supervisor.state(name).phase);
  }

  /** The container ends: nothing is done any more. */
  end(): void {
    this.#isEnding = true;
    for (const name of [...this.#entries.keys()]) this.#forget(name);
  }

  handOver(): readonly WatchHandover[] {
    return [...this.#entries].map(([service, { watched: { seen }, changes }]) => ({
      service,
      ...(seen === undefined ? {} : { seen }),
      ...(changes.length === 0 ? {} : { changes }),
    }));
  }

  /** The supervisor has taken over before. What has changed meanwhile is found by a look. */
  takeOver(left: readonly WatchHandover[]): void {
    const known = new Set(this.#parts.supervisor.names());
    for (const { service, seen, changes } of left) {
      if (known.has(service)) this.#watch(service, seen, changes);
    }
  }

  #changed(name: string, phase: Phase): void {
    if (this.#isEnding) return;
    if (isGone(phase)) return this.#forget(name);
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      if (phase.kind !== "waiting" && !isEnding(phase)) this.#watch(name);
      return;
    }
    // The new process reads what is there.
    if (phase.kind === "launching" && phase.pid === undefined) entry.changes = [];
    if (phase.kind === "up" && entry.changes.length > 0) this.#act(name, entry);
  }

  #watch(name: string, seen?: readonly Stamps[], changes: readonly RuleChange[] = []): void {
    const { os, looker, supervisor, journal } = this.#parts;
    const config = supervisor.config(name);
    const { watch, watchDebounceMs: debounceMs, watchPollMs: pollMs, type } = config;
    if (watch === undefined || !LASTING.has(type)) return;
    const watched = new WatchedService({
      ...{ os, looker, debounceMs, pollMs },
      request: () => requestOf(config),
      matches: nameMatcher(watch),
      changed: (found) => this.#found(name, found),
      tell: (level, text) => journal.write({ level, text: `${name} ${text}`, service: name }),
    }, seen);
    this.#entries.set(name, { watched, key: keyOf(config), changes });
    watched.open();
  }

  #forget(name: string): void {
    this.#entries.get(name)?.watched.close();
    this.#entries.delete(name);
  }

  /** A starting service is notified once it is up; one on its way down reads anew anyway. */
  #found(name: string, changes: readonly RuleChange[]): void {
    const entry = this.#entries.get(name);
    const { phase } = this.#parts.supervisor.state(name);
    if (entry === undefined || (phase.kind !== "launching" && !HAS_PROCESS.has(phase.kind))) return;
    entry.changes = [...entry.changes, ...changes];
    if (phase.kind === "up") this.#act(name, entry);
  }

  #act(name: string, entry: Entry): void {
    const { watch = [] } = this.#parts.supervisor.config(name);
    const orders = ordersFor(entry.changes, (rule) => watch[rule]?.action);
    entry.changes = [];
    for (const order of orders) this.#carryOut(name, order);
  }

  #carryOut(name: string, { action, paths }: WatchOrder): void {
    const { journal, renewer } = this.#parts;
    const why = describeChange(paths);
    journal.write({
      level: "notice",
      text: `${name}: ${why}: ${describeAction(action)}`,
      service: name,
    });
    DOING[action.kind](renewer, name, { action, why, paths });
  }
}

/** What runs on, and has a process that read its files. */
const LASTING: ReadonlySet<ServiceConfig["type"]> = new Set(["simple", "forking", "notify"]);
const HAS_PROCESS: ReadonlySet<Phase["kind"]> = new Set(["launching", "starting", "up"]);

interface Deed {
  readonly action: WatchAction;
  readonly why: string;
  readonly paths: readonly string[];
}

const DOING: Readonly<
  Record<WatchAction["kind"], (renewer: Renewer, name: string, deed: Deed) => void>
> = {
  reload: (renewer, name, { why }) => renewer.reload(name, why),
  restart: (renewer, name, { why }) => renewer.restart(name, why),
  signal: (renewer, name, { action, why }) => {
    if (action.kind === "signal") renewer.signal(name, action.signal, why);
  },
  run: (renewer, name, { action, why, paths }) => {
    if (action.kind === "run") renewer.run(name, action.argv, { why, paths });
  },
};

function keyOf({ watch, watchDebounceMs, watchPollMs, identity }: ServiceConfig): string {
  return JSON.stringify([watch, watchDebounceMs, watchPollMs, identity]);
}

function requestOf(config: ServiceConfig): LookRequest {
  const { watch = [], identity } = config;
  return {
    rules: watch.map((rule) => rule.kind === "path" ? [rule.pattern] : secretPaths(config)),
    ...(identity === undefined ? {} : { identity }),
  };
}

function secretPaths(
  { secrets = [], envFiles, envFromFile, environment }: ServiceConfig,
): string[] {
  const paths = [...secrets.map(({ path }) => path), ...envFiles];
  if (!envFromFile) return paths;
  try {
    return [...paths, ...environment.secretFiles().map(({ path }) => path)];
  } catch (error) {
    // The next start says so.
    if (error instanceof ExpansionError) return paths;
    throw error;
  }
}

/** Says of a name whether some pattern may mean it. */
function nameMatcher(rules: readonly WatchRule[]): (name: string) => boolean {
  const segments = rules.flatMap((rule) => rule.kind === "path" ? rule.pattern.split("/") : []);
  const tests = segments.filter((text) => /[*?[]/.test(text)).map((text) => compileGlob(text));
  return (name) => tests.some((matches) => matches(name));
}
