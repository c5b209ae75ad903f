/**
 * The variables of chaperone, of the settings and of each section: an immutable stack of levels
 * whose values stay unexpanded until somebody needs them.
 *
 * A variable is a chain of definitions, newest first. Texts of the configuration are expanded,
 * inherited values and constants are data: they are inserted as they are and never scanned.
 * Within its own definition a variable means its predecessor in the chain.
 */
import type { BacktickRunner } from "./backticks.ts";
import { readSecret, type ReadText, secretName, unusable } from "./env_file.ts";
import { expandText, ExpansionError, type ExpansionScope, hasExpansion } from "./expansion.ts";
import { compileGlob } from "./glob.ts";
import { LayeredMap } from "./layered_map.ts";
import type { Identity } from "../../base/identity.ts";

export type { BacktickRunner } from "./backticks.ts";
export { ExpansionError } from "./expansion.ts";

/** Variable names and their values. */
export type Variables = Readonly<Record<string, string>>;

/** What a level adds to the one below it. */
export interface EnvironmentLevel {
  /** Glob patterns of the variables that are taken over; absent or empty: all. */
  readonly inherit?: readonly string[] | undefined;
  /**
   * The user that this level names (not one it merely takes over): sets HOME, USER and LOGNAME, and
   * runs the backticks of this level and of those above it.
   */
  readonly identity?: Identity | undefined;
  /** Texts to expand. */
  readonly set?: Variables | undefined;
  /** Glob patterns of the variables that are removed, those just set among them. */
  readonly unset?: readonly string[] | undefined;
  /** Values that are not expanded and that `unset` does not reach, such as `_CHAP_SERVICE`. */
  readonly constants?: Variables | undefined;
}

/** A value that has been read from a file. */
export interface Secret {
  /** The variable that named the file. */
  readonly name: string;
  /** The variable that gets the value. */
  readonly target: string;
  readonly text: string;
}

interface Definition {
  readonly text: string;
  /** Data is inserted as it is. */
  readonly isData: boolean;
  /** What the variable means within `text`. */
  readonly previous: Definition | undefined;
}

type Definitions = LayeredMap<string, Definition>;

const NO_NAMES: ReadonlySet<string> = new Set();
const NO_VALUES: ReadonlyMap<string, string> = new Map();
const none = () => false;

/** An expanded value may not be longer: execve(2) takes 128 KiB, and doubling needs an end. */
const VALUE_MAX_CHARS = 1024 * 1024;

/** The variables of one level and everything below it. */
export class Environment {
  readonly #definitions: Definitions;
  readonly #backticks: BacktickRunner;
  readonly #identity: Identity | undefined;
  /** Names in `set` of this level, which file entries go beneath. */
  readonly #own: ReadonlySet<string>;
  readonly #isUnset: (name: string) => boolean;
  #values: ReadonlyMap<string, string> | undefined;
  #hasConstructs: boolean | undefined;
  /** What each launch receives, where there are no constructs. */
  #constant: Variables | undefined;

  private constructor(
    definitions: Definitions,
    backticks: BacktickRunner,
    identity: Identity | undefined,
    own: ReadonlySet<string>,
    isUnset: (name: string) => boolean,
  ) {
    this.#definitions = definitions;
    this.#backticks = backticks;
    this.#identity = identity;
    this.#own = own;
    this.#isUnset = isUnset;
  }

  /** Creates the lowest level: what chaperone itself received, all of it data. */
  static inherited(variables: Variables, backticks: BacktickRunner): Environment {
    const definitions = new Map<string, Definition>();
    for (const [name, text] of Object.entries(variables)) definitions.set(name, data(text));
    return new Environment(new LayeredMap(definitions), backticks, undefined, NO_NAMES, none);
  }

