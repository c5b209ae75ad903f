/**
 * Images as the Open Container Initiative describes them (image-spec 1.1): blobs by their checksum,
 * a manifest for each architecture, and an index of both where there are two.
 */
import { gzip, type TarEntry, writeTar } from "./tar.ts";
import { sha256 } from "./tools.ts";
import type { ImageRecipe } from "./dockerfile.ts";

const MEDIA = {
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  config: "application/vnd.oci.image.config.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
} as const;

/** Images of a release have no time of their own. */
const EPOCH = "1970-01-01T00:00:00Z";

/** What a blob is called by others. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: "linux" };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A compressed layer, and the checksum of what it is uncompressed. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/** An image that another one begins with. */
export interface BaseImage {
  readonly layers: readonly Layer[];
  /** Of its `config`: environment, working directory. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Blobs by digest. */
export type Blobs = Map<string, Uint8Array<ArrayBuffer>>;

/** Puts the image for one architecture into the blobs, and returns its manifest. */
export async function addImage(blobs: Blobs, image: {
  readonly recipe: ImageRecipe;
  /** Docker's name: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly base: BaseImage;
  readonly layers: readonly Layer[];
}): Promise<Descriptor> {
  const { recipe, architecture, base } = image;
  const layers = [...base.layers, ...image.layers];
  const config = await addJson(blobs, MEDIA.config, {
    architecture,
    os: "linux",
    created: EPOCH,
    config: {
      ...base.config,
      Entrypoint: recipe.entrypoint,
      Cmd: null,
      Labels: recipe.labels,
      StopSignal: recipe.stopSignal,
      ...(recipe.healthcheck === undefined ? {} : { Healthcheck: recipe.healthcheck }),
    },
    rootfs: { type: "layers", "diff_ids": layers.map(({ diffId }) => diffId) },
  });
  const manifest = await addJson(blobs, MEDIA.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    config,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: recipe.labels,
  });
  return { ...manifest, platform: { architecture, os: "linux" } };
}

/** Makes a layer of files. */
export async function addLayer(blobs: Blobs, entries: readonly TarEntry[]): Promise<Layer> {
  const archive = writeTar(entries);
  return {
    descriptor: await addBlob(blobs, MEDIA.layer, gzip(archive)),
    diffId: `sha256:${await sha256(archive)}`,
  };
}

/** Returns the archive of an image: of one manifest, or of an index of several. */
export async function archiveImage(
  blobs: Blobs,
  manifests: readonly Descriptor[],
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const [only] = manifests;
  const top = manifests.length === 1 && only !== undefined
    ? only
    : await addJson(blobs, MEDIA.index, {
      schemaVersion: 2,
      mediaType: MEDIA.index,
      manifests,
    });
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: [{ ...top, annotations: { "org.opencontainers.image.ref.name": name } }],
  };
  return writeTar([
    file("oci-layout", encode({ imageLayoutVersion: "1.0.0" })),
    file("index.json", encode(index)),
    ...[...blobs].map(([digest, bytes]) => file(`blobs/${digest.replace(":", "/")}`, bytes)),
  ]);
}

function file(path: string, bytes: Uint8Array): TarEntry {
  return { kind: "file", path, mode: 0o644, bytes };
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function addJson(blobs: Blobs, mediaType: string, value: unknown): Promise<Descriptor> {
  return await addBlob(blobs, mediaType, encode(value));
}

/** Adds a blob and returns what it is called by. */
export async function addBlob(
  blobs: Blobs,
  mediaType: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Descriptor> {
  const digest = `sha256:${await sha256(bytes)}`;
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}
