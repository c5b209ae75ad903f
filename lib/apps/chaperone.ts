/**
 * The program chaperone: reads the command line, loads the configuration, joins the daemon to the
 * system and runs until the container ends. Wiring only; the order of checks is that of 0.3.9.
 */
import { ConfigError, SystemError } from "../base/errors.ts";
import { COMMAND_NAME } from "../base/service_name.ts";
import { VERSION } from "../base/version.ts";
import {
  type ChaperoneOptions,
  type EarlyExit,
  formatCommandOptions,
  parseCommandLine,
} from "../commands/command_line.ts";
import { adviseReading } from "../config/read_on.ts";
import { formatConfigError } from "../config/source/problems.ts";
import { refuseConfiguration, refuseOptions } from "../commands/start_checks.ts";
import { parseSeverity } from "../log/priorities.ts";
import { formatDependencyChart } from "../service/texts/dependency_chart.ts";
import { buildFamily, CircularDependencyError } from "../service/family.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables, takeHandoverPlace } from "../sys/self/program.ts";
import { createLoader, type Variables } from "./run/load_recorded.ts";
import { runLoaded } from "./run/run_container.ts";
import type { Invocation } from "./run/run_request.ts";

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
  const place = takeHandoverPlace();
  if (place !== undefined) {
    const { takeOver } = await import("./run/take_over.ts");
    return await takeOver(place, { invocation, options, variables: environmentVariables() });
  }
  if (options.debug) print("stdout", [formatCommandOptions(options)]);
  const refused = refuseOptions(options);
  if (refused) return leave(refused);
  const user = await resolveUser(options, variables["PATH"]);
  if (user.kind === "exit") return leave(user.exit);
  try {
    return await loadAndRun(invocation, options, user.name, variables);
  } catch (error) {
    return leaveWithError(error);
  }
}

async function loadAndRun(
  invocation: Invocation,
  options: ChaperoneOptions,
  user: string | undefined,
  variables: Variables,
): Promise<number> {
  const load = createLoader({ options, variables, user });
  const loaded = await load();
  const { config, missingPath } = loaded;
  const console = config.services.find(({ name }) => name === COMMAND_NAME);
  const configured = config.services.filter((service) => service !== console);
  const refused = refuseConfiguration(options, {
    serviceCount: configured.length,
    missingPath,
    isLogLevel: (text) => parseSeverity(text) !== undefined,
  });
  if (refused) return leave(refused);
  if (options.showDependencies) {
    print("stdout", formatDependencyChart(buildFamily(configured)));
    return 0;
  }
  return await runLoaded({ invocation, options, variables, loaded, reload: load });
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

/**
 * What is wrong with the configuration, before anything was started. Rethrows what it does not
 * know.
 */
function leaveWithError(error: unknown): number {
  if (error instanceof ConfigError) {
    print("stderr", [formatConfigError(error), ...adviseReading(error)]);
    return 1;
  }
  if (error instanceof CircularDependencyError || error instanceof SystemError) {
    print("stderr", [`Configuration Error: ${error.message}`]);
    return 1;
  }
  throw error;
}
