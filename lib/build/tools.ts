/** What the parts of the build share: running programs, checksums, packages from npm. */

/** The build failed for a reason that the message says; it needs no stack. */
export class BuildError extends Error {}

/** A network that swallows packets instead of refusing them must not hang the build. */
export const DOWNLOAD_LIMIT_MS = 180_000;

export interface Outcome {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const said = new Set<string>();

/** Prints a line on stderr, unless it has been printed before. */
export function say(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

/**
 * Returns the environment for a Deno that downloads: it trusts the machine's own certificates too.
 */
export function downloadEnvironment(): Record<string, string> {
  return { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system" };
}

/** Runs a program to its end, three minutes at most. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const output = await new Deno.Command(program, {
    args: [...args],
    ...options.cwd === undefined ? {} : { cwd: options.cwd },
    env: { ...downloadEnvironment(), NO_COLOR: "1", ...options.env },
    stdin: "null",
    signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS),
  }).output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Runs a program to its end. @throws {BuildError} with what it said, where it failed. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; doing: string },
): Promise<string> {
  const { success, stdout, stderr } = await run(program, args, options);
  if (!success) throw new BuildError(`Cannot ${options.doing}: ${stderr.trim()}`);
  return stdout;
}

/** Returns the SHA-256 of the bytes in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Whether there is anything at the path, links followed. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Puts an npm package into Deno's cache and returns the folder of its files.
 * @throws {BuildError} where it cannot be had.
 */
export async function fetchPackage(name: string, version: string): Promise<string> {
  const scratch = await Deno.makeTempDir({ prefix: "chaperone-build-" });
  try {
    // Away from the project, whose lock file is about its own dependencies only.
    const options = { cwd: scratch, doing: `fetch ${name}@${version}` };
    const flags = ["--quiet", "--no-config", "--no-lock"];
    await mustRun(Deno.execPath(), ["cache", ...flags, `npm:${name}@${version}`], options);
    const info = await mustRun(Deno.execPath(), ["info", "--json"], options);
    const { npmCache } = JSON.parse(info) as { npmCache: string };
    for await (const registry of Deno.readDir(npmCache)) {
      const folder = `${npmCache}/${registry.name}/${name}/${version}`;
      if (await exists(folder)) return folder;
    }
    throw new BuildError(`Cannot find ${name}@${version} below ${npmCache} after fetching it`);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** The end of the names of npm's packages with programs for this machine. */
export function packageArchitecture(): string {
  return Deno.build.arch === "x86_64" ? "x64" : "arm64";
}

/** Returns the path of a Deno of this version: the running one, or one from npm. */
export async function fetchDeno(version: string): Promise<string> {
  if (Deno.version.deno === version) return Deno.execPath();
  return `${await fetchPackage(`@deno/linux-${packageArchitecture()}-glibc`, version)}/deno`;
}
