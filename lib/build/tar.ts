/**
 * Tar archives whose bytes depend on their content alone: root owns everything, nothing has a time.
 * The format is ustar, see tar(5).
 */
import { BuildError } from "./tools.ts";

/** What is in an archive. */
export type TarEntry =
  & { /** Without a slash at the beginning. */ readonly path: string }
  & (
    | { readonly kind: "file"; readonly mode: number; readonly bytes: Uint8Array }
    | { readonly kind: "folder"; readonly mode: number }
    | { readonly kind: "link"; readonly target: string }
  );

const BLOCK_BYTES = 512;
const NAME_MAX = 100;
const TYPE = { file: "0", folder: "5", link: "2" } as const;
const LINK_MODE = 0o777;

const encoder = new TextEncoder();

/** Returns the archive of the entries, in the order of their paths. @throws {BuildError} */
export function writeTar(entries: readonly TarEntry[]): Uint8Array<ArrayBuffer> {
  const sorted = entries.toSorted((a, b) => a.path < b.path ? -1 : 1);
  const sizes = sorted.map((entry) => BLOCK_BYTES + roundUp(contentOf(entry).length));
  // Two blocks of zeros are the end.
  const archive = new Uint8Array(sizes.reduce((sum, size) => sum + size, 2 * BLOCK_BYTES));
  let at = 0;
  for (const [i, entry] of sorted.entries()) {
    archive.set(headerOf(entry), at);
    archive.set(contentOf(entry), at + BLOCK_BYTES);
    at += sizes[i] as number;
  }
  return archive;
}

/** What of `node:zlib` is needed. */
interface NodeProcess {
  getBuiltinModule(name: "node:zlib"): { gzipSync(bytes: Uint8Array): Uint8Array };
}

/**
 * Returns the bytes compressed, without a name or a time in the header. It takes half as long as
 * CompressionStream.
 */
export function gzip(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { process } = globalThis as unknown as { process: NodeProcess };
  return new Uint8Array(process.getBuiltinModule("node:zlib").gzipSync(bytes));
}

function roundUp(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

function contentOf(entry: TarEntry): Uint8Array {
  return entry.kind === "file" ? entry.bytes : new Uint8Array();
}

function headerOf(entry: TarEntry): Uint8Array {
  const header = new Uint8Array(BLOCK_BYTES);
  const put = (text: string, at: number, room: number) => {
    const bytes = encoder.encode(text);
    if (bytes.length > room) throw new BuildError(`Cannot archive '${entry.path}': too long`);
    header.set(bytes, at);
  };
  const number = (value: number, at: number, room: number) =>
    put(value.toString(8).padStart(room - 1, "0"), at, room);
  const path = entry.kind === "folder" ? `${entry.path}/` : entry.path;
  put(path, 0, NAME_MAX);
  number(entry.kind === "link" ? LINK_MODE : entry.mode, 100, 8);
  number(0, 108, 8); // uid
  number(0, 116, 8); // gid
  number(contentOf(entry).length, 124, 12);
  number(0, 136, 12); // time
  put(" ".repeat(8), 148, 8);
  put(TYPE[entry.kind], 156, 1);
  if (entry.kind === "link") put(entry.target, 157, NAME_MAX);
  put("ustar\x0000", 257, 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return header;
}

/** Returns a folder as entries below `prefix`; times and owners are not asked. */
export async function readEntries(folder: string, prefix = ""): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    entries.push(...await readEntry(`${folder}/${name}`, `${prefix}${name}`));
  }
  return entries;
}

/** Returns what is at a path as entries: one, or a folder with what is in it. */
export async function readEntry(source: string, path: string): Promise<TarEntry[]> {
  const info = await Deno.lstat(source);
  const mode = settledMode((info.mode ?? 0) & 0o7777, info.isFile);
  if (info.isSymlink) return [{ kind: "link", path, target: await Deno.readLink(source) }];
  if (info.isFile) return [{ kind: "file", path, mode, bytes: await Deno.readFile(source) }];
  return [{ kind: "folder", path, mode }, ...await readEntries(source, `${path}/`)];
}

/** What the umask of whoever checked the sources out has left open must make no difference. */
function settledMode(mode: number, isFile: boolean): number {
  const isShared = (mode & 0o1000) !== 0;
  if (!isFile) return isShared ? mode : mode & ~0o022;
  if ((mode & 0o111) === 0) return 0o644;
  return (mode & 0o200) === 0 ? 0o555 : 0o755;
}
