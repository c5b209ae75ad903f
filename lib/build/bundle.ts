/**
 * Makes the texts that the program carries out of the sources: each of the programs, and the YAML
 * library, is a CommonJS text of its own, which is loaded when it is needed, with what V8 compiled
 * of it at the build. Only the main module, which loads them, goes through `deno compile`.
 *
 * Each text is kept twice: as it was bundled, for those who look for what is in it, and with white
 * space and long forms removed, as it is carried. Names stay, and lines stay short: a stack trace
 * can be read.
 */
import { coreEntry, divide, linkPart, modulesOf, type Needs } from "./parts.ts";
import { BuildError, exists, fetchPackage, mustRun, packageArchitecture, sha256 } from "./tools.ts";

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

/** What only some containers need of chaperone, by their main modules. */
const PARTS = [
  "lib/apps/create_user.ts",
  "lib/apps/run/run_alerts.ts",
  "lib/apps/run/run_otlp.ts",
  "lib/apps/run/run_readiness.ts",
  "lib/apps/run/run_recorder.ts",
  "lib/apps/run/run_renewal.ts",
  "lib/apps/run/serve_http.ts",
  "lib/daemon/container/config_applier.ts",
  "lib/daemon/control/control_commands.ts",
  "lib/daemon/triggers/service_triggers.ts",
];

/** What only some configurations need. */
const LIBRARIES = ["*/yaml_library.ts", "*/sandbox_library.ts", "*/audit_library.ts"];

/** The texts that can be loaded, by name: the name of their file. */
const TEXTS: Readonly<Record<string, Text>> = {
  chaperone: { main: "lib/apps/chaperone.ts", external: LIBRARIES },
  telchap: { main: "lib/apps/telchap.ts", external: ["*/check.ts", "*/topics.ts"] },
  check: { main: "lib/apps/check.ts", external: LIBRARIES },
  init: { main: "lib/apps/init.ts", external: LIBRARIES },
  health: { main: "lib/apps/health.ts", external: ["*/sandbox_library.ts"] },
  "look_at_files": { main: "lib/apps/look_at_files.ts" },
  "own_files": { main: "lib/apps/own_files.ts" },
  envcp: { main: "lib/apps/envcp.ts" },
  sdnotify: { main: "lib/apps/sdnotify.ts" },
  "sdnotify_exec": { main: "lib/apps/sdnotify_exec.ts" },
  "post_mortem": { main: "lib/apps/post_mortem.ts" },
  mcp: { main: "lib/apps/mcp.ts" },
  licenses: { main: "lib/apps/licenses.ts" },
  topics: { main: "lib/apps/topics.ts", external: LIBRARIES },
  "yaml_library": { main: "lib/config/source/yaml_library.ts" },
  "sandbox_library": { main: "lib/service/sandbox/sandbox_library.ts" },
  "audit_library": { main: "lib/service/audit/audit_library.ts" },
};

/** The text whose parts are texts of their own. */
const DIVIDED = "chaperone";

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
    if (name !== DIVIDED) await bundleText(name, main, external, folders);
  }
  await bundleDivided(folders);
  await minify(folders);
}

async function bundleText(
  name: string,
  main: string,
  external: readonly string[],
  folders: Folders,
): Promise<string> {
  const path = `${folders.plainDir}/${name}.js`;
  const flags = external.map((pattern) => `--external=${pattern}`);
  await bundle(["--format", "cjs", "--output", path, ...flags], main, folders);
  return path;
}

/** Bundles the program that is divided: its parts, and then the core, which has what they need. */
async function bundleDivided(folders: Folders): Promise<void> {
  const { root, plainDir } = folders;
  const { main, external = [] } = TEXTS[DIVIDED] as Text;
  const division = divide(root, main, PARTS);
  const others = [...external, ...PARTS.map((part) => part.replace(/^.*\//, "*/"))];
  const ofCore = [...division.core, ...division.later].map((path) => `${root}${path}`);
  const needs: Needs = new Map();
  const places = new Map<string, string>();
  const note = (name: string, text: string) => {
    for (const path of modulesOf(text)) {
      const other = places.get(path);
      if (other !== undefined) throw new BuildError(`${path} is in ${other} and in ${name}`);
      places.set(path, name);
    }
  };
  for (const part of PARTS) {
    const name = moduleName(part);
    const own = others.filter((pattern) => pattern !== `*/${name}.ts`);
    const path = await bundleText(name, part, [...own, ...ofCore], folders);
    const text = linkPart(await Deno.readTextFile(path), root, needs);
    await Deno.writeTextFile(path, text);
    note(name, text);
  }
  const entry = `${plainDir}/${DIVIDED}.ts`;
  await Deno.writeTextFile(entry, coreEntry(root, main, division, needs));
  note(DIVIDED, await Deno.readTextFile(await bundleText(DIVIDED, entry, others, folders)));
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
  for (const name of [...Object.keys(TEXTS), ...PARTS.map(moduleName)]) {
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
  for (const path of await filesOf(bundleDir)) {
    const text = withShortModuleNames(await Deno.readTextFile(path));
    demandAscii(path, text);
    await Deno.writeTextFile(path, text);
    // `deno compile` keeps the time of what it appends; a fixed one makes the bytes depend on the
    // content alone.
    await Deno.utime(path, 0, 0);
  }
}

/**
 * Shortens what the bundler calls the functions that evaluate modules: by the paths of these, twice
 * each. The text lies in memory as it is, and V8 keeps each name that it has met.
 */
export function withShortModuleNames(text: string): string {
  const names = [...text.matchAll(/\b(init_\w+)\s*=\s*__esm\(/g)].map(([, name = ""]) => name);
  const short = new Map(names.map((name, at) => [name, `$${at}`]));
  return text
    .replaceAll(/\b__esm\(\{\s*"[^"]*"\(\)\{/g, "__esm({module(){")
    .replaceAll(/\binit_\w+\b/g, (name) => short.get(name) ?? name);
}

/** esbuild leaves a regular expression as it is. @throws {BuildError} */
export function demandAscii(path: string, text: string): void {
  const [found] = /[^\0-\x7f]/u.exec(text) ?? [];
  if (found === undefined) return;
  const code = found.codePointAt(0)?.toString(16).padStart(4, "0");
  throw new BuildError(
    `${path} holds '${found}', so that V8 keeps more bytes of each character: write \\u${code} ` +
      "in the regular expression that has it",
  );
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
