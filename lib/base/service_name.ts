/** How services are named. */

const SUFFIX = ".service";

/** The name of the service that is the command of the command line. */
export const COMMAND_NAME = "CONSOLE";

/** Returns a service's name without the suffix, as messages and tables show it. */
export function shortName(name: string): string {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
}
