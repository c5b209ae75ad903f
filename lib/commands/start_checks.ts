/**
 * What refuses a start, in the order in which chaperone 0.3.9 checks it. Looks at options and
 * plain facts only; what lies between the two functions (creating the user, reading the
 * configuration) has errors of its own.
 */
import { type ChaperoneOptions, type EarlyExit, LEVELS } from "./command_line.ts";

/** Refuses what cannot work whatever the configuration says; `undefined`: go on. */
export function refuseOptions(options: ChaperoneOptions): EarlyExit | undefined {
  if (options.task && options.command === undefined) {
    return refuse("stderr", [
      "--task needs the command that it is to run, after the options",
    ]);
  }
  return undefined;
}

/** What the last checks need to know. */
export interface ConfigurationFacts {
  /** Configured services, enabled or not, the command not counted. */
  readonly serviceCount: number;
  /** Where there is no file and no directory, although a configuration was to be there. */
  readonly missingPath?: string | undefined;
  readonly isLogLevel: (text: string) => boolean;
}

/**
 * Refuses what makes no sense with this configuration; `undefined`: go on, which with
 * `showDependencies` means to print the chart and end.
 */
export function refuseConfiguration(
  options: ChaperoneOptions,
  facts: ConfigurationFacts,
): EarlyExit | undefined {
  if (facts.serviceCount === 0 && options.command === undefined) {
    return refuse("stdout", [
      "There is nothing to run: no service is configured, and no command is given.",
      "Write a file such as /etc/chaperone.d/app.conf (`chaperone --init` makes one),",
      "or a command after the options.",
      ...(facts.missingPath === undefined ? [] : [
        `There is nothing at '${facts.missingPath}', where the configuration is looked for.`,
      ]),
    ]);
  }
  if (options.showDependencies) return undefined;
  if (options.disableServices && options.command === undefined) {
    return refuse("stderr", [
      "--disable-services leaves nothing to run: write a command after the options",
    ]);
  }
  if (options.logLevel !== undefined && !facts.isLogLevel(options.logLevel)) {
    return refuse("stderr", [
      `--log-level is ${LEVELS}, not '${options.logLevel}'`,
    ]);
  }
  return undefined;
}

function refuse(stream: "stdout" | "stderr", lines: readonly string[]): EarlyExit {
  return { stdout: [], stderr: [], exitCode: 1, [stream]: lines };
}

/** Formats the process title, without the arguments of the command. */
export function formatProcessTitle(
  programName: string,
  command: readonly string[] | undefined,
): string {
  return command === undefined ? `[${programName}]` : `[${programName}] ${command[0]}`;
}
