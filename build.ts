/**
 * Builds dist/chaperone, the compiled program, and dist/rootfs, an image root that holds it and the
 * libraries it needs: `deno task build --help` says how.
 *
 * The sources become a few texts first (lib/build/bundle.ts). `deno compile` then appends these to
 * a base runtime (lib/build/base_runtime.ts): that of one version of Deno, the one that the tests
 * run, whatever Deno builds. Where the program can run on this machine, another one is compiled
 * first, lib/build/cache_code.ts, which tells what V8 compiles at a start; the program carries that
 * and need not compile it again.
 *
 * The same sources give the same bytes. Beside them lies the bill of materials.
 */
import { fetchBaseRuntime, TESTED_VERSION } from "./lib/build/base_runtime.ts";
import {
  bundleAll,
  bundleSha256,
  CACHED_TEXTS,
  type Folders,
  mainPath,
  readTexts,
} from "./lib/build/bundle.ts";
import { carryTexts } from "./lib/build/carry.ts";
import { addBinary, layOutRootfs, rootfsFiles } from "./lib/build/rootfs.ts";
import { formatSbom } from "./lib/build/sbom.ts";
import type { Machine } from "./lib/sys/launch/stub.ts";
import { BuildError, exists, fetchDeno, mustRun, say, sha256 } from "./lib/build/tools.ts";

const ROOT = new URL("./", import.meta.url).pathname;
const CACHE = `${ROOT}.cache`;
const DIST = `${ROOT}dist`;

const USAGE = `Usage: deno task build [--target TRIPLE] [--base VERSION]

Builds dist/chaperone and dist/rootfs, an image root with it.

  --target TRIPLE  build for another architecture, as dist/chaperone-TRIPLE
                   and dist/rootfs-TRIPLE, with the C library of Debian's
                   packages: x86_64-unknown-linux-gnu or
                   aarch64-unknown-linux-gnu
  --base VERSION   take the base runtime of another version of Deno than
                   ${TESTED_VERSION}, the one that is tested
  --help           print this

Environment: DENORT_BIN names a file to take as base runtime; DENO_RELEASES a
server in place of Deno's own.

Examples: deno task build --base 2.9.6
          deno task build --target aarch64-unknown-linux-gnu
`;

