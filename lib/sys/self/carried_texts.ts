/**
 * The texts that the compiled program carries: JavaScript, and what V8 compiled of it. They lie in
 * its file between the base runtime, which is an ELF image, and what `deno compile` appends, which
 * Deno copies into memory as a whole and keeps. Here only what is asked for is read.
 *
 * Layout, little endian: "CHAPTEXT", the size of the index as 32 bits, the index as JSON, the
 * texts. The index has offset and size of each, by name; offsets count from the end of the index.
 */

/** Follows the base runtime where texts do. */
export const TEXTS_MAGIC = "CHAPTEXT";

/** Of the magic and the size of the index. */
export const TEXTS_HEAD_SIZE = TEXTS_MAGIC.length + 4;

const ELF_HEADER_SIZE = 64;
/** Bounds what a damaged file makes us read. */
const INDEX_MAX_BYTES = 64 * 1024;

/** Offset and size of each text. */
export type TextIndex = Readonly<Record<string, readonly [offset: number, size: number]>>;

/** Where the texts are in the file. */
interface Carried {
  readonly start: number;
  readonly index: TextIndex;
}

/**
 * Returns how large the ELF image is that begins with this header: what lies behind it was
 * appended. elf(5)
 */
export function elfSize(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, ELF_HEADER_SIZE);
  const sectionsOffset = Number(view.getBigUint64(0x28, true)); // e_shoff
  return sectionsOffset + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
}

/**
 * Returns texts that the running program carries, or the one at this path; undefined for each that
 * it does not.
 */
export function readCarriedTexts(
  names: readonly string[],
  path = "/proc/self/exe",
): readonly (Uint8Array<ArrayBuffer> | undefined)[] {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch {
    return names.map(() => undefined); // Without the right to read the program's own file.
  }
  try {
    const carried = findTexts(file);
    return names.map((name) => {
      const place = carried?.index[name];
      return carried && place && readAt(file, carried.start + place[0], place[1]);
    });
  } finally {
    file.close();
  }
}

function findTexts(file: Deno.FsFile): Carried | undefined {
  const header = readAt(file, 0, ELF_HEADER_SIZE);
  if (header === undefined) return undefined;
  const at = elfSize(header);
  const head = readAt(file, at, TEXTS_HEAD_SIZE);
  if (head === undefined) return undefined;
  const decoder = new TextDecoder();
  if (decoder.decode(head.subarray(0, TEXTS_MAGIC.length)) !== TEXTS_MAGIC) return undefined;
  const indexSize = new DataView(head.buffer).getUint32(TEXTS_MAGIC.length, true);
  if (indexSize > INDEX_MAX_BYTES) return undefined;
  const index = readAt(file, at + TEXTS_HEAD_SIZE, indexSize);
  if (index === undefined) return undefined;
  return {
    start: at + TEXTS_HEAD_SIZE + indexSize,
    index: JSON.parse(decoder.decode(index)) as TextIndex,
  };
}

/** Undefined where the file ends before. */
function readAt(file: Deno.FsFile, at: number, size: number): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(size);
  file.seekSync(at, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < size) {
    const got = file.readSync(bytes.subarray(filled));
    if (got === null) return undefined;
    filled += got;
  }
  return bytes;
}
