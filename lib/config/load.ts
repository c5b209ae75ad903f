/**
 * Loads the configuration: reads, parses, merges, checks, expands, and freezes the result.
 * All that is wrong is reported together. Looks at the system only through its inputs.
 */
import type { Accounts } from "../base/accounts.ts";
import { COMMAND_NAME } from "../base/service_name.ts";
import type { BacktickRunner } from "./environment/backticks.ts";
import { buildAlert } from "./build_alert.ts";
import { buildLogging } from "./build_logging.ts";
import { buildConsole, buildServices, type ServiceContext } from "./build_service.ts";
import { buildSettings } from "./build_settings.ts";
import {
  configDirectory,
  type ConfigFiles,
  type ConfigText,
  readConfigFiles,
} from "./source/config_files.ts";
import { DEFAULT_CONFIG } from "./source/default_config.ts";
import type { SandboxParsers } from "./confinement.ts";
import { Environment, ExpansionError, type Variables } from "./environment/environment.ts";
import { type LaunchedService, launchedTexts } from "./launched.ts";
import { readLayers } from "./source/include.ts";
import { mergeSources } from "./source/merge.ts";
import { findRepeats } from "./source/repeats.ts";
import { findWritten } from "./source/written.ts";
import type { CheckInterval } from "./interval_check.ts";
import { MadeNames } from "./made_names.ts";
import type { Config, ServiceConfig } from "./model.ts";
import { Problems } from "./source/problems.ts";
import { resolveReferences, warnOfMisspelt } from "./references.ts";
import { didYouMean } from "../base/suggest.ts";
import { type CheckedSection, Section } from "./section.ts";
import { DIRECTIVES, type ServiceSection } from "./directives.ts";
import { LAYER_RULES } from "./layer_rules.ts";
import {
  formatPythonTree,
  SourceFile,
  type SourceMap,
  type SourceScalar,
} from "./source/source.ts";
import { parsePlain } from "./source/plain_source.ts";
import type { ParseSource } from "./source/source_text.ts";
import { type CheckedSections, validateSections } from "./validate.ts";

/** What the command line says about the configuration. */
export interface LoadOptions {
  /** `--user`, or the user of `--create-user`, which exists by now. */
  readonly user?: string | undefined;
  readonly ignoreFailures?: boolean | undefined;
  /** False for `--no-syslog`. */
  readonly enableSyslog?: boolean | undefined;
  readonly noConsoleLog?: boolean | undefined;
  readonly disableServices?: boolean | undefined;
  /** Whether stdin is a terminal. */
  readonly interactive: boolean;
  readonly taskMode: boolean;
  /** The command of the command line, with the exit switch resolved. */
  readonly command?: {
    readonly command: string;
    readonly args: readonly string[];
    readonly exitKills: boolean;
  } | undefined;
}

/**
 * What few configurations take, and is large: `PartNeeded` tells where one takes what is absent.
 */
export interface LoadParts {
  /** Reads all of YAML. */
  readonly yaml?: ParseSource;
  readonly checkInterval?: CheckInterval;
  /** Reads `sandbox` and `syscalls`. */
  readonly sandbox?: SandboxParsers;
}

/** Thrown before anything but the files has been looked at. */
export class PartNeeded extends Error {
  readonly part: keyof LoadParts;

  constructor(part: keyof LoadParts) {
    super(`Cannot load this configuration without ${part}`);
    this.part = part;
  }
}

/** All that loading looks at. */
export interface LoadInputs {
  /** A file or directory, see `resolveConfigPath`; what does not exist is not an error. */
  readonly configPath: string;
  readonly files: ConfigFiles;
  readonly accounts: Accounts;
  /** Makes what runs backticks, out of the variables that they see. */
  readonly backticks: (variables: Variables) => BacktickRunner;
  /** The environment that chaperone received. */
  readonly variables: Variables;
  readonly parts: LoadParts;
  /** Whether chaperone may run services as other users; absent: it may. */
  readonly isRoot?: boolean | undefined;
  readonly options: LoadOptions;
  /** Services that no file declares. */
  readonly launched?: readonly LaunchedService[];
}

/**
 * Loads the configuration. Without one, a command gets the built-in default, and nothing else is
 * configured.
 *
 * @throws {ConfigError} with everything that is wrong.
 * @throws {PartNeeded}
 */
