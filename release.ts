/**
 * Makes a release in dist/release, out of what build.ts builds: `deno task release --help` says
 * what. The same sources give the same bytes.
 */
import { build, machineOf, rootfsOf } from "./build.ts";
import { addBaseImage, NOTHING } from "./lib/build/base_image.ts";
import { describeBaseRuntime, TESTED_VERSION } from "./lib/build/base_runtime.ts";
import { DEBIAN } from "./lib/build/debian_libraries.ts";
import { type ImageRecipe, parseDockerfile } from "./lib/build/dockerfile.ts";
import {
  addImage,
  addLayer,
  archiveImage,
  type Blobs,
  type Descriptor,
  type Layer,
} from "./lib/build/oci_image.ts";
import { formatProvenance, type Material } from "./lib/build/provenance.ts";
import {
  archiveName,
  type ArchiveSources,
  programEntries,
  scratchEntries,
} from "./lib/build/release_archive.ts";
import { signFile } from "./lib/build/signature.ts";
import { gzip, readEntry, writeTar } from "./lib/build/tar.ts";
import { BuildError, run, say, sha256 } from "./lib/build/tools.ts";
import { VERSION } from "./lib/base/version.ts";

const ROOT = new URL("./", import.meta.url).pathname;
const OUT = `${ROOT}dist/release`;
const IMAGES = ["scratch", "debian-slim", "alpine"] as const;
const SUMS = "SHA256SUMS";
const PROVENANCE = "provenance.intoto.json";

const USAGE = `Usage: deno task release [--target TRIPLE]… [--image NAME]…
                         [--base-image NAME=IMAGE]… [--sign-key FILE]

Makes in dist/release, for each target:

  chaperone-${VERSION}-linux-ARCH.tar.gz          to unpack over an image with glibc
  chaperone-${VERSION}-linux-ARCH-scratch.tar.gz  what an image from scratch needs besides

for all of them ${SUMS}, ${PROVENANCE}, and images as OCI archives,
chaperone-${VERSION}-NAME.oci.tar, or chaperone-${VERSION}-NAME-linux-ARCH.oci.tar where
there is one target.

  --target TRIPLE  as deno task build has it; repeat it for several, of which an
                   image has all then. This machine's by default
  --image NAME     scratch, debian-slim or alpine; repeat it; all by default
  --base-image NAME=IMAGE
                   take IMAGE where a Dockerfile of config/images says FROM NAME
  --sign-key FILE  sign ${SUMS} by this private key, of ssh-keygen(1) or
                   minisign(1)
  --help           print this

Example: deno task release --target x86_64-unknown-linux-gnu \\
           --target aarch64-unknown-linux-gnu --sign-key release_key
`;

interface ReleaseOptions {
  readonly targets: readonly string[];
  readonly images: readonly string[];
  /** By what Dockerfiles say. */
  readonly baseImages: ReadonlyMap<string, string>;
  readonly signKey?: string | undefined;
}

/** What was built for one target. */
interface Built extends ArchiveSources {
  readonly target: string;
  /** `amd64`, `arm64`. */
  readonly architecture: string;
}

/** Collects what is made. */
class Output {
  readonly subjects: Material[] = [];

  /** Writes a file of the release, and says so. */
  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await Deno.writeFile(`${OUT}/${name}`, bytes);
    this.subjects.push({ name, digest: { sha256: await sha256(bytes) } });
    say(`dist/release/${name}: ${(bytes.length / 1024 / 1024).toFixed(1)} MiB`);
  }

  /** Returns the text for `sha256sum --check`. */
  formatSums(): string {
    const sorted = this.subjects.toSorted((a, b) => a.name < b.name ? -1 : 1);
    return sorted.map(({ name, digest }) => `${digest.sha256}  ${name}\n`).join("");
  }
}

async function buildTarget(target: string): Promise<Built> {
  const sbomPath = `${await build({ target })}.cdx.json`;
  const architecture = DEBIAN[machineOf(target)].name;
  return { root: ROOT, rootfs: rootfsOf(target), sbomPath, target, architecture };
}

async function writeArchives(built: Built, output: Output): Promise<void> {
  const name = archiveName(built.architecture);
  const program = writeTar(await programEntries(built));
  await output.write(`${name}.tar.gz`, gzip(program));
  const scratch = writeTar(await scratchEntries(built));
  await output.write(`${name}-scratch.tar.gz`, gzip(scratch));
}

/** Makes a layer of each COPY, as an engine does. Layers that images share are made once. */
async function copyLayers(
  recipe: ImageRecipe,
  built: Built,
  { blobs, known }: { blobs: Blobs; known: Map<string, Layer> },
): Promise<Layer[]> {
  const layers: Layer[] = [];
  for (const { source, target } of recipe.copies) {
    const key = `${built.target} ${source} ${target}`;
    const layer = known.get(key) ?? await copyLayer(source, target, blobs);
    known.set(key, layer);
    layers.push(layer);
  }
  return layers;
}

