/** The program chaperone-health: asks a running chaperone whether the container is ready. */
import { ConfigError, SystemError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { type ChaperoneOptions, parseCommandLine } from "../commands/command_line.ts";
import { resolveConfigPath } from "../config/source/config_files.ts";
import { type HealthCommand, parseHealth } from "../commands/health_command.ts";
import { type HttpTarget, parseHttpTarget } from "../config/http_place.ts";
import { formatConfigError } from "../config/source/problems.ts";
import { readAccounts } from "../sys/files/accounts.ts";
import { configFiles } from "../sys/paths/config_files.ts";
import { askHttp, describePlace } from "../sys/sockets/http_client.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables } from "../sys/self/program.ts";
import { parseStatusLine } from "../wire/http_message.ts";
import { printAnswer } from "./print_answer.ts";
import { loadLazily } from "./run/load_lazily.ts";

/** HEALTHCHECK knows 0 and 1 only. */
const UNHEALTHY = 1;

/** Runs health with the arguments after its name, and returns its exit status. */
export async function runHealth(args: readonly string[]): Promise<number> {
  const command = parseHealth(args);
  if (command.kind !== "ask") return printAnswer(command);
  try {
    const target = command.target ?? await findTarget(command.config);
    if (target !== undefined) return await ask(target, command);
    print("stdout", ["the configuration has no http setting, and nothing else was given to ask"]);
  } catch (error) {
    if (error instanceof ConfigError) print("stdout", [formatConfigError(error)]);
    else if (error instanceof SystemError) print("stdout", [error.message]);
    else throw error;
  }
  return UNHEALTHY;
}

async function ask(
  { place, path }: HttpTarget,
  command: Extract<HealthCommand, { kind: "ask" }>,
): Promise<number> {
  const answer = await askHttp(place, path, command.timeoutMs);
  if (answer === undefined) {
    print("stdout", [`no answer from ${describePlace(place)} in ${command.timeoutMs / 1000} s`]);
    return UNHEALTHY;
  }
  const status = parseStatusLine(answer);
  const isWell = status !== undefined && status >= 200 && status < 400;
  const body = answer.slice(answer.indexOf("\r\n\r\n") + 4).trimEnd();
  if (!isWell || !command.quiet) {
    print("stdout", [
      status === undefined ? `not an answer of HTTP: ${describePlace(place)}` : body,
    ]);
  }
  return isWell ? 0 : UNHEALTHY;
}

/** Looks up the setting `http` of the configuration. */
async function findTarget(config: string | undefined): Promise<HttpTarget | undefined> {
  const variables = environmentVariables();
  const options = imageOptions(variables["_CHAP_OPTIONS"]);
  const accounts = readAccounts();
  const user = options?.user ?? options?.createUser?.split(":")[0];
  const home = user === undefined ? undefined : accounts.userByName(user)?.home;
  const { settings } = await loadLazily({
    configPath: resolveConfigPath(config ?? options?.config ?? DEFAULT_CONFIG_PATH, home),
    files: configFiles,
    accounts,
    // A check comes every few seconds: it does not run commands, whatever they would yield.
    backticks: () => ({ run: () => "" }),
    variables,
    options: { interactive: false, taskMode: false, disableServices: true },
  });
  return settings.http === undefined ? undefined : parseHttpTarget(settings.http);
}

const DEFAULT_CONFIG_PATH = "/etc/chaperone.d";

/**
 * Reads what the image says of its configuration; how process 1 was called is not to be seen any
 * more.
 */
function imageOptions(defaults: string | undefined): ChaperoneOptions | undefined {
  const parsed = parseCommandLine([], { programName: "chaperone", version: VERSION, defaults });
  return parsed.kind === "run" ? parsed.options : undefined;
}
