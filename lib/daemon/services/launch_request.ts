/** From a service's configuration to the process that the system is asked to start. */
import { ConfigError, ERRNO, SystemError } from "../../base/errors.ts";
import { ExpansionError } from "../../config/environment/expansion.ts";
import { parseEnvFile, type ReadText } from "../../config/environment/env_file.ts";
import type { ServiceConfig, StreamTarget } from "../../config/model.ts";
import { ScheduleError } from "../../service/schedule/schedule_error.ts";
import type { Os, SpawnRequest } from "../../door/os.ts";

/** Carried by every process of a service, so that what it leaves behind can be found. */
export const MARKER_VARIABLE = "_CHAP_SERVICE_ID";

/** A launch that was not even tried. */
export interface LaunchProblem {
  readonly text: string;
  readonly errno?: number;
}

/**
 * Says why a launch failed, in the words that a user can act on. Rethrows what it does not know.
 */
export function describeLaunchProblem(error: unknown): LaunchProblem {
  if (error instanceof SystemError) {
    const what = error.call === "chdir" ? " (its directory)" : "";
    return { text: error.message + what, errno: error.errno };
  }
  if (error instanceof ExpansionError || error instanceof ConfigError) {
    return { text: error.message };
  }
  if (error instanceof ScheduleError) {
    return { text: `${error.message}: ${error.reason}`, errno: ERRNO.EINVAL };
  }
  throw error;
}

/**
 * Builds the environment that a process of the service receives.
 * @throws {SystemError} for an `env_file` that cannot be read.
 * @throws {ConfigError} for one that cannot be understood, or a secret that cannot be used.
 * @throws {ExpansionError} for a `$(X:?message)` whose X is empty.
 */
export function launchEnvironment(
  os: Os,
  config: ServiceConfig,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const { identity } = config;
  const read = (path: string) => os.readTextFile(path, identity);
  let environment = config.environment;
  // Before there are lines of files: those may not name a file that is read.
  const secrets = config.envFromFile ? environment.readSecrets(read) : [];
  for (const path of config.envFiles) {
    environment = environment.withFileEntries(parseEnvFile(readRequired(read, path), path));
  }
  environment = environment.withSecrets(secrets);
  // First, since no more than the beginning of an environment is read.
  return { [MARKER_VARIABLE]: config.name, ...environment.launch(extra) };
}

function readRequired(read: ReadText, path: string): string {
  const text = read(path);
  if (text === undefined) throw new SystemError("open", ERRNO.ENOENT, path, "its env_file");
  return text;
}

/** Builds the request for the process of a service, or for one that works for it. */
export function spawnRequest(
  config: ServiceConfig,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  capturesInherited = false,
): SpawnRequest {
  const home = config.identity?.home;
  return {
    argv,
    env,
    ...(config.directory === undefined ? {} : { directory: config.directory }),
    ...(home === undefined ? {} : { home }),
    ...(config.identity === undefined ? {} : { identity: config.identity }),
    stdout: streamOf(config.stdout, capturesInherited),
    stderr: streamOf(config.stderr, capturesInherited),
    ownSession: config.setpgrp,
    ...(config.umask === undefined ? {} : { umask: config.umask }),
    ...(config.nice === undefined ? {} : { nice: config.nice }),
    ...(config.oomScoreAdj === undefined ? {} : { oomScoreAdj: config.oomScoreAdj }),
    limits: config.limits,
  };
}

/**
 * What only the process of the service itself gets: its input, how it tells that it is ready and
 * alive.
 */
export function ownRequest(
  config: ServiceConfig,
): Pick<SpawnRequest, "readyDescriptor" | "setsWatchdogPid" | "stdin"> {
  const { ready, watchdogMs, input, stdin } = config;
  return {
    ...(stdin === "inherit" ? { stdin } : {}),
    ...(input === undefined ? {} : { stdin: { text: input } }),
    ...(ready?.probe.kind === "fd" ? { readyDescriptor: ready.probe.fd } : {}),
    ...(watchdogMs === undefined ? {} : { setsWatchdogPid: true }),
  };
}

function streamOf(
  target: StreamTarget,
  capturesInherited: boolean,
): "pipe" | "inherit" | "null" {
  return target === "log" || (target === "inherit" && capturesInherited) ? "pipe" : target;
}
