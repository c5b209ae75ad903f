/** The program chaperone-health: asks a running chaperone whether the container is ready. */
import { ConfigError, SystemError } from "../base/errors.ts";
import { type HealthCommand, parseHealth } from "../commands/health_command.ts";
import { type HttpTarget, parseHttpTarget } from "../config/http_place.ts";
import { formatConfigError } from "../config/source/problems.ts";
import { readAccounts } from "../sys/files/accounts.ts";
import { configFiles } from "../sys/paths/config_files.ts";
import { askHttp, describePlace } from "../sys/sockets/http_client.ts";
import { print } from "../sys/self/print.ts";
import { environmentVariables } from "../sys/self/program.ts";
import { parseStatusLine } from "../wire/http_message.ts";
import { readImageOptions } from "./image_options.ts";
import { printAnswer } from "./print_answer.ts";
import { loadLazily } from "./run/load_lazily.ts";
import { asShown } from "./shown_output.ts";

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
      status === undefined ? `${describePlace(place)} does not answer in HTTP` : asShown(body),
    ]);
  }
  return isWell ? 0 : UNHEALTHY;
}

/** Looks up the setting `http` of the configuration. */
async function findTarget(config: string | undefined): Promise<HttpTarget | undefined> {
  const variables = environmentVariables();
  const accounts = readAccounts();
  const { configPath } = readImageOptions(variables, accounts, config);
  const { settings } = await loadLazily({
    configPath,
    files: configFiles,
    accounts,
    // A check comes every few seconds: it does not run commands, whatever they would yield.
    backticks: () => ({ run: () => "" }),
    variables,
    options: { interactive: false, taskMode: false, disableServices: true },
  });
  return settings.http === undefined ? undefined : parseHttpTarget(settings.http);
}