  /** Returns the level above this one. */
  derive(level: EnvironmentLevel): Environment {
    const { inherit, identity = this.#identity, set = {}, unset } = level;
    const patterns = inherit?.length ? inherit : ["*"];
    // What all services inherit is not copied for each of them.
    const lower = patterns.includes("*") && !unset?.length ? this.#definitions : undefined;
    const definitions = new Map<string, Definition>();
    if (lower === undefined) {
      const isInherited = anyGlob(patterns);
      for (const [name, definition] of this.#definitions) {
        if (isInherited(name)) definitions.set(name, definition);
      }
    }
    if (level.identity !== undefined) setAccount(definitions, level.identity);
    for (const [name, text] of Object.entries(set)) {
      definitions.set(name, configured(text, definitions.get(name) ?? lower?.get(name)));
    }
    const isUnset = unset?.length ? anyGlob(unset) : none;
    for (const name of definitions.keys()) {
      if (isUnset(name)) definitions.delete(name);
    }
    for (const [name, text] of Object.entries(level.constants ?? {})) {
      definitions.set(name, data(text));
    }
    const names = Object.keys(set);
    const own = names.length === 0 ? NO_NAMES : new Set(names);
    const layered = new LayeredMap(definitions, lower);
    return new Environment(layered, this.#backticks, identity, own, isUnset);
  }

  /**
   * Returns this level with the entries of its environment files beneath its own `set`: they
   * replace what was inherited, `set` may refer to them, and `unset` removes them. They are data.
   */
  withFileEntries(entries: Variables): Environment {
    const definitions = new Map(this.#definitions);
    for (const [name, text] of Object.entries(entries)) {
      if (this.#isUnset(name)) continue;
      const own = this.#own.has(name) ? definitions.get(name) : undefined;
      definitions.set(name, own === undefined ? data(text) : { ...own, previous: data(text) });
    }
    return this.#with(definitions);
  }

  /**
   * Reads the file of each `X_FILE=path`, for secrets that a container mounts. To be asked before
   * `withFileEntries`: what a line of a file says is no reason to read another one.
   *
   * @throws {ConfigError} where a file cannot be used, or `X` has a value besides.
   * @throws {ExpansionError}
   */
  readSecrets(read: ReadText): Secret[] {
    return this.secretFiles().map(({ name, target, path }) => {
      demandOneOf(name, target, this.#definitions.get(target));
      return { name, target, text: readSecret(name, path, read) };
    });
  }

  /** The files that `readSecrets` reads: each with the variable that names it, and its own. */
  secretFiles(): { readonly name: string; readonly target: string; readonly path: string }[] {
    return [...this.#definitions].flatMap(([name]) => {
      if (!name.endsWith("_FILE")) return [];
      // On its own: other variables may need the secrets that are not there yet.
      const path = this.#evaluation(new Map()).value(name) ?? "";
      const target = secretName(name, path);
      return target === undefined || this.#isUnset(target) ? [] : [{ name, target, path }];
    });
  }

  /**
   * Returns this level with each `X_FILE` replaced by `X` and its secret. Texts of the
   * configuration may refer to `X`, also in a definition of `X`.
   *
   * @throws {ConfigError} where a file of variables has given `X` a value besides.
   */
  withSecrets(secrets: readonly Secret[]): Environment {
    if (secrets.length === 0) return this;
    const definitions = new Map(this.#definitions);
    for (const { name, target, text } of secrets) {
      const present = definitions.get(target);
      demandOneOf(name, target, present);
      definitions.delete(name);
      definitions.set(
        target,
        present?.isData === false ? { ...present, previous: data(text) } : data(text),
      );
    }
    return this.#with(definitions);
  }

  /**
   * Expands the text of a directive. Of backticks only `` $(`…`) `` and those in the text parts
   * of operators run.
   *
   * @throws {ExpansionError}
   */
  expand(text: string): string {
    if (!hasExpansion(text)) return text;
    const scope: ExpansionScope = {
      lookup: (name) => this.value(name),
      run: (command) => this.#backticks.run(command, this.#identity),
    };
    return expandText(text, scope, "bracketed");
  }

  /**
   * Returns the expanded value of a variable, `undefined` where there is none.
   *
   * @throws {ExpansionError} where any variable of this level cannot be expanded.
   */
  value(name: string): string | undefined {
    const definition = this.#definitions.get(name);
    if (definition === undefined || definition.isData) return definition?.text;
    this.#values ??= this.#evaluation(new Map()).all();
    return this.#values.get(name);
  }

  /**
   * Expands every variable, as loading must: backticks run, and a failing `:?` shows.
   * `extra` stands in for what only a launch knows, such as NOTIFY_SOCKET.
   *
   * @throws {ExpansionError}
   */
  check(extra: Variables = {}): void {
    const added = new Map(Object.entries(extra));
    const values = this.#evaluation(added).all();
    if (added.size === 0) this.#values = values.size === 0 ? NO_VALUES : values;
  }

  /**
   * Returns what a process receives: every expanded variable that is not empty and whose name does
   * not begin with `_`. `extra` takes part in the expansion and overrides; its values are data.
   *
   * @throws {ExpansionError}
   */
  launch(extra: Variables = {}): Record<string, string> {
    const result = this.#received(extra);
    for (const [name, value] of Object.entries(extra)) {
      delete result[name];
      if (value && !name.startsWith("_")) result[name] = value;
    }
    return result;
  }

  /** Most services have nothing to expand: every launch of theirs receives the same. */
  #received(extra: Variables): Record<string, string> {
    this.#hasConstructs ??= [...this.#definitions].some(([, { isData }]) => !isData);
    if (this.#hasConstructs) {
      return this.#passedOn(this.#evaluation(new Map(Object.entries(extra))).all());
    }
    this.#constant ??= this.#passedOn(NO_VALUES);
    return { ...this.#constant };
  }

  #passedOn(values: ReadonlyMap<string, string>): Record<string, string> {
    const result: Record<string, string> = {};
    for (const [name, definition] of this.#definitions) {
      const value = definition.isData ? definition.text : values.get(name);
      if (value && !name.startsWith("_")) result[name] = value;
    }
    return result;
  }

  /** Returns the names of all variables, those that a launch leaves out among them. */
  names(): string[] {
    return [...this.#definitions].map(([name]) => name);
  }

  /**
   * Returns the names of the variables that are defined differently in the other environment, in
   * order. Definitions are compared, not values: what a backtick yields today makes no difference.
   */
  differences(other: Environment): string[] {
    if (this.#definitions === other.#definitions) return [];
    const names = new Set<string>();
    for (const [name, definition] of this.#definitions) {
      if (!isSameDefinition(definition, other.#definitions.get(name))) names.add(name);
    }
    for (const [name] of other.#definitions) {
      if (!this.#definitions.has(name)) names.add(name);
    }
    return [...names].sort();
  }

  /** This level with other definitions. */
  #with(definitions: ReadonlyMap<string, Definition>): Environment {
    const layered = new LayeredMap(definitions);
    return new Environment(layered, this.#backticks, this.#identity, this.#own, this.#isUnset);
  }

  #evaluation(extra: ReadonlyMap<string, string>): Evaluation {
    const run = (command: string) => this.#backticks.run(command, this.#identity);
    return new Evaluation(this.#definitions, extra, run);
  }
}

/**
 * One expansion of all variables, in the order that chaperone 0.3.9 follows. It decides what cycles
 * yield: a variable whose expansion has begun counts as its raw text until it is done.
 */
class Evaluation {
  readonly #definitions: Definitions;
  readonly #extra: ReadonlyMap<string, string>;
  readonly #run: (command: string) => string;
  readonly #done = new Map<string, string>();

  constructor(
    definitions: Definitions,
    extra: ReadonlyMap<string, string>,
    run: (command: string) => string,
  ) {
    this.#definitions = definitions;
    this.#extra = extra;
    this.#run = run;
  }

  /** Expands every variable that is not data, and returns at least those. */
  all(): ReadonlyMap<string, string> {
    const names: string[] = [];
    for (const [name, definition] of this.#definitions) {
      if (!definition.isData && !this.#extra.has(name)) names.push(name);
    }
    for (const name of names.sort()) this.#evaluate(name, 0);
    return this.#done;
  }

  /** Returns the value of a variable, expanding what it takes. */
  value(name: string, depth = 0): string | undefined {
    return this.#extra.get(name) ?? this.#done.get(name) ?? this.#evaluate(name, depth);
  }

  #evaluate(name: string, depth: number): string | undefined {
    const definition = this.#definitions.get(name);
    if (definition === undefined) return undefined;
    this.#done.set(name, definition.text);
    const value = this.#expand(name, definition, depth);
    this.#done.set(name, value);
    return value;
  }

  #expand(name: string, definition: Definition, depth: number): string {
    if (definition.isData) return definition.text;
    const { previous } = definition;
    const lookup = (other: string, inner: number) => {
      if (other !== name) return this.value(other, inner);
      return previous === undefined ? "" : this.#expand(name, previous, inner);
    };
    const scope: ExpansionScope = { lookup, run: this.#run, depth };
    const value = named(name, () => expandText(definition.text, scope, "bare"));
    if (value.length <= VALUE_MAX_CHARS) return value;
    throw new ExpansionError(`value of ${name} is longer than ${VALUE_MAX_CHARS} characters`, name);
  }
}

/** Adds to an error of `action` which variable it arose in; the innermost one counts. */
function named<T>(variable: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.variable !== undefined) throw error;
    throw new ExpansionError(error.message, variable);
  }
}

function isSameDefinition(a: Definition | undefined, b: Definition | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.text === b.text && a.isData === b.isData && isSameDefinition(a.previous, b.previous);
}

function demandOneOf(name: string, target: string, present: Definition | undefined): void {
  if (!present?.isData || !present.text) return;
  throw unusable(name, `${target} is set too, only one of them may be`);
}

function data(text: string): Definition {
  return { text, isData: true, previous: undefined };
}

/** Makes a definition of a text of the configuration; one without constructs is as good as data. */
function configured(text: string, previous: Definition | undefined): Definition {
  return hasExpansion(text) ? { text, isData: false, previous } : data(text);
}

/**
 * Sets what an account determines. A user without an account has its number for a name and `/` for
 * a home: values of whoever started the container would be wrong.
 */
function setAccount(definitions: Map<string, Definition>, identity: Identity): void {
  const userName = data(identity.userName ?? String(identity.uid));
  definitions.set("HOME", data(identity.home ?? "/"));
  definitions.set("USER", userName);
  definitions.set("LOGNAME", userName);
}

function anyGlob(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.includes("*")) return () => true;
  const globs = patterns.map((pattern) => compileGlob(pattern));
  return (name) => globs.some((matches) => matches(name));
}
