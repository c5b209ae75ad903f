/**
 * Runs the compiled chaperone as PID 1 of namespaces of its own: in milliseconds, on the machine's
 * own files, but with a private /dev, /run, /etc and network, so that tests can run side by side.
 * Needs root; see `namespaceTest` in requirements.ts.
 */
import { type ExecOptions, type ExecResult, runCommand, Running } from "./running.ts";
import { findInit } from "./processes.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** The folder of the compiled program, or of what stands in for it (tests/arm64). */
export const DIST = Deno.env.get("TEST_DIST") ?? `${ROOT}dist`;

const APPLETS = ["telchap", "envcp", "sdnotify", "sdnotify-exec"];

export interface NamespaceOptions {
  /**
   * Configuration: one file's text, or texts by file name. `$(TEST_DIR)` in it names the run's
   * folder.
   */
  readonly config?: string | Readonly<Record<string, string>>;
  /** Options and command, after `--config FOLDER`, which is given where there is configuration. */
  readonly args?: readonly string[];
  /** Added to PATH, HOME, TEST_DIR; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** More files, by path below the run's folder. Texts that begin with `#!` become executable. */
  readonly files?: Readonly<Record<string, string>>;
  /** `terminal` runs it on a pseudo terminal; both allow `type()`. */
  readonly input?: "none" | "pipe" | "terminal";
  /** A program instead of chaperone. */
  readonly program?: readonly string[];
  /** Put before the program, for example `["setpriv", "--reuid=1000", …]`. */
  readonly wrapper?: readonly string[];
  /** Shell commands that root runs inside before the program, for example `useradd`. */
  readonly setup?: string;
  /** False: a shell is PID 1 and the program its child. */
  readonly isInit?: boolean;
  readonly network?: "own" | "host";
}

/**
 * Shell commands that put the folders `$dir/dev`, laid out by `layOutDev`, and `$dir/run` in place.
 * The devices are the machine's: read-only, they are written to all the same, and keep their owner.
 */
export const PRIVATE_FOLDERS = `for node in null zero full random urandom tty; do
  : > "$dir/dev/$node"
  mount -o bind,ro "/dev/$node" "$dir/dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$dir/dev/pts"
# With the mounts below it: a copy of /dev/null must not be a file that grows.
mount --rbind "$dir/dev" /dev
mount --bind "$dir/run" /run
`;

// $1 is the run's folder, $2 the program's file, $3 shell commands; the rest is the program's line.
const PRELUDE = `set -e
dir=$1
${PRIVATE_FOLDERS}
mount -t tmpfs tmpfs "$dir/etc"
mkdir "$dir/etc/upper" "$dir/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$dir/etc/upper,workdir=$dir/etc/work" /etc
if [ -e "$2" ]; then mount --bind "$2" "$dir/bin/chaperone"; fi
eval "$3"
shift 3
`;

const RUN_AS_INIT = `exec "$@"`;
// The exit status survives; a background reaper is not needed, as the shell waits for its child
// only.
const RUN_AS_CHILD = `"$@" || exit $?`;
const LOOPBACK = "busybox ip link set lo up\n";

/** Returns a text as one word of a POSIX shell. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Writes files by their path below a folder; scripts become executable. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
    if (text.startsWith("#!")) await Deno.chmod(path, 0o755);
  }
}

/** Returns configuration texts by file name. */
export function configFiles(
  config: string | Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return typeof config === "string" ? { "test.conf": config } : config;
}

/** Makes the folders `dev` and `run` for PRIVATE_FOLDERS; the devices come by mount. */
export async function layOutDev(directory: string): Promise<void> {
  for (const folder of ["dev/pts", "dev/shm", "run"]) {
    await Deno.mkdir(`${directory}/${folder}`, { recursive: true });
  }
  await Deno.chmod(`${directory}/dev/shm`, 0o1777);
  const links = {
    ptmx: "pts/ptmx",
    fd: "/proc/self/fd",
    stdin: "/proc/self/fd/0",
    stdout: "/proc/self/fd/1",
    stderr: "/proc/self/fd/2",
  };
  for (const [name, target] of Object.entries(links)) {
    await Deno.symlink(target, `${directory}/dev/${name}`);
  }
}

async function layOut(options: NamespaceOptions): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "chaperone-e2e-" });
  await Deno.chmod(directory, 0o755);
  await layOutDev(directory);
  for (const folder of ["bin", "etc", "tmp"]) await Deno.mkdir(`${directory}/${folder}`);
  await Deno.chmod(`${directory}/tmp`, 0o1777);
  // What is called before it is mounted over must not end as if it had succeeded: an empty file
  // would, as a shell takes it for a script.
  await Deno.writeTextFile(`${directory}/bin/chaperone`, "#!/bin/false\n", { mode: 0o755 });
  for (const name of APPLETS) await Deno.symlink("chaperone", `${directory}/bin/${name}`);
  await writeFiles(directory, options.files ?? {});
  if (options.config !== undefined) {
    await writeFiles(`${directory}/chaperone.d`, configFiles(options.config));
  }
  return directory;
}

