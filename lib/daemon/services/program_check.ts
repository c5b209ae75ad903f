/** Looks up what a service runs, before it is started for the first time. */
import { ERRNO } from "../../base/errors.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Failure } from "../../service/life/phase.ts";
import type { Os } from "../../door/os.ts";

export type ProgramCheck =
  | { readonly kind: "found"; readonly path: string }
  /** It is missing, and the service is one that may then be disabled. */
  | { readonly kind: "absent"; readonly word: string }
  | { readonly kind: "unusable"; readonly failure: Failure };

/** Says whether a service can be started at all, in the words of chaperone 0.3.9. */
export function findProgram(
  config: ServiceConfig,
  os: Pick<Os, "findExecutable">,
): ProgramCheck {
  const word = config.argv[0];
  if (!word) return unusable("No command or arguments provided for service", ERRNO.EINVAL);
  const found = os.findExecutable(word, config.environment.value("PATH"), config.directory);
  if (found.kind === "not-executable") {
    return unusable(`'${found.path}' is not executable`, ERRNO.EACCES);
  }
  if (found.kind === "found") {
    if (config.missingUser === undefined) return { kind: "found", path: found.path };
    return unusable(`specified user ('${config.missingUser}') does not exist`, ERRNO.EINVAL);
  }
  if (config.optional || config.ignoreFailures) return { kind: "absent", word };
  const isRelative = word.includes("/") && found.path !== word;
  const where = isRelative ? `: there is no '${found.path}'` : "";
  return unusable(`executable '${word}' not found${where}`, ERRNO.ENOENT);
}

function unusable(text: string, errno: number): ProgramCheck {
  return { kind: "unusable", failure: { text, errno, exitCode: 1, ignored: false } };
}