const V8_FLAGS = [
  // Loading a large configuration would let V8 keep 16 MiB for young objects. With little of it,
  // neither lines nor datagrams per second are fewer: what handles them hardly makes objects. A
  // start with one service fits in; with less, it collects twice.
  "--min-semi-space-size=2",
  "--max-semi-space-size=2",
  // The collector is called once, see lib/sys/self/memory.ts.
  "--expose-gc",
  // One call collects several times. Bytecode that was not run meanwhile goes, too: after a restart
  // and a few commands it is 0.7 MiB, by V8's own measure it would stay for six collections.
  "--bytecode-old-age=2",
  // Somebody else's text may make an expression go back without end: then V8's linear engine takes
  // over, where it knows the expression (lib/base/bounded_pattern.ts).
  "--enable-experimental-regexp-engine-on-excessive-backtracks",
  "--regexp-backtracks-before-fallback=5000",
  // The heap is small. When V8's threads first meet at a lock, it sleeps 3 ms to measure the clock:
  // in most starts.
  "--single-threaded",
  // What is called a few dozen times, as in a start or by a command, does without records of how it
  // was called: 0.1 MiB less at rest, 0.6 after commands. With 300 services would start slower.
  "--invocation-count-for-feedback-allocation=40",
  // A tenth of V8's own eagerness, or less. To start hundreds of services would make it optimise,
  // and the code that does so is 8 MiB of memory. Who logs much gets there within a second.
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

/** Where V8's data can be loaded in less time than it saves: 0.2 ms, and 28 ms with Deno 2.9. */
const CACHING_VERSIONS = /^2\.5\./;

/**
 * nobody: the program that tells what V8 compiles must not take chaperone's places on this machine.
 */
const NOBODY = 65534;

const FOLDERS: Folders = {
  root: ROOT,
  plainDir: `${CACHE}/build/plain`,
  bundleDir: `${CACHE}/build/bundle`,
};

const MAIN = "main.ts";
const CACHE_MAKER = "lib/build/cache_code.ts";

/** A program that is built. */
interface Recipe {
  /** The bundled file of the main module. */
  readonly main: string;
  /** What it carries, by name. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  readonly output: string;
  readonly flags: readonly string[];
  /** Deno's version. */
  readonly base: string;
  readonly target: string;
}

/** What the last build was made from and what it left; equal means that there is nothing to do. */
interface Stamp {
  readonly bundleSha256: string;
  readonly base: string;
  readonly runtime: string;
  readonly flags: string;
  readonly output: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What is built. */
export interface BuildOptions {
  /** This machine's by default. */
  readonly target?: string;
  /** Version of Deno; the tested one by default. */
  readonly base?: string;
}

/**
 * Joins base runtime, texts and main module. The result is made beside its place and moved: a
 * running program keeps its file.
 */
async function compile({ main, texts, output, flags, base, target }: Recipe): Promise<void> {
  await Deno.mkdir(DIST, { recursive: true });
  const runtime = await fetchBaseRuntime({ version: base, target, cacheDir: CACHE });
  const deno = await fetchDeno(base);
  const args = ["compile", ...flags, "--target", target, "--output", `${output}.new`, main];
  const options = { cwd: ROOT, env: { DENORT_BIN: runtime }, doing: `compile ${main}` };
  await mustRun(deno, args, options);
  await Deno.writeFile(`${output}.new`, carryTexts(await Deno.readFile(`${output}.new`), texts));
  await Deno.rename(`${output}.new`, output);
}

async function currentStamp(recipe: Recipe, bundled: string): Promise<Stamp> {
  const file = await Deno.stat(recipe.output).catch(() => undefined);
  return {
    bundleSha256: bundled,
    base: recipe.base,
    runtime: Deno.env.get("DENORT_BIN") ?? "",
    flags: recipe.flags.join(" "),
    output: recipe.output,
    sizeBytes: file?.size ?? 0,
    modifiedMs: file?.mtime?.getTime() ?? 0,
  };
}

/** Says what is in the program, and which files lie beside it in its image root. */
async function writeSbom({ output, base, target }: Recipe): Promise<void> {
  const files: { path: string; sha256: string }[] = [];
  const rootfs = rootfsOf(target);
  for (const path of await rootfsFiles(rootfs)) {
    files.push({ path, sha256: await sha256(await Deno.readFile(rootfs + path)) });
  }
  const text = formatSbom({
    binarySha256: await sha256(await Deno.readFile(output)),
    denoVersion: base,
    v8Version: base === Deno.version.deno ? Deno.version.v8 : undefined,
    lock: await Deno.readTextFile(`${ROOT}deno.lock`),
    files,
  });
  await Deno.writeTextFile(`${output}.cdx.json`, text);
}

function isForeign(target: string): boolean {
  return target !== Deno.build.target;
}

/** Where the image root for a target is built. */
export function rootfsOf(target: string): string {
  return isForeign(target) ? `${DIST}/rootfs-${target}` : `${DIST}/rootfs`;
}

/** The architecture of a target. @throws {BuildError} where nothing can be built for it. */
export function machineOf(target: string): Machine {
  const machine = /^(x86_64|aarch64)-unknown-linux-gnu$/.exec(target)?.[1];
  if (machine !== undefined) return machine as Machine;
  throw new BuildError(
    `Cannot build for '${target}': x86_64-unknown-linux-gnu and aarch64-unknown-linux-gnu are known`,
  );
}

async function buildUnlocked(options: BuildOptions): Promise<string> {
  const { target = Deno.build.target, base = TESTED_VERSION } = options;
  const machine = machineOf(target);
  const name = isForeign(target) ? `chaperone-${target}` : "chaperone";
  const main = mainPath(MAIN, FOLDERS);
  if (base !== TESTED_VERSION) {
    say(`The base runtime is that of Deno ${base}; the tests ran with that of ${TESTED_VERSION}.`);
  }
  const rootfs = rootfsOf(target);
  if (isForeign(target)) {
    // All that needs no base runtime is there, then, where that cannot be had.
    await layOutRootfs(rootfs, { machine });
    say(`${rootfs}: libraries, launcher, links and certificates`);
  }
  await bundleAll([MAIN, CACHE_MAKER], FOLDERS);
  await fetchBaseRuntime({ version: base, target, cacheDir: CACHE });
  const texts = await readTexts(FOLDERS);
  const output = `${DIST}/${name}`;
  const recipe: Recipe = { main, texts, output, flags: COMPILE_FLAGS, base, target };
  const bundled = await bundleSha256(FOLDERS);
  const stampPath = `${CACHE}/build/${name}.json`;
  const earlier = await Deno.readTextFile(stampPath).catch(() => "");
  const isMade = await exists(`${recipe.output}.cdx.json`);
  if (isMade && earlier === JSON.stringify(await currentStamp(recipe, bundled))) {
    if (isForeign(target)) await addBinary(output, rootfs);
    return output;
  }
  if (CACHING_VERSIONS.test(base) && !isForeign(target)) await cacheCode(recipe, texts);
  await compile(recipe);
  if (!isForeign(target)) await layOutRootfs(rootfs, { machine, listedBy: output });
  await addBinary(output, rootfs);
  await writeSbom(recipe);
  await Deno.writeTextFile(stampPath, JSON.stringify(await currentStamp(recipe, bundled)));
  return output;
}

/**
 * Runs chaperone, in a folder of its own and with no rights, to learn what V8 compiles of each text
 * at a start, and adds that to the texts.
 */
async function cacheCode(recipe: Recipe, texts: Map<string, Uint8Array>): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "chaperone-build-" });
  try {
    const output = `${scratch}/cache_code`;
    await compile({ ...recipe, main: mainPath(CACHE_MAKER, FOLDERS), output });
    if (Deno.uid() === 0) await Deno.chown(scratch, NOBODY, NOBODY);
    for (const name of CACHED_TEXTS) {
      texts.set(`${name}.js.cache`, await compiledCode(output, name));
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Returns what V8 compiles of a text; nothing, said in a line, where that cannot be learnt. */
async function compiledCode(program: string, name: string): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [name],
    cwd: program.slice(0, program.lastIndexOf("/")),
    // What decides which way a start takes is the same on each machine.
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    stdin: "null",
    ...Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {},
  }).output();
  if (success) return stdout;
  say(`Starts will take longer: ${new TextDecoder().decode(stderr).trim()}`);
  return new Uint8Array();
}

