/**
 * The bill of materials that the build writes beside the binary: CycloneDX 1.5, JSON. It holds no
 * time and no random number, so that two builds of the same sources write the same.
 */
import { VERSION } from "../base/version.ts";
import { type Component, COMPONENTS } from "../manual/licenses.ts";

/** What the build knows. */
export interface BuildFacts {
  readonly binarySha256: string;
  /** Deno whose base runtime is in the binary. */
  readonly denoVersion: string;
  readonly v8Version: string | undefined;
  /** Text of deno.lock. */
  readonly lock: string;
  /** Files beside the binary in dist/rootfs that come from the machine that builds. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

interface Lock {
  readonly npm?: Readonly<Record<string, { readonly integrity: string }>>;
}

/** Returns the text of the bill of materials. @throws {Error} where deno.lock lacks a component. */
export function formatSbom(facts: BuildFacts): string {
  const { npm = {} } = JSON.parse(facts.lock) as Lock;
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `chaperone@${VERSION}`,
        name: "chaperone",
        version: VERSION,
        hashes: [{ alg: "SHA-256", content: facts.binarySha256 }],
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components: [
      ...COMPONENTS.map((component) => describe(component, npm, facts)),
      ...facts.files.map(({ path, sha256 }) => ({
        type: "file",
        "bom-ref": `rootfs:${path}`,
        name: path,
        hashes: [{ alg: "SHA-256", content: sha256 }],
        scope: "optional",
      })),
    ],
    dependencies: [
      {
        ref: `chaperone@${VERSION}`,
        dependsOn: COMPONENTS.map((component) => reference(component, npm, facts)),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function describe(component: Component, npm: Lock["npm"], facts: BuildFacts): object {
  const { name, license, what } = component;
  const version = versionOf(component, npm, facts);
  const integrity = npm?.[`${name}@${version}`]?.integrity;
  const ref = reference(component, npm, facts);
  return {
    type: name === "yaml" ? "library" : "platform",
    "bom-ref": ref,
    name,
    ...(version === undefined ? {} : { version }),
    description: what,
    ...(integrity === undefined ? {} : {
      hashes: [{ alg: "SHA-512", content: Uint8Array.fromBase64(integrity.slice(7)).toHex() }],
    }),
    licenses: [{ license: { id: license } }],
    purl: ref,
  };
}

function reference(component: Component, npm: Lock["npm"], facts: BuildFacts): string {
  const version = versionOf(component, npm, facts);
  return version === undefined ? component.purl : `${component.purl}@${version}`;
}

function versionOf(
  { name }: Component,
  npm: Lock["npm"],
  facts: BuildFacts,
): string | undefined {
  if (name === "deno") return facts.denoVersion;
  if (name === "v8") return facts.v8Version;
  const found = Object.keys(npm ?? {}).find((key) => key.startsWith(`${name}@`));
  if (found === undefined) throw new Error(`deno.lock has no ${name}`);
  return found.slice(name.length + 1);
}
