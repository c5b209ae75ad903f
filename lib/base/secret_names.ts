/**
 * Which variables hold secrets, told by their names: what is shown of an environment or a
 * configuration (`--debug`) ends up in log files and in terminals, and must not carry a password
 * there.
 */

const SECRET_WORD =
  /PASSW(?:OR)?D|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|(?:^|[_-])(?:API|PRIVATE)?KEYS?(?=[_-]|$)/i;

/** `X_FILE` says where the secret is, which is none. */
const PLACE_WORD = /_(?:FILE|PATH|DIR)$/i;

/** Says whether a variable of this name is taken to hold a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_WORD.test(name) && !PLACE_WORD.test(name);
}

/**
 * Returns what may be shown of a variable's value: nothing of a secret but whether there is one.
 */
export function shownValue(name: string, value: string): string {
  return value !== "" && isSecretName(name) ? "***" : value;
}
