/**
 * Programs of arm64 on a machine of another architecture: qemu's user-mode emulation, which the
 * kernel calls by binfmt_misc(5), and the C library that Debian has for cross compilers. All else
 * that runs is the machine's own: only chaperone is emulated.
 *
 * No package has the base runtime of arm64. So the arm64 Deno itself stands in for the compiled
 * program: it carries the same texts in its file, and as_binary.c gives it the main module.
 */
import { bundleAll, type Folders, mainPath, readTexts } from "../../lib/build/bundle.ts";
import { carryTexts } from "../../lib/build/carry.ts";
import { BuildError, exists, fetchPackage, mustRun, sha256 } from "../../lib/build/tools.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const WORK = `${ROOT}.cache/arm64`;
const FOLDERS: Folders = { root: ROOT, plainDir: `${WORK}/plain`, bundleDir: `${WORK}/bundle` };

const DENO = {
  name: "@deno/linux-arm64-glibc",
  version: "2.9.6",
  sha256: "d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416",
};

/** Where libc6-arm64-cross puts the loader and the libraries. */
const LIBRARIES = "/usr/aarch64-linux-gnu/lib";
const QEMU = "/usr/bin/qemu-aarch64-static";
const BINFMT = "/proc/sys/fs/binfmt_misc";

/**
 * The head of an executable file of arm64, and which of its bits count: ET_EXEC and ET_DYN alike.
 */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00${"\\x00".repeat(8)}\x02\x00\xb7\x00`;
const MASK = String.raw`${"\\xff".repeat(7)}\x00${"\\xff".repeat(8)}\xfe\xff\xff\xff`;

/** What the kernel calls it, with the number of the process that asked. */
const NAME = "chaperone-arm64-";

/** What is needed, for `installRequirements` of tests/setup.ts. */
export const NEEDED: readonly string[] = [
  "gcc",
  "/usr/include/stdio.h",
  "qemu-aarch64-static",
  "aarch64-linux-gnu-gcc",
  "unshare",
  "systemd-notify",
  "logger",
  "busybox",
];

/**
 * What a command is put behind to find the libraries of arm64 among the machine's own, in a mount
 * namespace of its own. qemu's own way, a prefix, opens the root directory in that prefix: whoever
 * walks a path from there finds nothing.
 */
export const AMONG_LIBRARIES: readonly string[] = [
  ...["unshare", "--mount", "sh", "-c"],
  `lib=$(readlink -f /lib) && mount -t overlay overlay -o "lowerdir=${LIBRARIES}:$lib" "$lib" &&
exec "$@"`,
  "sh",
];

/** Holds as long as programs of arm64 are to be run. */
export interface Emulation extends AsyncDisposable {
  /** The folder of what stands in for the compiled program. */
  readonly distDir: string;
  /** The arm64 Deno. */
  readonly deno: string;
}

/** Returns why programs of arm64 cannot be run; undefined where they can. */
export async function emulationProblem(): Promise<string | undefined> {
  if (Deno.uid() !== 0) return "binfmt_misc takes orders from root alone";
  if (await exists(`${BINFMT}/register`)) return undefined;
  const mount = ["-t", "binfmt_misc", "binfmt_misc", BINFMT];
  try {
    await mustRun("mount", mount, { doing: "mount binfmt_misc" });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Makes the stand-in, and tells the kernel how to run it. @throws {BuildError} */
export async function emulate(): Promise<Emulation> {
  const distDir = `${WORK}/dist`;
  await Deno.mkdir(distDir, { recursive: true });
  const deno = await fetchDeno();
  await bundleAll(["main.ts"], FOLDERS);
  const program = carryTexts(await Deno.readFile(deno), await readTexts(FOLDERS));
  await replaceProgram(`${distDir}/chaperone`, program);
  const interpreter = `${WORK}/as_binary`;
  const flags = ["-O", "-static", "-o", interpreter, `${ROOT}tests/arm64/as_binary.c`];
  const names = { QEMU, BUNDLE: mainPath("main.ts", FOLDERS) };
  const macros = Object.entries(names).map(([name, value]) => `-D${name}="${value}"`);
  await mustRun("gcc", [...flags, ...macros], { doing: "compile as_binary.c" });
  await forgetEarlierRuns();
  const name = `${NAME}${Deno.pid}`;
  await Deno.writeTextFile(`${BINFMT}/register`, `:${name}:M::${MAGIC}:${MASK}:${interpreter}:OFP`);
  return {
    distDir,
    deno,
    [Symbol.asyncDispose]: () => Deno.writeTextFile(`${BINFMT}/${name}`, "-1"),
  };
}

/** A run that was killed could not take back what it had told the kernel. */
async function forgetEarlierRuns(): Promise<void> {
  for await (const { name } of Deno.readDir(BINFMT)) {
    if (!name.startsWith(NAME) || await exists(`/proc/${name.slice(NAME.length)}`)) continue;
    await Deno.writeTextFile(`${BINFMT}/${name}`, "-1");
  }
}

async function fetchDeno(): Promise<string> {
  const path = `${await fetchPackage(DENO.name, DENO.version)}/deno`;
  const found = await sha256(await Deno.readFile(path));
  if (found !== DENO.sha256) {
    throw new BuildError(`Cannot use ${path}: its SHA-256 is ${found}, it must be ${DENO.sha256}`);
  }
  await Deno.chmod(path, 0o755);
  return path;
}

/** A program that runs keeps its file. */
async function replaceProgram(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(`${path}.new`, bytes, { mode: 0o755 });
  await Deno.rename(`${path}.new`, path);
}