export function loadConfig(inputs: LoadInputs): Config {
  const problems = new Problems();
  const found = readConfigFiles(inputs.configPath, inputs.files, problems);
  const named = found ?? (inputs.options.command === undefined ? [] : [DEFAULT_CONFIG]);
  const directory = found === undefined ? undefined : configDirectory(inputs.configPath);
  const variables = initialVariables(inputs, directory);
  const parse = (text: ConfigText) => parseText(text, inputs.parts, problems);
  const layers = readLayers(named, {
    files: inputs.files,
    problems,
    parse,
    expand: (text) => expandPath(text, variables, problems),
  });
  const launched = inputs.launched ?? [];
  const more = launchedTexts(launched, layers, problems);
  const texts = [...layers, ...more.map((text) => ({ ...text, root: parse(text) }))];
  const fileNames = texts.map((text) => text.name);
  const root = mergeSources(texts.flatMap((text) => text.root ?? []), LAYER_RULES, problems);
  problems.throwIfAny(fileNames);
  const config = build(root, variables, inputs, problems);
  problems.throwIfAny(fileNames);
  const kept = texts.map(({ name, text }) => ({ name, text }));
  return freeze({ ...config, launched, warnings: problems.warnings }, kept, inputs.parts);
}

/** Expands a path of `include`; commands are not run for it. */
function expandPath(
  text: SourceScalar,
  variables: Variables,
  problems: Problems,
): string | undefined {
  if (text.source.includes("`")) {
    problems.add("no command is run for 'include'", text);
    return undefined;
  }
  try {
    return Environment.inherited(variables, { run: () => "" }).expand(text.source);
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    problems.add(error.message, text);
    return undefined;
  }
}

function parseText(
  { name, text }: ConfigText,
  parts: LoadParts,
  problems: Problems,
): SourceMap | undefined {
  // Of a service of type cron or crontab.
  if (text.includes("cron") && parts.checkInterval === undefined) {
    throw new PartNeeded("checkInterval");
  }
  if (/sandbox|syscalls/.test(text) && parts.sandbox === undefined) {
    throw new PartNeeded("sandbox");
  }
  const parsed = parsePlain(name, text) ?? parts.yaml?.(name, text);
  if (parsed === undefined) throw new PartNeeded("yaml");
  problems.addAll(parsed.problems);
  if (text.includes(NO_UTF8)) warnOfBytes(new SourceFile(name, text), problems);
  return parsed.root;
}

/** What stands for bytes that are not UTF-8. */
const NO_UTF8 = "\ufffd";

function warnOfBytes(file: SourceFile, problems: Problems): void {
  const message = "this is not UTF-8, and is lost; save the file as UTF-8";
  problems.warn(message, { file, offset: file.text.indexOf(NO_UTF8) });
}

/** Names the profiles that are active. */
const PROFILE_VARIABLE = "CHAPERONE_PROFILE";

/** What sd_notify(3) and sd_watchdog_enabled(3) read. */
const UPSTREAM_VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/** Returns chaperone's own variables: those it received and those that say how it was started. */
function initialVariables(inputs: LoadInputs, directory: string | undefined): Variables {
  const variables: Record<string, string> = { ...inputs.variables };
  // Of an outer chaperone, or of the upstream manager: not true of the services here.
  for (const name of ["_CHAP_CONFIG_DIR", "_CHAP_TASK_MODE", ...UPSTREAM_VARIABLES]) {
    delete variables[name];
  }
  variables._CHAP_INTERACTIVE = inputs.options.interactive ? "1" : "0";
  if (inputs.options.taskMode) variables._CHAP_TASK_MODE = "1";
  if (directory !== undefined) variables._CHAP_CONFIG_DIR = directory;
  return variables;
}

/** For a text that spells `sandbox` with escapes of YAML, which `parseText` does not look for. */
function neverRead(): never {
  throw new PartNeeded("sandbox");
}

const NOTHING: CheckedSections = { services: [], loggings: [], alerts: [] };

function build(
  root: SourceMap | undefined,
  variables: Variables,
  inputs: LoadInputs,
  problems: Problems,
): Pick<Config, "settings" | "services" | "loggings" | "alerts"> {
  const { accounts, options } = inputs;
  const sandboxParsers = () => inputs.parts.sandbox ?? neverRead();
  const checked = root === undefined ? NOTHING : validateSections(root, problems);
  const settingsSection = new Section(checked.settings ?? NO_SETTINGS, problems);
  const base = Environment.inherited(variables, inputs.backticks(variables));
  const { settings, defaults } = buildSettings(
    settingsSection,
    base,
    accounts,
    { ...options, console: variables.CHAPERONE_CONSOLE, sandboxParsers },
    problems,
  );
  const sectionOf = (section: CheckedSection) => new Section(section, problems, settingsSection);
  const noConsoleLog = options.noConsoleLog ?? false;
  const loggings = checked.loggings.map((section) =>
    buildLogging(sectionOf(section), { defaults, accounts, problems, noConsoleLog })
  );
  const alerts = checked.alerts.map((section) => buildAlert(sectionOf(section), defaults));
  const names = new Set(checked.services.map(({ name }) => name));
  const services = buildAll(checked.services.map(sectionOf), sectionOf(CONSOLE), options, {
    defaults,
    accounts,
    problems,
    isService: (name) => names.has(name),
    disableServices: options.disableServices ?? false,
    files: inputs.files,
    checkInterval: inputs.parts.checkInterval,
    sandboxParsers,
    isRoot: inputs.isRoot ?? true,
    profiles: activeProfiles(variables, checked.services, problems),
  });
  if (services.length + loggings.length === 0) {
    settingsSection.checkEnvironment(defaults.environment);
  }
  return { settings, services, loggings, alerts };
}

