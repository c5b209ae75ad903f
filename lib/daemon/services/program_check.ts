/** Looks up what a service runs, before it is started for the first time. */
import { ERRNO } from "../../base/errors.ts";
import { COMMAND_NAME } from "../../base/service_name.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Failure } from "../../service/life/phase.ts";
import type { Journal } from "../logging/journal.ts";
import type { Os } from "../../door/os.ts";
import type { Supervisor } from "./supervisor.ts";

export type ProgramCheck =
  | { readonly kind: "found"; readonly path: string }
  /** It is missing or no program, and the service is one that may then be disabled. */
  | { readonly kind: "absent"; readonly word: string; readonly problem: string }
  | { readonly kind: "unusable"; readonly failure: Failure };

/** Says whether a service can be started at all. */
export function findProgram(
  config: ServiceConfig,
  os: Pick<Os, "findExecutable">,
): ProgramCheck {
  const word = config.argv[0];
  if (!word) {
    return unusable("its command is empty: write the program that it is to run", ERRNO.EINVAL);
  }
  const found = os.findExecutable(word, config.environment.value("PATH"), config.directory);
  if (found.kind === "not-executable") {
    if (config.ignoreFailures && config.name !== COMMAND_NAME) {
      return { kind: "absent", word, problem: "cannot be executed" };
    }
    return unusable(`'${found.path}' is not executable`, ERRNO.EACCES);
  }
  if (found.kind === "found") {
    if (config.missingUser === undefined) return { kind: "found", path: found.path };
    if (config.ignoreFailures) return { kind: "absent", word, problem: "has no user to run as" };
    return unusable(`specified user ('${config.missingUser}') does not exist`, ERRNO.EINVAL);
  }
  if ((config.optional || config.ignoreFailures) && config.name !== COMMAND_NAME) {
    return { kind: "absent", word, problem: "is not present" };
  }
  const isRelative = word.includes("/") && found.path !== word;
  const where = isRelative ? `: there is no '${found.path}'` : "";
  return unusable(`executable '${word}' not found${where}`, ERRNO.ENOENT);
}

/**
 * Looks up what a service runs. One that is optional, or whose failures are ignored, is disabled
 * where it is missing; otherwise the failure is returned.
 */
export function settleProgram(
  name: string,
  { supervisor, os, journal }: {
    readonly supervisor: Supervisor;
    readonly os: Pick<Os, "findExecutable">;
    readonly journal: Journal;
  },
): Failure | undefined {
  if (!supervisor.state(name).enabled) return undefined;
  const config = supervisor.config(name);
  const found = findProgram(config, os);
  switch (found.kind) {
    case "found":
      supervisor.setExecutable(name, found.path);
      return undefined;
    case "unusable":
      return found.failure;
    case "absent": {
      const { word, problem } = found;
      const because = `its program '${word}' ${problem}`;
      if (config.optional) {
        const text = `optional service ${name} disabled since '${word}' ${problem}`;
        journal.write({ level: "info", text });
      } else {
        const former = `(ignored) service ${name} executable '${word}' ${problem}`;
        journal.write({ level: "debug", text: former });
        const text = `${name} is not started: ${because} (ignore_failures)`;
        journal.write({ level: "warn", text });
      }
      supervisor.dispatch(name, { kind: "disable", because });
      return undefined;
    }
    default:
      return found satisfies never;
  }
}

/** Adds to a text where a service is configured that was never launched: a file is to be mended. */
export function withPlace(name: string, text: string, supervisor: Supervisor): string {
  const { origin } = supervisor.config(name);
  if (origin === undefined || supervisor.state(name).launchedMs !== undefined) return text;
  return `${text} (${origin.file}:${origin.line})`;
}

function unusable(text: string, errno: number): ProgramCheck {
  return { kind: "unusable", failure: { text, errno, exitCode: 1, ignored: false } };
}