function environment(directory: string, options: NamespaceOptions): Record<string, string> {
  return {
    PATH: `${directory}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: "/root",
    TEST_DIR: directory,
    ...options.env,
  };
}

function commandLine(directory: string, options: NamespaceOptions): string[] {
  const env = Object.entries(environment(directory, options)).map(([name, value]) =>
    `${name}=${value}`
  );
  const config = options.config === undefined ? [] : ["--config", `${directory}/chaperone.d`];
  const program = options.program ?? [`${directory}/bin/chaperone`, ...config];
  const network = options.network ?? "own";
  const script = PRELUDE + (network === "own" ? LOOPBACK : "") +
    (options.isInit ?? true ? RUN_AS_INIT : RUN_AS_CHILD);
  return [
    "unshare",
    "--fork",
    "--kill-child",
    "--pid",
    "--mount-proc",
    "--ipc",
    "--uts",
    ...(network === "own" ? ["--net"] : []),
    ...["sh", "-c", script, "prelude", directory, `${DIST}/chaperone`, options.setup ?? ""],
    ...(options.wrapper ?? []),
    ...["env", "-i", ...env, ...program, ...(options.args ?? [])],
  ];
}

/** A program in namespaces of its own. Paths are the machine's, but for /dev, /run and /etc. */
export class NamespaceRun extends Running {
  readonly #env: Readonly<Record<string, string>>;
  readonly #isInit: boolean;

  constructor(child: Deno.ChildProcess, directory: string, options: NamespaceOptions) {
    super(child, directory, (options.input ?? "none") !== "none");
    this.#env = environment(directory, options);
    this.#isInit = options.isInit ?? true;
  }

  /** @inheritdoc */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return await runCommand(await this.entering(argv, options.env), options);
  }

  /** The line of the machine that runs a program in here, for who starts it by other means. */
  async entering(
    argv: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<[command: string, ...args: string[]]> {
    const env = Object.entries({ ...this.#env, ...variables })
      .map(([name, value]) => `${name}=${value}`);
    const target = String(await this.initPid());
    const enter = ["--target", target, "--pid", "--mount", "--net", "--ipc", "--uts"];
    return ["nsenter", ...enter, "env", "-i", ...env, ...argv];
  }

  /** @inheritdoc */
  outerPath(path: string): string {
    return /^\/(?:dev|run)(?:\/|$)/.test(path) ? this.directory + path : path;
  }

  /** @inheritdoc */
  override async leftoverSockets(): Promise<string[]> {
    const found: string[] = [];
    for (const folder of ["dev", "run"]) await collectSockets(this.directory, folder, found);
    return found;
  }

  protected async findInitPid(): Promise<number | undefined> {
    const init = await findInit(this.child.pid);
    if (init === undefined) return undefined;
    if (this.#isInit) return await isPastPrelude(init) ? init : undefined;
    const children = await Deno.readTextFile(`/proc/${init}/task/${init}/children`);
    const child = Number(children.split(" ")[0]);
    return child !== 0 && await isPastPrelude(child) ? child : undefined;
  }

  protected async removeAll(): Promise<void> {
    // Killing PID 1 ends every process of its namespace.
    const init = await findInit(this.child.pid);
    for (const pid of [init, this.child.pid]) {
      try {
        if (pid !== undefined) Deno.kill(pid, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error; // ESRCH: it has ended.
      }
    }
  }
}

/** Whether a process has the program's own environment: before that the mounts are not in place. */
async function isPastPrelude(pid: number): Promise<boolean> {
  const environment = await Deno.readTextFile(`/proc/${pid}/environ`).catch(() => "");
  return /(?:^|\0)TEST_DIR=/.test(environment);
}

async function collectSockets(root: string, folder: string, found: string[]): Promise<void> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await collectSockets(root, path, found);
    const info = await Deno.lstat(`${root}/${path}`);
    if (info.isSocket || info.isFifo) found.push(`/${path}`);
  }
}

async function requireBuild(): Promise<void> {
  try {
    await Deno.stat(`${DIST}/chaperone`);
  } catch (cause) {
    throw new Error("Cannot run dist/chaperone: it must be built first (`deno task build`)", {
      cause,
    });
  }
}

/** Starts chaperone as PID 1 of its own namespaces. Keep the result in an `await using`. */
export async function inNamespace(options: NamespaceOptions = {}): Promise<NamespaceRun> {
  if (options.program === undefined) await requireBuild();
  const directory = await layOut(options);
  const line = commandLine(directory, options);
  const isTerminal = options.input === "terminal";
  const [program = "", ...args] = isTerminal
    // script(1) opens the terminal, copies both ways, and passes the exit status on.
    ? ["script", "-qefc", `exec ${line.map(shellQuote).join(" ")}`, "/dev/null"]
    : line;
  const child = new Deno.Command(program, {
    args,
    cwd: "/",
    stdin: (options.input ?? "none") === "none" ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new NamespaceRun(child, directory, options);
}
