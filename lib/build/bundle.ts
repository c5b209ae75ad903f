/**
 * Makes the texts that the program carries out of the sources: each of the programs, and the YAML
 * library, is a CommonJS text of its own, which is loaded when it is needed, with what V8 compiled
 * of it at the build. Only the main module, which loads them, goes through `deno compile`.
 *
 * Each text is kept twice: as it was bundled, for those who look for what is in it, and with white
 * space and long forms removed, as it is carried. Names stay, and lines stay short: a stack trace
 * can be read.
 */
import { exists, fetchPackage, mustRun, packageArchitecture, sha256 } from "./tools.ts";

/** What the bundler itself is made of; here it only removes white space. */
const ESBUILD_VERSION = "0.25.12";

const MINIFY_FLAGS = [
  "--minify-whitespace",
  "--minify-syntax",
  "--line-limit=160",
  "--target=esnext",
  "--legal-comments=none",
  // V8 keeps two bytes for each character of a text that has any other.
  "--charset=ascii",
  "--log-level=error",
];

/** A module that is carried as a text of its own. */
interface Text {
  readonly main: string;
  /**
   * What it requires when it needs it, and does not hold: other texts, as esbuild's `--external`
   * takes each.
   */
  readonly external?: readonly string[];
}

/** What only some configurations need. */
const LIBRARIES = ["*/yaml_library.ts", "*/sandbox_library.ts", "*/audit_library.ts"];

/** The texts that can be loaded, by name: the name of their file. */
const TEXTS: Readonly<Record<string, Text>> = {
  chaperone: { main: "lib/apps/chaperone.ts", external: LIBRARIES },
  telchap: { main: "lib/apps/telchap.ts", external: ["*/check.ts", "*/topics.ts"] },
  check: { main: "lib/apps/check.ts", external: LIBRARIES },
  init: { main: "lib/apps/init.ts", external: LIBRARIES },
  health: { main: "lib/apps/health.ts", external: ["*/sandbox_library.ts"] },
  "own_files": { main: "lib/apps/own_files.ts" },
  envcp: { main: "lib/apps/envcp.ts" },
  sdnotify: { main: "lib/apps/sdnotify.ts" },
  "sdnotify_exec": { main: "lib/apps/sdnotify_exec.ts" },
  "post_mortem": { main: "lib/apps/post_mortem.ts" },
  licenses: { main: "lib/apps/licenses.ts" },
  topics: { main: "lib/apps/topics.ts", external: LIBRARIES },
  "yaml_library": { main: "lib/config/source/yaml_library.ts" },
  "sandbox_library": { main: "lib/service/sandbox/sandbox_library.ts" },
  "audit_library": { main: "lib/service/audit/audit_library.ts" },
};

/**
 * The texts of which the program carries what V8 compiled: those that a start of chaperone loads.
 */
export const CACHED_TEXTS = ["chaperone", "yaml_library"] as const;

export interface Folders {
  /** Of the sources. */
  readonly root: string;
  /** What was bundled, in full. */
  readonly plainDir: string;
  /** What the program carries. */
  readonly bundleDir: string;
}

/** Bundles main modules of `deno compile`, and the texts. @throws {BuildError} */
export async function bundleAll(mains: readonly string[], folders: Folders): Promise<void> {
  await emptyFolder(folders.plainDir);
  await emptyFolder(folders.bundleDir);
  for (const main of mains) {
    await bundle(["--output", `${folders.plainDir}/${moduleName(main)}.main.js`], main, folders);
  }
  for (const [name, { main, external = [] }] of Object.entries(TEXTS)) {
    const flags = external.map((pattern) => `--external=${pattern}`);
    const output = ["--output", `${folders.plainDir}/${name}.js`];
    await bundle(["--format", "cjs", ...output, ...flags], main, folders);
  }
  await minify(folders);
}

/** Where the bundle of a main module is. */
export function mainPath(main: string, { bundleDir }: Folders): string {
  return `${bundleDir}/${moduleName(main)}.main.js`;
}

/**
 * Returns what is evaluated to the function of a CommonJS module, whose stack traces name the file
 * and its lines: the text begins on the first line. Made here, since at a start it would take a
 * copy of the whole text.
 */
export function asFunction(fileName: string, text: string): string {
  return `(function (module, require) { "use strict"; ${text}\n})\n//# sourceURL=${fileName}`;
}

/**
 * Returns the texts as they are carried, by name, each with an empty place for what V8 compiles of
 * it.
 */
export async function readTexts({ bundleDir }: Folders): Promise<Map<string, Uint8Array>> {
  const encoder = new TextEncoder();
  const texts = new Map<string, Uint8Array>();
  for (const name of Object.keys(TEXTS)) {
    const text = await Deno.readTextFile(`${bundleDir}/${name}.js`);
    texts.set(`${name}.js`, encoder.encode(asFunction(`${name}.js`, text)));
    texts.set(`${name}.js.cache`, new Uint8Array());
  }
  return texts;
}

/** Returns one checksum for all files of the bundle. */
export async function bundleSha256({ bundleDir }: Folders): Promise<string> {
  const sums: string[] = [];
  for (const path of await filesOf(bundleDir)) sums.push(await sha256(await Deno.readFile(path)));
  return await sha256(new TextEncoder().encode(sums.join()));
}

function moduleName(main: string): string {
  return main.replace(/^.*\//, "").replace(/\.ts$/, "");
}

/** "browser" chooses the build of `yaml` that is made of ES modules: it loses what is not used. */
async function bundle(flags: readonly string[], main: string, { root }: Folders): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "browser", ...flags, main];
  await mustRun(Deno.execPath(), args, { cwd: root, doing: `bundle ${main}` });
}

async function minify({ plainDir, bundleDir }: Folders): Promise<void> {
  const folder = await fetchPackage(`@esbuild/linux-${packageArchitecture()}`, ESBUILD_VERSION);
  const program = `${folder}/bin/esbuild`;
  await Deno.chmod(program, 0o755);
  const paths = (await filesOf(plainDir)).filter((path) => path.endsWith(".js"));
  const isMain = (path: string) => path.endsWith(".main.js");
  const texts = paths.filter((path) => !isMain(path));
  // A text has no module loader: what it imports only when it needs it, it requires.
  for (const part of [paths.filter(isMain), [...texts, "--supported:dynamic-import=false"]]) {
    const args = [...part, ...MINIFY_FLAGS, `--outdir=${bundleDir}`];
    await mustRun(program, args, { doing: "remove white space from the bundle" });
  }
  // `deno compile` keeps the time of what it appends; a fixed one makes the bytes depend on the
  // content alone.
  for (const path of await filesOf(bundleDir)) await Deno.utime(path, 0, 0);
}

async function emptyFolder(folder: string): Promise<void> {
  if (await exists(folder)) await Deno.remove(folder, { recursive: true });
  await Deno.mkdir(folder, { recursive: true });
}

/** The files of a folder in a fixed order. */
async function filesOf(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(folder)) paths.push(`${folder}/${name}`);
  return paths.sort();
}
