/**
 * `telchap check`: loads a configuration as chaperone would, starts nothing, and says what is wrong
 * with it and what cannot work. With a root, for the image that lies there.
 */
import { AccountFiles, type Accounts } from "../base/accounts.ts";
import { ConfigError, type Diagnostic, ERRNO, SystemError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { CachedBackticks } from "../config/environment/backticks.ts";
import type { CommandOptions } from "../commands/telchap_commands.ts";
import type { ConfigFiles } from "../config/source/config_files.ts";
import type { BacktickRunner } from "../config/environment/environment.ts";
import { lintConfig } from "../config/lint/lint.ts";
import type { LintFacts, LintLevel } from "../config/lint/report.ts";
import {
  formatReport,
  hasErrors,
  loadFinding,
  REPORT_FORMATS,
  type ReportedFinding,
} from "../config/lint/lint_report.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/model.ts";
import { parseSource } from "../config/source/yaml_source.ts";
import { parseSelector, SelectorError } from "../log/selector.ts";
import type { GroupLimits } from "../config/group_model.ts";
import { selectsNothing, takesOutput } from "../log/selector_facts.ts";
import { buildFamily, CircularDependencyError } from "../service/family.ts";
import { describePlan, planGroup } from "../service/groups/group_plan.ts";
import { hasGroup } from "../service/groups/has_group.ts";
import { ServiceGroups } from "../sys/groups/service_groups.ts";
import { scheduleOddities } from "../service/schedule/interval_oddities.ts";
import { intervalFault } from "../service/schedule/schedule.ts";
import { auditConfig } from "./check_audit.ts";
import { parseSandbox, parseSyscalls } from "../service/sandbox/sandbox_library.ts";
import { readAccounts } from "../sys/files/accounts.ts";
import { absolutePath } from "../sys/files/files.ts";
import { wallMs } from "../sys/libc/clock.ts";
import { shellRunner } from "../sys/launch/backtick.ts";
import { findExecutable } from "../sys/paths/executable.ts";
import { configFiles } from "../sys/paths/config_files.ts";
import { IMAGE_PATH, ImageRoot } from "../sys/files/image_root.ts";
import { print } from "../sys/self/print.ts";
import { currentDirectory, environmentVariables } from "../sys/self/program.ts";
import { EXIT } from "./ask_failure.ts";
import { readImageOptions } from "./image_options.ts";
import { asShown } from "./shown_output.ts";

type Options = CommandOptions<"check">;

/**
 * Checks each of the configurations at `paths` for itself, without one that which chaperone would
 * load, and returns the exit status: 1 where there is an error.
 */
export function checkConfigs(paths: readonly string[], options: Options): number {
  const form = options.format ?? (options.json ? "json" : "text");
  const format = REPORT_FORMATS.find((known) => known === form);
  if (format === undefined) {
    return refuse(`--format is text, json or sarif, not '${form}'`);
  }
  const { root, audit } = options;
  if (typeof root === "string" && configFiles.stat(root) !== "directory") {
    return refuse(`--root needs a directory, and '${root}' is none`);
  }
  const place = typeof root === "string" ? new ImagePlace(root) : new SystemPlace();
  if (audit) {
    if (format === "sarif") return refuse("--audit answers as text or json");
    if (paths.length > 1) return refuse("--audit takes one configuration");
    return tellAudit(place, paths[0], format);
  }
  const checks = (paths.length === 0 ? [undefined] : paths).map((path) => {
    return { check: runCheck(place, path), label: paths.length > 1 ? `${path}: ` : "" };
  });
  const findings = checks.flatMap(({ check }) => check.findings);
  if (format !== "text") show(formatReport(findings, format, VERSION));
  else for (const { check, label } of checks) tell(check, label);
  return hasErrors(findings) ? EXIT.refused : EXIT.done;
}

function runCheck(place: Place, path: string | undefined): Check {
  const check = new Check(place);
  check.run(path);
  return check;
}

function tellAudit(place: Place, path: string | undefined, format: "text" | "json"): number {
  const { findings, config } = runCheck(place, path);
  if (config === undefined) {
    show(formatReport(findings, format, VERSION));
    return EXIT.refused;
  }
  show(auditConfig(config, place.facts, format));
  const errors = findings.filter(({ level }) => level === "error");
  print("stderr", formatReport(errors, "text", VERSION));
  return errors.length > 0 ? EXIT.refused : EXIT.done;
}

function refuse(why: string): number {
  print("stderr", [why]);
  return EXIT.usage;
}

function tell({ findings, config }: Check, label: string): void {
  show([...formatReport(findings, "text", VERSION), label + summary(findings, config)]);
}

/** Prints what may quote crontabs and env files, which may be anybody's. */
function show(lines: readonly string[]): void {
  print("stdout", lines.map(asShown));
}

function summary(findings: readonly ReportedFinding[], config: Config | undefined): string {
  const errors = findings.filter(({ level }) => level === "error").length;
  if (config === undefined || errors > 0) return `${errors} error${errors === 1 ? "" : "s"}`;
  const { services, loggings } = config;
  return `${count(services, "service")} and ${count(loggings, "logging section")}, no error`;
}

function count(sections: readonly unknown[], word: string): string {
  return `${sections.length} ${word}${sections.length === 1 ? "" : "s"}`;
}

/** Where a configuration is to run. */
interface Place {
  readonly accounts: Accounts;
  readonly variables: Readonly<Record<string, string>>;
  /** The files of a path that was not named. */
  readonly files: ConfigFiles;
  readonly facts: LintFacts;
  backticks(variables: Readonly<Record<string, string>>, tell: Tell): BacktickRunner;
}

type Tell = (message: string) => void;

function lackingHere(limits: GroupLimits): string | undefined {
  return describePlan(planGroup(limits, new ServiceGroups().facts));
}

class SystemPlace implements Place {
  readonly accounts = readAccounts();
  readonly variables = environmentVariables();
  readonly files = configFiles;
  readonly facts: LintFacts;

  constructor() {
    const system = new ImageRoot("/");
    this.facts = {
      findExecutable: (word, path, directory) => findExecutable(word, path, directory).kind,
      exists: (path) => system.kind(path) !== undefined,
      workingDirectory: currentDirectory(),
      readText: (path) => system.read(path),
      lackingLimits: (limits) => hasGroup(limits) ? lackingHere(limits) : undefined,
    };
  }

  backticks(variables: Readonly<Record<string, string>>, tell: Tell): BacktickRunner {
    return new CachedBackticks(shellRunner(variables), tell);
  }
}

class ImagePlace implements Place {
  readonly accounts: Accounts;
  readonly variables = { ...environmentVariables(), PATH: IMAGE_PATH };
  readonly files: ConfigFiles;
  readonly facts: LintFacts;

  constructor(root: string) {
    const image = new ImageRoot(root);
    this.accounts = new AccountFiles(
      image.read("/etc/passwd") ?? "",
      image.read("/etc/group") ?? "",
    );
    const read = (path: string) => {
      const text = image.read(path);
      if (text === undefined) throw new SystemError("open", ERRNO.ENOENT, path);
      return text;
    };
    this.files = {
      stat: (path) => {
        const kind = image.kind(path);
        return kind === "executable" ? "file" : kind;
      },
      list: (directory) => image.list(directory),
      read,
      readFor: read,
      readRoots: read,
    };
    this.facts = {
      findExecutable: (word, path, directory) => {
        const inDirectory = word.includes("/") && !word.startsWith("/")
          ? `${directory}/${word}`
          : word;
        const candidates = directory === undefined ? [word] : [inDirectory, word];
        if (candidates.some((name) => image.findProgram(name, path) !== undefined)) return "found";
        const isThere = candidates.some((name) =>
          name.includes("/") && image.kind(name) !== undefined
        );
        return isThere ? "not-executable" : "missing";
      },
      exists: (path) => image.kind(path) !== undefined,
      readText: (path) => image.read(path),
    };
  }

  /** Programs of the image may be for another system, and are not this one's to run. */
  backticks(_: Readonly<Record<string, string>>, tell: Tell): BacktickRunner {
    return {
      run: (command) => {
        tell(`not run, since --root was given: \`${command}\``);
        return "";
      },
    };
  }
}

interface Section {
  readonly name: string;
  readonly origin?: Diagnostic["position"];
}

class Check {
  readonly findings: ReportedFinding[] = [];
  readonly #place: Place;
  config: Config | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  run(path: string | undefined): void {
    this.config = this.#load(path);
    if (this.config === undefined) return;
    this.#examine(this.config);
    const selectors = { selectsNothing, takesOutput };
    const facts: LintFacts = {
      ...this.#place.facts,
      selectors,
      scheduleOddities: (policy) => scheduleOddities(policy, wallMs()),
    };
    this.findings.push(...lintConfig(this.config, facts));
  }

  #load(path: string | undefined): Config | undefined {
    const { accounts, variables } = this.#place;
    const named = path === undefined ? undefined : absolutePath(path);
    const image = readImageOptions(variables, accounts, named);
    if (image.problem !== undefined) this.#add("error", { message: image.problem });
    const { configPath, account, options } = image;
    const files = named === undefined ? this.#place.files : overlay(named, this.#place.files);
    if (files.stat(configPath) === undefined) {
      this.#add("error", { message: `no such file or directory: '${path ?? configPath}'` });
      return undefined;
    }
    try {
      const config = loadConfig({
        configPath,
        files,
        accounts,
        parts: {
          yaml: parseSource,
          checkInterval: intervalFault,
          sandbox: { parseSandbox, parseSyscalls },
        },
        backticks: (env) =>
          this.#place.backticks(env, (message) => this.#add("warning", { message })),
        variables,
        options: {
          // One that --create-user has yet to make cannot be looked up.
          user: options?.user ?? account?.name,
          interactive: false,
          taskMode: false,
          disableServices: options?.disableServices,
        },
      });
      for (const warning of config.warnings) this.#add("warning", warning);
      return config;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const diagnostic of error.diagnostics) this.#add("error", diagnostic);
      return undefined;
    }
  }

  /** What chaperone would only find out when it starts. */
  #examine(config: Config): void {
    this.#expect(CircularDependencyError, undefined, () => buildFamily(config.services));
    for (const section of config.loggings) {
      this.#expect(SelectorError, section, () => parseSelector(section.selector));
    }
    for (const service of config.services) {
      const { cron, enabled } = service;
      if (!enabled || cron?.interval === undefined) continue;
      const fault = intervalFault(cron.interval, cron.timezone, cron);
      if (fault !== undefined && !fault.isNever) this.#addTo(service, fault.text);
    }
  }

  #expect(
    kind: new (...args: never[]) => Error,
    section: Section | undefined,
    act: () => void,
  ): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof kind)) throw error;
      if (section === undefined) this.#add("error", { message: error.message });
      else this.#addTo(section, error.message);
    }
  }

  #addTo({ name, origin }: Section, text: string): void {
    const message = `${name}: ${text}`;
    this.#add("error", { message, ...(origin === undefined ? {} : { position: origin }) });
  }

  #add(level: LintLevel, diagnostic: Diagnostic): void {
    this.findings.push(loadFinding(diagnostic, level));
  }
}

/** A path that was named lies in this system, whatever it refers to lies where it is to run. */
function overlay(named: string, others: ConfigFiles): ConfigFiles {
  const filesOf = (path: string) =>
    path === named || path.startsWith(named.endsWith("/") ? named : `${named}/`)
      ? configFiles
      : others;
  return {
    stat: (path) => filesOf(path).stat(path),
    list: (directory) => filesOf(directory).list(directory),
    read: (path, how) => filesOf(path).read(path, how),
    readFor: (path, user) => filesOf(path).readFor(path, user),
    readRoots: (path) => filesOf(path).readRoots(path),
  };
}