async function copyLayer(source: string, target: string, blobs: Blobs): Promise<Layer> {
  const from = `${source.startsWith("/") ? "" : ROOT}${source}`.replace(/\/$/, "");
  const path = target.replace(/^\/|\/$/g, "");
  const entries = await readEntry(from, path);
  // The folder itself keeps its mode, and the root has no entry.
  return await addLayer(
    blobs,
    entries.filter((entry) => entry.path !== path || entry.kind === "file").map(
      (entry) => ({ ...entry, path: entry.path.replace(/^\//, "") }),
    ),
  );
}

/** Writes an image, and returns what it begins with. */
async function writeImage(
  name: string,
  builds: readonly Built[],
  { output, layers, baseImages }: {
    output: Output;
    layers: { blobs: Blobs; known: Map<string, Layer> };
    baseImages: ReadonlyMap<string, string>;
  },
): Promise<Material[]> {
  const text = await Deno.readTextFile(`${ROOT}config/images/${name}/Dockerfile`);
  const materials: Material[] = [];
  const manifests: Descriptor[] = [];
  const blobs: Blobs = new Map();
  for (const built of builds) {
    const { architecture } = built;
    const recipe = parseDockerfile(text, { ROOTFS: built.rootfs });
    const from = baseImages.get(recipe.from) ?? recipe.from;
    const base = from === "scratch" ? NOTHING : await addBaseImage(blobs, from, architecture);
    const copied = await copyLayers(recipe, built, layers);
    for (const { descriptor: { digest } } of copied) {
      blobs.set(digest, layers.blobs.get(digest) as Uint8Array<ArrayBuffer>);
    }
    manifests.push(await addImage(blobs, { recipe, architecture, base, layers: copied }));
    for (const { descriptor } of base.layers) {
      const sum = descriptor.digest.replace("sha256:", "");
      materials.push({ name: `layer of ${recipe.from} ${architecture}`, digest: { sha256: sum } });
    }
  }
  const archive = await archiveImage(blobs, manifests, `chaperone:${VERSION}-${name}`);
  const [only] = builds.length === 1 ? builds : [];
  const suffix = only === undefined ? "" : `-linux-${only.architecture}`;
  await output.write(`chaperone-${VERSION}-${name}${suffix}.oci.tar`, archive);
  return materials;
}

async function sourceMaterials(targets: readonly string[]): Promise<Material[]> {
  const lock = await sha256(await Deno.readFile(`${ROOT}deno.lock`));
  const materials: Material[] = [{ name: "deno.lock", digest: { sha256: lock } }];
  const { success, stdout } = await run("git", ["-C", ROOT, "rev-parse", "HEAD"]).catch(() => ({
    success: false,
    stdout: "",
  }));
  if (success) materials.unshift({ name: "source", digest: { gitCommit: stdout.trim() } });
  else say("The provenance names no commit: this is no clone of a repository.");
  for (const target of targets) {
    const request = { version: TESTED_VERSION, target, cacheDir: `${ROOT}.cache` };
    materials.push(await describeBaseRuntime(request));
  }
  return materials;
}

async function hasChanges(): Promise<boolean> {
  const status = await run("git", ["-C", ROOT, "status", "--porcelain"]).catch(() => undefined);
  const isChanged = status?.success === true && status.stdout !== "";
  if (isChanged) say("The provenance says that the sources have changes that are not committed.");
  return isChanged;
}

async function release(options: ReleaseOptions): Promise<void> {
  await Deno.remove(OUT, { recursive: true }).catch(() => {});
  await Deno.mkdir(OUT, { recursive: true });
  const output = new Output();
  const builds: Built[] = [];
  for (const target of options.targets) {
    say(`Building for ${target}`);
    builds.push(await buildTarget(target));
  }
  for (const built of builds) await writeArchives(built, output);
  const materials = await sourceMaterials(options.targets);
  const layers = { blobs: new Map() as Blobs, known: new Map<string, Layer>() };
  const { baseImages } = options;
  for (const name of options.images) {
    say(`Making the image ${name}`);
    materials.push(...await writeImage(name, builds, { output, layers, baseImages }));
  }
  const provenance = formatProvenance({
    subjects: output.subjects,
    materials,
    command: ["deno", "task", "release", ...withoutKey(Deno.args)],
    targets: options.targets,
    denoVersion: Deno.version.deno,
    isChanged: await hasChanges(),
  });
  await output.write(PROVENANCE, new TextEncoder().encode(provenance));
  await Deno.writeTextFile(`${OUT}/${SUMS}`, output.formatSums());
  say(`dist/release/${SUMS}`);
  if (options.signKey === undefined) return;
  const signature = await signFile(`${OUT}/${SUMS}`, options.signKey, `chaperone ${VERSION}`);
  say(`dist/release/${signature.slice(OUT.length + 1)}`);
}

/** Where a key lies says nothing about how a release was built. */
function withoutKey(args: readonly string[]): string[] {
  const at = args.indexOf("--sign-key");
  return at < 0 ? [...args] : args.toSpliced(at, 2);
}

/** @throws {BuildError} */
function parseArguments(args: readonly string[]): ReleaseOptions | "help" {
  const given = new Map<string, string[]>();
  for (let at = 0; at < args.length; at += 2) {
    const [option = "", value] = args.slice(at, at + 2);
    if (option === "--help" || option === "-h") return "help";
    if (!["--target", "--image", "--base-image", "--sign-key"].includes(option)) {
      throw new BuildError(`unknown option '${option}'\n\n${USAGE}`);
    }
    if (value === undefined) throw new BuildError(`${option} needs a value\n\n${USAGE}`);
    given.set(option, [...given.get(option) ?? [], value]);
  }
  const images = given.get("--image") ?? IMAGES;
  const unknown = images.find((name) => !(IMAGES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new BuildError(`unknown image '${unknown}': ${IMAGES.join(", ")} are known`);
  }
  const targets = given.get("--target") ?? [Deno.build.target];
  for (const target of targets) machineOf(target);
  const pairs = (given.get("--base-image") ?? []).map((text) => text.split(/=(.*)/).slice(0, 2));
  const baseImages = new Map(pairs as [string, string][]);
  return { targets, images, baseImages, signKey: given.get("--sign-key")?.at(-1) };
}

async function main(): Promise<void> {
  const options = parseArguments(Deno.args);
  if (options === "help") return void Deno.stdout.writeSync(new TextEncoder().encode(USAGE));
  await release(options);
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
