/**
 * The archives of a release. One is unpacked over an image that has glibc: everything in it is
 * chaperone's own. The other one has what an image from scratch needs besides.
 */
import { VERSION } from "../base/version.ts";
import { formatCompletion } from "../commands/telchap_completion.ts";
import { readEntries, readEntry, type TarEntry } from "./tar.ts";
import { sha256 } from "./tools.ts";

const DOC = "usr/local/share/doc/chaperone";
const MAN = "usr/local/share/man";

/** Where the shells look for the completion of telchap. */
const COMPLETIONS = {
  bash: "usr/local/share/bash-completion/completions/telchap",
  zsh: "usr/local/share/zsh/site-functions/_telchap",
  fish: "usr/local/share/fish/vendor_completions.d/telchap.fish",
} as const;

/** What an archive is made from. */
export interface ArchiveSources {
  /** Of the project. */
  readonly root: string;
  /** As `deno task build` has laid it out. */
  readonly rootfs: string;
  /** Text of the bill of materials. */
  readonly sbomPath: string;
}

function textFile(path: string, text: string): TarEntry {
  return { kind: "file", path, mode: 0o644, bytes: new TextEncoder().encode(text) };
}

/** Returns the name of an archive without its end: `chaperone-0.5.0-linux-amd64`. */
export function archiveName(architecture: string): string {
  return `chaperone-${VERSION}-linux-${architecture}`;
}

/** Returns binary, links, launcher, manuals, completions, licence, bill of materials, checksums. */
export async function programEntries(sources: ArchiveSources): Promise<TarEntry[]> {
  const { root, rootfs, sbomPath } = sources;
  const entries = await readEntry(`${rootfs}/chaperone`, "chaperone");
  entries.push(...(await readEntries(`${rootfs}/usr/local`, "usr/local/")).filter(isNoFolder));
  for await (const { name } of Deno.readDir(`${root}docs/man`)) {
    const section = name.slice(name.lastIndexOf(".") + 1);
    const text = await Deno.readTextFile(`${root}docs/man/${name}`);
    entries.push(textFile(`${MAN}/man${section}/${name}`, text));
  }
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    entries.push(textFile(path, `${formatCompletion(shell)?.join("\n")}\n`));
  }
  entries.push(textFile(`${DOC}/LICENSE`, await Deno.readTextFile(`${root}LICENSE`)));
  entries.push(textFile(`${DOC}/chaperone.cdx.json`, await Deno.readTextFile(sbomPath)));
  entries.push(textFile(`${DOC}/SHA256SUMS`, await formatSums(entries)));
  return entries;
}

/** Returns what an image from scratch needs besides: folders, accounts, the C library. */
export async function scratchEntries({ rootfs }: ArchiveSources): Promise<TarEntry[]> {
  const all = await readEntries(rootfs);
  return all.filter(({ path }) => path !== "chaperone" && !path.startsWith("usr"));
}

/** Folders of the image that it is unpacked over keep their mode. */
function isNoFolder({ kind }: TarEntry): boolean {
  return kind !== "folder";
}

/** For `sha256sum --check SHA256SUMS` in the folder that the archive was unpacked in. */
async function formatSums(entries: readonly TarEntry[]): Promise<string> {
  const lines: string[] = [];
  for (const entry of entries.toSorted((a, b) => a.path < b.path ? -1 : 1)) {
    if (entry.kind !== "file") continue;
    lines.push(`${await sha256(new Uint8Array(entry.bytes))}  ${entry.path}\n`);
  }
  return lines.join("");
}