/** Returns what CHAPERONE_PROFILE names; an unknown one is reported where some have one. */
function activeProfiles(
  variables: Variables,
  services: readonly CheckedSection[],
  problems: Problems,
): ReadonlySet<string> {
  const active = new Set(
    (variables[PROFILE_VARIABLE] ?? "").split(/[\s,]+/).filter((name) => name !== ""),
  );
  if (active.size === 0) return active;
  const known = new Set(
    services.flatMap((section) => new Section(section, problems).names("profiles")),
  );
  for (const name of known.size === 0 ? [] : active) {
    if (known.has(name)) continue;
    const hint = didYouMean(name, known);
    problems.warn(`${PROFILE_VARIABLE} names '${name}', which no service has${hint}`);
  }
  return active;
}

/** Sections that no file declares. */
const CONSOLE: CheckedSection = {
  directives: DIRECTIVES.service,
  name: COMMAND_NAME,
  key: undefined,
  values: new Map(),
};
const NO_SETTINGS: CheckedSection = {
  ...CONSOLE,
  directives: DIRECTIVES.settings,
  name: "settings",
};

function buildAll(
  sections: readonly ServiceSection[],
  consoleSection: ServiceSection,
  options: LoadOptions,
  context: ServiceContext,
): readonly ServiceConfig[] {
  const services: ServiceConfig[] = [];
  const instances = new Map<string, readonly string[]>();
  const referring: [ServiceConfig, ServiceSection][] = [];
  const names = new MadeNames(sections, context.problems);
  for (const section of sections) {
    const built = names.take(section, buildServices(section, context));
    services.push(...built);
    if (built[0]?.section !== undefined || section.has("for_each")) {
      const members = built.filter(({ isSpare }) => isSpare !== true);
      instances.set(section.name, members.map(({ name }) => name));
    }
    // The copies of a service have the same references.
    if (built[0] !== undefined) referring.push([built[0], section]);
  }
  const known = {
    services: new Set([...sections, ...services].map(({ name }) => name)),
    groups: new Set(services.flatMap(({ groups }) => groups)),
  };
  for (const [service, section] of referring) {
    warnOfMisspelt(service, section, known, context.problems);
  }
  if (options.command !== undefined) {
    const { interactive, taskMode, command } = options;
    services.push(buildConsole({ ...command, interactive, taskMode }, consoleSection, context));
  }
  return resolveReferences(services, known, instances);
}

/** Freezes all but environments, which keep what they have evaluated. */
function freeze(
  config: Omit<Config, "dump" | "repeats" | "written">,
  texts: readonly ConfigText[],
  parts: LoadParts,
): Config {
  const parseAgain = () => {
    const unheard = new Problems();
    const roots = texts.flatMap((text) => parseText(text, parts, unheard) ?? []);
    return mergeSources(roots, LAYER_RULES, unheard);
  };
  const whole: Config = {
    ...config,
    // Few ask for these: the texts are far smaller than what they were parsed to.
    get dump() {
      const root = parseAgain();
      return root === undefined ? "{}" : formatPythonTree(root);
    },
    get repeats() {
      const root = parseAgain();
      const repeats = root === undefined ? [] : findRepeats(root);
      freezeDeeply(repeats);
      return repeats;
    },
    get written() {
      const root = parseAgain();
      return Object.freeze(root === undefined ? new Map() : findWritten(root, LAYER_RULES));
    },
  };
  const { settings, services, loggings, alerts, launched, warnings } = config;
  for (const part of [settings, services, loggings, alerts, launched, warnings]) {
    freezeDeeply(part);
  }
  return Object.freeze(whole);
}

function freezeDeeply(value: object): void {
  if (Object.isFrozen(value) || value instanceof Environment) return;
  Object.freeze(value);
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) freezeDeeply(part);
  }
}