/**
 * Builds chaperone around another main module, which imports main.ts, as `dist/NAME`, and returns
 * its path: tests have it go wrong on purpose. `v8Flags` are added to V8's.
 */
export async function buildAround(main: string, v8Flags: readonly string[]): Promise<string> {
  using _lock = await lockBuild();
  const name = main.replace(/^.*\//, "").replace(/\.ts$/, "");
  const folders = {
    ...FOLDERS,
    plainDir: `${CACHE}/build/plain-${name}`,
    bundleDir: `${CACHE}/build/bundle-${name}`,
  };
  await bundleAll([main], folders);
  const flags = COMPILE_FLAGS.map((flag) =>
    flag.startsWith("--v8-flags=") ? [flag, ...v8Flags].join(",") : flag
  );
  const recipe: Recipe = {
    main: mainPath(main, folders),
    texts: await readTexts(folders),
    output: `${DIST}/${name}`,
    flags,
    base: TESTED_VERSION,
    target: Deno.build.target,
  };
  await compile(recipe);
  return recipe.output;
}

/** Two builds at a time would write the same files. */
async function lockBuild(): Promise<Deno.FsFile> {
  await Deno.mkdir(`${CACHE}/build`, { recursive: true });
  const lock = await Deno.open(`${CACHE}/build/lock`, { create: true, write: true });
  await lock.lock(true);
  return lock;
}

/** Builds the program, unless nothing has changed, and returns its path. @throws {BuildError} */
export async function build(options: BuildOptions = {}): Promise<string> {
  using _lock = await lockBuild();
  return await buildUnlocked(options);
}

/** @throws {BuildError} */
function parseArguments(args: readonly string[]): BuildOptions | "help" {
  const options: { target?: string; base?: string } = {};
  for (let at = 0; at < args.length; at += 2) {
    const [option = "", value] = args.slice(at, at + 2);
    if (option === "--help" || option === "-h") return "help";
    if (option !== "--target" && option !== "--base") {
      throw new BuildError(`unknown option '${option}'\n\n${USAGE}`);
    }
    if (value === undefined) throw new BuildError(`${option} needs a value\n\n${USAGE}`);
    options[option === "--target" ? "target" : "base"] = value;
  }
  return options;
}

async function main(): Promise<void> {
  const options = parseArguments(Deno.args);
  if (options === "help") return void Deno.stdout.writeSync(new TextEncoder().encode(USAGE));
  const path = await build(options);
  const { size } = await Deno.stat(path);
  say(`${path}: ${(size / 1024 / 1024).toFixed(1)} MiB`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    say(error.message.trimEnd());
    Deno.exit(1);
  }
}
