/**
 * The program chaperone: reads the command line, loads the configuration, joins the daemon to the system
 * and runs until the container ends. Wiring only; the order of checks is that of 0.3.9.
 */
import { ConfigError, formatDiagnostic, SystemError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { CachedBackticks } from "../config/backticks.ts";
import {
  type ChaperoneOptions,
  type EarlyExit,
  formatCommandOptions,
  parseCommandLine,
} from "../config/command_line.ts";
import { resolveConfigPath } from "../config/config_files.ts";
import type { Config } from "../config/model.ts";
import { formatConfigError } from "../config/problems.ts";
import { refuseConfiguration, refuseOptions } from "../config/start_checks.ts";
import { parseSeverity } from "../log/priorities.ts";
import { formatDependencyChart } from "../service/dependency_chart.ts";
import { buildFamily, CircularDependencyError } from "../service/family.ts";
import { readAccounts } from "../sys/accounts.ts";
import { shellRunner } from "../sys/backtick.ts";
import { configFiles } from "../sys/files.ts";
import { print } from "../sys/print.ts";
import { environmentVariables, isInit, ownUid } from "../sys/program.ts";
import { isInteractive } from "../sys/terminal.ts";
import { loadLazily } from "./load_lazily.ts";
import { runContainer } from "./run_container.ts";

/** How the program is called: the name, and the arguments after it. */
export interface Invocation {
  readonly programName: string;
  readonly args: readonly string[];
}

/** Runs chaperone to the end of the container and returns the exit status. */
export async function runChaperone(invocation: Invocation): Promise<number> {
  const variables = environmentVariables();
  const parsed = parseCommandLine(invocation.args, {
    programName: invocation.programName,
    version: VERSION,
    defaults: variables["_CHAP_OPTIONS"],
  });
  if (parsed.kind === "exit") return leave(parsed.exit);
  const { options } = parsed;
  if (options.debug) print("stdout", [formatCommandOptions(options)]);
  const refused = refuseOptions(options, isInit());
  if (refused) return leave(refused);
  const user = await resolveUser(options, variables["PATH"]);
  if (user.kind === "exit") return leave(user.exit);
  try {
    return await loadAndRun(invocation, options, user.name, variables);
  } catch (error) {
    return leaveWithError(error);
  }
}

type Variables = Readonly<Record<string, string>>;

async function loadAndRun(
  invocation: Invocation,
  options: ChaperoneOptions,
  user: string | undefined,
  variables: Variables,
): Promise<number> {
  const interactive = isInteractive();
  const loadNow = async () => {
    const problems: string[] = [];
    const config = await load(options, user, variables, interactive, problems);
    return { config, notices: [...problems, ...config.warnings.map(formatDiagnostic)] };
  };
  const { config, notices } = await loadNow();
  const console = config.services.find(({ name }) => name === "CONSOLE");
  const configured = config.services.filter((service) => service !== console);
  const refused = refuseConfiguration(options, {
    serviceCount: configured.length,
    isLogLevel: (text) => parseSeverity(text) !== undefined,
  });
  if (refused) return leave(refused);
  if (options.showDependencies) {
    print("stdout", formatDependencyChart(buildFamily(configured)));
    return 0;
  }
  const family = buildFamily(config.services);
  return await runContainer({
    config,
    family,
    options,
    programName: invocation.programName,
    version: VERSION,
    variables,
    early: notices,
    reload: async () => {
      const loaded = await loadNow();
      return { ...loaded, family: buildFamily(loaded.config.services) };
    },
  });
}

function load(
  options: ChaperoneOptions,
  user: string | undefined,
  variables: Variables,
  interactive: boolean,
  problems: string[],
): Promise<Config> {
  const accounts = readAccounts();
  const account = user === undefined
    ? undefined
    : accounts.userByName(user) ?? accounts.userById(Number(user));
  const [command, ...args] = options.command ?? [];
  return loadLazily({
    configPath: resolveConfigPath(options.config, account?.home),
    files: configFiles,
    accounts,
    backticks: (env) => new CachedBackticks(shellRunner(env), (text) => problems.push(text)),
    variables,
    isRoot: ownUid() === 0,
    options: {
      user,
      ignoreFailures: options.ignoreFailures || undefined,
      enableSyslog: options.noSyslog ? false : undefined,
      noConsoleLog: options.noConsoleLog,
      disableServices: options.disableServices,
      interactive,
      taskMode: options.task,
      command: command === undefined
        ? undefined
        : { command, args, exitKills: options.exitKills ?? interactive },
    },
  });
}

async function resolveUser(
  options: ChaperoneOptions,
  path: string | undefined,
): Promise<{ kind: "user"; name: string | undefined } | { kind: "exit"; exit: EarlyExit }> {
  if (options.createUser === undefined) return { kind: "user", name: options.user };
  const { createUser, systemAccounts } = await import("./create_user.ts");
  return await createUser(options.createUser, options.defaultHome, systemAccounts(path));
}

function leave(exit: EarlyExit): number {
  print("stdout", exit.stdout);
  print("stderr", exit.stderr);
  return exit.exitCode;
}

/** What is wrong with the configuration, before anything was started. Rethrows what it does not know. */
function leaveWithError(error: unknown): number {
  if (error instanceof ConfigError) {
    print("stderr", [formatConfigError(error)]);
    return 1;
  }
  if (error instanceof CircularDependencyError || error instanceof SystemError) {
    print("stderr", [`Configuration Error: ${error.message}`]);
    return 1;
  }
  throw error;
}
