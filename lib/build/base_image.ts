/** Images that those of a release begin with, as podman has or gets them. */
import { addBlob, type BaseImage, type Blobs, type Layer } from "./oci_image.ts";
import { gzip } from "./tar.ts";
import { BuildError, mustRun, run, sha256 } from "./tools.ts";

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[];
  readonly config: { readonly digest: string };
}

interface Configuration {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly "diff_ids": readonly string[] };
}

/** What an image from scratch begins with. */
export const NOTHING: BaseImage = { layers: [], config: {} };

/**
 * Puts the layers of an image into the blobs. What podman has of that architecture is taken, else
 * it is pulled. @throws {BuildError} where it cannot be had.
 */
export async function addBaseImage(
  blobs: Blobs,
  name: string,
  architecture: string,
): Promise<BaseImage> {
  const id = await imageId(name, architecture);
  const folder = await Deno.makeTempDir({ prefix: "chaperone-base-" });
  try {
    const options = { doing: `save the image ${name}` };
    await mustRun(
      "podman",
      ["save", "--quiet", "--format", "oci-dir", "-o", `${folder}/oci`, id],
      options,
    );
    return await readImage(blobs, `${folder}/oci`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(`Cannot get the image ${name}: it takes podman`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function imageId(name: string, architecture: string): Promise<string> {
  const format = "{{.Architecture}} {{.Id}}";
  const known = await run("podman", ["image", "inspect", "--format", format, name]);
  const [found, id = ""] = known.stdout.trim().split(" ");
  if (known.success && found === architecture) return id;
  const pull = ["pull", "--quiet", "--platform", `linux/${architecture}`, name];
  const said = await mustRun("podman", pull, {
    doing: `get the image ${name} for ${architecture}`,
  });
  return said.trim();
}

async function readImage(blobs: Blobs, folder: string): Promise<BaseImage> {
  const read = (digest: string) => Deno.readFile(`${folder}/blobs/${digest.replace(":", "/")}`);
  const parse = async <Shape>(digest: string) =>
    JSON.parse(new TextDecoder().decode(await read(digest))) as Shape;
  const { manifests: [top] } = JSON.parse(await Deno.readTextFile(`${folder}/index.json`)) as {
    manifests: readonly { readonly digest: string }[];
  };
  const manifest = await parse<Manifest>(top?.digest ?? "");
  const { config = {}, rootfs } = await parse<Configuration>(manifest.config.digest);
  const layers: Layer[] = [];
  for (const [i, { digest, mediaType }] of manifest.layers.entries()) {
    const diffId = rootfs.diff_ids[i] ?? "";
    const bytes = await read(digest);
    // podman keeps layers unpacked, and compresses as it likes.
    const isPlain = `sha256:${await sha256(bytes)}` === diffId;
    const packed = isPlain ? gzip(bytes) : bytes;
    const type = isPlain ? `${mediaType.replace(/\+gzip$/, "")}+gzip` : mediaType;
    layers.push({ descriptor: await addBlob(blobs, type, packed), diffId });
  }
  return { layers, config };
}
