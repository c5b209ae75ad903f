/** Runs a program of `programs/` in a process of its own, where it may be PID 1 or another user. */

export interface ProgramOptions {
  /** As PID 1 of a PID namespace with its own /proc. */
  readonly asInit?: boolean;
  /** As root of a user namespace, which may not set groups. */
  readonly mapsRoot?: boolean;
  /** As user and group 1234 without any capability. */
  readonly withoutPrivilege?: boolean;
  readonly args?: readonly string[];
}

function namespaceCommand(options: ProgramOptions): string[] {
  const mapsRoot = options.mapsRoot || (options.asInit && Deno.uid() !== 0);
  const flags = [
    ...(mapsRoot ? ["--user", "--map-root-user"] : []),
    ...(options.withoutPrivilege ? ["--user", "--map-user=1234", "--map-group=1234"] : []),
    ...(options.asInit ? ["--fork", "--pid", "--mount-proc"] : []),
  ];
  return flags.length === 0 ? [] : ["unshare", ...flags];
}

export function programCommand(name: string, options: ProgramOptions = {}): Deno.Command {
  const program = new URL(`./programs/${name}.ts`, import.meta.url).pathname;
  const argv = [
    ...namespaceCommand(options),
    Deno.execPath(),
    "run",
    "--allow-all",
    "--no-check",
    "--no-config",
    "--quiet",
    program,
    ...(options.args ?? []),
  ];
  return new Deno.Command(argv[0] as string, {
    args: argv.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
}

/** Returns the JSON value that the program prints. */
export async function runProgram<T>(name: string, options: ProgramOptions = {}): Promise<T> {
  const result = await programCommand(name, options).output();
  const text = new TextDecoder().decode(result.stdout);
  if (!result.success) {
    throw new Error(
      `${name} ended with ${result.code}: ${new TextDecoder().decode(result.stderr)}`,
    );
  }
  return JSON.parse(text) as T;
}
