/**
 * Runs chaperone as PID 1 of a container, with podman and runc and without network. Slower than a
 * namespace; for what depends on an image: missing files, a read-only root, real services.
 */
import { ensureImage, type ImageName } from "./images.ts";
import { ensureShipped, isShipped, type ShippedName } from "./shipped_images.ts";
import { configFiles, DIST, shellQuote, writeFiles } from "./namespace.ts";
import { type ExecOptions, type ExecResult, mustRun, runCommand, Running } from "./running.ts";

const REMOVE_LIMIT_MS = 30_000;

export interface ContainerOptions {
  readonly image: ImageName | ShippedName;
  /** Configuration, mounted as /etc/chaperone.d: one file's text, or texts by file name. */
  readonly config?: string | Readonly<Record<string, string>>;
  /** Options and command for chaperone. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files by path inside. Texts that begin with `#!` become executable. */
  readonly files?: Readonly<Record<string, string>>;
  /** busybox programs to put into /bin, for `scratch`, which has no program but chaperone. */
  readonly applets?: readonly string[];
  readonly input?: "none" | "pipe" | "terminal";
  /** Instead of the ENTRYPOINT of the image, which is chaperone. */
  readonly entrypoint?: string;
  /** Variables for podman itself, such as NOTIFY_SOCKET. */
  readonly podmanEnv?: Readonly<Record<string, string>>;
  /** More options of `podman run`: `--read-only`, `--user=1000`, `--cap-drop=all`. */
  readonly podman?: readonly string[];
}

/** Lists mounts that make the machine's busybox run in an image that has the C library only. */
async function appletMounts(applets: readonly string[]): Promise<string[]> {
  if (applets.length === 0) return [];
  const busybox = (await mustRun(["sh", "-c", "command -v busybox"])).trim();
  const libraries = (await runCommand(["ldd", busybox])).stdout.matchAll(/=> (\/\S+)/g);
  const mounts = applets.map((name) => `${busybox}:/bin/${name}:ro`);
  for (const [, path = ""] of libraries) {
    const isThere = await Deno.lstat(`${DIST}/rootfs${path}`).then(() => true, () => false);
    if (!isThere) mounts.push(`${await Deno.realPath(path)}:${path}:ro`);
  }
  return mounts;
}

async function listMounts(directory: string, options: ContainerOptions): Promise<string[]> {
  const mounts = await appletMounts(options.applets ?? []);
  if (options.image === "debian") {
    mounts.push(`${DIST}/chaperone:/usr/local/bin/chaperone:ro`);
  }
  if (options.config !== undefined) {
    await writeFiles(`${directory}/chaperone.d`, configFiles(options.config));
    mounts.push(`${directory}/chaperone.d:/etc/chaperone.d:ro`);
  }
  await writeFiles(`${directory}/files`, options.files ?? {});
  for (const path of Object.keys(options.files ?? {})) {
    mounts.push(`${directory}/files/${path}:${path}`);
  }
  return mounts;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Where podman writes which process is PID 1; asking podman for it takes as long as a start. */
function pidFile(name: string): string {
  return `/run/${name}.pid`;
}

async function commandLine(
  image: string,
  directory: string,
  options: ContainerOptions,
): Promise<string[]> {
  const name = baseName(directory);
  const mounts = await listMounts(directory, options);
  const entrypoint = options.entrypoint ??
    (options.image === "debian" ? "/usr/local/bin/chaperone" : undefined);
  return [
    ...["podman", "--runtime", "runc", "run", "--name", name, "--network=none"],
    ...["--pidfile", pidFile(name)],
    ...["--log-driver=none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"],
    ...(options.input === undefined || options.input === "none" ? [] : ["--interactive"]),
    ...(options.input === "terminal" ? ["--tty"] : []),
    ...mounts.flatMap((mount) => ["--volume", mount]),
    ...Object.entries(options.env ?? {}).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...(entrypoint === undefined ? [] : ["--entrypoint", entrypoint]),
    ...[...(options.podman ?? []), image, ...(options.args ?? [])],
  ];
}

/** A program in a container; `name` is the container's. */
export class ContainerRun extends Running {
  readonly name: string;

  constructor(child: Deno.ChildProcess, directory: string, name: string, hasInput: boolean) {
    super(child, directory, hasInput);
    this.name = name;
  }

  /** @inheritdoc */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    await this.initPid();
    const env = Object.entries(options.env ?? {}).flatMap(([key, value]) => [
      ...["--env", `${key}=${value}`],
    ]);
    const interactive = options.stdin === undefined ? [] : ["--interactive"];
    const podman = ["podman", "--runtime", "runc", "exec", ...interactive, ...env, this.name];
    return await runCommand([...podman, ...argv], options);
  }

  /**
   * Starts the ended container again, on the files that it left. Keep the result in an `await
   * using`.
   */
  async startAgain(): Promise<ContainerRun> {
    const directory = await Deno.makeTempDir({ prefix: "chaperone-e2e-" });
    await Deno.remove(pidFile(this.name));
    const child = new Deno.Command("podman", {
      args: ["--runtime", "runc", "start", "--attach", this.name],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new ContainerRun(child, directory, this.name, false);
  }

  /** Returns where the test finds a path of the running container. */
  outerPath(path: string): string {
    if (this.knownInitPid === undefined) throw new TypeError("Call initPid() before outerPath()");
    return `/proc/${this.knownInitPid}/root${path}`;
  }

  protected async findInitPid(): Promise<number | undefined> {
    const read = (path: string) => Deno.readTextFile(path).catch(() => "");
    const pid = (await read(pidFile(this.name))).trim();
    const name = pid === "" ? "" : await read(`/proc/${pid}/comm`);
    // Until it executes the ENTRYPOINT, the process is runc's.
    return name === "" || name.startsWith("runc:") ? undefined : Number(pid);
  }

  protected async removeAll(): Promise<void> {
    const remove = ["podman", "rm", "--force", "--time=0", "--volumes", this.name];
    await runCommand(remove, { limitMs: REMOVE_LIMIT_MS });
    await Deno.remove(pidFile(this.name)).catch(() => {});
  }
}

/** Starts chaperone as PID 1 of a container. Keep the result in an `await using`. */
export async function inContainer(options: ContainerOptions): Promise<ContainerRun> {
  const image = isShipped(options.image)
    ? await ensureShipped(options.image)
    : await ensureImage(options.image);
  const directory = await Deno.makeTempDir({ prefix: "chaperone-e2e-" });
  await Deno.chmod(directory, 0o755);
  const line = await commandLine(image, directory, options);
  const hasInput = (options.input ?? "none") !== "none";
  const [program = "", ...args] = options.input === "terminal"
    ? ["script", "-qefc", `exec ${line.map(shellQuote).join(" ")}`, "/dev/null"]
    : line;
  const child = new Deno.Command(program, {
    // podman leaves a file there when the memory of a container has run out.
    cwd: directory,
    args,
    env: { ...options.podmanEnv },
    stdin: hasInput ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new ContainerRun(child, directory, baseName(directory), hasInput);
}
