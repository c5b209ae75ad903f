/** The secrets of a service: what its processes are handed, and what is masked in their lines. */
import { isSecretName } from "../../base/secret_names.ts";
import { ERRNO, SystemError } from "../../base/errors.ts";
import type { ServiceConfig } from "../../config/model.ts";
import type { Os, SecretText, SpawnRequest } from "../../door/os.ts";

/** Of all secrets of a service: they are read, sealed and masked while nothing else is done. */
const ALL_MAX_CHARS = 1024 * 1024;

/**
 * Reads the secrets anew, as the user that may. @throws {SystemError} where one cannot be read.
 */
export function readSecrets(os: Os, { secrets = [], identity }: ServiceConfig): SecretText[] {
  let leftChars = ALL_MAX_CHARS;
  return secrets.map(({ name, path }) => {
    const text = os.readTextFile(path, identity);
    if (text === undefined) {
      throw new SystemError("open", ERRNO.ENOENT, path, `the secret ${name} is not there`);
    }
    leftChars -= text.length;
    if (leftChars >= 0) return { name, text };
    throw new SystemError(
      "read",
      ERRNO.EFBIG,
      path,
      "the secrets of a service have 1 MiB together",
    );
  });
}

/** Adds secrets to a request, and takes what has their names out of its environment. */
export function handSecrets(request: SpawnRequest, secrets: readonly SecretText[]): SpawnRequest {
  if (secrets.length === 0) return request;
  const names = new Set(secrets.flatMap(({ name }) => [name, `${name}_FILE`]));
  const left = Object.entries(request.env).filter(([name]) => !names.has(name));
  return { ...request, env: Object.fromEntries(left), secrets };
}

/** Returns all that is to be masked in what the process writes. */
export function secretValues({ env, secrets = [] }: SpawnRequest): string[] {
  const variables = Object.entries(env).filter(([name]) => isSecretName(name));
  return [...secrets.map(({ text }) => text), ...variables.map(([, value]) => value)];
}
