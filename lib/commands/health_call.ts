/** When a call is one of `chaperone health`. Apart, since every call of chaperone asks. */

/** The link by which the program is always meant. */
const HEALTH_PROGRAM = "chaperone-health";

/**
 * Returns the arguments where the call is one of health, undefined where it is one of chaperone.
 *
 * `chaperone health` was always a call that runs a command named health, and as process 1 it still
 * is. Elsewhere 0.3.9 refused it (without --force, which comes before the command), so that a check
 * inside a running container can have the word.
 */
export function healthArguments(
  programName: string,
  args: readonly string[],
  isInit: boolean,
): readonly string[] | undefined {
  if (programName === HEALTH_PROGRAM) return args;
  return args[0] === "health" && !isInit ? args.slice(1) : undefined;
}
